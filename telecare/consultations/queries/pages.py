"""What the pages of one consultation show: the call, the note, invitations, and the patient's own page."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from patients.access import Action, Deed, Repository, allowed, decide, repository
from patients.access.categories import CLINICAL
from patients.access.joining import own_records
from patients.access.rules import Sketch
from patients.accounts.actor import Actor, Role
from patients.accounts.models import Membership
from patients.errors import Denied
from patients.network import queries as network
from patients.network.queries import Person
from telecare.consultations.models import Consultation, Invitation, Medium, Room, Waiting
from telecare.consultations.queries import notes, parties
from telecare.consultations.queries.notes import Order, Signed, Written
from telecare.consultations.queries.shapes import (
    CallPage,
    InvitationRow,
    Medicine,
    Note,
    NotePage,
    OrderRow,
    OthersPage,
    PartRow,
    Place,
    Text,
    Value,
    VisitPage,
)
from telecare.consultations.queries.waiting import State, next_waiting, waits
from telecare.consultations.resources import meeting, values
from telecare.consultations.resources.meeting import FollowUp, Meeting
from telecare.consultations.resources.note import SECTIONS, Part


def call_page(actor: Actor, consultation: str) -> CallPage:
    """The call for staff. Raises Missing."""
    card = parties.staffed(actor, consultation)
    with repository(actor).look("consultation") as records:
        said = meeting.read(records.read("Encounter", card.id).content)
        person = network.person(records, card.patient)
        note = _note(actor, card, records)
        medication = (
            _medication(records, card)
            if allowed(actor, Action.READ, patient=card.patient, category="medication")
            else ()
        )
        reason = _reason(records, card)
    room = Room.objects.filter(consultation=card.id).first()
    following = next_waiting(actor, card.id) if actor.role is Role.DOCTOR else None
    own = note.own
    names = network.names(_staff_present(said))
    return CallPage(
        id=card.id,
        person=person,
        year=_year(person),
        medium=card.medium,
        status=card.status,
        room=said.room,
        reason=reason,
        part=own.part if own else "",
        headings=tuple((text.name, text.title, text.text) for text in own.texts) if own else (),
        version=own.version if own else 0,
        saved_at=own.draft_at if own else None,
        note=note,
        visitors=waits(card.id),
        next_name=following[0] if following else "",
        next_since=following[1] if following else None,
        taken_by=room.claimed_name if room else "",
        taken_at=room.claimed_at if room else None,
        mine=bool(room and room.claimed_by == actor.account),
        started_at=said.started_at,
        ended=said.ended_at is not None,
        over=card.over,
        consent=said.consent,
        medication=tuple(medication),
        flags=person.flags,
        places=_places(actor, card.patient),
        certified=bool(settings.VIDEO_CERTIFICATE),
        read_back=_part(actor) is Part.NURSE,
        with_whom=", ".join(name for reference, name in names.items() if reference != actor.person),
        may_measure=decide(
            actor, Action.CREATE, Sketch("Observation", CLINICAL, card.patient, actor.organisation or "")
        ),
        unwanted=parties.unwanted(card),
    )


def note_page(actor: Actor, consultation: str) -> NotePage:
    """The note for whoever may see the consultation: staff, and the patient, who reads what is signed."""
    card = parties.card(consultation)
    staff = parties.is_staff(actor)
    if not staff and not allowed(actor, Action.READ, patient=card.patient, category="clinical"):
        raise parties.missing()
    writes = staff and allowed(actor, Deed.CONSULT, patient=card.patient)  # who reads in an emergency does not
    with repository(actor).look("note") as records:
        said = meeting.read(records.read("Encounter", card.id).content)
        day = said.started_at or card.planned_at
        person = network.person(records, card.patient, on=timezone.localdate(day) if day else None)
        note = _note(actor, card, records, with_drafts=staff, writes=writes)
        reason = _reason(records, card)
        note = Note(note.parts, note.orders, tuple(_values(records, card)))
    own = note.own
    return NotePage(
        id=card.id,
        person=person,
        year=_year(person),
        how=_how(card),
        when=said.started_at or card.planned_at,
        until=said.ended_at,
        who=_present(said),
        consent=said.consent,
        reason=reason,
        note=note,
        follow_up=said.follow_up.value if said.follow_up else "",
        follow_up_words=follow_up_words()[said.follow_up] if said.follow_up else "",
        choices=tuple((choice.value, words) for choice, words in follow_up_words().items()),
        unwanted=staff and not card.over and parties.unwanted(card),
        over=card.over,
        may_close=writes and not card.over,
        may_sign=bool(own and own.draft_at and any(text.text for text in own.texts))
        or bool(own and own.part == "doctor" and note.orders and not own.signed_at),
        may_correct=bool(own and own.signed_at and not own.draft_at),
        may_order=actor.role is Role.DOCTOR and writes and not card.over,
        places=_places(actor, card.patient) if writes else (),
    )


def others_page(actor: Actor, consultation: str) -> OthersPage:
    """What the others write, and the orders: the part of the call's page that is kept fresh."""
    card = parties.staffed(actor, consultation)
    with repository(actor).look("note") as records:
        note = _note(actor, card, records)
    return OthersPage(card.id, note, read_back=_part(actor) is Part.NURSE and not card.over)


def places(actor: Actor, consultation: str) -> tuple[Place, ...]:
    """Whom an order can go to."""
    return _places(actor, parties.staffed(actor, consultation).patient)


def visit_page(actor: Actor, consultation: str) -> VisitPage:
    """The page of a patient or guest. Raises Missing."""
    card, visitor = parties.taking_part(actor, consultation)
    row = Waiting.objects.filter(consultation=card.id, visitor=visitor.key, left_at=None).first()
    names = network.names([card.doctor, f"Organization/{card.organisation}"])
    said = meeting.read(repository(actor.as_system("join page")).read("Encounter", card.id).content)
    return VisitPage(
        id=card.id,
        medium=card.medium,
        room=said.room,
        doctor=names.get(card.doctor, ""),
        place=names.get(f"Organization/{card.organisation}", ""),
        at=card.planned_at,
        name=parties.named(actor, visitor).name,
        state="new" if row is None else "admitted" if row.admitted_at else "waiting",
        phone=phone_of(card.organisation),
        guest=actor.role is Role.GUEST,
        own_word=parties.speaks_for_patient(actor, card),
        unwanted=parties.unwanted(card),
        called=row is not None and row.wants_call,
    )


def phone_of(organisation: str) -> str:
    """The telephone number of a practice, as its directory entry gives it."""
    from patients.accounts.actor import system

    found = repository(system("join page")).read_many("Organization", [organisation])
    for document in found.values():
        for contact in document.content.get("telecom", ()):
            if contact.get("system") == "phone":
                return str(contact.get("value", ""))
    return ""


def greeting(card: Consultation) -> tuple[str, str]:
    """Doctor and practice, as the page greets before anybody is identified. No word of the patient."""
    names = network.names([card.doctor, f"Organization/{card.organisation}"])
    return names.get(card.doctor, ""), names.get(f"Organization/{card.organisation}", "")


def invitations(actor: Actor, consultation: str) -> tuple[InvitationRow, ...]:
    """Who was invited to a consultation, and whether it still leads anywhere."""
    card = parties.staffed(actor, consultation)
    rows = Invitation.objects.filter(consultation=card.id).order_by("pk")
    return tuple(
        InvitationRow(
            row.pk, parties.guest_name(row), row.kind, _state_of(row, card), row.closes_at, holds=_leads(row, card)
        )
        for row in rows
    )


def practices(actor: Actor, patient: str) -> tuple[Person, tuple[Place, ...]]:
    """The patient, and organisations of the care team with a doctor: whom one can call in. The own comes first.

    Raises Missing, also for who may read but not consult.
    """
    if not allowed(actor, Deed.CONSULT, patient=patient):
        raise parties.missing()
    with repository(actor).look("call in") as records:
        documents = records.of_patient(patient, {*network.HEAD, *network.TEAM})
    person, team = network.head_of(documents), network.team_of(patient, documents)
    found = [one.reference.removeprefix("Organization/") for one in team.members if one.reference.startswith("Organ")]
    with_doctors = set(
        Membership.objects.filter(role=Role.DOCTOR.value, organisation__in=found).values_list("organisation", flat=True)
    )
    names = {one.reference.removeprefix("Organization/"): one.name for one in team.members}
    chosen = [ident for ident in dict.fromkeys(found) if ident in with_doctors]
    chosen.sort(key=lambda ident: ident != actor.organisation)
    return person, tuple(Place(ident, names[ident]) for ident in chosen)


def own_consultations(actor: Actor) -> tuple[Consultation, ...]:
    """What is planned or open for the patient who asks."""
    if actor.patient is None:
        raise parties.missing()
    cards = Consultation.objects.filter(patient__in=own_records(actor)).exclude(status__in=Consultation.OVER)
    visible = repository(actor).read_many("Encounter", [card.id for card in cards])
    return tuple(card for card in cards.order_by("planned_at") if card.id in visible)


def follow_up_words() -> dict[FollowUp, str]:
    """The choices at the end."""
    return {
        FollowUp.VIDEO: _("Video consultation in a week"),
        FollowUp.HOME_VISIT: _("Home visit of the practice"),
        FollowUp.PRACTICE: _("Appointment at the practice"),
        FollowUp.REFERRAL: _("Referral or hospital"),
        FollowUp.NONE: _("No further check"),
    }


# -- inside


def _note(
    actor: Actor, card: Consultation, records: Repository, *, with_drafts: bool = True, writes: bool = True
) -> Note:
    signed = notes.signed(records, card.id)
    drafts = notes.drafts(actor, card) if with_drafts else {}
    orders = notes.orders(records, card.id)
    people = {one.signed_by or one.part.author for one in signed.values()} | {one.author for one in drafts.values()}
    people |= {order.read_back_by for order in orders} | {order.task.owner for order in orders}
    names = network.names(sorted(people))
    mine = _part(actor) if writes else None
    parts = [part for part in Part if part in signed or part in drafts or part is mine or _expected(part, card)]
    return Note(
        tuple(_row(part, signed.get(part), drafts.get(part), names, mine=part is mine) for part in parts),
        tuple(_order(order, names) for order in orders),
    )


def _part(actor: Actor) -> Part | None:
    try:
        return parties.part_of(actor)
    except Denied:
        return None


def _expected(part: Part, card: Consultation) -> bool:
    return part is Part.DOCTOR or card.caller != card.organisation


def _row(part: Part, signed: Signed | None, draft: Written | None, names: dict[str, str], *, mine: bool) -> PartRow:
    texts = draft.texts if draft else signed.part.texts if signed else {}
    author = (signed.signed_by or signed.part.author) if signed else draft.author if draft else ""
    headings = section_words()
    return PartRow(
        part=part.value,
        title=_("Medical part") if part is Part.DOCTOR else _("Nursing part"),
        author=names.get(author, ""),
        signed_at=signed.signed_at if signed else None,
        draft_at=draft.updated_at if draft else None,
        texts=tuple(Text(name, headings[name], texts.get(name, "")) for name in SECTIONS[part]),
        mine=mine,
        version=draft.version if draft else 0,
        missing=signed is None and draft is None,
    )


def section_words() -> dict[str, str]:
    """The words over the fields of a note."""
    return {
        "findings": _("Findings"),
        "assessment": _("Assessment"),
        "observation": _("Observation"),
        "done": _("What was done"),
    }


def _order(order: Order, names: dict[str, str]) -> OrderRow:
    return OrderRow(
        id=order.task.id,
        text=order.task.text,
        place=names.get(order.task.owner, ""),
        due_at=order.task.due_at,
        urgent=order.task.urgent,
        done=not order.task.is_open,
        read_back_by=names.get(order.read_back_by, ""),
        read_back_at=order.read_back_at,
    )


def _places(actor: Actor, patient: str) -> tuple[Place, ...]:
    """Whom an order can go to: the organisations of the care team, nursing services first."""
    with repository(actor).look("care team") as records:
        team = network.team(records, patient)
    found = {
        one.reference: Place(one.reference.removeprefix("Organization/"), one.name)
        for one in sorted(team.members, key=lambda one: one.kind != "nursing-service")
        if one.reference.startswith("Organization/")
    }
    return tuple(found.values())


def _medication(records: Repository, card: Consultation) -> Iterable[Medicine]:
    pairs = [("patient", f"Patient/{card.patient}"), ("status", "active"), ("_count", "30"), ("_total", "none")]
    for document in records.search("MedicationStatement", pairs).rows:
        content = document.content
        concept = content.get("medicationCodeableConcept", {})
        name = concept.get("text") or next((one.get("display") for one in concept.get("coding", ())), "")
        dose = next((one.get("text", "") for one in content.get("dosage", ())), "")
        if name:
            yield Medicine(name, dose)


def _reason(records: Repository, card: Consultation) -> str:
    found = records.read_many("Appointment", [card.appointment]) if card.appointment else {}
    return next((str(one.content.get("description", "")) for one in found.values()), "")


def _values(records: Repository, card: Consultation) -> Iterable[Value]:
    references = notes.values_during(records, card)
    found = records.read_many("Observation", [one.removeprefix("Observation/") for one in references])
    for document in found.values():
        content = document.content
        if content["status"] == "entered-in-error":
            continue
        parts = [one.get("valueQuantity", {}) for one in content.get("component", ())] or [
            content.get("valueQuantity", {})
        ]
        numbers = [number_format(part["value"]) for part in parts if "value" in part]
        if numbers:
            at = meeting.moment(content.get("effectiveDateTime"))
            yield Value(values.title(content), "/".join(numbers), parts[0].get("unit", ""), at)


def _staff_present(said: Meeting) -> list[str]:
    return [one.who for one in said.attendance if one.who.startswith("Practitioner/")]


def _present(said: Meeting) -> tuple[str, ...]:
    names = network.names(_staff_present(said))
    return tuple(dict.fromkeys(names.get(one.who, one.who) for one in said.attendance))


def _how(card: Consultation) -> str:
    home = card.caller != card.organisation
    return {
        Medium.OWN: _("Video during a home visit") if home else _("Video"),
        Medium.EXTERNAL: _("Video in a certified room"),
        Medium.TELEPHONE: _("Telephone during a home visit") if home else _("Telephone"),
        Medium.ON_SITE: _("On site"),
    }[Medium(card.medium)]


def _year(person: Person) -> int | None:
    return person.birth_date.year if person.birth_date else None


def _leads(row: Invitation, card: Consultation) -> bool:
    return row.cancelled_at is None and not card.over and timezone.now() < row.closes_at


def _state_of(row: Invitation, card: Consultation) -> State:
    if row.cancelled_at:
        return State("idle", _("Cancelled"))
    if not _leads(row, card):
        return State("idle", _("Is over"))
    if row.locked:
        return State("urgent", _("Locked after five wrong numbers"))
    if row.entered_at:
        return State("ok", _("Has come in"))
    return State("info", _("Invited"))
