"""The invariants of FHIR's data types. https://hl7.org/fhir/R4/datatypes.html"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from patients.records import definitions
from patients.records.validation import narrative
from patients.records.validation.rules import (
    Json,
    Rule,
    Surroundings,
    chosen,
    exactly_one,
    has,
    needs,
    not_both,
    some_of,
)
from patients.records.validation.schema import OID, UUID

UCUM: Final = "http://unitsofmeasure.org"
MEALS: Final = {"C", "CM", "CD", "CV"}

_ADDRESS = re.compile(
    r"(?:https?://[^\s?#]+/)?(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?"
)
_SEARCH = re.compile(r"(?P<type>[A-Z][A-Za-z]+)\?[^\s]+")
_SAMPLES = re.compile(r"[-+.\deEUL\s]+")  # what they are written with: a pattern of each takes 1.6 s for 8 MB
_SAFE_SCHEME = re.compile(rf"https?://[^\s]+|urn:uuid:{UUID}|urn:oid:{OID}", re.I)
_TYPES = "http://hl7.org/fhir/StructureDefinition/"  # what the name of a type is short for
_SCRIPT = re.compile(r"\s*(?:javascript|vbscript|data|blob|file)\s*:", re.I)


def refers_to(reference: Json, around: Surroundings) -> str | None:
    """The type a Reference names: empty when it cannot be told, None when the address is none that FHIR knows."""
    address = reference.get("reference")
    said = str(reference.get("type", "")).removeprefix(_TYPES)
    if address is None:
        return said
    if address.startswith("#"):
        return str(around.container["resourceType"]) if address == "#" else around.contained.get(address[1:])
    literal = _ADDRESS.fullmatch(address)
    if literal and literal["type"] in definitions.resource_types():
        return str(literal["type"])
    if address in around.entries:
        return around.entries[address]
    if _SAFE_SCHEME.fullmatch(address):
        return said
    search = around.conditional and _SEARCH.fullmatch(address)
    return str(search["type"]) if search and search["type"] in definitions.resource_types() else None


def _address_is_known(node: Json, around: Surroundings) -> bool:
    named = refers_to(node, around)
    if named is None or "type" not in node:
        return named is not None
    said = node["type"].removeprefix(_TYPES)
    return said in definitions.resource_types() and named in ("", said)


def _in_order(node: Json, around: Surroundings) -> bool:
    start, end = node.get("start"), node.get("end")
    return start is None or end is None or not later(start, end)


def _moment(text: str) -> datetime:
    """A leap second is taken for the one before it, which Python knows."""
    return datetime.fromisoformat(text.replace(":60", ":59"))


def later(one: str, other: str) -> bool:
    """Whether a date or dateTime is surely later than another: where precision or zone leave it open, it is not."""
    if "T" in one and "T" in other:
        try:
            return _moment(one) > _moment(other)
        except (ValueError, TypeError):  # no such moment, or one without zone: said elsewhere
            return False
    common = min(len(one), len(other), 10)
    return one[:common] > other[:common]


def _low_before_high(node: Json, around: Surroundings) -> bool:
    low, high = node.get("low", {}), node.get("high", {})
    if low.get("code") != high.get("code") or low.get("unit") != high.get("unit"):
        return True
    return not (_is_number(low.get("value")) and _is_number(high.get("value")) and low["value"] > high["value"])


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, Decimal))


def _ratio(node: Json, around: Surroundings) -> bool:
    return has(node, "numerator") == has(node, "denominator") and has(node, "numerator", "extension")


def _measured(node: Json) -> bool:
    """age-1, cnt-3, dis-1: a value has a code, and the code is one of UCUM."""
    return (has(node, "code") or "value" not in node) and node.get("system", UCUM) == UCUM


def _is_absolute(node: Json, around: Surroundings) -> bool:
    return ":" in node.get("url", ":")


def _age(node: Json, around: Surroundings) -> bool:
    return _measured(node) and bool(node.get("value", 1) > 0)


def _count(node: Json, around: Surroundings) -> bool:
    return _measured(node) and node.get("code", "1") == "1" and isinstance(node.get("value", 0), int)


def _duration(node: Json, around: Surroundings) -> bool:
    return not has(node, "code") or (node.get("system") == UCUM and has(node, "value"))


def _offset(node: Json, around: Surroundings) -> bool:
    return not has(node, "offset") or (has(node, "when") and not MEALS & set(node.get("when", ())))


def _triggered(node: Json, around: Surroundings) -> bool:
    match node.get("type"):
        case "named-event":
            return has(node, "name")
        case "periodic":
            return chosen(node, "timing")
        case str(kind) if kind.startswith("data-"):
            return has(node, "data")
    return True


def _runs_no_script(node: Json, around: Surroundings) -> bool:
    return not _SCRIPT.match(node.get("value", ""))


def _samples(node: Json, around: Surroundings) -> bool:
    return "data" not in node or _SAMPLES.fullmatch(node["data"]) is not None


def _profiles_are_named(node: Json, around: Surroundings) -> bool:
    return all(each is None or ":" in each for each in node.get("profile", ()))


def without_comparator(*names: str) -> Rule:
    """sqty-1: these elements are a SimpleQuantity, which says how much and not "less than"."""

    def holds(node: Json, around: Surroundings) -> bool:
        return not any(name in node and "comparator" in node[name] for name in names)

    return Rule("sqty-1", "This quantity has no comparator.", holds)


_QUANTITY = needs("qty-3", "A unit's code needs the system it comes from.", "code", "system")
_ONE_VALUE = Rule(
    "ext-1",
    "An extension has either a value or further extensions.",
    lambda n, _: ("extension" in n) != chosen(n, "value"),
)
_REFERENCE = "This is no address of a resource, or what it names is not contained."
_NARRATIVE = "The narrative must be plain XHTML: no script, events, DOCTYPE or foreign elements."
_NEGATIVE = "A duration or period of time cannot be negative."

RULES: Final[dict[str, tuple[Rule, ...]]] = {
    "Extension": (
        _ONE_VALUE,
        Rule("url", "An extension is named by its whole address.", _is_absolute, "value"),
    ),
    "Extension.extension": (_ONE_VALUE,),  # named within the one it stands in
    "Reference": (Rule("ref-1", _REFERENCE, _address_is_known, "value"),),
    "Narrative": (
        Rule("txt-1", _NARRATIVE, narrative.is_safe, "invalid"),
        Rule("txt-2", "A narrative says something: leave it out instead.", narrative.says_something),
    ),
    "Period": (Rule("per-1", "A period must not end before it starts.", _in_order),),
    "Meta": (Rule("profile", "A profile is named by its whole address.", _profiles_are_named, "value"),),
    "Dosage": (without_comparator("maxDosePerAdministration", "maxDosePerLifetime"),),
    "Dosage.doseAndRate": (without_comparator("doseQuantity", "rateQuantity"),),
    "SampledData": (
        without_comparator("origin"),
        Rule("samples", "Samples are decimals, E, U or L, parted by spaces.", _samples, "value"),
    ),
    "TriggerDefinition": (
        Rule("trd-1", "Either a time or data, not both.", lambda n, _: not (has(n, "data") and chosen(n, "timing"))),
        needs("trd-2", "A condition looks at data.", "condition", "data"),
        Rule("trd-3", "An event needs what its type says: a name, a time or data.", _triggered),
    ),
    "Range": (
        without_comparator("low", "high"),
        Rule("rng-2", "The low end of a range must not lie above its high end.", _low_before_high),
    ),
    "Ratio": (Rule("rat-1", "A ratio needs numerator and denominator, or an extension instead of both.", _ratio),),
    "Quantity": (_QUANTITY,),
    "Age": (_QUANTITY, Rule("age-1", "An age needs a UCUM unit and a value above 0.", _age)),
    "Count": (_QUANTITY, Rule("cnt-3", "A count is a whole number, with the unit 1.", _count)),
    "Distance": (_QUANTITY, Rule("dis-1", "A distance needs a UCUM unit.", lambda n, _: _measured(n))),
    "Duration": (_QUANTITY, Rule("drt-1", "A duration with a code needs a UCUM unit and a value.", _duration)),
    "Attachment": (needs("att-1", "Attached data needs its content type.", "data", "contentType"),),
    "ContactPoint": (
        needs("cpt-2", "A contact point with a value needs its system.", "value", "system"),
        Rule("address", "This address would run a script.", _runs_no_script, "security"),
    ),
    "Expression": (some_of("exp-1", "An expression needs its text or a reference to it.", "expression", "reference"),),
    "DataRequirement.codeFilter": (exactly_one("drq-1", "Either path or searchParam.", "path", "searchParam"),),
    "DataRequirement.dateFilter": (exactly_one("drq-2", "Either path or searchParam.", "path", "searchParam"),),
    "Timing.repeat": (
        needs("tim-1", "A duration needs its unit.", "duration", "durationUnit"),
        needs("tim-2", "A period needs its unit.", "period", "periodUnit"),
        Rule("tim-4", _NEGATIVE, lambda n, _: bool(n.get("duration", 0) >= 0)),
        Rule("tim-5", _NEGATIVE, lambda n, _: bool(n.get("period", 0) >= 0)),
        needs("tim-6", "A greatest period needs a period.", "periodMax", "period"),
        needs("tim-7", "A greatest duration needs a duration.", "durationMax", "duration"),
        needs("tim-8", "A greatest count needs a count.", "countMax", "count"),
        Rule("tim-9", "An offset needs an event other than the meals themselves.", _offset),
        not_both("tim-10", "Either a time of day or an event.", "timeOfDay", "when"),
    ),
}
