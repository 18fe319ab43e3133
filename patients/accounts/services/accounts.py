"""Opening accounts, switching them off and on, and tokens for them."""

from __future__ import annotations

import secrets
from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from patients import audit, events, vault
from patients.accounts import names, queries
from patients.accounts.actor import Actor, Role
from patients.accounts.backends import SignIn
from patients.accounts.models import Membership, OneTimeCode, Pin, ProviderLink, Token, User
from patients.accounts.services.passwords import hashed
from patients.accounts.services.sessions import forget
from patients.database import write
from patients.errors import Conflict, Denied, Finding, Invalid, Missing

_MANAGERS = frozenset({Role.SYSTEM, Role.OPERATOR, Role.ADMINISTRATOR})
_PREFIX = "telecare_"  # so that a token that leaked is recognised by those who search for such


def create_account(
    actor: Actor,
    *,
    kind: str,
    username: str,
    person: str = "",
    name: str = "",
    language: str = "",
    password: str | None = None,
) -> User:
    """Open an account. `name` is for staff only; others are named by their documents. Without a password none works.

    Raises Invalid, Conflict (the sign-in name is taken) and Denied.
    """
    staff = kind in {User.Kind.STAFF, User.Kind.CLIENT}
    if not names.folded(username) or (staff and not names.fits_staff(username)) or len(username) > 150:
        raise Invalid(
            _("A sign-in name of staff has 1 to 40 plain letters, digits, dots or dashes."),
            Finding(_("This sign-in name cannot be used."), where="username"),
        )
    user = User(
        kind=kind,
        username=names.folded(username) if staff else names.hidden(username),
        person=person,
        name=name if staff else "",
        language=language,
        created_at=timezone.now(),
    )
    user.password = make_password(None)
    if password is not None:
        user.password = hashed(password, User(kind=kind, username=names.folded(username), name=name, person=person))
    with write():
        _may_manage(actor, user)
        if User.objects.filter(username__in=[names.folded(username), names.hidden(username)]).exists():
            raise Conflict(_("This sign-in name is taken. Please choose another."))
        user.save(force_insert=True)
        audit.record(actor, action="create", type="Account", ident=str(user.pk))
    return user


def account_for(actor: Actor, *, kind: str, person: str) -> User:
    """The account of a patient or relative; opened, without a name and password, if there is none.

    Whether the actor may is asked by the caller, who sees the person's record. Inside `write()`.
    """
    user = User.objects.filter(person=person, kind=kind).first()
    if user is None:
        nobody = names.hidden(secrets.token_urlsafe(24))
        user = User(kind=kind, username=nobody, person=person, password=make_password(None), created_at=timezone.now())
        user.save(force_insert=True)
        audit.record(actor, action="create", type="Account", ident=str(user.pk))
    return user


def deactivate(actor: Actor, account: int) -> None:
    """Switch an account off: its tokens and sessions go, its sockets are cut, its next request is a stranger's."""
    with write():
        user = managed(actor, account)
        User.objects.filter(pk=user.pk).update(is_active=False)
        forget(user.pk)
        audit.record(actor, action="deactivate", type="Account", ident=str(user.pk))
        events.emit("account.cut", account=user.pk, session=None)


def activate(actor: Actor, account: int) -> None:
    """Switch an account on again. Its tokens and sessions stay gone."""
    with write():
        user = managed(actor, account)
        User.objects.filter(pk=user.pk).update(is_active=True)
        audit.record(actor, action="activate", type="Account", ident=str(user.pk))


def forget_person(person: str) -> None:
    """The person was erased: the account goes with its tokens; sockets are cut. The log keeps its number.

    Who acts for others as well, as known by this person, keeps the account. Of one that wrote where others still read
    (the thread of another patient), an empty shell stays: nobody signs in with it.
    """
    functions = Membership.objects.filter(person=person)
    own = person.partition("/")[2]
    if functions.exclude(document=own).exclude(until__lte=timezone.now()).exists():
        functions.filter(document=own).delete()
        return
    for user in User.objects.filter(person=person):
        events.emit("account.cut", account=user.pk, session=None)
        try:
            user.delete()
        except ProtectedError:
            _hollow(user)
    functions.delete()


def _hollow(user: User) -> None:
    """Take everything from an account by which somebody could sign in or be told from others."""
    forget(user.pk)
    for rows in (OneTimeCode, ProviderLink, Pin, Authenticator):
        rows.objects.filter(user=user).delete()
    name = names.hidden(secrets.token_hex(16))
    User.objects.filter(pk=user.pk).update(
        username=name, person="", name="", password=make_password(None), is_active=False
    )


def issue_token(user: User, *, days: int = 30) -> str:
    """A bearer token for `/fhir` and `/ws/`. It is shown once: only its HMAC is stored."""
    token = _PREFIX + secrets.token_urlsafe(32)
    now = timezone.now()
    with write():
        Token.objects.filter(expires_at__lt=now).delete()
        Token.objects.create(
            user=user, digest=vault.mac("token", token), issued_at=now, expires_at=now + timedelta(days=days)
        )
        audit.record(queries.actor_of(user), action="issue-token", type="Account", ident=str(user.pk), source="command")
    return token


def token_for(username: str) -> str:
    """A token for the account of this sign-in name; `system` is the client that is granted everything imported.

    Raises Missing.
    """
    if names.folded(username) == "system":
        user, _made = User.objects.get_or_create(
            username="system",
            defaults={"kind": User.Kind.CLIENT, "password": make_password(None), "created_at": timezone.now()},
        )
        return issue_token(user)
    named = SignIn().named(username)
    if named is None or not named.is_active:
        raise Missing(_("There is no account with this sign-in name."))
    return issue_token(named)


def managed(actor: Actor, account: int) -> User:
    """The account, if the actor manages it. Raises Missing and Denied."""
    user = User.objects.filter(pk=account).first()
    if user is None:
        raise Missing(_("There is no such account."))
    _may_manage(actor, user)
    return user


def _may_manage(actor: Actor, user: User) -> None:
    """The system and operators; administrators for those who work in their organisation."""
    if not actor.active or actor.role not in _MANAGERS:
        raise Denied(_("Only administrators may do this."))
    if actor.role is not Role.ADMINISTRATOR:
        return
    now = timezone.now()
    ours = Membership.objects.filter(person=user.person, organisation=actor.organisation)
    ours = ours.exclude(since__gt=now).exclude(until__lte=now)
    if user.kind != User.Kind.STAFF or not user.person or not ours.exists():
        raise Missing(_("There is no such account."))
