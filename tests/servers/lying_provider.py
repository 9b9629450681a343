"""A provider that lies: a real HTTP server whose tokens are wrong in a way that the authorization code names.

    python lying_provider.py

Says its address. Its issuers are ``<address>/<variant>``, each with a discovery document that may be wrong too. A
code is ``<lie>~<nonce>``: nobody signs in here, the test makes up the answer that a browser would bring back.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT = "beffroi"
SECRET = "with / odd % signs + more"
RSA = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
ELLIPTIC = ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})
FOREIGN = RSAKey.generate_key(2048, {"kid": "one"})
LATER = RSAKey.generate_key(2048, {"kid": "later", "use": "sig"})
published: list[Any] = [RSA, ELLIPTIC]


def claims(issuer: str, nonce: str, /, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    usual = {
        "iss": issuer,
        "aud": CLIENT,
        "sub": "somebody",
        "nonce": nonce,
        "iat": now,
        "exp": now + 300,
        "preferred_username": "somebody",
        "roles": ["cctv"],
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


def signed(said: dict[str, Any], key: Any = RSA, algorithm: str = "RS256", kid: str = "one") -> str:
    return jwt.encode({"alg": algorithm, "kid": kid}, said, key, algorithms=[algorithm])


def part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def by_hand(header: dict[str, str], said: dict[str, Any], secret: bytes = b"") -> str:
    body = f"{part(json.dumps(header).encode())}.{part(json.dumps(said).encode())}"
    mac = hmac.new(secret, body.encode(), hashlib.sha256).digest() if secret else b""
    return f"{body}.{part(mac)}"


def later(issuer: str, nonce: str) -> str:
    """Signed with a key that is published from now on: what an honest provider does when it changes keys."""
    if LATER not in published:
        published.append(LATER)
    return signed(claims(issuer, nonce), LATER, kid="later")


def pem() -> bytes:
    return RSA.as_pem(private=False)


TOKENS: dict[str, Callable[[str, str], str]] = {
    "honest": lambda i, n: signed(claims(i, n)),
    "elliptic": lambda i, n: signed(claims(i, n), ELLIPTIC, "ES256", "two"),
    "later": later,
    "wrong_nonce": lambda i, n: signed(claims(i, "another")),
    "no_nonce": lambda i, n: signed(claims(i, n, nonce=None)),
    "wrong_audience": lambda i, n: signed(claims(i, n, aud="another-house")),
    "more_audiences": lambda i, n: signed(claims(i, n, aud=[CLIENT, "another-house"])),
    "other_party": lambda i, n: signed(claims(i, n, azp="another-house")),
    "wrong_issuer": lambda i, n: signed(claims("https://another.example", n)),
    "expired": lambda i, n: signed(claims(i, n, exp=int(time.time()) - 120)),
    "no_expiry": lambda i, n: signed(claims(i, n, exp=None)),
    "of_tomorrow": lambda i, n: signed(claims(i, n, iat=int(time.time()) + 86_400, exp=int(time.time()) + 90_000)),
    "no_subject": lambda i, n: signed(claims(i, n, sub=None)),
    "number_as_subject": lambda i, n: signed(claims(i, n, sub=7)),
    "empty_subject": lambda i, n: signed(claims(i, n, sub="")),
    "alg_none": lambda i, n: by_hand({"alg": "none", "kid": "one"}, claims(i, n)),
    "no_kid_alg_none": lambda i, n: by_hand({"alg": "none"}, claims(i, n)),
    "hs256_public_key": lambda i, n: by_hand({"alg": "HS256", "kid": "one"}, claims(i, n), pem()),
    "hs256_client_secret": lambda i, n: by_hand({"alg": "HS256", "kid": "one"}, claims(i, n), SECRET.encode()),
    "rs512": lambda i, n: signed(claims(i, n), RSA, "RS512"),
    "foreign_key": lambda i, n: signed(claims(i, n), FOREIGN),
    "unknown_key": lambda i, n: signed(claims(i, n), FOREIGN, kid="never-published"),
    "cut": lambda i, n: signed(claims(i, n))[:-8],
    "changed": lambda i, n: by_hand({"alg": "RS256", "kid": "one"}, claims(i, n)) + part(b"x" * 256),
    "garbage": lambda i, n: "not a token",
    "binary": lambda i, n: "\u0000\ud7ff.é.ü",
    "list_as_payload": lambda i, n: ".".join((part(b'{"alg": "RS256", "kid": "one"}'), part(b"[]"), part(b"x"))),
    "empty": lambda i, n: "",
}
"""Tokens by lie."""


class Lying(BaseHTTPRequestHandler):
    """Answers as the path and the code say."""

    @property
    def variant(self) -> str:
        return self.path.split("/")[1]

    @property
    def issuer(self) -> str:
        return f"http://{self.headers['Host']}/{self.variant}"

    def answer(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def say(self, found: Any, status: int = 200) -> None:
        self.answer(json.dumps(found).encode(), status)

    def do_GET(self) -> None:
        if self.path.endswith("/openid-configuration"):
            self.discovery()
        elif self.path.endswith("/keys"):
            keys = [] if self.variant == "nokeys" else [key.as_dict(private=False) for key in published]
            self.say({"keys": keys})
        elif self.path.endswith("/userinfo"):
            self.say({"sub": "another", "roles": ["cctv-chiefs"], "preferred_username": "another"})
        else:
            self.say({}, 404)

    def discovery(self) -> None:
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
        }
        if self.variant == "hang":
            time.sleep(30)
        elif self.variant == "notjson":
            self.answer(b"<html>maintenance</html>")
        elif self.variant == "deep":
            self.answer(b"[" * 200_000)
        elif self.variant == "huge":
            self.answer(b'{"a": "' + b"x" * 3_000_000 + b'"}')
        elif self.variant == "moved":
            self.answer(b"", 302, Location=f"{self.issuer}/elsewhere")
        elif self.variant == "broken":
            self.say({}, 503)
        else:
            changes: dict[str, Any] = {
                "otherissuer": {"issuer": "https://another.example"},
                "readable": {"token_endpoint": "http://id.town.example/token"},
                "nothing": {"token_endpoint": None},
                "promising": {"authorization_response_iss_parameter_supported": True},
            }
            self.say(document | changes.get(self.variant, {}))

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        lie, _, nonce = form.get("code", [""])[0].partition("~")
        if lie == "hang":
            time.sleep(30)
        elif lie == "status_500":
            self.say({}, 500)
        elif lie == "bad_code":
            self.say({"error": "invalid_grant"}, 400)
        elif lie == "bad_client":
            self.say({"error": "invalid_client"}, 401)
        elif lie == "not_json":
            self.answer(b"\xff\xfe")
        elif lie == "other_person":
            self.say({"access_token": "a", "id_token": signed(claims(self.issuer, nonce, roles=None))})
        elif lie == "no_token":
            self.say({"access_token": "a", "token_type": "Bearer"})
        elif lie in TOKENS:
            self.say({"token_type": "Bearer", "id_token": TOKENS[lie](self.issuer, nonce)})
        else:
            self.say({"error": "invalid_grant"}, 400)

    def log_message(self, form: str, *args: Any) -> None:
        """Nothing: what matters is what the house says."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Lying)
    server.daemon_threads = True
    sys.stdout.write(f"http://127.0.0.1:{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()
