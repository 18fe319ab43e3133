"""What a patient has said about being filmed or photographed, whoever asks: services and rooms must obey it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils import timezone

from patients.access import acts
from patients.access.acts import Act
from patients.access.importing import among
from patients.access.joining import in_all_records
from patients.records.models import Document


class Word(StrEnum):
    """A patient's word about an act. A no counts before a yes."""

    YES = "yes"
    NO = "no"
    UNASKED = "unasked"


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds now for one act, and since when."""

    word: Word
    since: datetime | None = None


def consents_about(patient: str, act: str) -> list[Document]:
    """The active Consents about an act that were not imported, the oldest first."""
    stored = Document.objects.filter(patient=patient, type="Consent", deleted=False).order_by("pk")
    return [one for one, trusted in _active(stored) if trusted and acts.kind_of(one.content) == act]


def standing(patient: str, act: str) -> Standing:
    """What the patient has said about all of it."""
    return standing_among(acts_of_patient(patient), act)


def refused(patient: str, act: str, *, only: str = "") -> bool:
    """Whether the patient says no now, in whichever record of theirs: to all of it, or to one Encounter (`only`)."""
    return bool({"", only} & refusals([patient], act).get(patient, set()))


def refusals(patients: Collection[str], act: str) -> dict[str, set[str]]:
    """The same of several patients, with one statement whatever their number: to which Encounters each says no.

    "" among them is a no to all of it. Who says no to nothing is left out. A no counts for all records of a person.
    """
    now, found = timezone.now(), dict[str, set[str]]()
    for patient, document in in_all_records(patients, "Consent"):
        for one in acts.acts_of(document.content, trusted=False):  # a no needs no trust
            if one.kind == act and now in one.span:
                found.setdefault(patient, set()).add(one.only)
    return found


def standing_among(said: Iterable[Act], act: str) -> Standing:
    """What holds now, from all that was said."""
    now = timezone.now()
    live = [one for one in said if one.kind == act and not one.only and now in one.span]
    for permit, word in ((False, Word.NO), (True, Word.YES)):
        if since := [one.span.since for one in live if one.permit is permit]:
            return Standing(word, max(since))
    return Standing(Word.UNASKED)


def acts_of_patient(patient: str) -> list[Act]:
    """All that active Consents say about acts, now or later."""
    return acts_among(Document.objects.filter(patient=patient, type="Consent", deleted=False))


def acts_among(consents: Iterable[Document]) -> list[Act]:
    """The same of Consents that were read already."""
    return [act for one, trusted in _active(consents) for act in acts.acts_of(one.content, trusted=trusted)]


def _active(consents: Iterable[Document]) -> list[tuple[Document, bool]]:
    """Those that are active, each with whether it may permit something (asked only where it does)."""
    found = [one for one in consents if one.content.get("status") == "active"]
    imported = among(one for one in found if any(act.permit for act in acts.acts_of(one.content)))
    return [(one, one.pk not in imported) for one in found]
