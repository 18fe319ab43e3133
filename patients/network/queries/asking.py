"""Readings in an emergency and requests of access, for those who look at them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from patients import audit
from patients.access import Action, Repository, Search, allowed_each, codes, repository
from patients.access.categories import ADMINISTRATIVE
from patients.access.importing import IMPORT
from patients.access.looking import Look
from patients.access.rules import Scope
from patients.accounts.actor import Actor, Role
from patients.network.resources import asking
from patients.records import search
from patients.records.models import Document

MOST: Final = 100


def readings_search(*patients: str) -> Search:
    """What `readings` reads, for pages that read it together with other things."""
    code = f"{codes.TASK_CODE}|{codes.EMERGENCY_ACCESS}"
    whose = ",".join(f"Patient/{patient}" for patient in patients)
    return "Task", (("patient", whose), ("code", code), ("_count", str(MOST)), ("_total", "none"))


def readings(records: Repository, *patients: str) -> list[asking.Emergency]:
    """Readings of these records in an emergency, the newest first, as far as they may be seen."""
    type_, pairs = readings_search(*patients)
    return _newest(asking.reading_of(one.content) for one in records.search(type_, list(pairs)).rows)


def readings_to_review(actor: Actor) -> list[asking.Emergency]:
    """Whom the actor's people have read in an emergency (for the data protection officer), or who of the actor's
    patients was read (for their team; for the patient). The newest first.
    """
    found = _tasks(actor, codes.EMERGENCY_ACCESS, "emergencies")
    return _newest(asking.reading_of(one.content) for one in found)


def requests_to_answer(actor: Actor) -> list[asking.Request]:
    """Open requests about patients for whom the actor may answer, the oldest first."""
    query = search.parse("Task", [("code", f"{codes.TASK_CODE}|{codes.ACCESS_REQUEST}"), *_OPEN])
    rows = [one for one in search.run(query, Scope("d.patient IS NOT NULL")).rows if one.patient]
    if actor.role in (Role.PATIENT, Role.REPRESENTATIVE):
        wanted = allowed_each([(actor, str(one.patient)) for one in rows], Action.READ, category="consent")
    else:
        wanted = allowed_each([(actor, str(one.patient)) for one in rows], Action.CREATE, category=ADMINISTRATIVE)
    seen = [one for one, may in zip(rows, wanted, strict=True) if may]
    _saw(actor, "requests of access", seen)
    return sorted((asking.request_of(one.content) for one in seen), key=lambda one: one.at)


def own_requests(actor: Actor) -> list[asking.Request]:
    """What the actor's organisation has asked, the newest first."""
    if actor.organisation is None:
        return []
    query = search.parse("Task", [("code", f"{codes.TASK_CODE}|{codes.ACCESS_REQUEST}"), *_NEWEST])
    rows = search.run(query, Scope("d.patient IS NULL AND d.custodian = %s", (actor.organisation,))).rows
    _saw(actor, "own requests", rows)
    return sorted((asking.request_of(one.content) for one in rows), key=lambda one: one.at, reverse=True)


def custodians(patient: str) -> list[str]:
    """The ids of the organisations that keep records of this patient."""
    kept = Document.objects.filter(patient=patient, deleted=False).exclude(custodian=None)
    found = kept.exclude(custodian__startswith="Patient/").exclude(custodian=IMPORT)
    return sorted(set(found.values_list("custodian", flat=True)))  # type: ignore[arg-type]


def erasures(actor: Actor, patient: str) -> list[asking.Erasure]:
    """What this patient has asked to be erased, the newest first, as far as the actor may see it."""
    pairs = [("patient", f"Patient/{patient}"), ("code", f"{codes.TASK_CODE}|{codes.ERASURE_REQUEST}"), *_MANY]
    found = [asking.erasure_of(one.content) for one in repository(actor).search("Task", pairs).rows]
    return sorted(found, key=lambda one: one.at, reverse=True)


def erasures_to_answer(actor: Actor) -> list[asking.Erasure]:
    """What the actor's organisation was asked to erase, the newest first; for its officer and administrator."""
    if actor.role not in (Role.DATA_PROTECTION_OFFICER, Role.ADMINISTRATOR) or not actor.active:
        return []
    owner = f"Organization/{actor.organisation or '-'}"
    pairs = [("owner", owner), ("code", f"{codes.TASK_CODE}|{codes.ERASURE_REQUEST}"), *_NEWEST]
    rows = search.run(search.parse("Task", pairs), Scope("1 = 1")).rows
    _saw(actor, "requests of erasure", rows)
    return sorted((asking.erasure_of(one.content) for one in rows), key=lambda one: one.at, reverse=True)


_MANY: Final = (("_count", str(MOST)), ("_total", "none"))
_OPEN: Final = (("status", asking.OPEN), ("_count", "500"), ("_total", "none"))
_NEWEST: Final = (("_sort", "-_lastUpdated"), ("_count", str(MOST)), ("_total", "none"))


def _tasks(actor: Actor, code: str, name: str) -> list[Document]:
    pairs = [("code", f"{codes.TASK_CODE}|{code}"), *_NEWEST]
    if actor.role is not Role.DATA_PROTECTION_OFFICER:
        with repository(actor).look(name) as records:
            return records.search("Task", pairs).rows
    rule = Scope("d.custodian = %s", (actor.organisation or "-",))
    rows = search.run(search.parse("Task", pairs), rule).rows
    _saw(actor, name, rows)
    return rows


def _saw(actor: Actor, name: str, rows: Iterable[Document]) -> None:
    """What was found beside the rules of records is logged as any look."""
    seen = Look()
    seen.add(rows)
    if entries := seen.entries(name, "page"):
        audit.record_many(actor, entries)


def _newest(found: Iterable[asking.Emergency]) -> list[asking.Emergency]:
    return sorted(found, key=lambda one: one.since, reverse=True)
