"""The whole of a patient's record, as one actor may see it: found once, then read part by part in bounded memory.

https://hl7.org/fhir/R4/compartmentdefinition-patient.html
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.db import connection

from patients import audit
from patients.access.ceilings import Action
from patients.access.looking import Look
from patients.access.rules import scope
from patients.accounts.actor import Actor
from patients.database.rows import places
from patients.records import definitions, store
from patients.records.index.slots import MAIN_DATES, parameters
from patients.records.models import NO_MOMENT, Document
from patients.records.search import stored_moment

# Their date says when something was written down, not when care was given: a range of care dates leaves them in.
WRITTEN_DOWN: Final = frozenset(
    {"AllergyIntolerance", "AuditEvent", "Basic", "Bundle", "Condition", "Consent", "List", "PractitionerRole",
     "Provenance", "Questionnaire"}
)  # fmt: skip
CARE_DATED: Final = tuple(sorted(MAIN_DATES.keys() - WRITTEN_DOWN))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of the record is asked for. Moments are microseconds since 1970."""

    types: frozenset[str] = definitions.SERVED
    since: int | None = None  # changed then or later
    start: int | None = None  # of care
    end: int | None = None


class Whole:
    """A record that was asked for as a whole, by its numbers (`Document.pk`) in the order in which it was written.

    The numbers stay as they were found. Rights are asked again for each part: what was withdrawn meanwhile is missing.
    """

    def __init__(self, actor: Actor, patient: Document, wanted: Wanted, *, action: str, source: str) -> None:
        self._actor, self._action, self._source = actor, action, source
        self.patient, self._head = patient.logical_id, patient.pk
        self.wanted = wanted
        self.numbers: array[int] = _numbers(actor, patient, wanted)

    def is_in_sight(self) -> bool:
        """Whether the actor may still see the patient, as when it began: also one whom they only administer."""
        rule = scope(self._actor, Action.READ, patient=self.patient)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT 1 FROM records_document d WHERE d.id = %s AND NOT d.deleted AND ({rule.sql})",
                (self._head, *rule.params),
            )
            return cursor.fetchone() is not None

    def after(self, number: int) -> array[int]:
        """The numbers of the pages after the one that ended with this number, see `last`."""
        return array("q", (one for one in self.numbers if one > number and one != self._head))

    def last(self, numbers: Sequence[int]) -> int:
        """Where a page that holds these numbers ends. The patient, who always comes first, does not count."""
        return max((one for one in numbers if one != self._head), default=0)

    def read(self, numbers: Sequence[int]) -> list[Document]:
        """These documents, in the order of the numbers. Other patients whom they concern get an entry in the log."""
        rule = scope(self._actor, Action.READ)
        found = {one.pk: one for one in _documents("d.id", numbers, rule.sql, rule.params)}
        documents = [found[number] for number in numbers if number in found]
        self._log(documents)
        return documents

    def referenced(self, references: Iterable[tuple[str, str]]) -> list[Document]:
        """Those of these documents (type and id) that the actor may see, and that are of the wanted types."""
        by_type: dict[str, list[str]] = defaultdict(list)
        for type_, ident in sorted(references):
            if type_ in self.wanted.types:
                by_type[type_].append(ident)
        rule = scope(self._actor, Action.READ)
        found = []
        for type_, idents in by_type.items():
            found += _documents("d.logical_id", idents, f"d.type = %s AND ({rule.sql})", (type_, *rule.params))
        self._log(found)
        return found

    def _log(self, documents: Sequence[Document]) -> None:
        """The patient's own entry was written before anything was read."""
        seen = Look()
        seen.add(documents)
        entries = [one for one in seen.entries(self._action, self._source) if one.patient != self.patient]
        if entries:
            audit.record_many(self._actor, entries)


def patients_in_sight(actor: Actor, most: int) -> list[str]:
    """The ids of at most so many patients whom the actor may see. Only ids: what is then read is logged."""
    rule = scope(actor, Action.READ)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.logical_id FROM records_document d WHERE d.type = 'Patient' AND NOT d.deleted"
            f" AND ({rule.sql}) ORDER BY d.id LIMIT %s",
            (*rule.params, most),
        )
        return [row[0] for row in cursor.fetchall()]


def _numbers(actor: Actor, patient: Document, wanted: Wanted) -> array[int]:
    """The patient first, then the rest of the compartment: what is theirs, what concerns several, what names them."""
    ident, kept = patient.logical_id, _kept(wanted)
    own, any_ = scope(actor, Action.READ, patient=ident), scope(actor, Action.READ)
    other = "(d.patient IS NULL OR d.patient <> %s)"
    arms: list[tuple[str, tuple[Any, ...]]] = [
        (f"records_document d WHERE d.patient = %s AND {kept[0]} AND ({own.sql})", (ident, *kept[1], *own.params)),
        (
            "records_compartment c CROSS JOIN records_document d"
            f" WHERE c.patient = %s AND d.id = c.document_id AND {other} AND {kept[0]} AND ({any_.sql})",
            (ident, ident, *kept[1], *any_.params),
        ),
        (
            "records_reference r CROSS JOIN records_document d"
            f" WHERE r.target_id = %s AND r.target_type = 'Patient' AND r.slot IN ({places(len(_naming()))})"
            f" AND d.id = r.document_id AND {other} AND {kept[0]} AND ({any_.sql})",
            (ident, *_naming(), ident, *kept[1], *any_.params),
        ),
    ]
    text = " UNION ".join(f"SELECT d.id AS number FROM {arm}" for arm, _params in arms)
    found = array("q")
    with connection.cursor() as cursor:
        cursor.execute(f"{text} ORDER BY number", [value for _arm, params in arms for value in params])
        while rows := cursor.fetchmany(1_000):
            found.extend(row[0] for row in rows)
    if patient.pk in found:
        found.remove(patient.pk)
        found.insert(0, patient.pk)
    return found


def _kept(wanted: Wanted) -> tuple[str, tuple[Any, ...]]:
    """The condition that a document is of the wanted part."""
    parts = [f"d.type IN ({places(len(wanted.types))}) AND NOT d.deleted"]
    params: list[Any] = sorted(wanted.types)
    if wanted.since is not None:
        parts.append("d.updated_at >= %s")
        params.append(stored_moment(wanted.since))
    bounds = [("d.until > %s", wanted.start), ("d.moment < %s", wanted.end)]
    if within := [(text, value) for text, value in bounds if value is not None]:
        inside = " AND ".join(text for text, _ in within)
        parts.append(f"(d.moment = {NO_MOMENT} OR d.type NOT IN ({places(len(CARE_DATED))}) OR ({inside}))")
        params += [*CARE_DATED, *(value for _, value in within)]
    return " AND ".join(parts), tuple(params)


@cache
def _naming() -> tuple[int, ...]:
    """The places that put a document into the compartment of the patients whom it names."""
    found = {
        slot.number
        for type_, names in definitions.compartment("Patient").items()
        for name in names
        if (parameter := parameters(type_).get(name)) is not None
        for slot in parameter.slots
    }
    return tuple(sorted(found))


def _documents(column: str, values: Sequence[Any], condition: str, params: Sequence[Any]) -> list[Document]:
    if not values:
        return []
    return store.where(f"{column} IN ({places(len(values))}) AND NOT d.deleted AND ({condition})", [*values, *params])
