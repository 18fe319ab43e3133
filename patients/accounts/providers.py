"""Identity providers of organisations: OpenID Connect, authorization code flow with PKCE.

https://openid.net/specs/openid-connect-core-1_0.html section 3.1, https://www.rfc-editor.org/rfc/rfc9700 section 2.1.1.
What a provider says is believed only as far as its signed ID token goes: who (`sub`), and whether a second factor was
shown (`amr`, if the operator trusts that provider's).
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from functools import lru_cache
from time import monotonic
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import jwt
import requests
from django.conf import settings
from django.utils.translation import gettext as _

from patients import vault
from patients.errors import Invalid, Missing, Unavailable

_SECONDS: Final = 5  # for one answer of a provider
_KEPT: Final = 600  # seconds for which addresses and keys are remembered
_LARGEST: Final = 200_000  # bytes of an answer
_ALGORITHMS: Final = ("RS256", "ES256", "PS256", "EdDSA")  # never none, never a shared secret
_KNOWN: Final = frozenset(
    {"pwd", "pin", "fpt", "face", "iris", "retina", "vbm"}
)  # https://www.rfc-editor.org/rfc/rfc8176
_HELD: Final = frozenset({"hwk", "swk", "otp", "sc"})


@dataclass(frozen=True, slots=True)
class Provider:
    """One of settings.IDENTITY_PROVIDERS, which come from TELECARE_OIDC."""

    key: str
    name: str
    issuer: str
    client_id: str
    client_secret: str
    trusts_factor: bool = False


@dataclass(frozen=True, slots=True)
class Journey:
    """What must come back from the provider as it was sent there; it waits in the session."""

    provider: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Claim:
    """Who came back."""

    subject: bytes  # keyed HMAC
    factor: bool


def provider(key: str) -> Provider:
    """Raises Missing."""
    known: dict[str, dict[str, Any]] = settings.IDENTITY_PROVIDERS
    found = known.get(key)
    if found is None:
        raise Missing("")
    return Provider(key=key, **found)


def offered() -> list[Provider]:
    """All of this deployment. Reads no database."""
    return [provider(key) for key in settings.IDENTITY_PROVIDERS]


def begin(one: Provider, back: str) -> tuple[Journey, str]:
    """Send somebody off: what to remember, and the address at the provider. Raises Unavailable."""
    journey = Journey(one.key, *(secrets.token_urlsafe(32) for _part in range(3)))
    digest = hashlib.sha256(journey.verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "scope": "openid",
        "client_id": one.client_id,
        "redirect_uri": back,
        "state": journey.state,
        "nonce": journey.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    address = str(_configuration(one)["authorization_endpoint"])
    return journey, f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(asked)}"


def finish(one: Provider, journey: Journey, code: str, back: str) -> Claim:
    """Who came back with this code. Raises Invalid when the answer cannot be believed, and Unavailable."""
    sent = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "code_verifier": journey.verifier,
        "client_id": one.client_id,
        "client_secret": one.client_secret,
    }
    answer = _ask("post", str(_configuration(one)["token_endpoint"]), sent)
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise _unbelievable()
    claims = _verified(one, token)
    if not vault.same(str(claims.get("nonce", "")), journey.nonce):
        raise _unbelievable()
    subject = vault.mac("provider subject", f"{len(one.issuer)}:{one.issuer}{claims['sub']}")
    return Claim(subject, factor=one.trusts_factor and _two_shown(claims.get("amr")))


def _two_shown(methods: object) -> bool:
    """Whether two factors are named: that there were several, or a password or PIN and something that one has."""
    named = frozenset(map(str, methods)) if isinstance(methods, list) else frozenset()
    return "mfa" in named or not (named.isdisjoint(_KNOWN) or named.isdisjoint(_HELD))


def _verified(one: Provider, token: str) -> dict[str, Any]:
    try:
        keys = _keys(one, int(monotonic() // _KEPT))
        ident = jwt.get_unverified_header(token).get("kid")
        fitting = [key for key in keys.keys if ident is None or key.key_id == ident]
        if len(fitting) != 1:
            raise _unbelievable()
        claims: dict[str, Any] = jwt.decode(
            token,
            fitting[0],
            algorithms=list(_ALGORITHMS),
            audience=one.client_id,
            issuer=one.issuer,
            leeway=30,
            options={"require": ["exp", "iat", "sub", "aud", "iss"]},
        )
    except jwt.PyJWTError as problem:
        raise _unbelievable() from problem
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != one.client_id:
        raise _unbelievable()
    return claims


def _configuration(one: Provider) -> dict[str, Any]:
    return _discovered(one.issuer, int(monotonic() // _KEPT))


@lru_cache(maxsize=64)
def _discovered(issuer: str, _turn: int) -> dict[str, Any]:
    found = _ask("get", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if found.get("issuer") != issuer or not all(_safe(str(found.get(name, "")), issuer) for name in wanted):
        raise _silent()
    return found


@lru_cache(maxsize=64)
def _keys(one: Provider, _turn: int) -> jwt.PyJWKSet:
    return jwt.PyJWKSet.from_dict(_ask("get", str(_configuration(one)["jwks_uri"])))


def _safe(address: str, issuer: str) -> bool:
    """As safe on the way as the issuer itself: https, save where a test's provider runs beside us."""
    return urlsplit(address).scheme in {"https", urlsplit(issuer).scheme}


def _ask(method: str, address: str, form: dict[str, str] | None = None) -> dict[str, Any]:
    try:
        with requests.request(
            method, address, data=form, timeout=_SECONDS, allow_redirects=False, stream=True
        ) as answer:
            body = answer.raw.read(_LARGEST + 1, decode_content=True)
            if answer.status_code == 400 and form:  # a code that is not good, says RFC 6749 section 5.2
                raise _unbelievable()
            found = json.loads(body) if answer.status_code == 200 and len(body) <= _LARGEST else None
    except (requests.RequestException, OSError, ValueError) as problem:
        raise _silent() from problem
    if not isinstance(found, dict):
        raise _silent()
    return found


def _unbelievable() -> Invalid:
    return Invalid(_("Your organisation's sign-in gave no valid answer. Please try again."))


def _silent() -> Unavailable:
    return Unavailable(_("Your organisation's sign-in does not answer. Please sign in with your password."))
