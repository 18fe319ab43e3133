"""All findings at once: one fault hides another only where nothing can be said for certain."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest

from patients.errors import Finding, Invalid
from patients.records import validation
from patients.records.validation import advice, thorough
from tests.patients.records import fixtures
from tests.patients.records.validation.corpus import Case, Json, faults, few, wholes

MOST = 40


def told(resource: Json) -> set[str]:
    return {finding.where for finding in validation.findings(resource, MOST)}


def keys_of(found: list[Finding]) -> set[str]:
    return {finding.text.rpartition("(")[2].rstrip(")") for finding in found}


def some_faults(most: int) -> list[Case]:
    """A share of the corpus: each kind of fault many times, at other places than in the corpus of `check`."""
    limit, whole = few(1), few(60)
    made = [case for name in fixtures.NAMES for case in faults.cases(fixtures.resource(name), limit)]
    made += [
        case
        for name in fixtures.NAMES
        for case in wholes.cases(fixtures.resource(name), lambda label, _: whole(label, "whole"))
    ]
    return random.Random(7).sample(made, most)


@pytest.mark.parametrize("name", fixtures.NAMES)
def test_nothing_is_found_in_what_is_valid(name):
    assert validation.findings(fixtures.resource(name), MOST) == []


def test_whoever_writes_reads_the_same_as_whoever_asks_before():
    for case in some_faults(500):
        with pytest.raises(Invalid) as refused:
            validation.check(case.resource)
        assert list(refused.value.findings) == validation.findings(case.resource, validation.MOST), str(case)


def test_faults_of_every_step_are_told_at_once():
    text = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><script>x</script></div>'}
    faulty = fixtures.resource(
        "Observation-kreatinin",
        status="done",
        surprise=1,
        issued="2026-11-20",
        effectiveDateTime="2026",
        subject={"reference": "Medication/x"},
        effectivePeriod={"start": "2026-11-20", "end": "2026-11-19"},
        dataAbsentReason={"text": "verloren"},
        referenceRange=[{"type": {"text": "x"}}, {"low": {"value": "5"}}],
        text=text,
    )
    assert told(faulty) == {
        "Observation",  # surprise, dataAbsentReason beside a value (obs-6), two of effective[x]
        "Observation.status",
        "Observation.issued",
        "Observation.subject",
        "Observation.effective",
        "Observation.referenceRange[0]",
        "Observation.referenceRange[1].low.value",
        "Observation.text",
    }
    assert {"obs-6", "obs-3", "per-1", "target", "txt-1", "choice"} <= keys_of(validation.findings(faulty, MOST))


def test_faults_in_several_entries_are_told_with_their_places():
    def entry(**more: Any) -> Json:
        return {"resource": fixtures.resource("Observation-kreatinin", **more)}

    bundle = {"resourceType": "Bundle", "type": "collection", "total": 3}
    bundle["entry"] = [entry(status="done"), entry(), entry(dataAbsentReason={"text": "x"}), {"resource": {"a": 1}}]
    assert told(bundle) == {
        "Bundle",
        "Bundle.entry[0].resource.status",
        "Bundle.entry[2].resource",
        "Bundle.entry[3].resource",
    }


def test_what_is_taken_away_is_not_missed_afterwards():
    lost = fixtures.resource("Patient-heinrich", contained={"resourceType": "Organization", "id": "x"})
    lost["managingOrganization"] = {"reference": "#x"}
    assert told(lost) == {"Patient.contained"}
    assert told(fixtures.resource("Patient-heinrich", contact=["Ida", {"gender": "female"}])) == {"Patient.contact[0]"}


@pytest.mark.parametrize("unreadable", [{"language": 5}, {"meta": "x"}, {"contained": 5}, {"identifier": ["x"]}])
def test_what_cannot_be_read_hides_nothing_that_does_not_depend_on_it(unreadable):
    found = validation.findings(
        fixtures.resource("Observation-kreatinin", dataAbsentReason={"text": "verloren"}, **unreadable), MOST
    )
    assert "obs-6" in keys_of(found)
    assert {finding.where.partition("[")[0] for finding in found} == {
        "Observation",
        f"Observation.{next(iter(unreadable))}",
    }


def test_that_something_stands_is_known_though_nobody_can_read_it():
    both = fixtures.resource(
        "Observation-kreatinin", valueQuantity=None, valueInteger="5", dataAbsentReason={"text": "x"}
    )
    assert "obs-6" in keys_of(validation.findings(both, MOST))


def test_nothing_is_said_about_what_depends_on_the_unreadable():
    """An Appointment without times is right if it is proposed: whether this one is, nobody knows."""
    unclear = fixtures.resource("Appointment-freitag", status=["booked"], start=None, end=None)
    assert told(unclear) == {"Appointment.status"}
    entries = [{"resource": fixtures.resource("Basic-notiz"), "request": "x"}]
    assert told({"resourceType": "Bundle", "type": "batch", "entry": entries}) == {"Bundle.entry[0].request"}


def test_of_a_number_in_place_of_an_address_nobody_says_that_it_would_run():
    (finding,) = validation.findings(fixtures.resource("Basic-notiz", implicitRules=5), MOST)
    assert "JSON type" in finding.text


def test_of_a_large_resource_each_fault_is_told_too():
    contacts = [{"name": {"text": "x" * 100}, "gender": "f"} for _ in range(300)]
    large = fixtures.resource("Patient-heinrich", contact=contacts, gender="m", birthDate="2023-02-30", name=5)
    assert {"Patient.gender", "Patient.birthDate", "Patient.name"} <= told(large)


@pytest.mark.parametrize("number", [30, 1000])
def test_where_too_much_is_wrong_the_rest_is_left_for_later(number):
    numbers = [{"system": "pigeon", "use": "x", "rank": 0, "value": 4} for _ in range(number)]
    names = [{"use": "x", "text": 5, "period": {"start": "x"}} for _ in range(number)]
    found = validation.findings(fixtures.resource("Patient-heinrich", name=names, telecom=numbers), MOST)
    assert {finding.where.partition("[")[0] for finding in found} & {"Patient.name", "Patient.telecom"}
    assert not any("empty" in finding.text for finding in found)


RUBBISH: list[Any] = [
    *(None, 5, "x", "", [], {}, [None], [{}], ["x"], [[]], {"id": "x"}, True, -1, "#x", "2023-02-30"),
    *({"resourceType": "Patient"}, {"resourceType": 5}, {"extension": []}),
]


def nodes(value: Any) -> list[Any]:
    below = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return ([value] if below else []) + [node for each in below for node in nodes(each)]


def scrambled(chance: random.Random) -> Json:
    """A fixture in which up to forty things were taken away, doubled or replaced by rubbish."""
    resource = fixtures.resource(chance.choice(fixtures.NAMES))
    for _ in range(chance.choice((1, 2, 3, 6, 12, 40))):
        node = chance.choice(nodes(resource))
        step = chance.choice(list(node)) if isinstance(node, dict) else chance.randrange(len(node))
        if step == "resourceType" and node is resource:
            continue
        match chance.randrange(5):
            case 0 if isinstance(node, dict):
                del node[step]
            case 1 if isinstance(node, dict):
                node[chance.choice(("_", "x", "")) + step] = copy.deepcopy(chance.choice(RUBBISH))
            case 2:
                node[step] = [node[step]]
            case _:
                node[step] = copy.deepcopy(chance.choice(RUBBISH))
    return resource


def test_whatever_is_sent_is_judged_and_what_one_step_refuses_the_thorough_look_finds():
    chance = random.Random(11)
    for _ in range(1000):
        resource = scrambled(chance)
        refused = False
        try:
            validation.check(resource)
        except Invalid:
            refused = True
        assert bool(thorough.findings(resource, MOST)) == refused


def test_no_more_is_told_than_was_asked_for():
    many = fixtures.resource("Patient-heinrich", name=[{"use": "stage"}] * 100)
    assert len(validation.findings(many, MOST)) == MOST


@pytest.mark.parametrize("resource", [{}, {"resourceType": "Ward"}, {"resourceType": 5}, {"resourceType": "Account"}])
def test_of_what_is_not_served_only_that_is_said(resource):
    (finding,) = validation.findings(resource, MOST)
    assert finding.code == "not-supported"


@pytest.mark.parametrize(
    ("key", "resource"),
    [
        ("dom-6", fixtures.resource("Observation-kreatinin", text=None)),
        ("con-3", fixtures.resource("Condition-hypertonie", clinicalStatus=None, verificationStatus=None)),
        ("que-0", fixtures.resource("Questionnaire-sturz", name="Sturz & Angst")),
        (
            "https://praxis.example/x|1.",
            fixtures.resource("Flag-hund", meta={"profile": ["https://praxis.example/x|1"]}),
        ),
    ],
)
def test_advice_is_given_about_what_is_valid(key, resource):
    if key == "con-3":
        problem = {"system": "http://terminology.hl7.org/CodeSystem/condition-category", "code": "problem-list-item"}
        resource["category"] = [{"coding": [problem]}]
    validation.check(resource)
    assert any(key in finding.text for finding in advice.findings(resource))
