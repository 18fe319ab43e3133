"""Changes after which a resource is still R4, though it looks unusual."""

from __future__ import annotations

from collections.abc import Iterator
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
    elements,
    everything,
    forms,
    places,
)

EXTENSION: Final = {"url": "https://praxis.example/StructureDefinition/x", "valueString": "x"}
NESTED: Final = {"url": "https://praxis.example/y", "extension": [{"url": "z", "valueDecimal": 1}, EXTENSION]}
HALVES: Final = {"url": "https://praxis.example/z", "_valueCode": {"extension": [EXTENSION]}}
META: Final = {"url": "https://praxis.example/m", "valueMeta": {"tag": [{"code": "a"}]}}
ABSENT: Final = {
    "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]
}
CODING: Final = {"system": "https://praxis.example/CodeSystem/own", "version": "1", "code": "a b", "display": "Ä"}

ORDERED: Final = {  # where another value would say something else that is wrong: invariants compare or distinguish
    "Period.start", "Period.end", "Task.authoredOn", "Task.lastModified", "Timing.repeat.duration",
    "Timing.repeat.period", "Quantity.value", "Age.value", "Count.value", "Meta.profile", "Bundle.entry.fullUrl",
    "ContactPoint.value",
    "Questionnaire.item.linkId", "Questionnaire.item.repeats", "Questionnaire.item.required", "Group.actual",
    "Questionnaire.item.readOnly", "Extension.url", "Bundle.timestamp", "List.entry.date", "List.entry.deleted",
    "Timing.repeat.timeOfDay", "Narrative.div", "Bundle.total",
    "Reference.reference", "Coding.code", "Coding.system", "Age.system", "Duration.system",
}  # fmt: skip


def cases(resource: Json, wanted: Wanted = everything) -> Iterator[Case]:
    """The lawful changes of this resource that are wanted."""
    for path, structure, element in elements(resource):
        for change in _elements(structure, element):
            if wanted(change.label, structure):
                yield case(resource, path, structure, change)
    if wanted("another order", resource["resourceType"]):
        yield Case("another order", resource["resourceType"], None, _backwards(resource))
    for place in places(resource):
        at = f"{place.owner}.{place.name}"
        for change in _values(place):
            if wanted(change.label, at):
                yield case(resource, place.path, at, change)
    kind = resource["resourceType"]
    for change in _wholes(kind, resource):
        if wanted(change.label, kind):
            yield case(resource, (), kind, change)


def _backwards(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _backwards(value) for name, value in reversed(node.items())}
    return [_backwards(each) for each in node] if isinstance(node, list) else node


def _elements(structure: str, element: Json) -> Iterator[Change]:
    if "extension" in definitions.structure(structure).fields and structure != "Extension":
        for extension in (EXTENSION, NESTED, HALVES, META):
            yield Change("further extension", {"extension": [*element.get("extension", ()), extension]})
    if "resourceType" not in element and structure not in ("Extension",):
        yield Change("id of an element", {"id": "Ä-1_2/3"})
    if structure == "Coding":
        yield Change("details of a coding", {"version": "2026", "display": "Ärztin 👩‍⚕️", "userSelected": True})


def _values(place: Place) -> Iterator[Change]:
    kind, name, many = place.field.type, place.name, place.field.many
    at = f"{place.owner}.{name}"

    def put(label: str, value: Any) -> Change:
        return Change(label, {name: [value] if many else value})

    if kind in definitions.primitives():
        for value in forms.KEPT_BY_OTHERS.get(place.field.codes, ()):
            yield put("another code", value)
        if not place.field.codes and at not in ORDERED and name != "id":
            for value in forms.RIGHT[kind] if "_" + name not in place.element else ():
                yield put("another value", value)
        if not place.field.plain and not many:
            yield Change("both halves", {"_" + name: {"id": "a1", "extension": [EXTENSION]}})
            yield Change("both halves", {"_" + name: {"id": "a1"}})
            if not place.field.least and at not in ORDERED and not place.field.codes and place.owner != "Identifier":
                yield Change("only an extension", {name: GONE, "_" + name: ABSENT})
        if not place.field.plain and many and "_" + name not in place.element and not place.field.codes:
            given = place.element[name]
            halves = [None] * len(given) + [ABSENT]
            yield Change("both halves of a list", {name: [*given, None], "_" + name: halves})
    elif kind == "CodeableConcept":
        if "coding" in place.value:
            more = {**place.value, "coding": [*place.value["coding"], CODING, {"display": "ohne Code"}]}
            yield put("further codings", more)
            yield put("further codings", {**more, "coding": [CODING, *place.value["coding"]]})
        if not place.field.codes:
            yield put("text only", {"text": "frei geschrieben\n– mit Ümläuten"})
    elif kind == "Reference" and not place.value.get("reference", "").startswith("#"):
        fitting = min(place.field.targets) if place.field.targets else "Patient"
        for reference in (
            {"reference": f"{fitting}/a-1.B"},
            {"reference": f"{fitting}/{'x' * 64}/_history/3"},
            {"reference": f"https://praxis.example/r4/{fitting}/1", "type": fitting},
            {"reference": "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"},
            {"reference": "urn:oid:1.2.3", "type": fitting},
            {"reference": f"{fitting}/1", "type": f"http://hl7.org/fhir/StructureDefinition/{fitting}"},
            {"identifier": {"system": "https://praxis.example/id", "value": "4711"}, "type": fitting},
            {"display": "Ärztin"},
            {"reference": "https://praxis.example/r4/somewhere"},
        ):
            yield put("another reference", reference)
    elif kind == "Identifier" and at != "Bundle.identifier":
        yield put(
            "another identifier", {"use": "official", "type": {"text": "x"}, "value": "ß", "period": {"end": "2026"}}
        )
    elif kind == "Period":
        for period in (
            {"start": "2026"},
            {"end": "2026-11"},
            {"start": "2026-11-20", "end": "2026-11-20T00:00:00+01:00"},
            {"start": "2026", "end": "2026-01-01"},
            {"start": "2024-02-29T23:30:00-02:00", "end": "2024-03-01T01:30:00Z"},
        ):
            yield put("another period", period)
    elif kind == "HumanName":
        yield put("another name", {"use": "nickname", "given": [None], "_given": [ABSENT], "text": "Æ 王"})
    elif kind == "Narrative":
        yield put("another narrative", {"status": "additional", "div": NARRATIVE})
    for names, _ in definitions.structure(place.owner).choices:
        if name in names and place.owner != "Extension":
            yield from _others(place, names)


def _others(place: Place, names: tuple[str, ...]) -> Iterator[Change]:
    """Other members of a choice."""
    fields = definitions.structure(place.owner).fields
    for other in names:
        kind = fields[other].type
        if kind in forms.RIGHT and other != place.name and not fields[other].codes:
            yield Change("another of a choice", {place.name: GONE, other: forms.RIGHT[kind][0]})


NARRATIVE: Final = (
    '<div xmlns="http://www.w3.org/1999/xhtml" xml:lang="de" lang="de"><!-- x --><h1 id="a">Bericht &amp; Befund</h1>'
    '<p class="x" style="color:red;font-weight:bold" title="&lt;x&gt;">Blut&#160;druck <b>140</b>/<i>90</i><br/></p>'
    '<table border="1"><caption>x</caption><thead><tr><th colspan="2">x</th></tr></thead><tbody><tr><td>ä</td></tr>'
    '</tbody></table><ul><li><a href="https://praxis.example/?a=b&amp;c=d#e">x</a></li></ul><a name="y">y</a>'
    '<a href="#a">z</a><img src="#pic" alt="x"/><img src="data:image/png;base64,iVBORw0KGgo=" alt="x"/>'
    "<blockquote><pre>  a\n b</pre></blockquote><span><tt>1</tt><sub>2</sub><sup>3</sup></span><hr/></div>"
)


def _wholes(kind: str, resource: Json) -> Iterator[Change]:
    fields = definitions.structure(kind).fields
    yield Change("meta", {"meta": {"profile": ["https://praxis.example/x|1.0", "urn:oid:1.2"], "versionId": "1"}})
    yield Change("meta", {"meta": {"lastUpdated": "2026-11-20T10:00:00.123+01:00", "tag": [{"code": "x"}]}})
    yield Change("language", {"language": "de-DE-1996"})
    yield Change("id", {"id": "x" * 64})
    if "contained" in fields and "contained" not in resource:
        medication = {"resourceType": "Medication", "id": "drug", "code": {"text": "Ramipril"}}
        to_it = {"url": "https://praxis.example/x", "valueReference": {"reference": "#drug", "type": "Medication"}}
        by_uri = {"url": "https://praxis.example/x", "valueCanonical": "#drug"}
        back = {**medication, "extension": [{"url": "https://praxis.example/x", "valueReference": {"reference": "#"}}]}
        others = resource.get("extension", [])
        yield Change("contained", {"contained": [medication], "extension": [*others, to_it]})
        yield Change("contained", {"contained": [medication], "extension": [*others, by_uri]})
        yield Change("contained", {"contained": [back]})
        yield Change(
            "contained",
            {"contained": [medication | {"text": {"status": "empty", "div": NARRATIVE}}], "extension": [to_it]},
        )
        substance = {
            "resourceType": "Substance",
            "id": "drug",
            "code": {"text": "x"},
            "instance": [{"expiry": "2024-02-29"}],
        }
        there = {"url": "https://praxis.example/x", "valueReference": {"reference": "#drug"}}
        yield Change("contained", {"contained": [substance], "extension": [there]})
    if "text" in fields:
        yield Change("another narrative", {"text": {"status": "generated", "div": NARRATIVE}})
        yield Change("no narrative", {"text": GONE})
    if "modifierExtension" in fields:
        yield Change("further extension", {"modifierExtension": [EXTENSION]})
    yield Change("half a primitive", {"_language": {"id": "a", "extension": [EXTENSION]}})
    if kind == "Bundle":
        basic = {"resourceType": "Basic", "code": {"text": "x"}}
        put = {"method": "PUT", "url": "Basic/1", "ifMatch": 'W/"1"'}
        blank = {name: GONE for name in resource if name not in ("resourceType", "id")}
        address = "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"
        flag = {"resourceType": "Flag", "status": "active", "code": {"text": "x"}, "subject": {"reference": address}}
        patient = {"fullUrl": address, "resource": {"resourceType": "Patient"}}
        same = [{"fullUrl": "http://x.example/Basic/1", "resource": {**basic, "meta": {"versionId": v}}} for v in "12"]
        named = [{**patient, "fullUrl": "urn:uuid:heinrich"}]
        named += [{"resource": {**flag, "subject": {"reference": "urn:uuid:heinrich"}}}]
        for entries in ([patient, {"resource": flag}], [{"resource": flag}], same, named):
            yield Change("bundle", {**blank, "type": "collection", "entry": entries})
        seek = {**flag, "subject": {"reference": "Patient?identifier=4711"}}
        for inner in (basic, seek):
            yield Change("bundle", {**blank, "type": "transaction", "entry": [{"resource": inner, "request": put}]})
        yield Change("bundle", {**blank, "type": "searchset", "total": 0})
