"""From the appointment to the end: book, call in, hand over, change the medium, close."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.access import Deed, allowed, repository, turns
from patients.accounts.actor import Actor
from patients.database import write
from patients.errors import Conflict, Denied, Finding, Invalid
from telecare.consultations import state
from telecare.consultations.models import Consultation, Draft, Medium, Waiting
from telecare.consultations.queries import parties
from telecare.consultations.reactions import call_off
from telecare.consultations.resources import meeting
from telecare.consultations.resources.meeting import FollowUp
from telecare.consultations.services.documents import news, revise
from telecare.consultations.services.notes import missing_parts
from telecare.consultations.services.rooms import give_back
from telecare.tasks import services as tasks
from telecare.tasks.resources import Kind

LONGEST = 120  # minutes
LONGEST_REASON = 500
_CALL_IN = timedelta(minutes=30)  # what is planned for a call that nobody booked


def book(
    actor: Actor,
    patient_id: str,
    *,
    starts_at: datetime,
    minutes: int = 15,
    medium: Medium = Medium.OWN,
    organisation: str = "",
    doctor: str = "",
    reason: str = "",
    room: str = "",
) -> str:
    """Book a consultation and give its id. `organisation` sees the patient (else the actor's); `doctor` may be open.

    Raises Missing for a foreign patient, Invalid for a moment that has passed.
    """
    if starts_at + timedelta(minutes=minutes) <= timezone.now():
        raise Invalid(_("This time has passed."), Finding(_("Please choose a later one."), "value", "starts_at"))
    if not 5 <= minutes <= LONGEST:
        raise Invalid(
            _("A consultation takes 5 to %(most)d minutes.") % {"most": LONGEST}, code="value", where="minutes"
        )
    return _open(actor, patient_id, organisation, doctor, medium, room, reason, starts_at, minutes, called_in=False)


def call_in(
    actor: Actor,
    patient_id: str,
    *,
    organisation: str,
    doctor: str = "",
    reason: str = "",
    medium: Medium = Medium.OWN,
    room: str = "",
) -> str:
    """Call a doctor in now, from a home visit, and give the id. The caller waits in that practice's queue."""
    minutes = int(_CALL_IN.total_seconds() // 60)
    now = timezone.now()
    return _open(actor, patient_id, organisation, doctor, medium, room, reason, now, minutes, called_in=True)


def _open(
    actor: Actor,
    patient_id: str,
    organisation: str,
    doctor: str,
    medium: Medium,
    room: str,
    reason: str,
    starts_at: datetime,
    minutes: int,
    *,
    called_in: bool,
) -> str:
    organisation = organisation or actor.organisation or ""
    if not parties.is_staff(actor) or not allowed(actor, Deed.CONSULT, patient=patient_id):
        raise parties.missing()
    if not organisation:
        raise Denied(_("You are not acting for an organisation. Choose one first."))
    if len(reason) > LONGEST_REASON:
        text = _("At most %(most)d characters.") % {"most": LONGEST_REASON}
        raise Invalid(_("Please shorten the reason."), Finding(text, "too-long", "reason"))
    _check_room(medium, room)
    records = repository(actor)
    until = starts_at + timedelta(minutes=minutes)
    local = timezone.localtime(starts_at)
    with write():
        appointment = records.create(
            meeting.appointment(
                patient_id,
                doctor=doctor,
                starts_at=local,
                until=timezone.localtime(until),
                reason=reason.strip(),
                status="arrived" if called_in else "booked",
            )
        )
        encounter = records.create(
            meeting.encounter(
                patient_id,
                organisation=organisation,
                doctor=doctor,
                appointment=appointment.logical_id,
                medium=medium,
                status="arrived" if called_in else "planned",
                planned_at=local,
                until=timezone.localtime(until),
                room=room,
            )
        )
        card = parties.card(encounter.logical_id)
        if called_in and organisation != actor.organisation:
            _stand_in_queue(actor, card)
        news(card)
    return card.id


def _stand_in_queue(actor: Actor, card: Consultation) -> None:
    now = timezone.now()
    Waiting.objects.create(
        consultation=card.id,
        organisation=card.organisation,
        visitor=f"account:{actor.account}",
        role=actor.role.value,
        arrived_at=now,
        seen_at=now,
        sound=True,
        picture=card.medium == Medium.OWN,
    )


def switch_medium(actor: Actor, consultation: str, medium: Medium, *, room: str = "") -> None:
    """Go on by another way: by telephone when the line is too weak, in an external room, on site."""
    _check_room(medium, room)
    card = parties.staffed(actor, consultation)
    _check_open(card)
    with write():
        revise(repository(actor), "Encounter", card.id, lambda content: meeting.with_medium(content, medium, room))
        news(card)


def hand_over(actor: Actor, consultation: str, *, organisation: str = "", doctor: str = "") -> None:
    """Give a consultation to a substitute: the queue moves, the place stays, the claim is free again."""
    card = parties.staffed(actor, consultation)
    _check_open(card)
    target = organisation or card.organisation
    with write():
        turns.beside([card.patient])
        give_back(card)
        Waiting.objects.filter(consultation=card.id).update(organisation=target, alarmed_at=None)
        revise(
            repository(actor), "Encounter", card.id, lambda content: meeting.with_organisation(content, target, doctor)
        )
        news(card)
        news(parties.card(card.id))


def cancel(actor: Actor, consultation: str) -> None:
    """Call a consultation off. Invitations to it lead nowhere from then on."""
    card = parties.staffed(actor, consultation)
    _check_open(card)
    records = repository(actor)
    with write():
        call_off(records, card)
        if card.appointment:
            revise(records, "Appointment", card.appointment, lambda content: {**content, "status": "cancelled"})


def close(actor: Actor, consultation: str, follow_up: FollowUp) -> None:
    """End a consultation with the choice how it goes on. Signatures may be missing: each missing part becomes a task.

    Any choice but "none" becomes a task of the practice. Closing again with another choice is refused (Conflict).
    """
    card = parties.staffed(actor, consultation)
    _check_open(card)
    records = repository(actor)
    now = timezone.localtime()
    with write():
        state.locked(card)  # first, as everybody who comes in does

        def finished(content: meeting.Content) -> meeting.Content:
            return meeting.with_follow_up(meeting.with_status(content, "finished", now), follow_up)

        revise(records, "Encounter", card.id, finished)
        if card.appointment:
            revise(records, "Appointment", card.appointment, lambda content: {**content, "status": "fulfilled"})
        for part, organisation in missing_parts(actor, card):
            _ask_for_part(actor, card, part, organisation, now)
        if follow_up is not FollowUp.NONE:
            tasks.order(
                actor,
                card.patient,
                text=words(follow_up),
                organisation=card.organisation,
                due_at=now + timedelta(days=7),
                encounter=card.id,
            )


def words(follow_up: FollowUp) -> str:
    """What the practice has to arrange."""
    return {
        FollowUp.VIDEO: _("Arrange a video consultation within a week"),
        FollowUp.HOME_VISIT: _("Arrange a home visit of the practice"),
        FollowUp.PRACTICE: _("Arrange an appointment at the practice"),
        FollowUp.REFERRAL: _("Arrange the referral or admission to hospital"),
        FollowUp.NONE: _("No further check"),
    }[follow_up]


def _ask_for_part(actor: Actor, card: Consultation, part: Draft.Part, organisation: str, now: datetime) -> None:
    """A task due the same day, for those who have not signed yet."""
    end_of_day = now.replace(hour=23, minute=59, second=0, microsecond=0)
    doctor = part is Draft.Part.DOCTOR
    tasks.order(
        actor,
        card.patient,
        text=_("Sign the doctor’s part of the note") if doctor else _("Sign the nurse’s part of the note"),
        organisation=organisation,
        due_at=max(end_of_day, now + timedelta(minutes=30)),
        encounter=card.id,
        kind=Kind.NOTE_PART,
    )


def _check_open(card: Consultation) -> None:
    if card.over:
        raise Conflict(_("This consultation is closed already."))


def _check_room(medium: Medium, room: str) -> None:
    if medium is Medium.EXTERNAL and not room.startswith("https://"):
        raise Invalid(
            _("Please enter the address of the certified room. It begins with https://."), code="value", where="room"
        )
