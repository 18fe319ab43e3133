"""Credentials for the relay, good for a short time: coturn's `use-auth-secret` (draft-uberti-behave-turn-rest-00).

The relay checks them alone, with the same secret; no account is made there. The name says until when, not who.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

LIFETIME = timedelta(hours=4)  # longer than a call: the allocation is refreshed with them


def ice(now: datetime) -> dict[str, Any]:
    """What a browser gets as `RTCConfiguration`: UDP first, then TCP, then TLS, in the order of `TURN_URLS`.

    With `RELAY_ONLY` browsers try no other way, so that nobody in a call learns the address of another.
    """
    servers: list[dict[str, Any]] = []
    if settings.STUN_URLS:
        servers.append({"urls": settings.STUN_URLS})
    if settings.TURN_URLS and settings.TURN_SECRET:
        name, password = credentials(settings.TURN_SECRET, now + LIFETIME)
        servers.append({"urls": settings.TURN_URLS, "username": name, "credential": password})
    policy = {"iceTransportPolicy": "relay"} if settings.RELAY_ONLY else {}
    return {"iceServers": servers, **policy}


def credentials(secret: str, until: datetime) -> tuple[str, str]:
    """A name and its password: base64(HMAC-SHA1(secret, "expiry:random"))."""
    name = f"{int(until.timestamp())}:{secrets.token_hex(4)}"
    password = hmac.new(secret.encode(), name.encode(), hashlib.sha1).digest()
    return name, base64.b64encode(password).decode()
