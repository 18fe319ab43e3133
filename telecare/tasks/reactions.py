"""Whoever writes a Task, its worklist hears of it; whoever is invited to care for somebody finds that there."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from messaging.realtime import publish
from patients.access import repository
from patients.access.categories import as_narrow_as
from patients.accounts.actor import Actor, system
from patients.network import queries as network
from patients.network.resources import teams
from patients.network.resources.teams import CareLink
from patients.records.models import Document
from telecare.tasks import queries, resources, topics
from telecare.tasks.resources import Kind, Status


def announce(actor: Actor, document: Document) -> None:
    """Tell the owner's worklist that a task came or changed. Only its id travels."""
    if document.deleted:
        return
    task = resources.task(document.content)
    if task.owner.startswith("Organization/"):
        topic = topics.worklist(task.owner.removeprefix("Organization/"))
        publish.on_commit(topic, topics.NEW if document.version == 1 else topics.CHANGED, data={"id": task.id})


def follow_invitation(actor: Actor, document: Document) -> None:
    """An organisation that was asked whether it cares has this on its worklist until it has answered."""
    for link in teams.care_links(document.content) if not document.deleted else ():
        if link.asked:
            _ask_to_answer(actor.as_system("invitation"), document, link)


def _ask_to_answer(system: Actor, document: Document, link: CareLink) -> None:
    owner, now = f"Organization/{link.organisation}", timezone.localtime()
    waits = document.content.get("status") == "active" and link.needs_accepting and link.span.until > now
    waiting = queries.about(system, document.reference, owner)
    records = repository(system)
    if waits and not waiting:
        with translation.override(settings.LANGUAGE_CODE):
            text = _("Invitation: please accept or decline to care for this person (care team).")
        asked = resources.new_task(
            Kind.ORDER,
            text,
            patient_id=str(document.patient),
            owner=owner,
            requester=None,
            authored_at=now,
            focus=document.reference,
        )
        records.create(as_narrow_as(asked, document.category), custodian=link.organisation)
    elif not waits:
        status = Status.COMPLETED if link.accepted_by else Status.CANCELLED
        for task in waiting:
            stored = records.read("Task", task.id)
            answered = resources.moved(stored.content, status, at=now, by=link.accepted_by or None)
            records.update(answered, if_match=stored.version)


def tell_of_declined_hand_over(patient: str, organisation: str, by: str) -> None:
    """Who wanted to hand a patient over, and cares on, finds on its worklist who has declined."""
    name = network.names([f"Organization/{by}"]).get(f"Organization/{by}", "")
    with translation.override(settings.LANGUAGE_CODE):  # not the language of whoever declines
        text = _(
            "%(name)s has declined the hand-over. You care on; what had gone along is yours again. Please see to it."
        )
    told = resources.new_task(
        Kind.ORDER,
        text % {"name": name},
        patient_id=patient,
        owner=f"Organization/{organisation}",
        requester=None,
        authored_at=timezone.localtime(),
        urgent=True,
    )
    repository(system("hand-over")).create(told, custodian=organisation)
