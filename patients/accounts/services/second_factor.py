"""Second factors: setting one up, taking it away, showing it when signing in."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext as _

from patients import audit, events
from patients.accounts import attempts, queries
from patients.accounts.actor import Actor
from patients.accounts.factors import codes, passkeys
from patients.accounts.factors.demand import demanded
from patients.accounts.models import Session, User
from patients.database import write
from patients.errors import Conflict, Denied, Invalid, Missing

LONGEST_NAME = 60


def set_up_codes(actor: Actor, secret: str, code: str) -> None:
    """Make an authenticator app that shows `code` now the second factor. One that was there before is replaced.

    Raises Invalid when the code does not fit.
    """
    user = _own(actor)
    counter = codes.counter_of(secret, code)
    if counter is None:
        raise Invalid(
            _("This code does not fit. Look at the app once more: a code holds for half a minute."), where="code"
        )
    with write():
        codes.keep(user, secret, counter)
        _is_set_up(actor, user, codes.TOTP)


def set_up_passkey(actor: Actor, name: str, answer: str) -> None:
    """Make the passkey in the browser's answer a second factor. Raises Invalid when it is none."""
    user = _own(actor)
    credential = passkeys.made(answer) if len(answer) <= passkeys.LONGEST else None
    if credential is None:
        raise Invalid(_("The passkey was not made. Please try again."))
    with write():
        passkeys.keep(user, name.strip()[:LONGEST_NAME] or _("Passkey"), credential)
        _is_set_up(actor, user, passkeys.PASSKEY)


def remove_factor(actor: Actor, number: int) -> None:
    """Take a second factor away; the recovery codes go with the last one.

    Raises Missing, and Conflict when it is the last of an account that must have one.
    """
    user = _own(actor)
    with write():
        rows = list(Authenticator.objects.select_for_update().filter(user=user).exclude(type=codes.RECOVERY))
        row = next((one for one in rows if one.pk == number), None)
        if row is None:
            raise Missing(_("There is no such second factor."))
        if len(rows) == 1:
            if demanded(user, [one.role for one in queries.functions_of(user)]):
                raise Conflict(_("Your function demands a second factor. Please set up another one first."))
            Authenticator.objects.filter(user=user).delete()
        row.delete()
        audit.record(actor, action="remove-second-factor", type="Account", ident=str(user.pk), detail=row.type)


def new_recovery_codes(actor: Actor) -> None:
    """Ten new ones; the old ones do not work any more. Raises Missing without a second factor."""
    user = _own(actor)
    with write():
        if not queries.has_second_factor(user.pk):
            raise Missing(_("There is no such second factor."))
        codes.make_recovery_codes(user)
        audit.record(actor, action="new-recovery-codes", type="Account", ident=str(user.pk))


def show_code(user: User, code: str, *, address: str) -> None:
    """The second step of signing in. Each code works once. Raises Invalid and attempts.TooManyAttempts."""
    attempts.begin(f"factor {user.pk}", address)
    with write():
        kind = codes.taken(user, code) if user.is_active else ""
    if not kind:
        audit.record(None, action="sign-in", outcome="denied", type="Account", ident=str(user.pk), source="page")
        raise Invalid(_("This code does not fit, or was used already. Wait for the next one."), where="code")
    attempts.succeeded(f"factor {user.pk}", address)
    _log_sign_in(user, kind)


def show_passkey(answer: str) -> User:
    """Sign in with a passkey alone: it is both factors. Raises Invalid."""
    found = passkeys.shown(answer) if len(answer) <= passkeys.LONGEST else None
    if found is None or not found[0].is_active:
        ident = str(found[0].pk) if found else ""
        audit.record(None, action="sign-in", outcome="denied", type="Account", ident=ident, source="page")
        raise Invalid(_("This passkey is not known here. Please sign in with your password."))
    user, row = found
    with write():
        row.record_usage()
    _log_sign_in(user, passkeys.PASSKEY)
    return user


def confirm(actor: Actor, password: str, *, address: str) -> None:
    """The password once more, before what protects the account is changed. Raises Invalid and TooManyAttempts."""
    user = _own(actor)
    attempts.begin(f"account {user.pk}", address)
    if not user.check_password(password):
        audit.record(actor, action="confirm", outcome="denied", type="Account", ident=str(user.pk))
        raise Invalid(_("The password does not fit."), where="password")
    attempts.succeeded(f"account {user.pk}", address)


def _is_set_up(actor: Actor, user: User, kind: str) -> None:
    """With the first one come recovery codes, and browsers that are signed in without it are signed out."""
    if not codes.recovery_codes(user.pk):
        codes.make_recovery_codes(user)
        for row in Session.objects.filter(user=user):
            if row.name != actor.session:
                events.emit("account.cut", account=user.pk, session=row.name)
                row.delete()
    audit.record(actor, action="set-up-second-factor", type="Account", ident=str(user.pk), detail=str(kind))


def _log_sign_in(user: User, kind: str) -> None:
    actor = queries.actor_of(user)
    audit.record(actor, action="sign-in", type="Account", ident=str(user.pk), source="page", detail=str(kind))


def _own(actor: Actor) -> User:
    user = User.objects.filter(pk=actor.account or 0, is_active=True).first()
    if user is None:
        raise Denied(_("Please sign in."))
    return user
