"""A small OpenID provider in a process of its own: `python -m tests.patients.accounts.oidc_provider`, prints its port.

It lets everybody in as the `sub` of the query of `/authorize`, checks code, client, secret and PKCE like a good
one, and misbehaves on request: the parameter `fault` names how.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

KEY, OTHER = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _number in range(2))
CLIENT, SECRET = "telecare", "geheim-und-lang"
codes: dict[str, dict[str, str]] = {}


class Handler(BaseHTTPRequestHandler):
    """Four addresses."""

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def do_GET(self) -> None:
        where, asked = urlsplit(self.path), dict(parse_qsl(urlsplit(self.path).query))
        if where.path == "/.well-known/openid-configuration":
            self.say(
                {
                    "issuer": self.issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/jwks",
                }
            )
        elif where.path == "/jwks":
            key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
            self.say({"keys": [{**key, "kid": "1", "use": "sig", "alg": "RS256"}]})
        elif where.path == "/authorize":
            code = secrets.token_urlsafe(16)
            codes[code] = asked
            back = urlencode({"code": code, "state": asked["state"]})
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{back}")
            self.end_headers()
        else:
            self.say({}, 404)

    def do_POST(self) -> None:
        sent = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        asked = codes.pop(sent.get("code", ""), None)
        digest = base64.urlsafe_b64encode(hashlib.sha256(sent.get("code_verifier", "").encode()).digest())
        good = (
            asked is not None
            and (sent.get("client_id"), sent.get("client_secret")) == (CLIENT, SECRET)
            and sent.get("redirect_uri") == asked["redirect_uri"]
            and asked.get("code_challenge_method") == "S256"
            and digest.rstrip(b"=").decode() == asked["code_challenge"]
        )
        if not good or asked is None:
            self.say({"error": "invalid_grant"}, 400)
        else:
            self.say({"access_token": "x", "token_type": "Bearer", "id_token": self.token(asked)})

    def token(self, asked: dict[str, str]) -> str:
        fault, now = asked.get("fault", ""), int(time.time())
        claims: dict[str, Any] = {
            "iss": "https://elsewhere.example" if fault == "issuer" else self.issuer,
            "aud": "another" if fault == "audience" else CLIENT,
            "sub": asked["sub"],
            "nonce": "old" if fault == "nonce" else asked["nonce"],
            "iat": now,
            "exp": now - 600 if fault == "expired" else now + 300,
            "amr": asked.get("amr", "pwd").split(),
        }
        if fault == "two audiences":
            claims["aud"] = [CLIENT, "another"]
        if fault == "none":
            return jwt.encode(claims, None, algorithm="none", headers={"kid": "1"})
        if fault == "shared":
            return jwt.encode(claims, SECRET * 3, algorithm="HS256", headers={"kid": "1"})
        key = OTHER if fault == "key" else KEY
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": "2" if fault == "kid" else "1"})

    def say(self, what: object, status: int = 200) -> None:
        body = json.dumps(what).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    sys.stdin.close()
    server.serve_forever()
