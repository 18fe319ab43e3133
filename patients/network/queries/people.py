"""Patients as pages name them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from django.utils import timezone

from patients.access import Repository, repository
from patients.access.categories import CLINICAL
from patients.access.joining import named
from patients.access.models import Right
from patients.access.writing import missing
from patients.accounts.actor import Actor, Role
from patients.network import resources
from patients.records.models import Document


@dataclass(frozen=True, slots=True)
class Relative:
    """A relative as the head of a patient page names them."""

    reference: str
    name: str
    relationship: str  # code of v3-RoleCode
    phone: str


@dataclass(frozen=True, slots=True)
class Person:
    """A patient's head: who is it, where to reach, what to mind."""

    id: str
    name: str
    sort_name: str
    birth_date: date | None
    address: str
    phone: str
    gender: str
    allergies: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    rehearsal: bool = False  # fictitious, to practise with
    name_now: str = ""  # where `name` is that of an earlier day, and another one today
    joined: tuple[str, ...] = ()  # ids of other records that are said to be the same person's
    relatives: tuple[Relative, ...] = ()

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.name.split() if word[0].isalpha())[:3].upper()

    @property
    def age(self) -> int | None:
        """In full years today, where the network is."""
        if self.birth_date is None:
            return None
        today = timezone.localdate()
        return (
            today.year
            - self.birth_date.year
            - ((today.month, today.day) < (self.birth_date.month, self.birth_date.day))
        )


HEAD: Final = ("Patient", "RelatedPerson", "Flag", "AllergyIntolerance")


def person(records: Repository, patient: str, *, on: date | None = None) -> Person:
    """One patient with flags and relatives, read with the repository (the look) of the page. Raises Missing.

    `on`: with the name and address of this day, for what was written then.
    """
    return head_of(records.of_patient(patient, HEAD), on=on)


def head_of(documents: Iterable[Document], *, on: date | None = None) -> Person:
    """The head of a page from the documents of one patient. Raises Missing if the Patient is not among them."""
    by_type: dict[str, list[Document]] = {name: [] for name in HEAD}
    for document in documents:
        if document.type in by_type:
            by_type[document.type].append(document)
    if not by_type["Patient"]:
        raise missing()
    return replace(
        card(by_type["Patient"][0], on=on),
        allergies=_what_counts(by_type["AllergyIntolerance"]),
        flags=_what_counts(by_type["Flag"]),
        relatives=tuple(_relative(one) for one in by_type["RelatedPerson"] if one.content.get("active", True)),
    )


def patients_of(actor: Actor, *, named: str = "", most: int = 200) -> list[Person]:
    """The patients whom the actor may see, by name; with `named`, those whose names begin so (from three letters)."""
    pairs = [("name", word) for word in named.split()]
    with repository(actor).look("patient list") as records:
        found = records.search("Patient", pairs, count=most)
    return sorted((card(document) for document in found.rows), key=lambda one: one.sort_name)


def patient_of_family(actor: Actor) -> str | None:
    """The patient who this actor is, or (the first) who lets this relative or representative see something."""
    if actor.patient:
        return actor.patient
    now = timezone.now()
    found = Right.objects.filter(person=actor.person or "-", basis__in=_OF_FAMILY, since__lte=now, until__gt=now)
    return found.order_by("since", "pk").values_list("patient", flat=True).first()


def wards_of(actor: Actor) -> list[Person]:
    """The patients whom a relative or representative may see something of, by name."""
    now = timezone.now()
    held = Right.objects.filter(person=actor.person or "-", basis__in=_OF_FAMILY, since__lte=now, until__gt=now)
    patients = list(held.order_by("patient").values_list("patient", flat=True).distinct()[:_MOST_WARDS])
    with repository(actor).look("people I act for") as records:
        found = records.read_many("Patient", patients)
    return sorted((card(document) for document in found.values()), key=lambda one: one.sort_name)


def represents_in_health(actor: Actor, patient: str) -> bool:
    """Whether the actor acts in this patient's name now in matters of health: they read who has read the record."""
    if actor.role is not Role.REPRESENTATIVE or actor.person is None:
        return False
    now = timezone.now()
    held = Right.objects.filter(patient=patient, person=actor.person, basis=Right.Basis.REPRESENTATION)
    return held.filter(category=CLINICAL, since__lte=now, until__gt=now).exists()


_MOST_WARDS: Final = 500
_OF_FAMILY: Final = (Right.Basis.DELEGATION, Right.Basis.REPRESENTATION)


def card(document: Document, *, on: date | None = None) -> Person:
    """The head of a Patient document, without flags; with the name and address of today, or of the day `on`."""
    content = document.content
    name, address, today = resources.name_of(content, on), resources.address_of(content, on), resources.name_of(content)
    return Person(
        id=document.logical_id,
        name=str(name),
        sort_name=f"{name.family}, {name.given}".casefold(),
        birth_date=_day(content.get("birthDate")),
        address=str(address) if address else "",
        phone=resources.phone_of(content),
        gender=content.get("gender", "unknown"),
        rehearsal=resources.is_rehearsal(content),
        name_now=str(today) if today != name else "",
        joined=tuple(named(content)),
    )


def _relative(document: Document) -> Relative:
    content = document.content
    codings: Sequence[resources.Resource] = [
        coding for concept in content.get("relationship", ()) for coding in concept.get("coding", ())
    ]
    return Relative(
        document.reference,
        str(resources.name_of(content)),
        next((str(one.get("code", "")) for one in codings), ""),
        resources.phone_of(content),
    )


def _what_counts(documents: Iterable[Document]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (_words(one.content) for one in documents if _counts(one)))))


def _counts(document: Document) -> bool:
    """Whether it still holds and was not entered in error."""
    content = document.content
    states = [content.get("status"), *(one.get("code") for one in content.get("clinicalStatus", {}).get("coding", ()))]
    errors = [one.get("code") for one in content.get("verificationStatus", {}).get("coding", ())]
    return not {"inactive", "resolved", "entered-in-error", "refuted"} & {*states, *errors}


def _words(content: resources.Resource) -> str:
    concept = content.get("code", {})
    return concept.get("text") or next((one["display"] for one in concept.get("coding", ()) if one.get("display")), "")


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None
