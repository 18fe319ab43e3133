"""What a search must find, said once more and naively: every document is looked at, with plain Python only.

It shares no line with the index: it finds values by hand, folds texts, spans dates and compares by itself.
"""

from __future__ import annotations

import calendar
import unicodedata
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

Json = dict[str, Any]
BERLIN = ZoneInfo("Europe/Berlin")
LONG_AGO = datetime(1, 1, 3, tzinfo=BERLIN)
FAR_AHEAD = datetime(9999, 12, 29, tzinfo=BERLIN)


def items(resource: Any, *path: str) -> list[Any]:
    """All values below a path, lists opened."""
    found = [resource]
    for name in path:
        found = [one for node in found if isinstance(node, dict) and name in node for one in _listed(node[name])]
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def concept(*path: str) -> Callable[[Json], list[Any]]:
    return lambda resource: [
        (each.get("system", ""), each.get("code", ""))
        for found in items(resource, *path)
        for each in (found.get("coding") or [{}])
    ]


def code(*path: str) -> Callable[[Json], list[Any]]:
    return lambda resource: [("", str(each)) for each in items(resource, *path)]


def identifier(*path: str) -> Callable[[Json], list[Any]]:
    return lambda resource: [(each.get("system", ""), each.get("value", "")) for each in items(resource, *path)]


def contact(resource: Json) -> list[Any]:
    return [("", each["value"].replace(" ", "").replace("-", "")) for each in items(resource, "telecom")]


def plain(*paths: tuple[str, ...]) -> Callable[[Json], list[Any]]:
    return lambda resource: [each for path in paths for each in items(resource, *path)]


def elements(*path: str) -> Callable[[Json], list[Any]]:
    """Code and quantity of each component."""
    return lambda resource: [
        ((coding.get("system", ""), coding.get("code", "")), quantity)
        for element in items(resource, *path)
        for coding in items(element, "code", "coding")
        for quantity in items(element, "valueQuantity")
    ]


def many(*readers: Callable[[Json], list[Any]]) -> Callable[[Json], list[Any]]:
    return lambda resource: [value for reader in readers for value in reader(resource)]


class Family(str):
    """A family name, each part of which is found."""


def families(resource: Json) -> list[Any]:
    return [Family(each) for each in items(resource, "name", "family")]


NAMES = [("name", part) for part in ("text", "given")]
PARAMETERS: dict[str, dict[str, tuple[str, Callable[[Json], list[Any]]]]] = {
    "Observation": {
        "code": ("token", concept("code")),
        "combo-code": ("token", many(concept("code"), concept("component", "code"))),
        "category": ("token", concept("category")),
        "status": ("token", code("status")),
        "value-concept": ("token", concept("valueCodeableConcept")),
        "identifier": ("token", identifier("identifier")),
        "value-string": (
            "string",
            plain(("valueString",), ("valueCodeableConcept", "text")),
        ),
        "date": ("date", plain(("effectiveDateTime",), ("effectivePeriod",))),
        "value-date": ("date", plain(("valueDateTime",), ("valuePeriod",))),
        "patient": ("patient", plain(("subject",))),
        "subject": ("reference", plain(("subject",))),
        "performer": ("reference", plain(("performer",))),
        "value-quantity": ("quantity", plain(("valueQuantity",))),
        "combo-value-quantity": ("quantity", plain(("valueQuantity",), ("component", "valueQuantity"))),
        "code-value-quantity": ("pair", elements()),
        "combo-code-value-quantity": ("pair", many(elements(), elements("component"))),
        "_tag": ("token", lambda r: [(each.get("system", ""), each["code"]) for each in items(r, "meta", "tag")]),
    },
    "Patient": {
        "name": ("string", many(families, plain(*NAMES))),
        "family": ("string", families),
        "given": ("string", plain(("name", "given"))),
        "address-city": ("string", plain(("address", "city"))),
        "gender": ("token", code("gender")),
        "identifier": ("token", identifier("identifier")),
        "telecom": ("token", contact),
        "deceased": (
            "token",
            lambda r: [("", "true" if r.get("deceasedBoolean") or "deceasedDateTime" in r else "false")],
        ),
        "birthdate": ("date", plain(("birthDate",))),
        "general-practitioner": ("reference", plain(("generalPractitioner",))),
    },
    "Condition": {
        "code": ("token", concept("code")),
        "clinical-status": ("token", concept("clinicalStatus")),
        "identifier": ("token", identifier("identifier")),
        "patient": ("patient", plain(("subject",))),
        "recorded-date": ("date", plain(("recordedDate",))),
        "onset-date": ("date", plain(("onsetDateTime",), ("onsetPeriod",))),
        "onset-info": ("string", plain(("onsetString",))),
    },
    "Appointment": {
        "patient": ("patient", plain(("participant", "actor"))),
        "actor": ("reference", plain(("participant", "actor"))),
        "status": ("token", code("status")),
        "date": ("date", plain(("start",))),
        "reason-code": ("token", concept("reasonCode")),
    },
}
MAIN_DATE = {"Observation": "date", "Condition": "recorded-date", "Appointment": "date"}


def search(type_: str, pairs: Iterable[tuple[str, str]], documents: list[Json]) -> list[str]:
    """The ids of the documents that match, in order; `documents` are as they were stored, one after the other."""
    pairs = list(pairs)
    found = [each for each in documents if each["resourceType"] == type_]
    for name, given in pairs:
        if name != "_sort":
            found = [each for each in found if matches(each, name, given)]
    asked = next((given for name, given in pairs if name == "_sort"), None)
    keys = (asked or ("-" + MAIN_DATE[type_] if type_ in MAIN_DATE else "-_none")).split(",")
    if keys[0].startswith("-"):
        found.reverse()  # equal ones: the newest first, if the first key runs that way
    for key in reversed(keys):
        name, descending = key.removeprefix("-"), key.startswith("-")
        found.sort(key=lambda each: sort_key(each, name, descending), reverse=descending)
    return [each["id"] for each in found]


def sort_key(resource: Json, name: str, descending: bool) -> Any:
    if name == "_none":
        return 0
    if name == "_id":
        return resource["id"]
    if name == "_lastUpdated":
        return span(resource["meta"]["lastUpdated"])[0]
    starts = [span(value)[0] for value in PARAMETERS[resource["resourceType"]][name][1](resource)]
    return (max if descending else min)(starts) if starts else LONG_AGO - timedelta(days=1)


def matches(resource: Json, name: str, given: str) -> bool:
    name, _, modifier = name.partition(":")
    alternatives = given.split(",")
    if name == "_id":
        return resource["id"] in alternatives
    if name == "_lastUpdated":
        changed = span(resource["meta"]["lastUpdated"])
        return any(compared(changed, *prefixed(each)) for each in alternatives)
    kind, read = PARAMETERS[resource["resourceType"]][name]
    values = read(resource)
    if kind == "patient":
        values = [each for each in values if each.get("reference", "").startswith("Patient/")]
        modifier = modifier or "Patient"
    if modifier == "missing":
        return (not values) == (given == "true")
    hit = any(_hit(kind, modifier, value, wanted) for value in values for wanted in alternatives)
    return not hit if modifier == "not" else hit


def _hit(kind: str, modifier: str, value: Any, wanted: str) -> bool:
    match kind:
        case "token":
            return _same_token(value, wanted)
        case "string":
            return value == wanted if modifier == "exact" else begins(value, fold(wanted))
        case "date":
            return compared(span(value), *prefixed(wanted))
        case "reference" | "patient":
            return _points_to(value, modifier, wanted)
        case "quantity":
            return measures(value, wanted)
    first, second = wanted.split("$")
    return _same_token(value[0], first) and measures(value[1], second)


def _same_token(value: tuple[str, str], wanted: str) -> bool:
    system, code = value
    if "|" not in wanted:
        return bool(code) and code.lower() == wanted.lower()
    wanted_system, wanted_code = wanted.split("|")
    return system == wanted_system and (not wanted_code or code.lower() == wanted_code.lower())


def fold(words: str) -> str:
    """ä is ae, ß is ss, accents, case and punctuation do not count."""
    for sign, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        words = words.lower().replace(sign, letters)
    words = "".join(each for each in unicodedata.normalize("NFD", words) if unicodedata.category(each) != "Mn")
    return " ".join("".join(each if each.isalnum() else " " for each in words).split())


def begins(value: str, beginning: str) -> bool:
    folded = fold(value)
    starts = [place + 1 for place, sign in enumerate(folded) if sign == " "] if isinstance(value, Family) else []
    return any(folded[start:].startswith(beginning) for start in (0, *starts))


def _points_to(value: Json, modifier: str, wanted: str) -> bool:
    reference = value.get("reference", "").split("/_history/")[0]
    if urlsplit(wanted).scheme:
        return bool(reference == wanted)
    if "/" in wanted:
        return bool(reference == wanted)
    if urlsplit(reference).scheme or "/" not in reference:
        return False
    type_, ident = reference.split("/")
    return bool(ident == wanted and modifier in ("", type_))


def measures(quantity: Json, wanted: str) -> bool:
    number, _, unit = wanted.partition("|")
    prefix, number = (number[:2], number[2:]) if number[0].isalpha() else ("eq", number)
    if unit:
        system, code = unit.split("|")
        if system and (quantity.get("system"), quantity.get("code")) != (system, code):
            return False
        if not system and code not in (quantity.get("code"), quantity.get("unit")):
            return False
    if "value" not in quantity:
        return False
    value, sought = Decimal(quantity["value"]), Decimal(number)
    step = Decimal(1).scaleb(int(sought.as_tuple().exponent))
    near = sought - step / 2 <= value < sought + step / 2
    low = value if quantity.get("comparator") not in ("<", "<=") else -Decimal("Infinity")
    high = value if quantity.get("comparator") not in (">", ">=") else Decimal("Infinity")
    if low != high:
        near = False
    return {
        "eq": near,
        "ne": not near,
        "gt": high > sought,
        "sa": low > sought,
        "lt": low < sought,
        "eb": high < sought,
        "ge": high >= sought,
        "le": low <= sought,
    }[prefix]


def prefixed(wanted: str) -> tuple[str, str]:
    return (wanted[:2], wanted[2:]) if wanted[0].isalpha() else ("eq", wanted)


def span(value: Any) -> tuple[datetime, datetime]:
    """From the first moment to the first one after it."""
    if isinstance(value, dict):
        return (
            span(value["start"])[0] if "start" in value else LONG_AGO,
            span(value["end"])[1] if "end" in value else FAR_AHEAD,
        )
    if len(value) == 4:
        return datetime(int(value), 1, 1, tzinfo=BERLIN), datetime(int(value) + 1, 1, 1, tzinfo=BERLIN)
    if len(value) == 7:
        year, month = int(value[:4]), int(value[5:])
        first = datetime(year, month, 1, tzinfo=BERLIN)
        days = calendar.monthrange(year, month)[1]
        return first, (first.replace(day=days) + timedelta(days=1))
    if len(value) == 10:
        day = datetime.fromisoformat(value).replace(tzinfo=BERLIN)
        return day, day + timedelta(days=1)  # of the wall clock, whatever its length
    moment = datetime.fromisoformat(value)
    if "." in value:
        digits = len(value.partition(".")[2].rstrip("Z").partition("+")[0])
        return moment, moment + timedelta(microseconds=10 ** (6 - digits))
    return moment, moment + timedelta(seconds=1)


def compared(stored: tuple[datetime, datetime], prefix: str, wanted: str) -> bool:
    # moments of one time zone would be compared by the wall clock
    (low, high), (first, last) = ([each.timestamp() for each in both] for both in (stored, span(wanted)))
    inside = low >= first and high <= last
    return {
        "eq": inside,
        "ne": not inside,
        "gt": high > last,
        "lt": low < first,
        "ge": high > last or inside,
        "le": low < first or inside,
        "sa": low >= last,
        "eb": high <= first,
    }[prefix]
