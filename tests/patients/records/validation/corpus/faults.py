"""Faults of single elements: whatever makes one property of a resource wrong, wherever it stands."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final

from patients.records import definitions
from tests.patients.records.validation.corpus import (
    GONE,
    Case,
    Change,
    Json,
    Place,
    Wanted,
    case,
    everything,
    forms,
    gaps,
    places,
)

URL: Final = "https://praxis.example/StructureDefinition/x"
TYPES: Final = "http://hl7.org/fhir/StructureDefinition/"
UCUM: Final = "http://unitsofmeasure.org"
NOT_CODED: Final = {"coding": [{"system": "https://praxis.example/CodeSystem/none", "code": "no-such-code"}]}
BACKWARDS: Final = {"start": "2026-11-20", "end": "2026-11-19"}

NOT_WHOLE: Final = "whose address is not whole"
BAD_EXTENSIONS: Final[list[tuple[str, Any]]] = [
    ("without address", {"valueString": "x"}),
    ("without value", {"url": URL}),
    (NOT_WHOLE, {"url": "kind", "valueString": "x"}),
    ("with two values", {"url": URL, "valueString": "x", "valueInteger": 1}),
    ("with value and extension", {"url": URL, "valueString": "x", "extension": [{"url": "y", "valueCode": "z"}]}),
    ("of unknown type", {"url": URL, "valueHumor": "x"}),
    ("with impossible date", {"url": URL, "valueDate": "2023-02-30"}),
    ("with wrong inner one", {"url": URL, "extension": [{"url": "y"}]}),
    ("empty", {}),
    ("null", None),
    ("that is a text", "x"),
]

BAD_REFERENCES: Final = (
    "javascript:alert(1)",
    "#nobody-is-contained-here",
    "../Patient/x",
    "Patient/../x",
    "Patient/a_b",
    "Patient/" + "x" * 65,
    "Patient",
    "Ward/x",
    "patient/x",
    "file:///etc/passwd",
    "data:text/html,x",
    "urn:uuid:heinrich",
    "urn:oid:1.02",
    "a b",
    "",
)

# By data type: what else may be wrong in it. (label, properties, which of them is named; empty: the element itself)
WITHIN: Final[dict[str, list[tuple[str, Json, str]]]] = {
    "Address": [
        ("unknown code", {"use": "holiday"}, "use"),
        ("unknown code", {"type": "castle"}, "type"),
        ("gap in list", {"line": [None]}, ""),
        ("invariant per-1", {"period": BACKWARDS}, "period"),
    ],
    "Annotation": [
        ("two of a choice", {"authorString": "x", "authorReference": {"reference": "Patient/x"}}, ""),
        ("wrong target", {"authorString": GONE, "authorReference": {"reference": "Medication/x"}}, "authorReference"),
        ("missing", {"text": GONE}, ""),
    ],
    "Attachment": [
        ("invariant att-1", {"data": "YWJj", "contentType": GONE}, ""),
        ("unknown code", {"contentType": "picture"}, "contentType"),
        ("media type not in ASCII", {"contentType": "text/plain; title=Größe"}, "contentType"),
        ("media type without a letter first", {"contentType": ".text/plain"}, "contentType"),
        ("media type too long", {"contentType": f"text/{'x' * 128}"}, "contentType"),
        ("unknown code", {"language": "deutsch_DE"}, "language"),
        ("unknown code", {"language": "deutsch"}, "language"),
        ("unknown code", {"language": "not-a-code"}, "language"),
        ("unknown code", {"language": "xx"}, "language"),
        ("script in address", {"url": "javascript:alert(1)"}, "url"),
        ("script in address", {"url": "data:text/html,<script>x</script>"}, "url"),
        ("wrong form", {"size": -1}, "size"),
    ],
    "CodeableConcept": [
        ("empty list", {"coding": []}, "coding"),
        ("empty", {"coding": [{}]}, ""),
        ("wrong form", {"coding": [{"system": UCUM, "code": "a  b"}]}, ""),
        ("wrong form", {"coding": [{"system": "a b", "code": "a"}]}, ""),
        ("wrong JSON type", {"coding": [{"system": UCUM, "code": "a", "userSelected": "true"}]}, ""),
        ("not a list", {"coding": {"system": UCUM, "code": "a"}}, "coding"),
        ("empty", {"text": ""}, "text"),
    ],
    "Coding": [("wrong form", {"code": "a  b"}, "code"), ("wrong form", {"system": "a b"}, "system")],
    "ContactPoint": [
        ("unknown code", {"use": "holiday"}, "use"),
        ("unknown code", {"system": "pigeon"}, "system"),
        ("wrong form", {"rank": 0}, "rank"),
        ("invariant cpt-2", {"value": "x", "system": GONE}, ""),
        ("script in address", {"system": "url", "value": "javascript:alert(1)"}, ""),
    ],
    "Dosage": [
        ("two of a choice", {"asNeededBoolean": True, "asNeededCodeableConcept": {"text": "x"}}, ""),
        ("invariant sqty-1", {"maxDosePerLifetime": {"value": 1, "comparator": "<"}}, ""),
        ("invariant tim-1", {"timing": {"repeat": {"duration": 1}}}, ""),
    ],
    "HumanName": [
        ("unknown code", {"use": "stage"}, "use"),
        ("empty list", {"given": []}, "given"),
        ("gap in list", {"given": [None, "Heinrich"]}, ""),
        ("empty", {"given": [""]}, ""),
        ("not a list", {"given": "Heinrich"}, "given"),
        ("list instead of one", {"family": ["Brandt"]}, "family"),
    ],
    "Identifier": [
        ("unknown code", {"use": "best"}, "use"),
        ("wrong form", {"system": "a b"}, "system"),
        ("invariant per-1", {"period": BACKWARDS}, "period"),
        ("wrong target", {"assigner": {"reference": "Patient/x"}}, "assigner"),
    ],
    "Meta": [
        ("wrong form", {"lastUpdated": "2026-11-20"}, "lastUpdated"),
        ("wrong form", {"versionId": "a_b"}, "versionId"),
        ("wrong form", {"profile": ["a b"]}, ""),
        ("wrong form", {"profile": ["profile"]}, ""),
        ("not a list", {"profile": URL}, "profile"),
        ("empty list", {"tag": []}, "tag"),
    ],
    "Money": [("unknown code", {"currency": "euro"}, "currency")],
    "Period": [
        ("invariant per-1", BACKWARDS, ""),
        ("invariant per-1", {"start": "2026-11-20T10:00:00+01:00", "end": "2026-11-20T08:59:59Z"}, ""),
        ("wrong form", {"start": "2023-02-30"}, "start"),
    ],
    "Quantity": [
        ("unknown code", {"comparator": "="}, "comparator"),
        ("wrong JSON type", {"value": "5"}, "value"),
        ("invariant qty-3", {"code": "mg", "system": GONE}, ""),
        ("two of a choice", {"valueInteger": 5}, ""),
    ],
    "Range": [
        ("invariant rng-2", {"low": {"value": 2}, "high": {"value": Decimal("1.9")}}, ""),
        ("invariant sqty-1", {"low": {"value": 2, "comparator": ">"}, "high": GONE}, ""),
    ],
    "Ratio": [("invariant rat-1", {"numerator": {"value": 1}, "denominator": GONE, "extension": GONE}, "")],
    "Reference": [
        ("wrong target", {"reference": GONE, "type": "Substance", "display": "x"}, "?"),
        ("of unknown type", {"reference": GONE, "type": "Praxis", "display": "x"}, ""),
        ("of unknown type", {"reference": GONE, "type": TYPES + "Praxis", "display": "x"}, ""),
        ("of unknown type", {"reference": GONE, "type": URL, "display": "x"}, ""),
        ("wrong form", {"identifier": []}, "identifier"),
    ],
    "SampledData": [
        ("missing", {"period": GONE}, ""),
        ("wrong form", {"dimensions": 0}, "dimensions"),
        ("no sample", {"data": "80 81 eighty"}, ""),
        ("samples not parted by spaces", {"data": "80,81"}, ""),
    ],
    "Signature": [("missing", {"when": GONE}, ""), ("unknown code", {"sigFormat": "pdf"}, "sigFormat")],
    "Timing": [
        ("invariant tim-1", {"repeat": {"duration": 1}}, "repeat"),
        ("invariant tim-2", {"repeat": {"period": 1}}, "repeat"),
        ("invariant tim-4", {"repeat": {"duration": -1, "durationUnit": "h"}}, "repeat"),
        ("invariant tim-9", {"repeat": {"offset": 5}}, "repeat"),
        ("invariant tim-10", {"repeat": {"timeOfDay": ["08:00:00"], "when": ["MORN"]}}, "repeat"),
        ("unknown code", {"repeat": {"when": ["TEATIME"]}}, ""),
        ("unknown code", {"repeat": {"dayOfWeek": ["monday"]}}, ""),
        ("wrong form", {"repeat": {"timeOfDay": ["24:00:00"]}}, ""),
        ("wrong form", {"repeat": {"frequency": 0}}, ""),
        ("two of a choice", {"repeat": {"boundsPeriod": {"start": "2026"}, "boundsRange": {"low": {"value": 1}}}}, ""),
    ],
}


def cases(resource: Json, wanted: Wanted = everything) -> Iterator[Case]:
    """The single faults of elements of this resource that are wanted: of what stands there, and of what could."""
    for place in places(resource):
        yield from _made(resource, place, (*_anywhere(place), *_wrong(place), *_inside(place)), wanted)
    for place in gaps(resource):
        yield from _made(resource, place, (*_wrong(place), *_absurd(place)), wanted)


def _made(resource: Json, place: Place, changes: Iterable[Change], wanted: Wanted) -> Iterator[Case]:
    at = f"{place.owner}.{place.name}"
    return (case(resource, place.path, at, change) for change in changes if wanted(change.label, at))


def _is_primitive(place: Place) -> bool:
    return place.field.type in definitions.primitives()


def _put(label: str, place: Place, wrong: Any) -> Change:
    """Another value in place of the one, or of the list."""
    if place.field.many:
        return Change(label, {place.name: [wrong]}, (place.name, 0))
    return Change(label, {place.name: wrong}, (place.name,))


def _anywhere(place: Place) -> Iterator[Change]:
    name, standing = place.name, place.element[place.name]
    yield Change("unknown element", {name + "Surprise": "x"}, ())
    yield Change("unknown element", {"_" + name + "Surprise": {"id": "x"}}, ())
    yield Change("null", {name: None}, (name,))
    if place.field.many:
        yield Change("not a list", {name: standing[0]}, (name,))
        yield Change("list in a list", {name: [standing]}, (name, 0))
        if _is_primitive(place):
            yield Change("gap in list", {name: [*standing, None], "_" + name: GONE}, ())
        else:
            yield Change("null", {name: [*standing, None]}, (name, len(standing)))
    else:
        yield Change("list instead of one", {name: [standing]}, (name,))
        yield Change("list instead of one", {name: [standing, standing]}, (name,))
    if place.field.least:
        yield Change("missing", {name: GONE, "_" + name: GONE}, ())
    if not _is_primitive(place) or place.field.plain:
        yield Change("unknown element", {"_" + name: {"extension": [{"url": URL, "valueString": "x"}]}}, ())
    else:
        yield from _beside(place)
    for names, _ in definitions.structure(place.owner).choices:
        if name in names:
            other = next(each for each in names if each != name)
            yield Change("two of a choice", {other: _some(definitions.structure(place.owner).fields[other].type)}, ())


def _beside(place: Place) -> Iterator[Change]:
    """The other half of a primitive: its id and extensions."""
    half = "_" + place.name
    for label, wrong in [("empty", {}), ("wrong JSON type", "x"), ("null", None), ("unknown element", {"value": "x"})]:
        sets: Any = [wrong] if place.field.many else wrong
        yield Change(label + " beside a primitive", {half: sets}, None)
    for label, extension in BAD_EXTENSIONS:
        element = {"extension": [extension]}
        yield Change("extension " + label, {half: [element] if place.field.many else element}, None)
    if place.field.many:
        yield Change("nothing but an id", {place.name: [None], half: [{"id": "x"}]}, None)
    else:
        yield Change("nothing but an id", {place.name: GONE, half: {"id": "x"}}, None)


def _wrong(place: Place) -> Iterator[Change]:
    """A value that this property may never have."""
    field = place.field
    if _is_primitive(place):
        if field.type not in ("boolean", "integer", "positiveInt", "unsignedInt", "decimal"):
            yield _put("empty", place, "")
        at = f"{place.owner}.{place.name}"
        for wrong in _some_of(forms.WRONG.get(at, forms.WRONG[field.type]), at):
            change = _put("wrong JSON type" if type(wrong) in (int, bool) else "wrong form", place, wrong)
            yield change if field.type != "xhtml" else change._replace(where=None)  # the Narrative is named
        yield _put("wrong JSON type", place, {"value": "x"})
    elif field.type != "Resource":
        yield _put("empty", place, {})
        for wrong in ("x", 5, True, []):
            yield _put("wrong JSON type", place, wrong)
        yield _put("nothing but an id", place, {"id": "x"})
    if field.many:
        yield Change("empty list", {place.name: []}, (place.name,))
    if field.codes and definitions.codes(field.codes) is not None:
        yield _put("unknown code", place, "no-such-code" if _is_primitive(place) else NOT_CODED)
        if not _is_primitive(place):
            yield _put("unknown code", place, {"text": "freely worded"})
    if field.type == "Reference":
        for address in BAD_REFERENCES:
            label = "empty" if not address else "bad reference"
            change = _put(label, place, {"reference": address})
            yield change if address not in ("", "a b") else change._replace(where=None)
        if field.targets:
            other = next(name for name in sorted(definitions.SERVED, reverse=True) if name not in field.targets)
            yield _put("wrong target", place, {"reference": f"{other}/1"})
            yield _put("wrong target", place, {"reference": f"https://praxis.example/fhir/{other}/1/_history/2"})
            yield _put("wrong target", place, {"type": other, "identifier": {"value": "x"}})
            yield _put("wrong target", place, {"type": TYPES + other, "identifier": {"value": "x"}})
            fitting = next(iter(sorted(field.targets)))
            yield _put("wrong target", place, {"reference": f"{fitting}/1", "type": other})
            yield _put("wrong target", place, {"reference": f"{fitting}/1", "type": TYPES + other})


def _inside(place: Place) -> Iterator[Change]:
    """Faults of data types: the value that stands there, with something in it made wrong."""
    value, kind = place.value, place.field.type
    if _is_primitive(place) or kind == "Resource":
        return
    if place.name != "extension":
        for label, extension in BAD_EXTENSIONS:
            if label == NOT_WHOLE and kind == "Extension":
                continue  # within another extension its name is enough
            yield _put("extension " + label, place, {**value, "extension": [extension]})._replace(where=None)
    yield _put("id with a space", place, {**value, "id": "a b"})._replace(where=None)
    for label, patch, named in WITHIN.get(kind, ()):
        if named == "?" and not place.field.targets:
            continue
        change = _put(label, place, _patched(value, patch))
        where = None if not named else (*(change.where or ()), named)
        yield change._replace(where=change.where if named == "?" else where)


def _absurd(place: Place) -> Iterator[Change]:
    """Faults of data types in a property that is added."""
    kind = place.field.type
    if kind in WITHIN and kind != "Reference":
        for label, patch, _ in WITHIN[kind]:
            if wrong := _patched({}, patch):
                yield _put(label, place, wrong)._replace(where=None)


def _patched(value: Json, patch: Json) -> Json:
    return {key: each for key, each in {**value, **patch}.items() if each is not GONE}


def _some(kind: str) -> Any:
    if kind in forms.RIGHT:
        return forms.RIGHT[kind][0]
    return {"extension": [{"url": URL, "valueString": "x"}]}


def _some_of(values: list[Any], at: str) -> list[Any]:
    """Three of them, others for each property: over all properties each value is tried many times."""
    start = zlib.crc32(at.encode()) % len(values)
    return [*values, *values][start : start + 3]
