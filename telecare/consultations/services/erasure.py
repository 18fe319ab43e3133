"""What is short-lived around the consultations of a patient who was erased goes with them."""

from __future__ import annotations

from django.db.models import Q

from telecare.consultations.models import Consultation, Draft, Invitation, Room, Waiting


def forget_patient(patient: str, custodian: str) -> None:
    """Remove rooms, queues, invitations and drafts that this custodian answers for; "" is every custodian.

    The cards follow their Encounters, which go right after.
    """
    cards = Consultation.objects.filter(patient=patient)
    drafts = Draft.objects.filter(consultation__in=cards.values("id"))
    if custodian:
        cards = cards.filter(Q(organisation=custodian) | Q(caller=custodian))
        drafts = drafts.filter(organisation=custodian)
    drafts.delete()
    for short_lived in (Room, Waiting, Invitation):
        short_lived.objects.filter(consultation__in=cards.values("id")).delete()
