"""What people and organisations are called: staff by their account, everybody else by their sealed documents.

Whoever asks shows the names beside something that the reader may see; a name alone is nothing to look up here.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from patients import vault
from patients.accounts.actor import Actor
from patients.accounts.models import Membership, User
from patients.network import resources
from patients.records.models import Document

KEPT = 60.0  # seconds for which a name is remembered
MOST = 10_000

_known: dict[str, tuple[float, tuple[str, str]]] = {}
_epoch: int | None = None  # of the vault, when they were read: who was erased since has no name


def names(persons: Iterable[str]) -> dict[str, str]:
    """The names by reference ("Practitioner/…", "Organization/…"); who is unknown is left out."""
    return {reference: name for reference, (name, _kind) in described(persons).items()}


def described(persons: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Names, and for organisations their kind (practice, pharmacy …), by reference; who is unknown is left out."""
    _drop_after_erasure()
    now = time.monotonic()
    found: dict[str, tuple[str, str]] = {}
    asked: list[str] = []
    for person in persons:
        known = _known.get(person)
        if known is not None and known[0] > now:
            found[person] = known[1]
        elif person.partition("/")[2]:
            asked.append(person)
    if asked:
        fresh = _read(asked)
        if len(_known) > MOST:
            _known.clear()
        _known.update({person: (now + KEPT, what) for person, what in fresh.items()})
        found.update(fresh)
    return found


def colleagues(organisation: str) -> list[str]:
    """Who works for an organisation now: references of Practitioners."""
    now = timezone.now()
    working = Membership.objects.filter(organisation=organisation).exclude(since__gt=now).exclude(until__lte=now)
    return list(working.order_by("person").values_list("person", flat=True).distinct())


def forget() -> None:
    """Read every name anew from now on."""
    _known.clear()


def renamed(actor: Actor, document: Document) -> None:
    """After a write: whoever it may have renamed is read anew here; other processes follow within KEPT seconds."""
    transaction.on_commit(lambda: _known.pop(document.reference, None))


def _drop_after_erasure() -> None:
    global _epoch
    if (now := vault.epoch()) != _epoch:
        _known.clear()
        _epoch = now


def of_organisations(actor: Actor, ids: Iterable[str]) -> dict[str, str]:
    """The names of organisations by id, for `patients.accounts.places`: every reader may know them."""
    found = names(f"Organization/{ident}" for ident in ids)
    return {reference.removeprefix("Organization/"): name for reference, name in found.items()}


def of_staff(actor: Actor, references: Iterable[str]) -> dict[str, str]:
    """The names of those who work somewhere, for `patients.accounts.places`: all staff read the directory."""
    return names(one for one in references if one.startswith("Practitioner/"))


def around(person: str) -> list[str]:
    """The names of a person and of where they work now, for `patients.accounts.places`: shown to nobody."""
    now = timezone.now()
    held = (
        Membership.objects.filter(person=person).exclude(since__gt=now).exclude(until__lte=now).exclude(organisation="")
    )
    places = held.order_by("organisation").values_list("organisation", flat=True).distinct()
    return list(names([person, *(f"Organization/{one}" for one in places)]).values())


def _read(persons: Iterable[str]) -> dict[str, tuple[str, str]]:
    wanted = set(persons)
    people = {person for person in wanted if person.startswith("Practitioner/")}
    staff = User.objects.filter(person__in=people).exclude(name="").values_list("person", "name") if people else ()
    found = {person: (name, "") for person, name in staff}
    others = wanted - found.keys()
    if not others:
        return found
    documents = list(
        Document.objects.filter(
            type__in={person.partition("/")[0] for person in others},
            logical_id__in={person.partition("/")[2] for person in others},
            deleted=False,
        )
    )
    vault.open_keys(document.key for document in documents)
    for document in documents:
        if document.reference in others and (name := _name(document)):
            kind = resources.kind_of(document.content) if document.type == "Organization" else ""
            found[document.reference] = (name, kind)
    return found


def _name(document: Document) -> str:
    try:
        return str(resources.name_of(document.content))
    except vault.Unreadable:  # erased: nobody is called that any more
        return ""
