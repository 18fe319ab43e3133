"""Faults of a resource as a whole: narratives, what it contains, Bundles around it, its type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from patients.records import definitions
from tests.patients.records.validation.corpus import GONE, Case, Change, Json, Wanted, case, everything

XHTML: Final = "http://www.w3.org/1999/xhtml"
MEDICATION: Final = {"resourceType": "Medication", "id": "drug", "code": {"text": "Ramipril"}}
REFERENCE_TO_IT: Final = {"url": "https://praxis.example/x", "valueReference": {"reference": "#drug"}}
URL: Final = "https://praxis.example/x"
SHOWN: Final = {"display": "#drug"}
EMPTY_ONES: Final = ("", "<p></p>", " \n", "<br/>", "<table><tr><td> </td></tr></table>")
HOSTILE: Final = (  # inside a div
    "<script>alert(1)</script>",
    '<p onclick="x()">Blutdruck</p>',
    '<img src="x" onerror="x()"/>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" JavaScript:alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<a href="data:text/html,x">x</a>',
    '<a href="vbscript:x">x</a>',
    '<img src="javascript:x"/>',
    '<img src="data:image/svg+xml,x"/>',
    "<style>p{}</style>",
    '<p style="background:url(https://spion.example/x)">x</p>',
    '<p style="width:expression(x)">x</p>',
    '<iframe src="https://spion.example"></iframe>',
    '<svg xmlns="http://www.w3.org/2000/svg"><script>x</script></svg>',
    '<math xmlns="http://www.w3.org/1998/Math/MathML"><mi>x</mi></math>',
    '<object data="x"></object>',
    '<embed src="x"/>',
    '<form action="/x"><input name="x"/></form>',
    '<link rel="stylesheet" href="x"/>',
    '<meta http-equiv="refresh" content="0"/>',
    '<base href="https://spion.example"/>',
    '<p xml:base="https://spion.example">x</p>',
    "<video src='x'></video>",
    "<button>x</button>",
    "<SCRIPT>x</SCRIPT>",
    "<P>x</P>",
    "<p>x",
    "x</p>",
    "<p>x</div><div>",
    "&nbsp;x",
    "&unknown;",
    "a & b",
    "a < b",
    '<?php x ?>',
    '<x:p xmlns:x="https://spion.example">x</x:p>',
    '<p id="1" id="2">x</p>',
    "<p>" * 65 + "x" + "</p>" * 65,
    "\u0001",
)  # fmt: skip
HOSTILE_WHOLE: Final = (
    "",
    "Blutdruck",
    "<div>Blutdruck</div>",
    '<div xmlns="http://www.w3.org/TR/html4">x</div>',
    f'<p xmlns="{XHTML}">x</p>',
    f'<body xmlns="{XHTML}">x</body>',
    f'<div xmlns="{XHTML}">x</div><div xmlns="{XHTML}">y</div>',
    f'<div xmlns="{XHTML}">x',
    f'<DIV xmlns="{XHTML}">x</DIV>',
    f'<!DOCTYPE div><div xmlns="{XHTML}">x</div>',
    f'<!DOCTYPE div [<!ENTITY x "y">]><div xmlns="{XHTML}">&x;</div>',
    f'<!DOCTYPE div [<!ENTITY x SYSTEM "file:///etc/passwd">]><div xmlns="{XHTML}">&x;</div>',
    f'<?xml version="1.0"?><div xmlns="{XHTML}">x</div>',
    f'<div xmlns="{XHTML}" onload="x()">x</div>',
)


def cases(resource: Json, wanted: Wanted = everything) -> Iterator[Case]:
    """The single faults of the resource as a whole that are wanted."""
    kind = resource["resourceType"]
    fields = definitions.structure(kind).fields
    changes = [*_types()]
    if "contained" in fields and "contained" not in resource:
        changes += [*_narratives(), *_contained(resource)]
    if kind == "Bundle":
        changes += _bundles(resource)
    return (case(resource, (), kind, change) for change in changes if wanted(change.label, kind))


def _types() -> Iterator[Change]:
    for wrong in (GONE, "", "Ward", "patient", 5, None, ["Patient"], "Account"):
        yield Change("wrong resourceType", {"resourceType": wrong})


def _narratives() -> Iterator[Change]:
    for inner in HOSTILE:
        yield _told("script in narrative", f'<div xmlns="{XHTML}">x{inner}</div>')
    for div in HOSTILE_WHOLE:
        yield _told("no narrative", div)
    for inner in EMPTY_ONES:
        yield _told("invariant txt-2", f'<div xmlns="{XHTML}">{inner}</div>')
    yield Change("missing", {"text": {"status": "generated"}}, ("text",))
    yield Change("missing", {"text": {"div": f'<div xmlns="{XHTML}">x</div>'}}, ("text",))
    yield Change(
        "unknown code", {"text": {"status": "fine", "div": f'<div xmlns="{XHTML}">x</div>'}}, ("text", "status")
    )


def _told(label: str, div: str) -> Change:
    return Change(label, {"text": {"status": "generated", "div": div}})


def _contained(resource: Json) -> Iterator[Change]:
    """What may not be contained; the Medication itself is referred to from an extension, so that it alone is right."""

    def containing(*inner: Any, extension: Json = REFERENCE_TO_IT) -> Json:
        return {"contained": list(inner), "extension": [*resource.get("extension", ()), extension]}

    def changed(**more: Any) -> Json:
        return {**MEDICATION, **more}

    yield Change("invariant dom-2", containing(changed(contained=[{**MEDICATION, "id": "inner"}])), None)
    yield Change("invariant dom-3", {"contained": [MEDICATION]}, ())
    yield Change("invariant dom-3", containing(MEDICATION, extension={"url": URL, "valueString": "#drug"}), ())
    yield Change("invariant dom-3", containing(MEDICATION, extension={"url": URL, "valueReference": SHOWN}), ())
    yield Change("invariant dom-3", containing(MEDICATION, changed(id="other")), ())
    yield Change("invariant dom-4", containing(changed(meta={"versionId": "1"})), ())
    yield Change("invariant dom-4", containing(changed(meta={"lastUpdated": "2026-11-20T10:00:00Z"})), ())
    yield Change("invariant dom-5", containing(changed(meta={"security": [{"code": "R"}]})), ())
    yield Change("contained twice", containing(MEDICATION, MEDICATION), ())
    yield Change("contained of unknown type", containing(changed(resourceType="Potion")), None)
    yield Change("contained without type", containing({"id": "drug"}), None)
    yield Change("fault in contained", containing(changed(status="done")), ("contained", 0, "status"))
    yield Change("fault in contained", containing(changed(surprise=1)), ("contained", 0))
    yield Change("fault in contained", containing(changed(id="x" * 65)), None)
    subject = {"reference": "#drug"}
    wrong = {"resourceType": "Flag", "id": "flag", "status": "active", "code": {"text": "x"}, "subject": subject}
    group = {**wrong, "subject": {"reference": "Appointment/x"}}
    there = {"url": "https://praxis.example/x", "valueReference": {"reference": "#flag"}}
    yield Change("wrong target", containing(group, extension=there), ("contained", 0, "subject"))
    substance = {
        "resourceType": "Substance",
        "id": "drug",
        "code": {"text": "x"},
        "instance": [{"expiry": "2023-02-30"}],
    }
    yield Change("fault in contained", containing(substance), ("contained", 0, "instance", 0, "expiry"))
    for wrong_value in ([], {}, [{}], [None], ["x"], MEDICATION):
        yield Change("contained is none", {"contained": wrong_value}, None)


def _bundles(bundle: Json) -> Iterator[Change]:
    basic = {"resourceType": "Basic", "code": {"text": "x"}}
    address = "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"
    flag = {"resourceType": "Flag", "status": "active", "code": {"text": "x"}, "subject": {"reference": address}}
    put = {"method": "PUT", "url": "Basic/1"}

    def of(kind: str, *entries: Json, **more: Any) -> Json:
        return {name: GONE for name in bundle if name not in ("resourceType", "id")} | {
            "type": kind,
            "entry": list(entries) or GONE,
            **more,
        }

    document = {"identifier": {"system": "urn:ietf:rfc:3986", "value": address}, "timestamp": "2026-11-20T10:00:00Z"}
    yield Change("invariant bdl-1", of("collection", total=1), ())
    yield Change("invariant bdl-1", of("transaction", {"resource": basic, "request": put}, total=1), ())
    yield Change("invariant bdl-2", of("collection", {"resource": basic, "search": {"mode": "match"}}), ())
    yield Change("invariant bdl-3", of("transaction", {"resource": basic, "request": put}, {"resource": basic}), ())
    yield Change("invariant bdl-3", of("searchset", {"resource": basic, "request": put}), ())
    yield Change("invariant bdl-3", of("history", {"resource": basic, "response": {"status": "200"}}), ())
    yield Change("invariant bdl-4", of("batch-response", {"resource": basic}), ())
    yield Change("invariant bdl-4", of("collection", {"resource": basic, "response": {"status": "200"}}), ())
    yield Change("invariant bdl-5", of("collection", {"fullUrl": address}), ("entry", 0))
    yield Change("invariant bdl-5", of("collection", {"link": [{"relation": "self", "url": "x"}]}), ("entry", 0))
    yield Change("invariant bdl-7", of("collection", *[{"fullUrl": address, "resource": basic}] * 2), ())
    yield Change("fullUrl not whole", of("collection", {"fullUrl": "Basic/1", "resource": basic}), ())
    other = {"fullUrl": "https://praxis.example/fhir/Patient/1", "resource": basic}
    yield Change("fullUrl of another type", of("collection", other), ("entry", 0))
    yield Change(
        "invariant bdl-8",
        of("collection", {"fullUrl": "http://x.example/Basic/1/_history/1", "resource": basic}),
        ("entry", 0),
    )
    yield Change("invariant bdl-9", of("document", {"resource": basic}, timestamp="2026-11-20T10:00:00Z"), ())
    yield Change("invariant bdl-10", of("document", {"resource": basic}, identifier=document["identifier"]), ())
    yield Change("invariant bdl-11", of("document", {"resource": basic}, **document), ())
    yield Change("invariant bdl-12", of("message", {"resource": basic}), ())
    yield Change("empty", of("collection", {}), ("entry", 0))
    yield Change("fault in entry", of("collection", {"resource": {**basic, "code": {}}}), None)
    yield Change("fault in entry", of("collection", {"resource": {"resourceType": "Ward"}}), None)
    yield Change("fault in entry", of("collection", {"resource": {"code": {"text": "x"}}}), None)
    yield Change(
        "bad reference", of("collection", {"resource": {**flag, "subject": {"reference": "Patient?name=x"}}}), None
    )
    yield Change("wrong target", of("collection", {"fullUrl": address, "resource": basic}, {"resource": flag}), None)
    yield Change(
        "missing", of("transaction", {"resource": basic, "request": {"method": "PUT"}}), ("entry", 0, "request")
    )
    yield Change("unknown code", of("transaction", {"resource": basic, "request": {**put, "method": "LOOK"}}), None)
    yield Change("unknown code", of("batchwise"), ("type",))
