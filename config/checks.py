"""What a production deployment must not be: refused at start, with words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connection
from django.utils import timezone

SHORTEST_SECRET: Final = 32  # characters of a secret that two programs share: 128 bits of chance in hex
CLOCKS: Final = timedelta(seconds=5)  # between this machine and its database: codes and periods are told by the clock


@register(Tags.security, deploy=True)
def production(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Weak settings of a deployment that is not the demo."""
    return [*_addresses(), *_people(), *_secrets(), *_parts()]


def _addresses() -> Iterator[CheckMessage]:
    if not settings.SECURE:
        yield Error(
            "TELECARE_URL does not begin with https://.", hint="Cameras and cookies need it.", id="telecare.E001"
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield Error("TELECARE_HOSTS names every host.", hint="Name the host of TELECARE_URL alone.", id="telecare.E003")
    if urlsplit(settings.PUBLIC_URL).hostname not in [name.strip("[]") for name in settings.ALLOWED_HOSTS]:
        yield Error("TELECARE_HOSTS lacks the host of TELECARE_URL.", hint="Nobody could reach it.", id="telecare.E004")
    if settings.SECURE and not getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        yield Warning(
            "TELECARE_BEHIND_PROXY is off, though the address is https://.",
            hint="Set it to 1 where your proxy sets X-Forwarded-Proto and X-Forwarded-Host, and lets nobody else.",
            id="telecare.W003",
        )


def _people() -> Iterator[CheckMessage]:
    if settings.DEMO:
        yield Error("TELECARE_DEMO is on: its passwords are public.", id="telecare.E002")
    if settings.SECOND_FACTOR == "none":
        yield Warning("No second factor is demanded of staff.", hint="TELECARE_SECOND_FACTOR=roles", id="telecare.W004")
    if not settings.BREACHED_PASSWORDS:
        yield Warning(
            "Passwords are held against the common ones only.",
            hint="Name a list of stolen ones: TELECARE_BREACHED_PASSWORDS.",
            id="telecare.W005",
        )
    if not settings.HELP_PHONE:
        yield Warning("No number is shown to who cannot join.", hint="TELECARE_HELP_PHONE", id="telecare.W006")


def _secrets() -> Iterator[CheckMessage]:
    if settings.MASTER_KEY:
        yield Warning(
            "The master key stands in the environment, which every process of this user can read.",
            hint="Use TELECARE_MASTER_KEY_FILE, TELECARE_KEY_FILE or TELECARE_KEY_COMMAND.",
            id="telecare.W007",
        )
    if settings.TURN_SECRET and len(settings.TURN_SECRET) < SHORTEST_SECRET:
        yield Error(
            f"TURN_SECRET is shorter than {SHORTEST_SECRET} characters.",
            hint="openssl rand -hex 32, here and in the relay.",
            id="telecare.E005",
        )


def _parts() -> Iterator[CheckMessage]:
    if not settings.TURN_URLS:
        yield Warning(
            "No relay is configured.",
            hint="Behind many home routers calls fail without one: set TURN_URLS and TURN_SECRET (deploy/coturn).",
            id="telecare.W001",
        )
    if not settings.CLAMD:
        yield Warning("No virus scanner sees uploaded files.", hint="TELECARE_CLAMD", id="telecare.W008")
    if settings.EMBEDDED:
        yield Warning(
            "SQLite serves one process.",
            hint="For more than one machine set DATABASE_URL and REDIS_URL.",
            id="telecare.W002",
        )


def clocks(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Whether this machine and the database tell the same time. Asks the database: for `telecare doctor` only."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (there,) = cursor.fetchone()
    apart = abs(timezone.now() - there)
    if apart <= CLOCKS:
        return []
    words = f"The clock here and that of the database are {apart.total_seconds():.0f} s apart."
    return [Error(words, hint="Let both follow a time server (NTP).", id="telecare.E006")]
