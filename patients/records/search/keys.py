"""Which keys the hashes of a search are made with.

What bears a diagnosis is hashed per patient, so that nobody who reads the database can compare patients. A search that
names a patient uses that patient's key; one that names none is tried with the key of every patient whom the searcher
may see, up to a number at which it would no longer be a search.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Final

from patients.errors import Invalid
from patients.records.index.hashes import Hasher
from patients.records.index.slots import Slot, parameters
from patients.records.search.query import Link, Query, Target

MOST_PATIENTS: Final = 2_000
MOST_HASHES: Final = 20_000

Patients = Callable[[str], Sequence[str]]  # those whom the visible documents of a type are about


class Keys:
    """The hashers for one search. `bound` is the only patient whose documents can be found, where there is one.

    `among` are the patients one of whom every document must be about, where something else than the query says so.
    """

    def __init__(self, query: Query, visible_patients: Patients, among: Sequence[str] = ()) -> None:
        self._type = query.type
        self._named = _named_patients(query) or (tuple(among) if about_one(query.type) else ())
        self._visible_patients = visible_patients
        self.bound = self._named[0] if len(self._named) == 1 else None

    def of(self, slot: Slot) -> list[Hasher]:
        """A hasher for each key that values of this slot may be hashed with."""
        return self._per_patient if slot.per_patient else self.common

    @cached_property
    def common(self) -> list[Hasher]:
        """The hasher for what no patient has a key of their own for."""
        return [Hasher(self._type, self.bound)]

    @cached_property
    def _per_patient(self) -> list[Hasher]:
        if self._named:
            return [self.common[0].of(patient) for patient in self._named]
        patients = self._visible_patients(self._type)
        if len(patients) > MOST_PATIENTS:
            words = (
                f"This searches the {self._type} documents of more than {MOST_PATIENTS:,} patients, which are sealed "
                "one by one. Name the patient."
            )
            raise Invalid(words, code="too-costly", where="patient")
        return [self.common[0].of(patient) for patient in (None, *patients)]


def about_one(type_: str) -> bool:
    """Whether documents of this type name at most one patient, who then stands in the document's own row."""
    patient = parameters(type_).get("patient")
    return patient is not None and len(patient.slots) == 1 and patient.slots[0].path.steps in _SUBJECTS


_SUBJECTS: Final = (("subject",), ("patient",), ("for",))


def only_patient(query: Query) -> str | None:
    """The patient under whom every document that is found must stand, if the search names just one."""
    named = _named_patients(query)
    return named[0] if len(named) == 1 else None


def _named_patients(query: Query) -> tuple[str, ...]:
    """The patients one of whom every document found must be about."""
    if not about_one(query.type):
        return ()
    slots = parameters(query.type)["patient"].slots
    for condition in query.conditions:
        if isinstance(condition, Link):
            continue
        targets = [each for each in condition.values if isinstance(each, Target)]
        if condition.parameter.slots == slots and not condition.modifier and targets:
            types = {(each.type or condition.parameter.target) if each.ident else "" for each in targets}
            if types == {"Patient"}:  # all of them here, and no address elsewhere
                return tuple(dict.fromkeys(each.ident for each in targets))
    return ()


def patients_asked_for(query: Query) -> frozenset[str]:
    """The patients of whom the search tells something by what it finds, and by that it finds nothing."""
    found: set[str] = set().union(*query.ids) if query.type == "Patient" else set()
    for condition in query.conditions:
        if not isinstance(condition, Link):
            kind = condition.parameter.target or "Patient"
            targets = [each for each in condition.values if isinstance(each, Target)]
            found |= {each.ident for each in targets if (each.type or kind) == "Patient"}
    return frozenset(found - {""})
