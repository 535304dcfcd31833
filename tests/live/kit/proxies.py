"""Reverse proxies in front of the server. Each connects to it from `wire.PROXY`, and listens on loopback."""

import urllib.request

from kit import install
from kit.process import RUN, Process, free_port
from kit.wire import PROXY


class Nginx:
    """Says the caller's address in `X-Forwarded-For`, behind what the caller said, or in `Forwarded`, in place of it."""

    def __init__(self, server_port, header="x-forwarded-for"):
        program = install.debian("nginx", "nginx-light")
        self.port = free_port()
        # Through the second port comes what speaks the PROXY protocol before anything else.
        self.proxied_port = free_port()
        field = {
            "x-forwarded-for": "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
            "forwarded": 'proxy_set_header Forwarded "for=$remote_addr"; proxy_set_header X-Forwarded-For "";',
        }[header]
        folder = RUN / f"nginx-{self.port}"
        folder.mkdir()
        configuration = folder / "nginx.conf"
        configuration.write_text(
            f"""
daemon off; worker_processes 1; pid {folder}/pid; error_log stderr warn;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{self.port};
        listen 127.0.0.1:{self.proxied_port} proxy_protocol;
        set_real_ip_from {PROXY}; real_ip_header proxy_protocol;
        location / {{
            proxy_pass http://127.0.0.1:{server_port};
            proxy_bind {PROXY}; proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_set_header Connection "";
            {field}
        }}
    }}
}}
"""
        )
        command = [program, "-p", folder, "-e", "stderr", "-c", configuration]
        self.process = Process("nginx", command, ready=self.port)

    def stop(self):
        self.process.stop()


class Haproxy:
    """Says the caller's address in `X-Forwarded-For`, on a line of its own, or in `Forwarded`; with `says`, that address of
    each caller."""

    def __init__(self, server_port, header="x-forwarded-for", says=None):
        field = {
            "x-forwarded-for": "option forwardfor",
            # `option forwarded` came later than what Debian has.
            "forwarded": 'http-request del-header forwarded\n    http-request set-header forwarded "for=%[src]"',
        }[header]
        if says:
            field = f"http-request set-header {header} {says}"
        self.port = free_port()
        self.process = _haproxy(self.port, f"mode http\n    {field}\n    server next 127.0.0.1:{server_port} source {PROXY}")

    def stop(self):
        self.process.stop()


class TcpBalancer:
    """HAProxy that says for whom it connects by the PROXY protocol, and touches nothing else. With `path` it also asks for
    that by itself, and takes what it balances to for well where the answer is as expected."""

    def __init__(self, server_port, protocol="send-proxy-v2", source=PROXY, path=None, expect="status 200"):
        self.port, self._statistics = free_port(), free_port()
        to = f"server next 127.0.0.1:{server_port} source {source} {protocol}"
        if path:
            check = ["option httpchk", f"http-check send meth GET uri {path} ver HTTP/1.1 hdr host check", f"http-check expect {expect}"]
            to = "\n    ".join([*check, f"{to} check inter 100ms rise 1 fall 1"])
        statistics = f"listen statistics\n    bind 127.0.0.1:{self._statistics}\n    mode http\n    stats enable\n    stats uri /"
        self.process = _haproxy(self.port, f"mode tcp\n    {to}\n{statistics}")

    def health(self):
        """Its word for what it balances to, and what came of the last check: its word for that, and the status of HTTP."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._statistics}/;csv", timeout=5) as answer:
            names, *rows = answer.read().decode().splitlines()
        names = names.removeprefix("# ").split(",")
        for row in rows:
            found = dict(zip(names, row.split(",")))
            if found["svname"] == "next":
                return found["status"], found["check_status"].removeprefix("* "), found["check_code"]
        raise AssertionError(rows)

    def stop(self):
        self.process.stop()


def _haproxy(port, front):
    program = install.debian("haproxy", "haproxy")
    configuration = RUN / f"haproxy-{port}.cfg"
    configuration.write_text(
        f"""
global
    maxconn 256
defaults
    timeout connect 5s
    timeout client 20s
    timeout server 20s
listen front
    bind 127.0.0.1:{port}
    {front}
"""
    )
    return Process("haproxy", [program, "-db", "-f", configuration], ready=port)
