"""Guessing passwords is made slow, without letting strangers lock anybody out for long.

Three counts: for name and address together, for the name from wherever, for the address with whatever name. Beyond a
few free tries each failure doubles the wait. Who has signed in from this address before waits only for the first count:
so neither a stranger elsewhere nor a colleague behind the same line keeps them out. Names unknown to us count alike.
A door with a lock of its own (`begin_at`: the PIN of an invitation) has a count for the address alone, beside those.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import F
from django.utils import timezone
from django.utils.translation import ngettext

from patients import vault
from patients.accounts import devices, names
from patients.accounts.models import Attempt
from patients.database import write
from patients.errors import Denied

FORGOTTEN_AFTER = timedelta(minutes=15)
KNOWN_FOR = timedelta(days=90)


class Limit(NamedTuple):
    """How many tries are free, and the longest wait after them."""

    free: int
    longest: int  # seconds


TOGETHER, NAME, ADDRESS = Limit(4, 300), Limit(12, 30), Limit(60, 60)
DOOR = Limit(20, 60)


class TooManyAttempts(Denied):
    """Wait first. `seconds` says how long."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            ngettext(
                "Too many attempts. Please wait %(seconds)s second, then try again.",
                "Too many attempts. Please wait %(seconds)s seconds, then try again.",
                seconds,
            )
            % {"seconds": seconds}
        )
        self.seconds = seconds


def begin(name: str, address: str) -> None:
    """Count a try before the password is looked at, so that tries at the same moment gain nothing.

    Raises TooManyAttempts; such a try is not counted.
    """
    now = timezone.now()
    keys = _keys(name, address)
    with write():
        Attempt.objects.bulk_create([Attempt(id=key, last_at=now) for key in keys], ignore_conflicts=True)
        rows = {row.id: row for row in Attempt.objects.select_for_update().filter(id__in=keys).order_by("id")}
        together, whole, place = (rows[key] for key in keys)
        known = together.known_until is not None and together.known_until > now
        counted = [(together, TOGETHER)] if known else [(together, TOGETHER), (whole, NAME), (place, ADDRESS)]
        _count(counted, now)


def succeeded(name: str, address: str) -> None:
    """Forget the failures of this name, and know this address for it; the address failed once less. Old counts go."""
    now = timezone.now()
    together, whole, place = _keys(name, address)
    with write():
        if not Attempt.objects.filter(id=together, known_until__gt=now).exists():
            _take_back(place)
        Attempt.objects.filter(id=together).update(failures=0, known_until=now + KNOWN_FOR)
        Attempt.objects.filter(id=whole).update(failures=0)
        Attempt.objects.filter(last_at__lt=now - FORGOTTEN_AFTER, known_until=None).delete()
        Attempt.objects.filter(last_at__lt=now - FORGOTTEN_AFTER, known_until__lt=now).delete()


def begin_at(door: str, address: str) -> None:
    """Count a try at a door that counts for itself what is tried on its lock: only where it comes from.

    Raises TooManyAttempts; such a try is not counted.
    """
    now, key = timezone.now(), _door(door, address)
    with write():
        Attempt.objects.bulk_create([Attempt(id=key, last_at=now)], ignore_conflicts=True)
        _count([(Attempt.objects.select_for_update().get(id=key), DOOR)], now)


def fitted_at(door: str, address: str) -> None:
    """The try that `begin_at` counted was no guess."""
    with write():
        _take_back(_door(door, address))


def _count(counted: Sequence[tuple[Attempt, Limit]], now: datetime) -> None:
    seconds = max(_wait(row, limit, now) for row, limit in counted)
    if seconds:
        raise TooManyAttempts(seconds)
    for row, _ in counted:
        row.failures = 1 if now - row.last_at > FORGOTTEN_AFTER else row.failures + 1
        row.last_at = now
    Attempt.objects.bulk_update([row for row, _ in counted], ["failures", "last_at"])


def _take_back(key: int) -> None:
    Attempt.objects.filter(id=key, failures__gt=0).update(failures=F("failures") - 1)


def _wait(row: Attempt, limit: Limit, now: datetime) -> int:
    """Whole seconds until the next try is open."""
    beyond = row.failures - limit.free - 1
    since = now - row.last_at
    if beyond < 0 or since > FORGOTTEN_AFTER:
        return 0
    left = timedelta(seconds=min(2 ** min(beyond, 10), limit.longest)) - since
    return max(0, -(-left // timedelta(seconds=1)))


def _keys(name: str, address: str) -> tuple[int, int, int]:
    who, where = names.folded(name), network(address)
    return (
        vault.blind("sign-in", "together", f"{len(who)}:{who}{where}"),
        vault.blind("sign-in", "name", who),
        vault.blind("sign-in", "address", where),
    )


def _door(door: str, address: str) -> int:
    return vault.blind("sign-in", door, network(address))


def network(address: str) -> str:
    """One home has a whole /64 of IPv6 addresses, and counts as one."""
    known = devices.address(address)
    if known is None:
        return ""
    if known.version == 6:
        return str(ipaddress.ip_network((known, 64), strict=False))
    return str(known)
