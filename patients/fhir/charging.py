"""What a request came to, told through the ASGI scope to whoever lets requests in (`config.turnstile`).

A status does not say it all: a Bundle stands for as many requests as it has entries, and a batch or a `$validate` is
answered 200 whatever becomes of what is inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest

CHARGED: Final = "telecare.charged"  # in the ASGI scope: a Charged, where somebody reads it
REFUSALS: Final = frozenset({400, 413, 415, 422})  # of what was sent; what is missing or forbidden costs nothing


@dataclass(slots=True)
class Charged:
    """What is known of one request."""

    account: str = ""  # who asked, as far as somebody was signed in
    requests: int = 1  # for which it stands
    refused: bool = False  # although its status does not say so
    wasted: float = 0.0  # seconds of CPU that went into refused parts of it


def of(request: HttpRequest) -> Charged:
    """What is told of this request; where nobody reads it, of none."""
    found: Charged | None = request.META.get("asgi.scope", {}).get(CHARGED)
    return found or Charged()
