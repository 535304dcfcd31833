"""oauth2-mock-server, which signs whatever it is told to."""

import json
import pathlib
import shutil
import time
import urllib.parse
import urllib.request

from kit import install
from kit.oidc_provider import AUDIENCE
from kit.process import Process, free_port


class Mock:
    def __init__(self):
        folder = install.npm("oauth2-mock-server@9.3.0")
        script = shutil.copy(pathlib.Path(__file__).with_suffix(".mjs"), folder)
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"  # as it calls itself
        self.jwks = f"http://127.0.0.1:{self.port}/jwks"
        self.process = Process("mock", [install.node_path(), script], {"PORT": str(self.port)}, folder, ready=self.port)

    def token(self, header=None, **payload):
        """A good token but for these members of header and payload; None removes one."""
        now = int(time.time())
        good = {"aud": AUDIENCE, "sub": "ann", "iat": now, "nbf": now, "exp": now + 600}
        change = {"header": header or {}, "payload": {**good, **payload}}
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "change": json.dumps(change)})
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/token", form.encode(), timeout=10) as answer:
            return json.load(answer)["access_token"]

    def stop(self):
        self.process.stop()
