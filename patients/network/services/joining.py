"""Two records turn out to be of one person, or of two after all."""

from __future__ import annotations

from django.utils.translation import gettext as _

from patients.access import repository
from patients.access.joining import named
from patients.accounts.actor import Actor
from patients.database import write
from patients.errors import Conflict, Missing
from patients.network import documents, joining
from patients.records.models import Document


def join_records(actor: Actor, patient: str, other: str) -> Document:
    """Say that two Patients are one person: who cares in one cares in both, and every objection holds for both.

    Nothing is moved, and it can be parted again. Returns the first Patient.
    """
    with write():
        records = repository(actor)
        before = records.read("Patient", patient)
        records.read("Patient", other)
        if other in named(before.content):
            raise Conflict(_("These records are joined already."))
        return documents.write(actor, joining.with_link(before.content, other), if_match=before.version)


def part_records(actor: Actor, patient: str, other: str) -> Document:
    """Say that two Patients are two people, or two records that have nothing to do with each other, after all."""
    with write():
        before = repository(actor).read("Patient", patient)
        if other not in named(before.content):
            raise Missing(_("These records are not joined."))
        return documents.write(actor, joining.without_link(before.content, other), if_match=before.version)
