"""What a production deployment must not be: refused at start, with words."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register


@register(Tags.security, deploy=True)
def production(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Weak settings of a deployment that is not the demo."""
    found: list[CheckMessage] = []
    if not settings.SECURE:
        found.append(
            Error("TELECARE_URL does not begin with https://.", hint="Cameras and cookies need it.", id="telecare.E001")
        )
    if settings.DEMO:
        found.append(Error("TELECARE_DEMO is on: its passwords are public.", id="telecare.E002"))
    if not settings.TURN_URLS:
        found.append(
            Warning(
                "No relay is configured.",
                hint="Behind many home routers calls fail without one: set TURN_URLS and TURN_SECRET (deploy/coturn).",
                id="telecare.W001",
            )
        )
    if settings.EMBEDDED:
        found.append(
            Warning(
                "SQLite serves one process.",
                hint="For more than one machine set DATABASE_URL and REDIS_URL.",
                id="telecare.W002",
            )
        )
    return found
