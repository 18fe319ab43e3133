"""Who may listen to the topics that belong to no feature: one's own notices, a patient, an organisation's worklist."""

from __future__ import annotations

from django.utils.translation import gettext as _

from messaging.realtime import topics
from messaging.realtime.topics import Topic
from patients import audit
from patients.access import rules
from patients.access.ceilings import Action
from patients.access.refusals import refused
from patients.accounts.actor import Actor
from patients.errors import Missing


def register() -> None:
    """Make the topics known."""
    topics.register("me", Topic(own_notices))
    topics.register("patient", Topic(of_patient, about=lambda patient: patient))
    topics.register("worklist", Topic(of_organisation))


def own_notices(actor: Actor, account: str) -> None:
    """Everybody with an account has notices, and nobody has another's."""
    if actor.account is None or account != str(actor.account):
        raise no_such_topic()


def of_patient(actor: Actor, patient: str) -> None:
    """Who may see at least the administrative part of a patient's record hears that something has changed."""
    if not patient or not rules.allowed(actor, Action.READ, patient=patient):
        problem = no_such_topic()
        refused(problem, audit.Entry("listen", outcome="denied", patient=patient[:64], type="topic"))
        raise problem


def of_organisation(actor: Actor, organisation: str) -> None:
    """The worklist is for those who act for the organisation."""
    if not organisation or actor.organisation != organisation:
        raise no_such_topic()


def no_such_topic() -> Missing:
    """What does not exist and what one may not hear answer alike."""
    return Missing(_("There is no such topic."))
