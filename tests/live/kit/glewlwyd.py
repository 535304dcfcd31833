"""Glewlwyd, an authorization server in C, set up through its own administration interface."""

import base64
import gzip
import http.cookiejar
import json
import pathlib
import sqlite3
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from kit import install
from kit.oidc_provider import AUDIENCE, READ, WRITE
from kit.process import RUN, Process, free_port
from kit.report import Skip

# The algorithm of each of its issuers, the kind of key as it calls it, and how the key is made.
KINDS = {
    "rs256": ("rsa", ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]),
    "es256": ("ecdsa", ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]),
    "eddsa": ("eddsa", ["ED25519"]),
}
DATABASE = pathlib.Path("/usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz")
SECRET = "m2m-secret"

CONFIGURATION = """
port={port}
bind_address="127.0.0.1"
external_url="http://127.0.0.1:{port}"
login_url="login.html"
api_prefix="api"
cookie_domain="127.0.0.1"
cookie_secure=0
log_mode="console"
log_level="WARNING"
session_expiration=3600
session_key="GLEWLWYD2_SESSION_ID"
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="/usr/lib/glewlwyd/user"
client_module_path="/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
plugin_module_path="/usr/lib/glewlwyd/plugin"
hash_algorithm="SHA512"
database = {{ type = "sqlite3" path = "{database}" }};
"""


class Glewlwyd:
    """Its issuers are `http://127.0.0.1:PORT/api/<algorithm>`."""

    def __init__(self):
        program = install.debian("glewlwyd", "glewlwyd")
        self._openssl = install.debian("openssl", "openssl")
        if not DATABASE.exists():
            raise Skip("the package of glewlwyd was installed without the files that set up its database")
        self.port = free_port()
        database, configuration = RUN / "glewlwyd.db", RUN / "glewlwyd.conf"
        with sqlite3.connect(database) as tables:
            tables.executescript(gzip.decompress(DATABASE.read_bytes()).decode())
        configuration.write_text(CONFIGURATION.format(port=self.port, database=database))
        self.process = Process("glewlwyd", [program, f"--config-file={configuration}"], ready=self.port)
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        self._set_up()

    def issuer(self, kind):
        return f"http://127.0.0.1:{self.port}/api/{kind}"

    def jwks(self, kind):
        return f"{self.issuer(kind)}/jwks"

    def token(self, kind, scope=READ):
        form = {"grant_type": "client_credentials", "scope": scope, "resource": AUDIENCE}
        basic = base64.b64encode(f"m2m:{SECRET}".encode()).decode()
        request = urllib.request.Request(
            f"{self.issuer(kind)}/token", urllib.parse.urlencode(form).encode(), {"authorization": f"Basic {basic}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)["access_token"]

    def rotate(self, kind):
        """Signs with a new key from now on, and publishes that one alone."""
        self._log_in()
        plugin = self._ask("GET", f"mod/plugin/{kind}")
        plugin["parameters"] |= self._key(kind)
        self._ask("PUT", f"mod/plugin/{kind}", plugin)
        self._ask("PUT", f"mod/plugin/{kind}/disable")
        self._ask("PUT", f"mod/plugin/{kind}/enable")

    def stop(self):
        self.process.stop()

    def _set_up(self):
        self._log_in()
        for scope in (READ, WRITE):
            about = {"name": scope, "display_name": scope, "password_required": True, "password_max_age": 0, "scheme": {}}
            self._ask("POST", "scope/", about)
        for kind, (word, _) in KINDS.items():
            parameters = {
                "iss": self.issuer(kind),
                "jwt-type": word,
                "jwt-key-size": "256",
                **self._key(kind),
                "jwks-show": True,
                "access-token-duration": 300,
                "refresh-token-duration": 3600,
                "code-duration": 60,
                "refresh-token-rolling": True,
                "allow-non-oidc": True,
                "auth-type-client-enabled": True,
                "subject-type": "public",
                "restrict-scope-client-property": "",
                "scope": [],
                "claims": [],
                "additional-parameters": [],
                "resource-allowed": True,
                "resource-scope": {READ: [AUDIENCE], WRITE: [AUDIENCE]},
                "resource-client-property": "",
                "resource-scope-and-client-property": False,
                "resource-change-allowed": True,
            }
            about = {"module": "oidc", "name": kind, "display_name": kind, "parameters": parameters}
            self._ask("POST", "mod/plugin/", about)
        client = {
            "client_id": "m2m",
            "name": "m2m",
            "confidential": True,
            "enabled": True,
            "client_secret": SECRET,
            "token_endpoint_auth_method": ["client_secret_basic"],
            "authorization_type": ["client_credentials"],
            "scope": [READ, WRITE],
            "redirect_uri": [],
        }
        self._ask("POST", "client/", client)

    def _log_in(self):
        """As the administrator of a new database. The session is short."""
        self._ask("POST", "auth/", {"username": "admin", "password": "password"})

    def _key(self, kind):
        private = self._run("genpkey", "-algorithm", *KINDS[kind][1])
        return {"key": private, "cert": self._run("pkey", "-pubout", given=private)}

    def _run(self, *words, given=""):
        done = subprocess.run([self._openssl, *words], input=given, capture_output=True, text=True, check=True)
        return done.stdout

    def _ask(self, method, path, about=None):
        content = json.dumps(about).encode() if about is not None else None
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/{path}", content, {"content-type": "application/json"}, method=method
        )
        try:
            with self._browser.open(request, timeout=10) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.code} {error.read()[:300]!r}") from error
        return json.loads(text) if text else None
