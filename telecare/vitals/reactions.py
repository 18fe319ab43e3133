"""What follows when an Observation or a limit is written, whoever wrote it: page, socket, FHIR, Bundle or import."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from messaging.realtime import publish
from patients.access import repository
from patients.accounts.actor import Actor
from patients.errors import Finding, Invalid
from patients.records.models import Document
from telecare.tasks import services as tasks
from telecare.vitals import queries, resources, topics
from telecare.vitals.kinds import check_possible
from telecare.vitals.resources import Limit, Measurement

HISTORY = timedelta(hours=24)  # older values are history: they ask for no review


def check(actor: Actor, document: Document) -> None:
    """Refuse a number that cannot exist: a slip of the keypad must not become a fact."""
    measurement = _written(document)
    if measurement is None:
        return
    check_possible(measurement.kind, measurement.values)
    if measurement.taken_at > timezone.now() + timedelta(minutes=10):
        raise Invalid(
            _("The time of the measurement lies in the future. Please check date and time."),
            Finding(_("This moment has not come yet."), "value", "Observation.effective"),
        )


def ask_for_review(actor: Actor, document: Document) -> None:
    """A value outside a clinician's limit asks that clinician's team for one review."""
    if not settings.LIMITS:
        return
    measurement = _written(document)
    if measurement is None or measurement.taken_at < timezone.now() - HISTORY:
        return
    everything = actor.as_system("limit")
    limit = queries.limit_in_force(everything, measurement)
    if limit and not limit.allows(measurement):
        with translation.override(settings.LANGUAGE_CODE):  # it is read by others, and joined by its label
            label, text = str(measurement.kind.label), _outside(measurement)
        owner = _team_of(everything, limit)
        tasks.open_or_join_review(everything, owner=owner, label=label, text=text, focus=document)


def announce(actor: Actor, document: Document) -> None:
    """Tell those who look at this patient that a value came, changed or went."""
    if document.patient:
        publish.on_commit(topics.patient(document.patient), topics.NEW, data={"id": document.logical_id})


def announce_limit(actor: Actor, document: Document) -> None:
    """Tell those who look at this patient that a limit changed."""
    if document.patient:
        publish.on_commit(topics.patient(document.patient), topics.LIMIT, data={"id": document.logical_id})


def _written(document: Document) -> Measurement | None:
    """The measurement that now stands there; None when it was deleted or taken back."""
    measurement = None if document.deleted else resources.measurement(document.content)
    return None if measurement is None or measurement.entered_in_error else measurement


def _team_of(everything: Actor, limit: Limit) -> str:
    """The organisation that answers for the limit: the one that wrote it."""
    goal = repository(everything).read("Goal", limit.id)
    return f"Organization/{goal.custodian}" if goal.custodian else limit.author


def _outside(measurement: Measurement) -> str:
    return f"{'/'.join(number_format(value) for value in measurement.values)} {measurement.kind.unit}"
