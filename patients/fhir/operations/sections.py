"""The sections of a patient summary: which resources count in each, and how each is told in a line.

https://hl7.org/fhir/uv/ips/STU1.1/StructureDefinition-Composition-uv-ips.html

What is told stands in the resource: nothing is computed or judged. A section without entries never says that there is
nothing: only that nothing is recorded which the reader may see, or that the reader may not see such things.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from patients.access.categories import CLINICAL, MEDICATION
from patients.records.wire import Json

LOINC: Final = "http://loinc.org"
EMPTY: Final = "http://terminology.hl7.org/CodeSystem/list-empty-reason"
WITHHELD: Final = ("withheld", "Information Withheld", "The reader may not see such information.")
UNAVAILABLE: Final = (
    "unavailable",
    "Unavailable",
    "Nothing is recorded here that the reader may see. It is not known whether there is anything.",
)

Names = Mapping[str, str]  # of medication, by reference

_XHTML: Final = "http://www.w3.org/1999/xhtml"
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WRONG: Final = ("entered-in-error", "refuted")
_PAST: Final = ("inactive", "resolved", "remission")
_TAKEN: Final = ("active", "on-hold", "unknown", "intended")
_PLAIN: Final = ("valueString", "valueInteger", "valueBoolean", "valueDateTime", "valueTime")


@dataclass(frozen=True, slots=True)
class Section:
    """One section. `newest`: of the Observations of these categories, of each code the newest."""

    title: str
    code: str
    display: str
    types: tuple[str, ...]
    counts: Callable[[Json], bool]
    category: str = CLINICAL  # without the right on which it is withheld
    needed: bool = False
    newest: str = ""


def _problem(content: Json) -> bool:
    return _right(content) and not _past(content)


def _past_problem(content: Json) -> bool:
    return _right(content) and _past(content)


def _taken(content: Json) -> bool:
    return content.get("status") in _TAKEN


def _current(content: Json) -> bool:
    return content.get("status") in ("active", "on-hold")


def _right(content: Json) -> bool:
    """Not taken back."""
    return content.get("status") not in _WRONG and _codes(content.get("verificationStatus")).isdisjoint(_WRONG)


SECTIONS: Final = (
    Section("Problems", "11450-4", "Problem list - Reported", ("Condition",), _problem, needed=True),
    Section(
        "Allergies and intolerances",
        "48765-2",
        "Allergies and adverse reactions Document",
        ("AllergyIntolerance",),
        _right,
        needed=True,
    ),
    Section(
        "Medication",
        "10160-0",
        "History of Medication use Narrative",
        ("MedicationStatement", "MedicationRequest"),
        _taken,
        MEDICATION,
        needed=True,
    ),
    Section("Alerts", "104605-1", "Alert", ("Flag",), _current),
    Section("Immunizations", "11369-6", "History of Immunization Narrative", ("Immunization",), _right),
    Section("Procedures", "47519-4", "History of Procedures Document", ("Procedure",), _right),
    Section(
        "Results",
        "30954-2",
        "Relevant diagnostic tests/laboratory data Narrative",
        ("DiagnosticReport",),
        _right,
        newest="laboratory,imaging",
    ),
    Section("Vital signs", "8716-3", "Vital signs", (), _right, newest="vital-signs"),
    Section("Past problems", "11348-0", "History of Past illness Narrative", ("Condition",), _past_problem),
    Section("Plan of care", "18776-5", "Plan of care note", ("CarePlan",), _current),
)


def build(section: Section, told: Sequence[tuple[str, Json]], names: Names, *, more: bool, may_see: bool) -> Json:
    """The section with these resources, each with its address. `more`: there are others that are not told."""
    built: Json = {
        "title": section.title,
        "code": {"coding": [{"system": LOINC, "code": section.code, "display": section.display}]},
    }
    if told:
        lines = [line(content, names) for _, content in told]
        if more:
            lines.append("There are more; the newest are told.")
        return {**built, "text": narrative(lines), "entry": [{"reference": address} for address, _ in told]}
    code, display, words = UNAVAILABLE if may_see else WITHHELD
    reason = {"coding": [{"system": EMPTY, "code": code, "display": display}]}
    return {**built, "text": narrative([words]), "emptyReason": reason}


def narrative(lines: Sequence[str]) -> Json:
    """Plain lines as FHIR's narrative: every sign stands for itself."""
    items = "".join(f"<li>{html.escape(_NO_XML.sub('', line))}</li>" for line in lines)
    return {"status": "generated", "div": f'<div xmlns="{_XHTML}" lang="en" xml:lang="en"><ul>{items}</ul></div>'}


def line(content: Json, names: Names) -> str:
    """What a resource says, in one line: what, how it stands, when."""
    parts = [_what(content, names), *_value(content), *_states(content), *_dosages(content), _when(content)]
    return " · ".join(part for part in parts if part)


def _what(content: Json, names: Names) -> str:
    if content["resourceType"] == "CarePlan":
        return str(content.get("title") or content.get("description") or "") or _labels(content.get("category", ()))
    if reference := content.get("medicationReference"):
        address = reference.get("reference", "")
        return str(names.get(address) or reference.get("display") or address)
    concept = content.get("code") or content.get("vaccineCode") or content.get("medicationCodeableConcept") or {}
    return label(concept) or _labels(content.get("category", ()))


def label(concept: Json) -> str:
    """What a CodeableConcept is called: its words, or its code where nobody named it."""
    if concept.get("text"):
        return str(concept["text"])
    codings = concept.get("coding", ())
    named = next((one["display"] for one in codings if one.get("display")), "")
    return str(named or next((f"{one['code']} ({one.get('system', '')})" for one in codings if one.get("code")), ""))


def _labels(concepts: Sequence[Json]) -> str:
    return ", ".join(filter(None, map(label, concepts)))


def _value(content: Json) -> list[str]:
    own = _one_value(content)
    parts = [f"{label(one.get('code', {}))}: {_one_value(one)}" for one in content.get("component", ())]
    return [*([own] if own else []), *parts]


def _one_value(content: Json) -> str:
    if quantity := content.get("valueQuantity"):
        number = f"{quantity.get('comparator', '')}{quantity.get('value', '')}"
        return f"{number} {quantity.get('unit') or quantity.get('code') or ''}".strip()
    if concept := content.get("valueCodeableConcept"):
        return label(concept)
    if (reason := content.get("dataAbsentReason")) is not None:
        return f"no value: {label(reason)}"
    return next((str(content[name]) for name in _PLAIN if content.get(name) is not None), "")


def _states(content: Json) -> list[str]:
    """Status, certainty and criticality, as recorded."""
    found = [_code(content.get(name)) for name in ("clinicalStatus", "verificationStatus")]
    return [*filter(None, found), *(str(content[name]) for name in ("criticality", "status") if content.get(name))]


def _dosages(content: Json) -> list[str]:
    return [
        str(one["text"]) for name in ("dosage", "dosageInstruction") for one in content.get(name, ()) if "text" in one
    ]


def _when(content: Json) -> str:
    for name in ("effectiveDateTime", "occurrenceDateTime", "performedDateTime", "onsetDateTime", "authoredOn",
                 "recordedDate", "dateAsserted"):  # fmt: skip
        if moment := content.get(name):
            return str(moment)[:10]
    for name in ("effectivePeriod", "performedPeriod", "onsetPeriod", "period"):
        if period := content.get(name):
            return f"{str(period.get('start', ''))[:10]}–{str(period.get('end', ''))[:10]}"
    return str(content.get("occurrenceString") or content.get("onsetString") or content.get("performedString") or "")


def _past(content: Json) -> bool:
    return not _codes(content.get("clinicalStatus")).isdisjoint(_PAST)


def _codes(concept: Any) -> set[str]:
    return {one.get("code", "") for one in (concept or {}).get("coding", ())}


def _code(concept: Any) -> str:
    return next(iter(sorted(filter(None, _codes(concept)))), "")
