"""Who takes part in a consultation, and as what. Everybody else learns nothing: Missing."""

from __future__ import annotations

from collections.abc import Collection

from django.utils import timezone
from django.utils.translation import gettext as _

from patients import vault
from patients.access import Deed, allowed
from patients.access.acts import VIDEO
from patients.access.ceilings import may
from patients.accounts.actor import Actor, Role
from patients.errors import Denied, Missing
from patients.network.queries import names, refusals, refused
from telecare.consultations.models import Consultation, Draft, Invitation, Waiting
from telecare.consultations.resources.meeting import Identified
from telecare.consultations.room import Visitor

GUEST = "Invitation/"  # what stands before the invitation's number in a guest's `Actor.person`
_FAMILY = (Role.PATIENT, Role.REPRESENTATIVE, Role.RELATIVE, Role.GUEST)
NAME = "guest name"  # what the name of a guest is sealed as


def card(consultation: str) -> Consultation:
    """The card of a consultation. Raises Missing. Asks nobody for leave: use the functions below."""
    found = Consultation.objects.filter(id=consultation).first()
    if found is None:
        raise missing()
    return found


def staffed(actor: Actor, consultation: str) -> Consultation:
    """The card, for staff who may consult with this patient. Raises Missing for everybody else."""
    found = card(consultation)
    if not is_staff(actor) or not allowed(actor, Deed.CONSULT, patient=found.patient):
        raise missing()
    return found


def taking_part(actor: Actor, consultation: str) -> tuple[Consultation, Visitor]:
    """The card, and the actor as the room knows them (without a name, see `named`). Raises Missing."""
    if actor.role is Role.GUEST:
        invitation = invitation_of(actor)
        if invitation is None or invitation.consultation != consultation or actor.room != consultation:
            raise missing()
        return card(consultation), Visitor(invitation.visitor, invitation.kind, "")
    found = card(consultation)
    if actor.account is None or not allowed(actor, Deed.CONSULT, patient=found.patient):
        raise missing()
    return found, Visitor(f"account:{actor.account}", actor.role.value, "", host=is_staff(actor))


def host(actor: Actor) -> Visitor:
    """Staff as the room's rules know them. Only for actors whom `staffed` has let through."""
    return Visitor(f"account:{actor.account}", actor.role.value, "", host=True)


def named(actor: Actor, visitor: Visitor) -> Visitor:
    """The same visitor with the name that the others read."""
    if actor.role is Role.GUEST:
        invitation = invitation_of(actor)
        name = guest_name(invitation) if invitation else ""
    else:
        name = names([actor.person or ""]).get(actor.person or "", "")
    return Visitor(visitor.key, visitor.role, name, visitor.host)


def identified(actor: Actor) -> Identified:
    """How we know who this is."""
    if actor.role is not Role.GUEST:
        return Identified.SIGN_IN
    invitation = invitation_of(actor)
    return Identified.RECOGNISED if invitation is not None and invitation.knocked else Identified.PIN


def is_staff(actor: Actor) -> bool:
    """Whether this role sees patients at all, and is not one itself."""
    return actor.active and actor.role not in _FAMILY and may(actor.role, Deed.CONSULT)


def speaks_for_patient(actor: Actor, card: Consultation) -> bool:
    """Whether what one who takes part says of this call is the person's own word: theirs, or who represents them.

    A guest is the person who was invited as the patient and came with the PIN, or was recognised and let in without it.
    """
    if actor.role is not Role.GUEST:
        return actor.role in (Role.PATIENT, Role.REPRESENTATIVE)
    invitation = invitation_of(actor)
    if invitation is None or invitation.kind != Invitation.Kind.PATIENT:
        return False
    let_in = Waiting.objects.filter(consultation=card.id, visitor=invitation.visitor, admitted_at__isnull=False)
    return not invitation.knocked or let_in.filter(left_at=None).exists()


def unwanted(card: Consultation) -> bool:
    """Whether the person says no to video, or to this call."""
    return refused(card.patient, VIDEO, only=f"Encounter/{card.id}")


def unwanted_among(cards: Collection[Consultation]) -> set[str]:
    """The ids of those to which the person says no, with one statement whatever their number."""
    said = refusals({card.patient for card in cards}, VIDEO)
    return {card.id for card in cards if {"", f"Encounter/{card.id}"} & said.get(card.patient, set())}


def part_of(actor: Actor) -> Draft.Part:
    """Which part of a note this role writes. Raises Denied for who writes none."""
    if actor.role is Role.DOCTOR:
        return Draft.Part.DOCTOR
    if actor.role in (Role.NURSE, Role.NURSING_LEAD):
        return Draft.Part.NURSE
    raise Denied(_("Notes are written by doctors and nurses."))


def invitation_of(actor: Actor) -> Invitation | None:
    """The invitation by which a guest is here, while it holds."""
    number = (actor.person or "").removeprefix(GUEST)
    found = Invitation.objects.filter(pk=number).first() if number.isdecimal() else None
    return found if found is not None and holds(found) else None


def holds(invitation: Invitation) -> bool:
    """Whether an invitation leads anywhere now: within its window, not cancelled, the consultation not closed."""
    if invitation.cancelled_at is not None or not invitation.opens_at <= timezone.now() < invitation.closes_at:
        return False
    return Consultation.objects.filter(id=invitation.consultation).exclude(status__in=Consultation.OVER).exists()


def guest_name(invitation: Invitation) -> str:
    """How the guest is called in the room."""
    sealed = bytes(invitation.name)
    return vault.unseal(invitation.key, NAME, bytes(invitation.digest).hex(), 1, sealed).decode()


def place(waiting: Waiting) -> int:
    """Which place somebody has in the queue; people of one consultation share theirs."""
    before = Waiting.objects.filter(
        organisation=waiting.organisation, admitted_at=None, left_at=None, arrived_at__lt=waiting.arrived_at
    ).exclude(consultation=waiting.consultation)
    return before.values("consultation").distinct().count() + 1


def missing() -> Missing:
    """The one answer for what is not there and for what this actor may not see."""
    return Missing(_("This was not found. Either it does not exist, or you may not see it."))
