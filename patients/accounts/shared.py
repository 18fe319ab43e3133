"""Tablets and kiosks that several people use: who may come back with a PIN, and how long a session waits there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from patients import vault
from patients.accounts.models import SharedDevice, Turn, User

COOKIE: Final = f"{'__Host-' if settings.SECURE else ''}telecare-device"
COOKIE_AGE: Final = 365 * 24 * 3600
SHIFT: Final = timedelta(hours=14)  # after that the password is asked again
TRIES: Final = 5
IDLE: Final = 5 * 60  # seconds without a finger on the screen, then the page locks
EXPIRES: Final = 10 * 60  # seconds without a page, then the session is over whatever the page does


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who may come back with the PIN on this tablet."""

    account: int
    name: str


def digest(token: str) -> bytes:
    """What is stored of a device's cookie."""
    return vault.mac("shared device", token)


def device_of(request: HttpRequest) -> SharedDevice | None:
    """The shared device on which this browser runs. Other browsers cost no statement."""
    token = request.COOKIES.get(COOKIE)
    return SharedDevice.objects.filter(digest=digest(token)).first() if token else None


def colleagues_on(device: SharedDevice) -> list[Colleague]:
    """Who has signed in fully there within a shift and has a PIN, by name."""
    turns = Turn.objects.filter(
        device=device, since__gt=timezone.now() - SHIFT, failures__lt=TRIES, user__is_active=True
    )
    rows = turns.exclude(user__pin=None).order_by("user__name").values_list("user", "user__name")
    return [Colleague(account, name) for account, name in rows]


def has_pin(user: User) -> bool:
    """Whether this account can come back with a PIN."""
    return User.objects.filter(pk=user.pk).exclude(pin=None).exists()


def devices_of(organisation: str) -> list[SharedDevice]:
    """The shared devices of an organisation, the newest first."""
    return list(SharedDevice.objects.filter(organisation=organisation).order_by("-pk"))


def wiped(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Let a shared device forget what the last one saw: a kiosk everything, a tablet all but entries not sent yet.

    https://www.w3.org/TR/clear-site-data/
    """
    device = device_of(request)
    if device is not None:
        everything = device.kind == SharedDevice.Kind.KIOSK
        response.headers["Clear-Site-Data"] = '"cache", "storage"' if everything else '"cache"'
    return response
