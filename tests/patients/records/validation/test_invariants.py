"""Every invariant, broken once: the fixtures obey them all (see test_corpus), here each is the one thing wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from patients.errors import Invalid
from patients.records import validation
from patients.records.validation import datatypes, invariants
from tests.patients.records import fixtures

Json = dict[str, Any]

ECG = {"origin": {"value": 0}, "period": 10, "dimensions": 1}
UCUM = {"system": "http://unitsofmeasure.org", "code": "a"}
T = "http://terminology.hl7.org/CodeSystem/"


def coded(system: str, code: str) -> Json:
    return {"coding": [{"system": T + system, "code": code}]}


def observation(**more: Any) -> Json:
    return fixtures.resource("Observation-kreatinin", **more)


def condition(**more: Any) -> Json:
    return fixtures.resource("Condition-hypertonie", **more)


def allergy(**more: Any) -> Json:
    return fixtures.resource("AllergyIntolerance-penicillin", **more)


def appointment(**more: Any) -> Json:
    return fixtures.resource("Appointment-freitag", **more)


def listed(**more: Any) -> Json:
    return fixtures.resource("List-medikamente", **more)


def document(**more: Any) -> Json:
    return fixtures.resource("Bundle-dokument", **more)


def bundle(type_: str, *entries: Json, **more: Any) -> Json:
    return {"resourceType": "Bundle", "type": type_} | ({"entry": list(entries)} if entries else {}) | more


def repeated(**repeat: Any) -> Json:
    return fixtures.resource("DeviceMetric-kanal", measurementPeriod={"repeat": repeat})


def extended(**value: Any) -> Json:
    return fixtures.resource("Basic-notiz", extension=[{"url": "https://x.example", **value}])


def triggered(type_: str, **more: Any) -> Json:
    return extended(valueTriggerDefinition={"type": type_, **more})


def question(**more: Any) -> Json:
    return {
        "resourceType": "Questionnaire",
        "status": "active",
        "item": [{"linkId": "1", "type": "choice", **more}],
    }


def section(**more: Any) -> Json:
    return fixtures.resource("Composition-bericht", section=[{"title": "x", **more}])


BASIC = {"resourceType": "Basic", "code": {"text": "x"}}
REQUEST = {"method": "POST", "url": "Basic"}
REFERENCE = {"reference": "Condition/x"}
TEXT = {"text": "x"}
WHEN = {"question": "1", "operator": "=", "answerBoolean": True}
NARRATIVE = {"status": "generated", "div": "<div>x</div>"}
DETAIL = {"status": "scheduled"}
BESIDE = {"linkId": "1", "answer": [{"valueString": "x"}], "item": [{"linkId": "2"}]}
REQUIREMENT = {"type": "Observation"}

BEHALF = {"member": {"reference": "Patient/x"}, "onBehalfOf": {"reference": "Organization/x"}}

BROKEN: list[tuple[str, Json]] = [
    ("ext-1", extended()),
    ("ext-1", extended(valueString="x", extension=[{"url": "y", "valueCode": "z"}])),
    ("url", fixtures.resource("Basic-notiz", extension=[{"url": "kind", "valueCode": "x"}])),
    ("url", fixtures.resource("Basic-notiz", _created={"extension": [{"url": "kind", "valueCode": "x"}]})),
    ("ref-1", observation(subject={"reference": "#x"})),
    ("txt-1", observation(text=NARRATIVE)),
    ("txt-2", observation(text=NARRATIVE | {"div": '<div xmlns="http://www.w3.org/1999/xhtml"> <br/></div>'})),
    ("profile", observation(meta={"profile": ["vital-signs"]})),
    ("sqty-1", observation(referenceRange=[{"low": {"value": 1, "comparator": "<"}}])),
    ("samples", observation(valueQuantity=None, valueSampledData=ECG | {"data": "80 81 eighty"})),
    ("sqty-1", observation(valueQuantity=None, valueRange={"high": {"value": 1, "comparator": ">"}})),
    ("choice", observation(_valueString={"extension": [{"url": "https://x.example", "valueCode": "x"}]})),
    ("trd-1", triggered("periodic", timingDate="2026", data=[REQUIREMENT])),
    ("trd-2", triggered("named-event", name="x", condition={"language": "text/cql", "expression": "x"})),
    ("trd-3", triggered("named-event")),
    ("trd-3", triggered("periodic")),
    ("trd-3", triggered("data-added")),
    ("ctm-1", fixtures.resource("CareTeam-team-heinrich", participant=[BEHALF])),
    ("per-1", observation(effectivePeriod={"start": "2026-11-20", "end": "2026-11-19"})),
    ("per-1", observation(effectivePeriod={"start": "2026-11-20T10:00:00+01:00", "end": "2026-11-20T08:59:59Z"})),
    ("per-1", observation(effectivePeriod={"start": "2026-11-20T10:00:00Z", "end": "2016-12-31T23:59:60Z"})),
    ("rng-2", observation(valueQuantity=None, valueRange={"low": {"value": 2}, "high": {"value": Decimal("1.9")}})),
    ("rat-1", observation(valueQuantity=None, valueRatio={"numerator": {"value": 1}})),
    ("qty-3", observation(valueQuantity={"value": 1, "code": "mg"})),
    ("age-1", condition(onsetAge={"value": 0, **UCUM})),
    ("age-1", condition(onsetAge={"value": 3})),
    ("cnt-3", extended(valueCount={"value": Decimal("1.5"), "system": UCUM["system"], "code": "1"})),
    ("cnt-3", extended(valueCount={"value": 1, "system": UCUM["system"], "code": "a"})),
    ("dis-1", extended(valueDistance={"value": 1})),
    ("drt-1", extended(valueDuration={"code": "a", "system": "https://x.example"})),
    ("att-1", extended(valueAttachment={"data": "YWJj"})),
    ("cpt-2", extended(valueContactPoint={"value": "x"})),
    ("address", extended(valueContactPoint={"system": "url", "value": " JavaScript:x"})),
    ("exp-1", extended(valueExpression={"language": "text/fhirpath"})),
    ("drq-1", extended(valueDataRequirement=REQUIREMENT | {"codeFilter": [{"valueSet": "https://x.example"}]})),
    ("drq-2", extended(valueDataRequirement=REQUIREMENT | {"dateFilter": [{"path": "a", "searchParam": "b"}]})),
    ("tim-1", repeated(duration=1)),
    ("tim-2", repeated(period=1)),
    ("tim-4", repeated(duration=-1, durationUnit="d")),
    ("tim-5", repeated(period=Decimal("-0.5"), periodUnit="d")),
    ("tim-6", repeated(periodMax=1, periodUnit="d")),
    ("tim-7", repeated(durationMax=1, durationUnit="d")),
    ("tim-8", repeated(countMax=1)),
    ("tim-9", repeated(offset=1)),
    ("tim-9", repeated(offset=1, when=["CM"])),
    ("tim-10", repeated(timeOfDay=["08:00:00"], when=["MORN"])),
    ("ait-1, ait-2", allergy(clinicalStatus=None)),
    ("ait-1, ait-2", allergy(verificationStatus=coded("allergyintolerance-verification", "entered-in-error"))),
    ("app-2", appointment(status="proposed", end=None)),
    ("app-3", appointment(start=None, end=None)),
    ("app-4", appointment(cancelationReason=TEXT)),
    ("app-1", appointment(participant=[{"status": "accepted"}])),
    ("apr-1", fixtures.resource("AppointmentResponse-zusage", actor=None)),
    ("sev-1", fixtures.resource("AuditEvent-einsicht", entity=[{"name": "x", "query": "YWJj"}])),
    ("bdl-1", bundle("collection", total=1)),
    ("bdl-2", bundle("collection", {"resource": BASIC, "search": {"mode": "match"}})),
    ("bdl-3", bundle("collection", {"resource": BASIC, "request": REQUEST})),
    ("bdl-3", bundle("transaction", {"resource": BASIC})),
    ("bdl-4", bundle("collection", {"resource": BASIC, "response": {"status": "200"}})),
    ("bdl-5", bundle("collection", {"fullUrl": "https://x.example/Basic/1"})),
    ("bdl-7", bundle("collection", *[{"fullUrl": "https://x.example/Basic/1", "resource": BASIC}] * 2)),
    ("fullUrl", bundle("collection", {"fullUrl": "Basic/1", "resource": BASIC})),
    ("fullUrl", bundle("collection", {"fullUrl": "https://x.example/Patient/1", "resource": BASIC})),
    ("bdl-8", bundle("collection", {"fullUrl": "https://x.example/Basic/1/_history/1", "resource": BASIC})),
    ("fullUrl", bundle("searchset", {"fullUrl": "https://x.example/Basic/2", "resource": BASIC | {"id": "1"}})),
    ("bdl-9", document(identifier=None)),
    ("bdl-10", document(timestamp=None)),
    ("bdl-11", document(entry=[{"resource": BASIC}])),
    ("bdl-12", bundle("message", {"resource": BASIC})),
    ("cpl-3", fixtures.resource("CarePlan-plan", activity=[{"reference": {"reference": "Task/x"}, "detail": DETAIL}])),
    ("cmp-1", section()),
    ("cmp-2", section(entry=[REFERENCE], emptyReason=TEXT)),
    ("con-1", condition(stage=[{"type": TEXT}])),
    ("con-2", condition(evidence=[{"extension": [{"url": "https://x.example", "valueCode": "x"}]}])),
    ("con-4", condition(abatementString="vorbei")),
    ("con-5", condition(verificationStatus=coded("condition-ver-status", "entered-in-error"))),
    ("ppc-1", fixtures.resource("Consent-video", policyRule=None)),
    ("gol-1", fixtures.resource("Goal-blutdruck-grenze", target=[{"detailString": "besser"}])),
    ("grp-1", fixtures.resource("Group-wohngruppe", actual=False)),
    ("imm-1", fixtures.resource("Immunization-grippe", education=[{"publicationDate": "2026"}])),
    ("lst-1", listed(emptyReason=TEXT)),
    ("lst-2", listed(entry=[{"item": REFERENCE, "deleted": True}])),
    ("lst-3", listed(entry=[{"item": REFERENCE, "date": "2026"}])),
    ("obs-6", observation(dataAbsentReason=TEXT)),
    ("obs-7", observation(component=[{"code": observation()["code"]}])),
    ("obs-3", observation(referenceRange=[{"type": TEXT}])),
    ("org-1", fixtures.resource("Organization-moorland", name=None)),
    ("org-2, org-3", fixtures.resource("Organization-moorland", address=[{"use": "home", "city": "Moorhusen"}])),
    ("pat-1", fixtures.resource("Patient-heinrich", contact=[{"gender": "female"}])),
    ("que-1", question(type="group")),
    ("que-1", question(type="display", item=[{"linkId": "2", "type": "display"}])),
    ("que-2", question(type="group", item=[{"linkId": "1", "type": "string"}])),
    ("que-3", question(type="display", code=[{"code": "x"}])),
    ("que-4", question(answerValueSet="https://x.example", answerOption=[{"valueString": "x"}])),
    ("que-5", question(type="boolean", answerOption=[{"valueString": "x"}])),
    ("que-6", question(type="display", repeats=True)),
    ("que-7", question(enableWhen=[{"question": "0", "operator": "exists", "answerString": "x"}])),
    ("que-8", question(type="display", initial=[{"valueString": "x"}])),
    ("que-9", question(type="display", readOnly=True)),
    ("que-10", question(maxLength=3)),
    ("que-11", question(answerOption=[{"valueString": "x"}], initial=[{"valueString": "x"}])),
    ("que-12", question(enableWhen=[WHEN] * 2)),
    ("que-13", question(initial=[{"valueString": "x"}] * 2)),
    ("qrs-1", fixtures.resource("QuestionnaireResponse-sturz-antwort", item=[BESIDE])),
    ("prr-1", fixtures.resource("ServiceRequest-kontrolle", code=None, orderDetail=[TEXT])),
    ("inv-1", fixtures.resource("Task-pruefung", lastModified="2026-11-20T10:31:04+01:00")),
    ("binding", condition(clinicalStatus=coded("condition-clinical", "hopeless"))),
    ("target", observation(subject={"reference": "Medication/x"})),
    ("dom-2", extended() | {"contained": [BASIC | {"id": "x", "contained": [BASIC]}]}),
]  # fmt: skip


@pytest.mark.parametrize(("key", "resource"), BROKEN, ids=[key for key, _ in BROKEN])
def test_an_invariant_that_is_broken_is_named(key, resource):
    with pytest.raises(Invalid) as refused:
        validation.check(resource)
    assert any(finding.text.endswith(f"({key})") for finding in refused.value.findings), refused.value.findings


def test_every_rule_has_been_broken_here():
    rules = {
        rule.key for table in (datatypes.RULES, invariants.RULES) for of_type in table.values() for rule in of_type
    }
    assert rules - {key for key, _ in BROKEN} == set()


@pytest.mark.parametrize(
    "resource",
    [
        observation(effectivePeriod={"start": "2026-11-20", "end": "2026-11-20"}),
        observation(effectivePeriod={"start": "2026-11-20T10:00:00+01:00", "end": "2026-11-20"}),
        observation(effectivePeriod={"start": "2026-11", "end": "2026-11-03"}),
        observation(effectivePeriod={"start": "2016-12-31T23:59:60Z", "end": "2017-01-01T00:00:00Z"}),
        observation(effectivePeriod={"start": "2026-11-20", "end": "2026-11"}),
        observation(effectivePeriod={"start": "2026-11-20T10:00:00+01:00", "end": "2026-11-20T09:30:00Z"}),
        observation(valueQuantity=None, valueRange={"low": {"value": 2, "unit": "g"}, "high": {"value": 1}}),
        observation(valueQuantity=None, valueRatio={"extension": [{"url": "https://x.example", "valueCode": "x"}]}),
        observation(valueQuantity=None, component=[{"code": observation()["code"]}]),
        condition(clinicalStatus=coded("condition-clinical", "resolved"), abatementString="vorbei"),
        condition(clinicalStatus=None, verificationStatus=coded("condition-ver-status", "entered-in-error")),
        condition(clinicalStatus={"extension": [{"url": "https://x.example", "valueCode": "unknown"}]}),
        appointment(status="proposed", start=None, end=None),
        appointment(status="cancelled", cancelationReason=TEXT),
        bundle("searchset", {"resource": BASIC, "search": {"mode": "match"}}, total=1),
        bundle("transaction", {"resource": BASIC, "request": REQUEST}),
        bundle("transaction", {"fullUrl": "Basic/1", "resource": BASIC, "request": REQUEST}),
        bundle("collection", {"fullUrl": "https://x.example/notes/1", "resource": BASIC}),
        listed(mode="working", entry=[{"item": REFERENCE, "date": "2026"}]),
        repeated(offset=30, when=["ACM"]),
        fixtures.resource("Task-pruefung", lastModified="2026-11-20"),
    ],
)  # fmt: skip
def test_what_only_looks_broken_is_accepted(resource):
    validation.check(resource)
