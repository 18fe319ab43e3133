"""No, not this call: the person's own word, in the waiting room and in the call."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.access import turns
from patients.access.acts import VIDEO
from patients.accounts.actor import Actor, Role
from patients.database import write
from patients.errors import Gone
from patients.network import services as network
from telecare.consultations import state
from telecare.consultations.models import Consultation, Waiting
from telecare.consultations.queries import parties
from telecare.consultations.room import Visitor
from telecare.consultations.services.documents import news


def refuse_call(actor: Actor, consultation: str) -> bool:
    """Say no to this one call. Gives whether that was the person's own no.

    Of the person, with an account or invited as the patient, and of who represents them it is recorded, ends the call
    for all and keeps it closed until there is a yes. A relative or another guest says no for themselves only, and
    leaves. Raises Missing for strangers and for staff, who record what they hear at the Consent; Gone when it is over.
    """
    card, visitor = parties.taking_part(actor, consultation)
    if visitor.host:
        raise parties.missing()
    if card.over:
        raise Gone(_("This call has ended."))
    with write():
        turns.to_change_rights([card.patient])
        state.locked(card)  # first, as everybody who comes in does
        own = parties.speaks_for_patient(actor, card)
        if own and not parties.unwanted(card):
            recorder = actor.as_system("the person's own no") if actor.role is Role.GUEST else actor
            network.refuse(recorder, card.patient, act=VIDEO, only=f"Encounter/{card.id}")
        _leave(card, visitor)
        news(card)
    return own


def _leave(card: Consultation, visitor: Visitor) -> None:
    with state.changing(card) as rules:
        rules.admitted.discard(visitor.key)
        for peer in [peer for peer, member in rules.members.items() if member.visitor.key == visitor.key]:
            state.tell(card.id, rules.leave(peer))
    Waiting.objects.filter(consultation=card.id, visitor=visitor.key, left_at=None).update(left_at=timezone.now())
