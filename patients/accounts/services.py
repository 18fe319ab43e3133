"""What is done to accounts, and what an account does by itself. Everything is audited; sockets are cut by events."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from patients import audit, events, vault
from patients.accounts import attempts, names, queries
from patients.accounts.actor import Actor, Role
from patients.accounts.backends import SignIn
from patients.accounts.models import Membership, Token, User
from patients.accounts.sessions import SessionStore
from patients.database import write
from patients.errors import Conflict, Denied, Finding, Invalid, Missing

_MANAGERS = frozenset({Role.SYSTEM, Role.OPERATOR, Role.ADMINISTRATOR})
_PREFIX = "telecare_"  # so that a token that leaked is recognised by those who search for such


def sign_in(username: str, password: str, *, address: str) -> User:
    """The account of this name and password. `address` is where the browser is.

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
    audit.record(queries.actor_of(user), action="sign-in", type="Account", ident=str(user.pk), source="page")
    return user


def sign_out(actor: Actor) -> None:
    """End this session: its sockets are cut."""
    with write():
        audit.record(actor, action="sign-out", type="Account", ident=str(actor.account or ""), source="page")
        events.emit("account.cut", account=actor.account, session=actor.session)


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
        user.password = _hashed(password, User(username=names.folded(username), name=name))
    with write():
        _may_manage(actor, user)
        if User.objects.filter(username__in=[names.folded(username), names.hidden(username)]).exists():
            raise Conflict(_("This sign-in name is taken. Please choose another."))
        user.save(force_insert=True)
        audit.record(actor, action="create", type="Account", ident=str(user.pk))
    return user


def deactivate(actor: Actor, account: int) -> None:
    """Switch an account off: its tokens go, its sockets are cut, the next request of its sessions is a stranger's."""
    with write():
        user = _managed(actor, account)
        User.objects.filter(pk=user.pk).update(is_active=False)
        Token.objects.filter(user=user).delete()
        audit.record(actor, action="deactivate", type="Account", ident=str(user.pk))
        events.emit("account.cut", account=user.pk, session=None)


def activate(actor: Actor, account: int) -> None:
    """Switch an account on again. Its tokens stay gone."""
    with write():
        user = _managed(actor, account)
        User.objects.filter(pk=user.pk).update(is_active=True)
        audit.record(actor, action="activate", type="Account", ident=str(user.pk))


def end_all_sessions() -> None:
    """A backup was restored: nobody knows which sessions and tokens of then were ended meanwhile. All sign in again."""
    SessionStore.get_model_class().objects.all().delete()
    Token.objects.all().delete()


def forget_person(person: str) -> None:
    """The person was erased: the account goes with its tokens; sockets are cut. The log keeps its number."""
    for user in User.objects.filter(person=person):
        events.emit("account.cut", account=user.pk, session=None)
        user.delete()
    Membership.objects.filter(person=person).delete()


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
        raise Invalid(
            _("The old password does not fit."), Finding(_("The old password does not fit."), where="old_password")
        )
    user.password = _hashed(new, user)
    attempts.succeeded(f"account {user.pk}", address)
    with write():
        user.save(update_fields=["password"])
        Token.objects.filter(user=user).delete()
        audit.record(actor, action="change-password", type="Account", ident=str(user.pk))
        events.emit("account.cut", account=user.pk, session=None)
    return user


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


def _managed(actor: Actor, account: int) -> User:
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
    ours = Membership.objects.filter(person=user.person, organisation=actor.organisation)
    if user.kind != User.Kind.STAFF or not user.person or not ours.exists():
        raise Missing(_("There is no such account."))


def _hashed(password: str, user: User) -> str:
    if not settings.DEMO:
        try:
            validate_password(password, user)
        except ValidationError as problem:
            raise Invalid(
                _("This password is too weak."), *(Finding(text, where="new_password") for text in problem.messages)
            ) from problem
    return make_password(password)
