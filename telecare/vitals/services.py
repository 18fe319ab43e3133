"""What people do with measurements: record, take back as entered in error; and with limits: set, end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from patients.access import repository
from patients.accounts.actor import Actor
from patients.database import write
from patients.errors import Conflict, Finding, Invalid
from patients.records.models import Document
from telecare.vitals import queries, resources
from telecare.vitals.kinds import Kind, check_possible
from telecare.vitals.resources import Bounds

EARLIEST = timedelta(days=366)


class Doubtful(Invalid):
    """The value is possible but unlikely: the one who measured is asked, and may confirm it."""


def record_measurement(
    actor: Actor,
    patient_id: str,
    *,
    kind: Kind,
    values: Sequence[Decimal],
    taken_at: datetime,
    confirmed: bool = False,
    note: str = "",
    logical_id: str | None = None,
) -> Document:
    """Store a measured value. What follows from it (limit, review) hangs on Observation: see reactions.

    `values` has one number per part of the kind, in its unit. An implausible one raises Doubtful unless `confirmed`.
    `logical_id` (a UUID chosen by the client) makes sending again harmless.
    """
    _check_form(kind, values, taken_at)
    if not confirmed:
        _ask_back(actor, patient_id, kind, values)
    records = repository(actor)
    resource = resources.vital_sign(patient_id, kind, values, taken_at, by=actor, note=note)
    try:
        return records.create(resource, logical_id=logical_id)
    except Conflict:
        return _sent_before(actor, str(logical_id), resource)


def _sent_before(actor: Actor, logical_id: str, resource: resources.Resource) -> Document:
    """What a resend finds: the value that is stored already, if it is the same one. Raises Conflict, Missing."""
    stored = repository(actor).read("Observation", logical_id)
    same = ("subject", "code", "valueQuantity", "component")
    if any(stored.content.get(name) != resource.get(name) for name in same):
        raise Conflict(_("Another value was sent under this number. Please enter it again."))
    return stored


def take_back(actor: Actor, measurement_id: str, *, reason: str) -> Document:
    """Mark a value as entered in error. It stays in the history; trends and limits no longer count it."""
    if not reason.strip():
        raise Invalid(_("Please write why."), Finding(_("The reason is missing."), "required", "reason"))
    records = repository(actor)
    with write():
        current = records.read("Observation", measurement_id)
        notes = [*current.content.get("note", ()), {"text": reason.strip()}]
        after = {**current.content, "status": "entered-in-error", "note": notes}
        return records.update(after, if_match=current.version)


def set_limit(actor: Actor, patient_id: str, *, kind: Kind, bounds: Sequence[Bounds]) -> Document:
    """Enter the limit of a named clinician for one patient and kind. It replaces an earlier one of the same kind."""
    if actor.person is None:
        raise Invalid(_("A limit needs a named clinician."))
    if all(bound.low is None and bound.high is None for bound in bounds):
        raise Invalid(_("Please enter at least one bound."), Finding(_("Both bounds are empty."), "required", "low"))
    for part, bound in zip(kind.parts, bounds, strict=True):
        low, high = part.possible
        for side in (bound.low, bound.high):
            if side is not None and not low <= side <= high:
                raise Invalid(_("Please enter bounds from %(low)s to %(high)s.") % {"low": low, "high": high})
        if bound.low is not None and bound.high is not None and bound.low > bound.high:
            raise Invalid(_("The lower bound is above the upper one."))
    records = repository(actor)
    earlier = queries.limits_of(actor, patient_id).get(kind.name)
    goal = resources.limit_goal(patient_id, kind, bounds, author=actor.person, since=timezone.localtime())
    with write():
        if earlier:
            _end(actor, earlier.id)
        return records.create(goal)


def end_limit(actor: Actor, limit_id: str) -> Document:
    """Let a limit end. The document stays."""
    with write():
        return _end(actor, limit_id)


def _end(actor: Actor, limit_id: str) -> Document:
    records = repository(actor)
    current = records.read("Goal", limit_id)
    return records.update({**current.content, "lifecycleStatus": "completed"}, if_match=current.version)


def _check_form(kind: Kind, values: Sequence[Decimal], taken_at: datetime) -> None:
    """What can be said before any record is touched; what cannot exist at all is refused by the reaction."""
    if len(values) != len(kind.parts):
        raise Invalid(_("Please fill in every field."), Finding(_("A number is missing."), "required", "values"))
    check_possible(kind, values)
    if len(values) == 2 and values[1] >= values[0]:
        raise Invalid(
            _("The lower value must be below the upper one. Please check both."),
            Finding(_("Systolic and diastolic may be swapped."), "value", kind.parts[1].code),
        )
    if taken_at < timezone.now() - EARLIEST:
        raise Invalid(
            _("This moment is more than a year ago. Please check the date."),
            Finding(_("Too long ago."), "value", "taken_at"),
        )


def _ask_back(actor: Actor, patient_id: str, kind: Kind, values: Sequence[Decimal]) -> None:
    for part, value in zip(kind.parts, values, strict=True):
        low, high = part.plausible
        if not low <= value <= high:
            raise Doubtful(_question(kind, values))
    if kind.step is None:
        return
    last = queries.last_of(actor, patient_id, kind)
    if last and abs(values[0] - last.values[0]) > kind.step:
        raise Doubtful(
            _("%(value)s %(unit)s, after %(last)s last time. Is that right?")
            % {"value": _text(values), "unit": kind.unit, "last": _text(last.values)}
        )


def _question(kind: Kind, values: Sequence[Decimal]) -> str:
    return _("%(value)s %(unit)s: is that right?") % {"value": _text(values), "unit": kind.unit}


def _text(values: Sequence[Decimal]) -> str:
    return "/".join(number_format(value) for value in values)
