"""Asking a team for access: whoever misses somebody asks, the team or the person answers.

Who asks learns nothing by asking: the paper names whom they mean in their own words, and is the same whether the person
is known here or not. What is done with it comes later (`deliver_request`, a job), so that no answer is slower either.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from patients import audit, events
from patients.access import Action, Deed, allowed, codes, repository, turns
from patients.access.categories import CONSENT
from patients.access.models import CREATE, Right
from patients.access.permit import PERMIT
from patients.access.writing import missing
from patients.accounts.actor import Actor, Role, system
from patients.audit.queries import acts_of
from patients.database import in_turn, write
from patients.errors import Conflict, Denied, Finding, Invalid
from patients.network import admission, identifiers
from patients.network.resources import Basis, Resource, asking
from patients.network.services.links import start_link
from patients.records import store
from patients.records.models import Document

ASKED: Final = "request of access"  # as it stands in the log
ANSWERED: Final = "answer to a request of access"
LONGEST: Final = 1000
MOST_AN_HOUR: Final = 10
_NO_STAFF: Final = (
    Role.PATIENT, Role.REPRESENTATIVE, Role.RELATIVE, Role.GUEST, Role.HELPER, Role.COORDINATOR, Role.OPERATOR,
    Role.ADMINISTRATOR, Role.DATA_PROTECTION_OFFICER, Role.SYSTEM, Role.SYSTEM_CLIENT,
)  # fmt: skip


def request_access(actor: Actor, person: Resource, *, reason: str) -> Document:
    """Ask the team of exactly this person for access; the answer is alike if nobody is known. Returns the Task.

    `person` is a Patient with birth date and insurance number, or with name, birth date and address. Raises Denied for
    other roles and too many requests, Invalid for what is missing or not exact.
    """
    if not may_ask(actor):
        raise Denied(_("Only those who care for people ask for access."))
    words = reason.strip()
    if not words:
        raise Invalid(_("Please write why you ask."), Finding(_("The reason is missing."), "required", "reason"))
    if len(words) > LONGEST:
        raise Invalid(_("Please shorten the text."), Finding(_("At most 1,000 characters."), "too-long", "reason"))
    identifiers.check(person, None)
    admission.check_exact(person)
    paper = asking.request(
        person,
        asker=str(actor.person),
        organisation=str(actor.organisation),
        reason=words,
        at=timezone.localtime(),
    )
    prepared = store.prepare(paper)
    with write():
        in_turn([f"{ASKED} {actor.account}"])
        if acts_of(actor.account, ASKED, within=timedelta(hours=1)).all >= MOST_AN_HOUR:
            raise Denied(_("Too many such requests. Please wait an hour, or call the person's practice."))
        audit.record(actor, action=ASKED, type="Task")
        document = repository(actor).create(prepared, custodian=actor.organisation, permit=PERMIT)
        events.emit("access.asked", request=document.logical_id)
    return document


def may_ask(actor: Actor) -> bool:
    """Whether this role cares for people and acts for an organisation."""
    return actor.active and actor.role not in _NO_STAFF and None not in (actor.organisation, actor.person)


def deliver_request(request: str) -> None:
    """Put a request before the team of the person whom it means, if that person is known here. Safe to repeat."""
    maker = system(ASKED)
    records = repository(maker)
    paper = records.read("Task", request).content
    asked = asking.request_of(paper)
    if asked.status != asking.OPEN or asked.person is None:
        return
    for known in admission.same_person(maker, asked.person, why=ASKED):
        patient = known.logical_id
        pairs = [("based-on", f"Task/{request}"), ("patient", f"Patient/{patient}")]
        if records.count("Task", pairs):
            continue
        with write():
            turns.to_change_rights([patient])
            if not store.existing("Patient", [patient]):  # erased meanwhile
                continue
            task = asking.delivered(paper, patient, owner=_first_of_the_team(patient))
            received = records.create(task, custodian=f"Patient/{patient}", permit=PERMIT)
            events.emit("access.requested", patient=patient, task=received.logical_id)


def grant_request(actor: Actor, task: str, *, on: datetime | None = None, by: str = "") -> Document:
    """Let the asking organisation care for the person, too. Returns the CareTeam.

    For staff: the person was informed `on` that day and agrees, `by` ("Practitioner/…") the one who spoke with them.
    The patient and the representative grant themselves. Raises Missing, Conflict if it was answered meanwhile.
    """
    moment = on or timezone.localtime()
    if moment > timezone.now():
        raise Invalid(_("This day lies in the future."), Finding(_("Choose an earlier day."), "value", "on"))
    with write():
        document, asked = _open_request(actor, task)
        basis = Basis(Right.Basis.TREATMENT, moment, by or str(actor.person))
        link = start_link(
            actor, asked.patient, organisation=asked.organisation, bases=[basis], contact=_practitioner(asked.asker)
        )
        _answered(actor, document, asked, asking.GRANTED, _("Granted."))
    return link


def refuse_request(actor: Actor, task: str, *, words: str) -> None:
    """Say no, with words that those who asked will read. Raises Missing, Invalid, Conflict."""
    text = words.strip()[:LONGEST]
    with write():
        document, asked = _open_request(actor, task)
        if not text:
            missed = Finding(_("The words are missing."), "required", "words")
            raise Invalid(_("Please write why. Those who asked will read it."), missed)
        _answered(actor, document, asked, asking.REFUSED, text)


def check_request(actor: Actor, task: str) -> None:
    """Raise as an answer would: Missing for who may not answer, Conflict where it was answered."""
    with write():
        _open_request(actor, task)


def may_answer(actor: Actor, patient: str) -> bool:
    """Whether the actor answers requests for this person: the person, the representative, or who may let others in."""
    if actor.role in (Role.PATIENT, Role.REPRESENTATIVE):
        return allowed(actor, Action.READ, patient=patient, category=CONSENT)
    return allowed(actor, Deed.ADMIT, patient=patient)


def forget_papers(patient: str, custodian: str) -> None:
    """The patient is erased: the papers of those who asked name them, under nobody's record, and go as well.

    "" is every custodian; otherwise only what this one has asked.
    """
    delivered = Document.objects.filter(type="Task", patient=patient, category=CONSENT, deleted=False)
    asked = [asking.request_of(one.content) for one in delivered if asking.is_about(one.content, codes.ACCESS_REQUEST)]
    papers = Document.objects.filter(type="Task", patient=None, logical_id__in=[one.based_on for one in asked])
    (papers.filter(custodian=custodian) if custodian else papers).delete()


def _open_request(actor: Actor, task: str) -> tuple[Document, asking.Request]:
    turns.to_change("Task", task)
    document = store.get("Task", task, for_update=True)
    if document.deleted or document.patient is None or not asking.is_about(document.content, codes.ACCESS_REQUEST):
        raise missing()
    if not may_answer(actor, document.patient):
        raise missing()
    asked = asking.request_of(document.content)
    if asked.status != asking.OPEN:
        raise Conflict(_("This request was answered meanwhile."))
    return document, asked


def _answered(actor: Actor, document: Document, asked: asking.Request, status: str, words: str) -> None:
    """Both papers get the answer: that of the team, and that of those who asked."""
    audit.record(actor, action=ANSWERED, patient=asked.patient, type="Task", ident=asked.id)
    records = repository(actor.as_system(ANSWERED))
    now = timezone.localtime()
    for content in (document.content, records.read("Task", asked.based_on).content):
        if content["status"] == asking.OPEN:
            answer = asking.answered(content, status, by=str(actor.person), words=words, at=now)
            records.update(answer, permit=PERMIT)
    events.emit("access.answered", patient=asked.patient, task=asked.id, request=asked.based_on)


def _first_of_the_team(patient: str) -> str:
    """On whose worklist it comes: the organisation that has cared longest. Others find it in their list."""
    now = timezone.now()
    rows = Right.objects.filter(patient=patient, person="", custodian="", since__lte=now, until__gt=now)
    return next((one.organisation for one in rows.order_by("since", "pk") if one.actions & CREATE), "")


def _practitioner(reference: str) -> str:
    return reference if reference.startswith("Practitioner/") else ""
