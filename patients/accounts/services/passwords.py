"""Passwords of accounts."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from patients import audit, events
from patients.accounts import attempts
from patients.accounts.actor import Actor
from patients.accounts.models import User
from patients.accounts.services.sessions import forget
from patients.database import write
from patients.errors import Finding, Invalid, Missing

OF_THE_DEMO: Final = "demo"


def change_password(actor: Actor, old: str, new: str, *, address: str) -> User:
    """Change one's own password. All sessions and tokens of the account end; the view may begin this one again.

    Raises Invalid and attempts.TooManyAttempts.
    """
    user = User.objects.filter(pk=actor.account or 0, is_active=True).first()
    if user is None:
        raise Missing(_("There is no such account."))
    attempts.begin(f"account {user.pk}", address)
    if not user.check_password(old):
        audit.record(actor, action="change-password", outcome="denied", type="Account", ident=str(user.pk))
        raise _does_not_fit()
    fitted, user.password = user.password, hashed(new, user)
    attempts.succeeded(f"account {user.pk}", address)
    with write():
        if not User.objects.filter(pk=user.pk, password=fitted, is_active=True).update(password=user.password):
            raise _does_not_fit()  # any more: it was changed, or the account switched off, while we compared
        forget(user.pk)
        audit.record(actor, action="change-password", type="Account", ident=str(user.pk))
        events.emit("account.cut", account=user.pk, session=None)
    return user


def _does_not_fit() -> Invalid:
    return Invalid(_("The old password does not fit."), where="old_password")


def hashed(password: str, user: User) -> str:
    """The password as it is stored. Raises Invalid with what is wrong with it; the demo alone takes a weak one."""
    if not (settings.DEMO and password == OF_THE_DEMO):
        try:
            validate_password(password, user)
        except ValidationError as problem:
            raise Invalid(
                _("This password is too weak."), *(Finding(text, where="new_password") for text in problem.messages)
            ) from problem
    return make_password(password)
