"""Marking devices as shared, the PIN, and coming back with it."""

from __future__ import annotations

import re
import secrets
from typing import Final

from django.contrib.auth.hashers import check_password, make_password
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from patients import audit
from patients.accounts import attempts, queries, shared
from patients.accounts.actor import Actor, Role
from patients.accounts.models import Pin, SharedDevice, Turn, User
from patients.database import write
from patients.errors import Denied, Invalid, Missing

MARKERS: Final = frozenset({Role.ADMINISTRATOR, Role.NURSING_LEAD, Role.DOCTOR, Role.OPERATOR})
_PIN: Final = re.compile(r"\d{6,8}")
_ROWS: Final = ("0123456789", "9876543210")


def mark_device(actor: Actor, name: str, kind: str) -> str:
    """Let several people use this device. Returns what its cookie holds. Raises Denied and Invalid."""
    _may_mark(actor)
    name = name.strip()[:60]
    if not name or kind not in SharedDevice.Kind.values:
        raise Invalid(_("Please name the device and say what it is."))
    token = secrets.token_urlsafe(32)
    with write():
        device = SharedDevice.objects.create(
            digest=shared.digest(token),
            organisation=actor.organisation or "",
            kind=kind,
            name=name,
            made_at=timezone.now(),
        )
        audit.record(actor, action="mark-device", type="Device", ident=str(device.pk))
    return token


def unmark_device(actor: Actor, number: int) -> None:
    """It is nobody's device any more: no PIN works there. Raises Denied and Missing."""
    _may_mark(actor)
    with write():
        if not SharedDevice.objects.filter(pk=number, organisation=actor.organisation or "").delete()[0]:
            raise Missing(_("There is no such device."))
        audit.record(actor, action="unmark-device", type="Device", ident=str(number))


def set_pin(actor: Actor, pin: str) -> None:
    """Six to eight digits that nobody guesses first. Staff only. Raises Invalid and Denied."""
    user = User.objects.filter(pk=actor.account or 0, kind=User.Kind.STAFF).first()
    if user is None:
        raise Denied(_("A PIN is for staff on shared tablets."))
    easy = len(set(pin)) < 3 or any(pin in row * 2 for row in _ROWS) or re.fullmatch(r"(19|20)\d{6}", pin)
    if not _PIN.fullmatch(pin) or not pin.isascii() or easy:
        raise Invalid(_("Take six to eight digits, no row and no date."), where="pin")
    hashed = make_password(pin)
    with write():
        Pin.objects.update_or_create(user=user, defaults={"hashed": hashed})
        audit.record(actor, action="set-pin", type="Account", ident=str(user.pk))


def remove_pin(actor: Actor) -> None:
    """No coming back without the password."""
    with write():
        Pin.objects.filter(user=actor.account or 0).delete()
        audit.record(actor, action="remove-pin", type="Account", ident=str(actor.account or ""))


def begin_turn(device: SharedDevice, user: User, *, factor: bool) -> None:
    """Somebody has signed in fully on a tablet of an organisation in which they work."""
    ours = any(one.organisation == device.organisation for one in queries.functions_of(user))
    if device.kind != SharedDevice.Kind.TABLET or user.kind != User.Kind.STAFF or not ours:
        return
    values = {"since": timezone.now(), "factor": factor, "failures": 0}
    with write():
        Turn.objects.update_or_create(device=device, user=user, defaults=values)


def come_back(device: SharedDevice, account: int, pin: str, *, address: str) -> tuple[User, bool]:
    """Sign in with the PIN: who, and whether the second factor was shown in this shift. After five wrong ones the
    password is asked.

    Each try is counted before the PIN is looked at. Raises Invalid, the same for whoever cannot, and TooManyAttempts.
    """
    attempts.begin(f"pin {device.pk} {account}", address)
    since = timezone.now() - shared.SHIFT
    with write():
        turns = Turn.objects.filter(device=device, user=account, since__gt=since, failures__lt=shared.TRIES)
        counted = turns.update(failures=F("failures") + 1)
        row = Turn.objects.select_related("user").filter(device=device, user=account).first() if counted else None
        kept = Pin.objects.filter(user=account).first() if row else None
    if row is None or kept is None or not row.user.is_active or not check_password(pin, kept.hashed):
        raise _refused(account)
    with write():
        still = Turn.objects.filter(pk=row.pk, user__is_active=True, user__pin__hashed=kept.hashed).update(failures=0)
        if still:
            audit.record(
                queries.actor_of(row.user),
                action="sign-in",
                type="Account",
                ident=str(account),
                source="page",
                detail="pin",
            )
    if not still:  # signed out everywhere, switched off, or another PIN, while we compared
        raise _refused(account)
    attempts.succeeded(f"pin {device.pk} {account}", address)
    return row.user, row.factor


def _refused(account: int) -> Invalid:
    audit.record(None, action="sign-in", outcome="denied", type="Account", ident=str(account), source="page")
    return Invalid(_("This PIN does not fit. After five wrong ones the password is asked."))


def _may_mark(actor: Actor) -> None:
    if actor.role not in MARKERS or not actor.organisation:
        raise Denied(_("Only administrators, heads of nursing and doctors mark devices."))
