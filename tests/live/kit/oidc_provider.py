"""oidc-provider, a certified authorization server, as a test sees it."""

import base64
import json
import pathlib
import secrets
import shutil
import time
import urllib.parse
import urllib.request

from kit import install
from kit.process import Process, free_port

AUDIENCE = "https://api.test"
READ, WRITE, INTERNAL = "api:read", "api:write", "api:internal"
ALGORITHMS = {"rs256": "RS256", "ps256": "PS256", "es256": "ES256", "eddsa": "EdDSA", "ed25519": "Ed25519"}


class OidcProvider:
    def __init__(self, name="oidc-provider", port=None):
        folder = install.npm("oidc-provider@9.13.3", "jose@6.2.17")
        # Node looks for modules beside the script.
        script = shutil.copy(pathlib.Path(__file__).with_suffix(".mjs"), folder)
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.jwks = f"{self.url}/jwks"
        self._secret = secrets.token_hex(16)
        environment = {"PORT": str(self.port), "SECRET": self._secret, "NODE_ENV": "production"}
        self.process = Process(name, [install.node_path(), script], environment, folder, ready=self.port)

    def token(self, client="rs256", scope="", resource=AUDIENCE):
        """An access token. Without a scope it grants nothing."""
        form = {"grant_type": "client_credentials", "resource": resource}
        if scope:
            form["scope"] = scope
        basic = base64.b64encode(f"{client}:{self._secret}".encode()).decode()
        request = urllib.request.Request(
            f"{self.url}/token", urllib.parse.urlencode(form).encode(), {"authorization": f"Basic {basic}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)["access_token"]

    def invented(self, kid, issuer=None):
        """What could be a token of its, or of another issuer, were there such a key."""
        head = {"alg": "RS256", "typ": "at+jwt", "kid": kid}
        claims = {"iss": issuer or self.url, "aud": AUDIENCE, "sub": "x", "exp": int(time.time()) + 600}
        parts = [json.dumps(part).encode() for part in (head, claims)] + [secrets.token_bytes(256)]
        return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)

    def control(self, what, **query):
        """Makes it misbehave, or tells what it saw; see the script."""
        url = f"{self.url}/_ctl/{what}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=10) as answer:
            return json.load(answer)

    def hits(self):
        """How often somebody asked for the keys."""
        return self.control("hits").get("/jwks", 0)

    def stop(self):
        self.process.stop()


def head_and_claims(token):
    """What a JWT says, unverified."""
    return [json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]]
