"""The reference server, built once and started with settings of a test's choice."""

import os
import subprocess

from kit import wire
from kit.install import ROOT, TARGET
from kit.oidc_provider import AUDIENCE, INTERNAL, READ, WRITE
from kit.process import Process, free_port

RESOURCE = "https://api.test"
EXAMPLES = TARGET / "release" / "examples"
BINARY = EXAMPLES / "resource_server"


def build(*examples):
    """As an operator would: the reference server, and these besides."""
    command = ["cargo", "build", "--quiet", "--release", "--features", "full"]
    for example in ("resource_server", *examples):
        command += ["--example", example]
    print("+", *command, flush=True)
    # The time is taken of what is measured; the rest is to be there soon.
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "CARGO_TARGET_DIR": str(TARGET)})


def settings(issuer=None, **changed):
    """Everything on. `None` takes a setting away."""
    all_on = {
        "RESOURCE": RESOURCE,
        "AUDIENCE": AUDIENCE,
        "ALLOW_INSECURE_LOOPBACK": "1",
        "SCOPE_READ": READ,
        "SCOPE_WRITE": WRITE,
        "SCOPE_INTERNAL": INTERNAL,
        "INTERNAL_NETS": f"{wire.INSIDE}/32",
        "RUST_LOG": "debug",
    }
    if issuer:
        all_on |= {"ISSUER": issuer.url, "JWKS_URL": issuer.jwks}
    return {name: str(value) for name, value in {**all_on, **changed}.items() if value is not None}


class Server:
    def __init__(self, issuer=None, **changed):
        self.port = free_port()
        self.process = Process("server", [BINARY], self._environment(issuer, changed), ready=self.port)

    def _environment(self, issuer, changed):
        return {"LISTEN": f"127.0.0.1:{self.port}", **settings(issuer, **changed)}

    def ask(self, method, path, token=None, headers=(), body=b"", source=wire.OUTSIDE):
        """Over HTTP/1.1."""
        return wire.http1(self.port, method, path, _with(token, headers), body, source)

    def ask2(self, method, path, token=None, headers=(), body=b"", source=wire.OUTSIDE):
        """Over HTTP/2, with prior knowledge."""
        return wire.http2(self.port, method, path, _with(token, headers), body, source)

    def grpc(self, path, token=None, headers=(), source=wire.OUTSIDE):
        return wire.grpc(self.port, path, _with(token, headers), source)

    def log(self):
        return self.process.text()

    def stop(self):
        return self.process.stop()


def refuses_to_start(names, **changed):
    """What the server says when it is started with these settings. It must end by itself, and name the setting."""
    settings_now = {"LISTEN": f"127.0.0.1:{free_port()}", **settings(**changed)}
    done = subprocess.run(
        [BINARY], env={**os.environ, **settings_now}, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=10
    )
    said = done.stdout + done.stderr
    if done.returncode == 0:
        raise AssertionError(f"it started and ended well: {said}")
    if "panicked" in said:
        raise AssertionError(f"it panicked: {said}")
    for name in names:
        if name not in said:
            raise AssertionError(f"{name} is not named: {said}")
    return said.strip()


def _with(token, headers):
    return [("authorization", f"Bearer {token}"), *headers] if token else list(headers)
