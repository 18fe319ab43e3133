"""Resources as lines that people read: when, what, how much, by whom. Nothing is left out of the JSON beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any, Final

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from patients.network import resources
from patients.network.queries.names import names
from patients.records.wire import Json
from telecare.vitals.resources import Limit, Measurement, limit, measurement

SECTIONS: Final = (
    *("person", "diagnoses", "medicines", "values", "notes"),
    *("tasks", "appointments", "messages", "consents", "others"),
)
_BY_TYPE: Final = {
    **dict.fromkeys(("Patient", "RelatedPerson", "CareTeam", "Coverage"), "person"),
    **dict.fromkeys(("Condition", "AllergyIntolerance", "Flag", "Procedure", "Immunization"), "diagnoses"),
    **dict.fromkeys(("Observation", "DiagnosticReport", "Goal"), "values"),
    **dict.fromkeys(("Composition", "DocumentReference"), "notes"),
    **dict.fromkeys(("Task", "ServiceRequest", "CarePlan"), "tasks"),
    **dict.fromkeys(("Appointment", "Encounter"), "appointments"),
    "Communication": "messages",
    "Consent": "consents",
}
NAMED: Final = ("Organization", "Practitioner", "PractitionerRole", "Location", "Medication", "Device")
_MOMENTS: Final = (
    *("effectiveDateTime", "authoredOn", "sent", "recordedDate", "dateAsserted", "start", "dateTime", "date"),
    *("onsetDateTime", "occurrenceDateTime", "performedDateTime", "startDate"),
)
_MARKUP: Final = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One line: `at` sorts it, `when` and `words` are read."""

    at: str
    when: str
    words: str


def section_of(type_: str) -> str:
    """Where a type of FHIR stands on the paper; empty for those that are only named by others."""
    if type_ in NAMED:
        return ""
    return _BY_TYPE.get(type_) or ("medicines" if type_.startswith("Medication") else "others")


def titles() -> dict[str, str]:
    """The headings of the paper."""
    return {
        "person": _("Person, relatives, team"),
        "diagnoses": _("Diagnoses and cautions"),
        "medicines": _("Medicines"),
        "values": _("Values and limits"),
        "notes": _("Reports"),
        "tasks": _("Tasks"),
        "appointments": _("Appointments"),
        "messages": _("Messages of the team"),
        "consents": _("Consents"),
        "others": _("Other parts of the record"),
    }


def line(resource: Json) -> Line:
    """A resource as one line."""
    at = _at(resource)
    return Line(at, _when(at), _words(resource) or str(resource.get("resourceType", "")))


def _at(resource: Json) -> str:
    for name in _MOMENTS:
        value = resource.get(name)
        if isinstance(value, str):
            return value
    period = resource.get("period") or resource.get("effectivePeriod") or {}
    return str(period.get("start", "")) if isinstance(period, dict) else ""


def _when(text: str) -> str:
    """A moment as people write it; "" for what has none."""
    try:
        moment = parse_datetime(text) if "T" in text else None
        day = None if moment else parse_date(text)
    except ValueError:
        return text
    if isinstance(moment, datetime):
        return date_format(timezone.localtime(moment) if moment.tzinfo else moment, "d.m.Y H:i")
    return date_format(day, "d.m.Y") if day else text


def _words(resource: Json) -> str:
    parts: list[str] = []
    match resource.get("resourceType"):
        case "Patient" | "RelatedPerson":
            address = resources.address_of(resource)
            parts = [str(resources.name_of(resource)), _when(resource.get("birthDate", "")), str(address or ""),
                     resources.phone_of(resource), resources.kvnr_of(resource)]  # fmt: skip
        case "Observation" if measured := measurement(resource):
            parts = [_measured(measured), *_notes(resource)]
        case "Goal" if bounded := limit(resource):
            parts = [_bounded(bounded)]
        case "Observation":
            parts = [_concept(resource.get("code")), _value(resource), *map(_component, resource.get("component", ())),
                     *_notes(resource)]  # fmt: skip
        case "Composition":
            parts = [resource.get("title", ""), *_sections(resource.get("section", ()))]
        case "Communication":
            parts = [one.get("contentString", "") for one in resource.get("payload", ())]
        case "Task":
            parts = [resource.get("description", ""), *_notes(resource)]
        case "Appointment":
            parts = [resource.get("description", ""), _concept(next(iter(resource.get("serviceType", ())), None))]
        case "Goal":
            parts = [_concept(resource.get("description"))]
        case "CareTeam":
            parts = [_("Care team"), *_members(resource)]
        case "Consent":
            parts = [
                _("Consent or objection"),
                {"active": _("holds"), "inactive": _("taken back")}.get(resource["status"], ""),
            ]
        case _:
            concepts = [resource.get(name) for name in ("medicationCodeableConcept", "code", "type", "vaccineCode")]
            doses = [one.get("text", "") for one in resource.get("dosage") or resource.get("dosageInstruction") or ()]
            parts = [*map(_concept, concepts), *doses, str(resource.get("description", "")), *_notes(resource)]
    return ", ".join(dict.fromkeys(part for part in parts if isinstance(part, str) and part.strip()))


def _measured(one: Measurement) -> str:
    """A value as it stands on screen: "Blutdruck 142/87 mmHg"."""
    numbers = "/".join(number_format(value) for value in one.values)
    words = f"{one.kind.label} {numbers} {one.kind.unit}"
    return _("entered by mistake: %(value)s") % {"value": words} if one.entered_in_error else words


def _bounded(one: Limit) -> str:
    """A limit with its author: "Grenzwert Blutdruck: bis 150, bis 90 mmHg, Dr. Clara Voss"."""
    bounds = ", ".join(filter(None, (bound.words for bound in one.bounds)))
    said = _("Limit of %(kind)s: %(bounds)s %(unit)s") % {
        "kind": one.kind.label,
        "bounds": bounds,
        "unit": one.kind.unit,
    }
    return ", ".join(filter(None, [said, names([one.author]).get(one.author, "")]))


def _concept(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(filter(None, map(_concept, value)))
    if not isinstance(value, dict):
        return ""
    codings = [one.get("display") or one.get("code", "") for one in value.get("coding", ())]
    return str(value.get("text") or next(iter(codings), ""))


def _value(resource: Json) -> str:
    if quantity := resource.get("valueQuantity"):
        number = quantity.get("value")
        return f"{number_format(number) if number is not None else ''} {quantity.get('unit', '')}".strip()
    return str(resource.get("valueString") or _concept(resource.get("valueCodeableConcept")))


def _component(one: Json) -> str:
    return f"{_concept(one.get('code'))} {_value(one)}".strip()


def _sections(sections: Iterable[Json]) -> list[str]:
    """What a note says: texts without their markup."""
    found: list[str] = []
    for one in sections:
        words = _plain(one.get("text", {}).get("div", ""))
        found.append(": ".join(filter(None, [one.get("title", ""), words])))
        found += _sections(one.get("section", ()))
    return found


def _plain(markup: str) -> str:
    return " ".join(unescape(_MARKUP.sub(" ", markup)).split())


def _notes(resource: Json) -> list[str]:
    notes = resource.get("note", ())
    return [one.get("text", "") for one in notes if isinstance(one, dict)]


def _members(team: Json) -> list[str]:
    """What those are called whom a care team names, whatever is written beside the references."""
    references = [str(one.get("member", {}).get("reference", "")) for one in team.get("participant", ())]
    found = names(references)
    return [found[one] for one in references if one in found]
