"""What people are called. Staff by their account, patients and relatives by their sealed documents."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from patients import vault
from patients.accounts.models import User
from patients.records.models import Document

KEPT = 60.0  # seconds for which a name is remembered
MOST = 10_000

_known: dict[str, tuple[float, str]] = {}


def names(persons: Iterable[str]) -> dict[str, str]:
    """The names by reference ("Practitioner/…"); somebody unknown is left out."""
    now = time.monotonic()
    found: dict[str, str] = {}
    asked: list[str] = []
    for person in persons:
        known = _known.get(person)
        if known is not None and known[0] > now:
            found[person] = known[1]
        elif person:
            asked.append(person)
    if asked:
        fresh = _read(asked)
        if len(_known) > MOST:
            _known.clear()
        _known.update({person: (now + KEPT, name) for person, name in fresh.items()})
        found.update(fresh)
    return found


def _read(persons: Iterable[str]) -> dict[str, str]:
    wanted = set(persons)
    staff = User.objects.filter(person__in=wanted).exclude(name="").values_list("person", "name")
    found = dict(staff)
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
            found[document.reference] = name
    return found


def _name(document: Document) -> str:
    try:
        return human_name(document.content)
    except vault.Unreadable:  # erased: nobody is called that any more
        return ""


def human_name(resource: Mapping[str, Any]) -> str:
    """The first usual or official name of a FHIR person, as it is spoken; "" without one."""
    named = [name for name in resource.get("name", ()) if name.get("use") not in {"old", "maiden", "temp"}]
    if not named:
        return ""
    name = named[0]
    parts = [*name.get("prefix", ()), *name.get("given", ()), name.get("family", "")]
    return str(name.get("text") or " ".join(filter(None, parts)))
