"""Where a browser says it comes from. Scheme, host and port must all match: another port is another site."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443}

Place = tuple[str, str, int]


def place(url: str) -> Place | None:
    """Scheme, host and port of an origin; None for anything else (`null`, another scheme, a path, a broken port)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in PORTS or not parts.hostname or parts.path or parts.query or parts.fragment:
        return None
    if "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, port or PORTS[parts.scheme]


def allowed(origin: str, *, own: str | None, trusted: Iterable[str]) -> bool:
    """Whether `origin` is the address asked (`own`: scheme://host:port of this request) or one of `trusted`."""
    asked = place(origin)
    if asked is None:
        return False
    return any(asked == place(other) for other in (own, *trusted) if other)
