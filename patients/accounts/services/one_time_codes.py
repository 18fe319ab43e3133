"""Printed codes: the way into a new account, and back into one whose password or second factor is lost.

Patients' accounts hold no e-mail, and a nurse at the kitchen table can hand over a sheet. Whoever prints a code is in
the log; the code itself is shown once and stored as HMAC. A new one makes older ones worthless.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NoReturn

from allauth.mfa.models import Authenticator
from django.utils import timezone
from django.utils.translation import gettext as _

from patients import audit, events, vault
from patients.accounts import attempts, names, places, queries
from patients.accounts.actor import Actor, Role
from patients.accounts.models import OneTimeCode, User
from patients.accounts.services.accounts import create_account, managed
from patients.accounts.services.passwords import hashed
from patients.accounts.services.sessions import forget
from patients.database import write
from patients.errors import Conflict, Denied, Invalid

CODE_PRINTED: Final = "print-code"  # as it stands in the log
_LETTERS: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # none looks like another
_LENGTH: Final = 16  # 78 bits
_HOLDS: Final = {User.Kind.STAFF: timedelta(days=3)}
_HOLDS_OTHERS: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is printed for one account. `username` is "" where we do not know it: its owner chooses one."""

    code: str  # "ABCD-EFGH-JKMN-PQRS"
    username: str
    name: str
    expires_at: datetime
    drops_factor: bool


def print_code(actor: Actor, account: int, *, drops_factor: bool = False) -> Sheet:
    """A code for an account of staff: by an administrator of their organisation, or an operator.

    Raises Missing, Denied, and Conflict where the person also works elsewhere: whoever resets an account could use it.
    """
    with write():
        user = managed(actor, account)
        if actor.role is Role.ADMINISTRATOR:
            _only_ours(actor, user)
        return hand_out(actor, user, drops_factor=drops_factor)


def invite(actor: Actor, person: str, username: str) -> Sheet:
    """A sign-in for somebody who works in the actor's organisation ("Practitioner/…"), with a printed code.

    Raises Missing, Denied, Invalid (the name cannot be one) and Conflict (it is taken, or the person has a sign-in).
    """
    with write():
        if User.objects.filter(person=person, kind=User.Kind.STAFF).exists():
            raise Conflict(_("This person has a sign-in already."))
        name = places.people(actor, [person]).get(person, "")
        return hand_out(actor, create_account(actor, kind=User.Kind.STAFF, username=username, person=person, name=name))


def hand_out(actor: Actor, user: User, *, drops_factor: bool = False, patient: str | None = None) -> Sheet:
    """A code for this account. Whether the actor may is asked by the caller. Inside `write()`.

    `patient` finds it in the log under whose record it concerns.
    """
    if not user.is_active:
        raise Conflict(_("This account is switched off. Switch it on first."))
    now, code = timezone.now(), "".join(secrets.choice(_LETTERS) for _letter in range(_LENGTH))
    expires_at = now + _HOLDS.get(User.Kind(user.kind), _HOLDS_OTHERS)
    OneTimeCode.objects.filter(user=user, used_at=None).delete()
    OneTimeCode.objects.create(
        user=user, digest=_digest(code), drops_factor=drops_factor, made_at=now, expires_at=expires_at
    )
    detail = "factor" if drops_factor else ""
    audit.record(actor, action=CODE_PRINTED, patient=patient, type="Account", ident=str(user.pk), detail=detail)
    shown = "-".join(code[at : at + 4] for at in range(0, _LENGTH, 4))
    staff = user.kind == User.Kind.STAFF
    return Sheet(shown, user.username if staff else "", user.name, expires_at, drops_factor)


def redeem(code: str, username: str, password: str, *, address: str) -> None:
    """Set the password with a printed code. Staff name themselves as printed; others choose a sign-in name here.

    All sessions and tokens of the account end. Raises Invalid (the code stays good), Conflict (the name is taken) and
    attempts.TooManyAttempts.
    """
    typed = _plain(code)
    attempts.begin(f"code {typed}", address)
    row = OneTimeCode.objects.select_related("user").filter(digest=_digest(typed)).first()
    if row is None or not _good(row) or not _name_fits(row.user, username):
        _refuse(row)
    user = row.user
    named = User(kind=user.kind, username=names.folded(username), name=user.name, person=user.person)
    stored = hashed(password, named)
    with write():
        now = timezone.now()
        if not OneTimeCode.objects.filter(pk=row.pk, used_at=None, expires_at__gt=now).update(used_at=now):
            _refuse(row)
        _enter_name(user, username)
        user.password = stored
        user.save(update_fields=["username", "password"])
        _end_what_was(user, drops_factor=row.drops_factor)
        audit.record(queries.actor_of(user), action="redeem-code", type="Account", ident=str(user.pk), source="page")
    attempts.succeeded(f"code {typed}", address)


def _good(row: OneTimeCode) -> bool:
    return row.used_at is None and row.expires_at > timezone.now() and row.user.is_active


def _refuse(row: OneTimeCode | None) -> NoReturn:
    ident = str(row.user_id) if row else ""
    audit.record(None, action="redeem-code", outcome="denied", type="Account", ident=ident, source="page")
    raise Invalid(
        _("Code and sign-in name do not fit, or the code was used or is too old. Ask for a new one."), where="code"
    )


def _name_fits(user: User, username: str) -> bool:
    return user.kind != User.Kind.STAFF or user.username == names.folded(username)


def _enter_name(user: User, username: str) -> None:
    if user.kind == User.Kind.STAFF:
        return
    hidden = names.hidden(username)
    taken = User.objects.filter(username__in=[names.folded(username), hidden]).exclude(pk=user.pk).exists()
    if taken or not names.folded(username):
        raise Conflict(_("This sign-in name is taken. Please choose another."))
    user.username = hidden


def _end_what_was(user: User, *, drops_factor: bool) -> None:
    if drops_factor:
        Authenticator.objects.filter(user=user).delete()
    forget(user.pk)
    events.emit("account.cut", account=user.pk, session=None)


def _only_ours(actor: Actor, user: User) -> None:
    if user.pk == actor.account:
        raise Denied(_("Nobody prints a code for themselves. Please ask another administrator."))
    elsewhere = {one.organisation for one in queries.functions_of(user)} - {actor.organisation}
    if elsewhere:
        raise Conflict(_("This person also works for another organisation. Please ask the operator."))


def _plain(code: str) -> str:
    return "".join(letter for letter in code.upper() if letter.isalnum())[:64]


def _digest(code: str) -> bytes:
    return vault.mac("one-time code", code)
