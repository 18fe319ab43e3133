"""When somebody works: absences in a PractitionerRole, and turns of on-call duty; built, and read back.

An absence is an entry of `PractitionerRole.notAvailable`, with an id, and an extension that names the substitute. Why
somebody is away is their own affair: the directory says only that they are.
A service that can be called is a HealthcareService; a turn of duty is a Schedule of this service and one Practitioner,
whose `planningHorizon` is the turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from patients.access import codes
from patients.access.derivation import Span
from patients.access.periods import bounds, span_of
from patients.network.resources.basics import Resource, concept, moment

ON_CALL: Final = (f"{codes.OURS}/CodeSystem/service", "on-call")  # HealthcareService.category, Schedule.serviceCategory
SUBSTITUTE: Final = f"{codes.OURS}/StructureDefinition/substitute"


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is away, both days included; `substitute` ("Practitioner/…") is asked meanwhile, or nobody ("")."""

    ident: str
    since: date
    until: date
    substitute: str = ""

    def resource(self) -> Resource:
        """An entry of `notAvailable`."""
        away: Resource = {
            "id": self.ident,
            "description": "absent",
            "during": {"start": self.since.isoformat(), "end": self.until.isoformat()},
        }
        if not self.substitute:
            return away
        return {"extension": [{"url": SUBSTITUTE, "valueReference": {"reference": self.substitute}}], **away}

    def holds(self, day: date) -> bool:
        """Whether somebody is away on this day."""
        return self.since <= day <= self.until


def absences(role: Resource) -> list[Absence]:
    """The absences of a PractitionerRole that say from when until when, the first first."""
    return sorted(_absences(role), key=lambda one: (one.since, one.until, one.ident))


def _absences(role: Resource) -> Iterator[Absence]:
    for one in role.get("notAvailable", ()):
        during = one.get("during", {})
        first, last = bounds(during.get("start")), bounds(during.get("end"))
        if first and last:
            yield Absence(str(one.get("id", "")), first[0].date(), _last_day(last[1]), substitute_of(one))


def _last_day(after: datetime) -> date:
    """The day before the first moment that is over."""
    return date.fromordinal(after.date().toordinal() - 1) if (after.hour, after.minute) == (0, 0) else after.date()


def substitute_of(entry: Resource) -> str:
    """Who stands in: a reference, or ""."""
    named = [one.get("valueReference", {}) for one in entry.get("extension", ()) if one.get("url") == SUBSTITUTE]
    return str(named[0].get("reference", "")) if named else ""


def with_absences(role: Resource, wanted: list[Absence]) -> Resource:
    """The PractitionerRole with these absences instead of its own; what says no days stays as it is."""
    known = {one.ident for one in absences(role)}
    other = [one for one in role.get("notAvailable", ()) if str(one.get("id", "")) not in known]
    rest = {name: value for name, value in role.items() if name != "notAvailable"}
    entries = [*other, *(one.resource() for one in wanted)]
    return {**rest, "notAvailable": entries} if entries else rest


def on_call_service(organisation: str, name: str, *, phone: str) -> Resource:
    """A HealthcareService that can be called outside the usual hours."""
    return {
        "resourceType": "HealthcareService",
        "active": True,
        "providedBy": {"reference": f"Organization/{organisation}"},
        "category": [concept(*ON_CALL)],
        "name": name,
        "telecom": [{"system": "phone", "value": phone, "use": "work"}],
    }


def turn(service: str, person: str, start: datetime, end: datetime) -> Resource:
    """A Schedule: this person answers for this service from start to end."""
    return {
        "resourceType": "Schedule",
        "active": True,
        "serviceCategory": [concept(*ON_CALL)],
        "actor": [{"reference": f"HealthcareService/{service}"}, {"reference": person}],
        "planningHorizon": {"start": moment(start), "end": moment(end)},
    }


def turn_of(resource: Resource) -> tuple[str, str, Span]:
    """The service (an id), the person (a reference) and the time of a turn; "" for what it does not name."""
    named = [str(one.get("reference", "")) for one in resource.get("actor", ())]
    service = next((one.partition("/")[2] for one in named if one.startswith("HealthcareService/")), "")
    person = next((one for one in named if one.startswith("Practitioner/")), "")
    return service, person, span_of(resource.get("planningHorizon"))


def is_on_call(resource: Resource) -> bool:
    """Whether a Schedule is a turn of on-call duty."""
    codings = [coding for each in resource.get("serviceCategory", ()) for coding in each.get("coding", ())]
    return ON_CALL in {(one.get("system"), one.get("code")) for one in codings}
