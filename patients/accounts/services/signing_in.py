"""Signing in and out, and as whom one works."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from patients import audit, events
from patients.accounts import attempts, queries
from patients.accounts.actor import Actor
from patients.accounts.backends import SignIn
from patients.accounts.models import User
from patients.database import write
from patients.errors import Invalid, Missing


def sign_in(username: str, password: str, *, address: str) -> User:
    """The account of this name and password. `address` is where the browser is.

    One that has a second factor (`queries.has_second_factor`) must show it before it is let in.
    Raises Invalid (the same for an unknown name and a wrong password) and attempts.TooManyAttempts.
    """
    attempts.begin(username, address)
    user = SignIn().checked(username, password)
    if user is None or not user.is_active:
        named = user or SignIn().named(username)
        ident = str(named.pk) if named else ""
        audit.record(None, action="sign-in", outcome="denied", type="Account", ident=ident, source="page")
        if user is None:
            raise Invalid(_("Name and password do not fit. Please look at both once more."))
        raise Invalid(_("This account is switched off. Please ask your organisation."))
    attempts.succeeded(username, address)
    step = "password" if queries.has_second_factor(user.pk) else "sign-in"
    audit.record(queries.actor_of(user), action=step, type="Account", ident=str(user.pk), source="page")
    return user


def sign_out(actor: Actor) -> None:
    """End this session: its sockets are cut."""
    with write():
        audit.record(actor, action="sign-out", type="Account", ident=str(actor.account or ""), source="page")
        events.emit("account.cut", account=actor.account, session=actor.session)


def choose_function(actor: Actor, user: User, key: str) -> queries.Function:
    """Act in this function from now on in this session. Sockets that were opened in another one are cut.

    Raises Missing when it is not one of the functions that this person has now.
    """
    function = next((one for one in queries.functions_of(user) if one.key == key), None)
    if function is None:
        raise Missing(_("You do not have this function now."))
    with write():
        audit.record(actor, action="choose-function", type="Organization", ident=function.organisation)
        events.emit("account.cut", account=actor.account, session=actor.session)
    return function


def choose_language(actor: Actor, code: str) -> None:
    """Remember the language of this account."""
    if code not in dict(settings.LANGUAGES):
        raise Invalid(_("This language is not offered."))
    with write():
        User.objects.filter(pk=actor.account or 0).update(language=code)
