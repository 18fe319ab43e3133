"""Versions as they were. Whom a document is about first never changes; others come and go: who takes part in an
Appointment, the members of a Group, the entries of a Bundle. Who may see all of today may not see all of then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from patients.access.categories import stricter
from patients.access.ceilings import Action
from patients.access.rules import Sketch, decide_each
from patients.accounts.actor import Actor
from patients.records.history import Past
from patients.records.models import Compartment, Document


def seen(actor: Actor, versions: Sequence[Document]) -> list[bool]:
    """Of each of these versions of documents that the actor may see now: whether they may see all whom it names."""
    others = [one.named - {one.patient} for one in versions]
    if not any(others):
        return [True] * len(versions)
    current = {number: one.pk for number, one in enumerate(versions) if others[number]}
    judged = set(Compartment.objects.filter(document_id__in=current.values()).values_list("document_id", "patient"))
    categories = dict(Document.objects.filter(pk__in=current.values()).values_list("pk", "category"))
    asked = [
        (number, Sketch(one.type, stricter(categories[pk], one.category), patient, one.custodian, pk))
        for number, pk in current.items()
        for one in (versions[number],)
        for patient in sorted(others[number])
        if (pk, patient) not in judged
    ]
    may = decide_each(actor, Action.READ, [sketch for _, sketch in asked])
    hidden = {number for (number, _), yes in zip(asked, may, strict=True) if not yes}
    return [number not in hidden for number in range(len(versions))]


def within(actor: Actor, page: Past) -> Past:
    """The page without the versions that the actor may not see; then it says no total."""
    kept = [number for number, yes in enumerate(seen(actor, page.rows)) if yes]
    if len(kept) == len(page.rows):
        return page
    rows, places = [page.rows[number] for number in kept], [page.places[number] for number in kept]
    return replace(page, rows=rows, places=places, total=None)
