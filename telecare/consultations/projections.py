"""The card of each consultation, derived from its Encounter in the transaction that saves it."""

from __future__ import annotations

from typing import Any

from patients.records.models import Document
from telecare.consultations.models import Consultation
from telecare.consultations.resources import meeting


def card(document: Document, content: dict[str, Any] | None, previous: dict[str, Any] | None) -> None:
    """Keep `Consultation` as the Encounter says; Encounters of others leave no card."""
    if content is None or not meeting.is_consultation(content) or not document.patient:
        Consultation.objects.filter(id=document.logical_id).delete()
        return
    said = meeting.read(content)
    Consultation.objects.update_or_create(
        id=document.logical_id,
        defaults={
            "patient": document.patient,
            "organisation": said.organisation[:64],
            "caller": (document.custodian or "")[:64],
            "doctor": said.doctor[:100],
            "appointment": said.appointment[:64],
            "medium": said.medium,
            "status": said.status,
            "planned_at": said.planned_at or said.started_at,
            "until": said.until or said.ended_at,
        },
    )


def forget() -> None:
    """Empty the cards, before they are derived anew."""
    Consultation.objects.all().delete()
