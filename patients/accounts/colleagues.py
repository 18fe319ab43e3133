"""The sign-ins of those who work in an organisation, as its administrator sees them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from patients.accounts import places, queries, roles
from patients.accounts.actor import Actor, Role
from patients.accounts.models import Membership, OneTimeCode, User
from patients.errors import Missing

MANAGERS = frozenset({Role.ADMINISTRATOR, Role.OPERATOR})


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works there, with a sign-in or without one yet."""

    person: str
    name: str
    functions: tuple[str, ...]
    account: int | None = None
    username: str = ""
    active: bool = False
    factor: bool = False
    code_until: datetime | None = None  # a printed code waits to be used
    me: bool = False


def sign_ins(actor: Actor) -> list[Colleague]:
    """Everybody with a function in the actor's organisation now, by name; for operators the administrators of all, too.

    Raises Missing for who manages none. Six statements, whatever their number.
    """
    if actor.role not in MANAGERS or not actor.organisation:
        raise Missing("")
    now = timezone.now()
    whose = Q(organisation=actor.organisation)
    if actor.role is Role.OPERATOR:
        whose |= Q(role=Role.ADMINISTRATOR)
    live = Membership.objects.filter(whose).exclude(since__gt=now).exclude(until__lte=now)
    rows = list(live.order_by("pk").values_list("person", "role", "organisation"))
    where = places.names(actor, {place for _person, _role, place in rows if place != actor.organisation})
    functions: dict[str, list[str]] = defaultdict(list)
    for person, role, place in rows:
        functions[person].append(" ".join(filter(None, (roles.word(Role(role)), where.get(place, "")))))
    accounts = {user.person: user for user in User.objects.filter(person__in=functions, kind=User.Kind.STAFF)}
    ids = [user.pk for user in accounts.values()]
    factors = queries.holders_of_factors(ids)
    waiting = dict(
        OneTimeCode.objects.filter(user__in=ids, used_at=None, expires_at__gt=now).values_list("user", "expires_at")
    )
    called = places.people(actor, functions)
    found = [
        _colleague(actor, person, called.get(person, ""), words, accounts.get(person), factors, waiting)
        for person, words in functions.items()
    ]
    return sorted(found, key=lambda one: one.name.rpartition(" ")[2])


def _colleague(
    actor: Actor,
    person: str,
    name: str,
    words: list[str],
    user: User | None,
    factors: set[int],
    waiting: dict[int, datetime],
) -> Colleague:
    functions = tuple(dict.fromkeys(words))
    if user is None:
        return Colleague(person, name, functions)
    return Colleague(
        person,
        user.name or name,
        functions,
        account=user.pk,
        username=user.username,
        active=user.is_active,
        factor=user.pk in factors,
        code_until=waiting.get(user.pk),
        me=user.pk == actor.account,
    )
