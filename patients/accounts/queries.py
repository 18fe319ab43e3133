"""Who is acting: from an account, a session or a token. One statement each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import time
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.db import connection
from django.utils import timezone

from patients import vault
from patients.accounts import places, providers, roles, sessions
from patients.accounts.actor import Actor, Opened, Purpose, Role
from patients.accounts.factors import codes, passkeys
from patients.accounts.factors.demand import demanded
from patients.accounts.models import Emergency, Membership, ProviderLink, Session, User
from patients.accounts.providers import Provider

# in the session, beside sessions.SHARED
CHOSEN = "function"  # the key of the Membership that was chosen
BROWSER, NETWORK = "browser", "network"  # where it was begun, in words: see `devices`
HALF = "half"  # whose password was right: account, hash, until
FACTOR = "second factor"  # when the second factor was shown or set up (seconds)
CONFIRMED = "confirmed"  # when the person last showed the password or a passkey (seconds)

_USER = ("id", "password", "username", "kind", "person", "name", "language", "is_active", "created_at")
_LIVE = (
    "m.person = u.person AND u.person <> '' "
    "AND (m.since IS NULL OR m.since <= %s) AND (m.until IS NULL OR m.until > %s)"
)
_OPENED = ("organisation", "patient", "document", "until")
_SELECT = (
    f"SELECT {', '.join(f'u.{name}' for name in _USER)}, m.id, m.organisation, m.role, "
    f"{', '.join(f'e.{name}' for name in _OPENED)} "
    f"FROM accounts_user u LEFT JOIN accounts_membership m ON {_LIVE} "
    "LEFT JOIN accounts_emergency e ON e.person = u.person AND u.person <> '' AND e.since <= %s AND e.until > %s "
)
_BY_ID = _SELECT + "WHERE u.id = %s ORDER BY m.id"
_BY_TOKEN = (
    _SELECT.replace(" FROM ", ", t.id FROM ") + "JOIN accounts_token t ON t.user_id = u.id "
    "WHERE t.digest = %s AND t.expires_at > %s ORDER BY m.id"
)
_ROLES = {role.value: role for role in Role}
_OFFICE = frozenset({Role.COORDINATOR, Role.OPERATOR, Role.ADMINISTRATOR, Role.DATA_PROTECTION_OFFICER})


@dataclass(frozen=True, slots=True)
class Function:
    """In which role a person works for which organisation."""

    organisation: str
    role: Role

    @property
    def key(self) -> str:
        """As it stands in the session; see `Membership.key`."""
        return f"{self.organisation}/{self.role}"


@dataclass(frozen=True, slots=True)
class Known:
    """An account, the functions that it has now, and as whom it acts."""

    user: User
    functions: tuple[Function, ...]
    actor: Actor


def actor_of(user: User, *, session: str | None = None, membership: str | None = None) -> Actor:
    """As whom this account acts now. `membership` is the key of the function that was chosen, if there are several.

    An account that is switched off, or of staff without a function now, gives an actor who is not `active`.
    """
    return _actor(user, functions_of(user), _opened_by(user), session, membership)


def functions_of(user: User) -> tuple[Function, ...]:
    """The functions that this person has now, the oldest first."""
    if not user.person:
        return ()
    now = timezone.now()
    rows = (
        Membership.objects.filter(person=user.person)
        .exclude(since__gt=now)
        .exclude(until__lte=now)
        .order_by("id")
        .values_list("organisation", "role")
    )
    return _functions(rows)


@dataclass(frozen=True, slots=True)
class Choice:
    """A function as it is offered for choosing."""

    key: str
    role: str
    organisation: str
    chosen: bool


def choices(functions: Sequence[Function], actor: Actor) -> list[Choice]:
    """The functions of a person in words, with the one in which the actor acts."""
    called = places.names(actor, {function.organisation for function in functions if function.organisation})
    return [
        Choice(
            function.key,
            roles.word(function.role),
            called.get(function.organisation, ""),
            chosen=(function.role, function.organisation) == (actor.role, actor.organisation or ""),
        )
        for function in functions
    ]


def in_session(session: SessionBase) -> Known | None:
    """Who is signed in with this session: the account is active and its password unchanged. None for anybody else.

    Who must have a second factor and has not shown one in it is not active but `incomplete`.
    """
    account = session.get(SESSION_KEY)
    if account is None or not session.get(BACKEND_SESSION_KEY):
        return None
    now = _moment(timezone.now())
    found = _known(_rows(_BY_ID, [now, now, now, now, int(account)]))
    if found is None:
        return None
    user, functions, opened, _ = found
    if (
        not user.is_active
        or user.kind == User.Kind.CLIENT
        or not _password_unchanged(user, session.get(HASH_SESSION_KEY, ""))
    ):
        return None
    actor = _actor(user, functions, opened, sessions.name_of(session.session_key), session.get(CHOSEN))
    if actor.active and FACTOR not in session and demanded(user, [function.role for function in functions]):
        actor = replace(actor, active=False, incomplete=True)
    return Known(user, functions, actor)


def actor_of_session_key(key: str) -> Actor | None:
    """Who is signed in with the session of this key (the value of the cookie): for sockets."""
    known = in_session(sessions.SessionStore(session_key=key))
    return known.actor if known else None


def actor_of_token(token: str) -> Actor | None:
    """Whose bearer token this is; None when it is unknown, over, or the account is switched off."""
    now = _moment(timezone.now())
    found = _known(_rows(_BY_TOKEN, [now, now, now, now, vault.mac("token", token), now]))
    if found is None or not found[0].is_active:
        return None
    user, functions, opened, rest = found
    return _actor(user, functions, opened, f"token-{rest[0]}", None)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser in which somebody is signed in."""

    number: int
    browser: str  # "Firefox, Windows"
    network: str  # "192.0.2.0/24"
    since: datetime
    seen: datetime
    factor: bool  # with a second factor
    here: bool


def signed_in_at(actor: Actor) -> list[SignedIn]:
    """Where this account is signed in, the browser that asks first, then by when it was last seen."""
    rows = Session.objects.filter(sessions.live(timezone.now()), user=actor.account or 0).order_by("-seen_at", "-pk")
    found = []
    for row in rows:
        content = sessions.content_of(row)
        where = (str(content.get(BROWSER, "")), str(content.get(NETWORK, "")))
        here, factor = row.name == actor.session, FACTOR in content
        found.append(SignedIn(row.pk, *where, row.created_at, row.seen_at, factor=factor, here=here))
    return sorted(found, key=lambda one: not one.here)


@dataclass(frozen=True, slots=True)
class Factor:
    """A second factor of an account."""

    number: int
    app: bool  # an authenticator app; else a passkey
    name: str
    since: datetime
    used: datetime | None


def has_second_factor(account: int) -> bool:
    """Whether this account must show one when it signs in with its password."""
    return bool(Authenticator.objects.filter(user=account).exclude(type=codes.RECOVERY).exists())


def holders_of_factors(accounts: Iterable[int]) -> set[int]:
    """Those of these accounts that have a second factor: one statement."""
    found = Authenticator.objects.filter(user__in=list(accounts)).exclude(type=codes.RECOVERY)
    return set(found.values_list("user", flat=True))


def second_factors(account: int) -> list[Factor]:
    """Those of an account, the oldest first."""
    rows = Authenticator.objects.filter(user=account).exclude(type=codes.RECOVERY).order_by("pk")
    return [
        Factor(
            row.pk,
            app=row.type == codes.TOTP,
            name="" if row.type == codes.TOTP else passkeys.name_of(row),
            since=row.created_at,
            used=row.last_used_at,
        )
        for row in rows
    ]


def providers_of(account: int) -> list[tuple[Provider, bool]]:
    """The identity providers of this deployment, and whether this account is linked with them."""
    linked = set(ProviderLink.objects.filter(user=account).values_list("provider", flat=True))
    return [(one, one.key in linked) for one in providers.offered()]


def half_in(session: SessionBase) -> User | None:
    """Whose password was right in this session a short while ago, while the second factor is still to be shown."""
    half = session.get(HALF)
    if not isinstance(half, dict) or half.get("until", 0) < time():
        return None
    user = User.objects.filter(pk=int(half.get("account", 0)), is_active=True).first()
    return user if user is not None and _password_unchanged(user, str(half.get("hash", ""))) else None


def _rows(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


Openings = Sequence[tuple[str, Opened]]  # each with the organisation for which it was opened


def _known(rows: Sequence[tuple[Any, ...]]) -> tuple[User, tuple[Function, ...], Openings, tuple[Any, ...]] | None:
    if not rows:
        return None
    end = len(_USER)
    values = list(rows[0][:end])
    values[_USER.index("is_active")] = bool(values[_USER.index("is_active")])
    user = User.from_db("default", _USER, values)
    functions = _functions([row[end + 1 : end + 3] for row in rows if row[end] is not None])
    opened, rest = end + 3, end + 3 + len(_OPENED)
    return user, functions, _openings(row[opened:rest] for row in rows if row[opened] is not None), rows[0][rest:]


def _openings(rows: Iterable[Sequence[Any]]) -> Openings:
    """Each once; moments as this database hands them to a plain cursor."""
    found = {}
    for organisation, patient, document, until in rows:
        moment = until if isinstance(until, datetime) else datetime.fromisoformat(until)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        found[document] = organisation, Opened(patient, document, moment)
    return list(found.values())


def _opened_by(user: User) -> Openings:
    """The records that this person reads in an emergency now."""
    if user.kind != User.Kind.STAFF or not user.person:
        return ()
    now = timezone.now()
    rows = Emergency.objects.filter(person=user.person, since__lte=now, until__gt=now)
    return _openings(rows.values_list(*_OPENED))


def _functions(rows: Any) -> tuple[Function, ...]:
    return tuple(dict.fromkeys(Function(place, _ROLES[role]) for place, role in rows if role in _ROLES))


def _actor(
    user: User, functions: Sequence[Function], opened: Openings, session: str | None, chosen: str | None
) -> Actor:
    role, organisation, active = Role.GUEST, None, user.is_active
    if user.kind == User.Kind.PATIENT:
        role = Role.PATIENT
    elif user.kind == User.Kind.RELATIVE:
        represents = any(function.role is Role.REPRESENTATIVE for function in functions)
        role = Role.REPRESENTATIVE if represents else Role.RELATIVE
    elif user.kind == User.Kind.CLIENT:
        role = Role.SYSTEM_CLIENT
    elif functions:
        function = next((one for one in functions if one.key == chosen), functions[0])
        role, organisation = function.role, function.organisation or None
    else:
        active = False
    return Actor(
        role=role,
        account=user.pk,
        person=user.person or None,
        organisation=organisation,
        purpose=_purpose(role),
        session=session,
        active=active,
        emergencies=tuple(one for where, one in opened if where == organisation),
    )


def _purpose(role: Role) -> Purpose:
    if role in {Role.PATIENT, Role.REPRESENTATIVE, Role.RELATIVE}:
        return Purpose.PATIENT_REQUEST
    return Purpose.OPERATIONS if role in _OFFICE else Purpose.TREATMENT


def _password_unchanged(user: User, digest: str) -> bool:
    if vault.same(digest, user.get_session_auth_hash()):
        return True
    return any(vault.same(digest, older) for older in user.get_session_auth_fallback_hash())


def _moment(value: datetime) -> Any:
    """As the ORM writes it: SQLite compares moments as text."""
    return connection.ops.adapt_datetimefield_value(value)
