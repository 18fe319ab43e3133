"""Patient/$summary: what one may see, in the sections of the International Patient Summary, and never "none known"."""

from __future__ import annotations

import re
from typing import Any

import pytest

from patients.access import repository
from patients.accounts.actor import Actor
from patients.audit.models import AuditEvent
from patients.fhir.operations.sections import SECTIONS
from patients.fhir.operations.summary import PROFILE
from patients.network.resources import KVNR
from patients.records import validation, wire
from tests.cast import HEINRICH, ident
from tests.patients.fhir.conftest import Json, Person, calls, content, issue, pulse, stored
from tests.patients.fhir.operations.conftest import names, resources

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

MARKT = ident("markt")
CLINICAL_STATUS = "http://terminology.hl7.org/CodeSystem/condition-clinical"
PROBLEMS, ALLERGIES, MEDICATION = "11450-4", "48765-2", "10160-0"
VITAL_SIGNS, PAST, RESULTS, PROCEDURES = "8716-3", "11348-0", "30954-2", "47519-4"


def ask(who: Person, patient: str = HEINRICH, more: str = "") -> Json:
    answer = who.get(f"Patient/{patient}/$summary{more}")
    assert answer.status_code == 200, answer.content
    return content(answer)


def sections(bundle: Json) -> dict[str, Json]:
    return {one["code"]["coding"][0]["code"]: one for one in bundle["entry"][0]["resource"]["section"]}


def told(bundle: Json, code: str) -> set[str]:
    """The resources of a section, as `Type/id`."""
    entries = sections(bundle).get(code, {}).get("entry", ())
    return {one["reference"].partition("/fhir/")[2] for one in entries}


def keep(resource: Json) -> str:
    return stored(resource, custodian=MARKT).reference


def condition(text: str, status: str = "active", **more: Any) -> Json:
    return {
        "resourceType": "Condition",
        "clinicalStatus": {"coding": [{"system": CLINICAL_STATUS, "code": status}]},
        "code": {"text": text, "coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I10"}]},
        "subject": {"reference": f"Patient/{HEINRICH}"},
        **more,
    }


def taking(text: str, status: str = "active", **more: Any) -> Json:
    return {
        "resourceType": "MedicationStatement",
        "status": status,
        "medicationCodeableConcept": {"text": text},
        "subject": {"reference": f"Patient/{HEINRICH}"},
        "dosage": [{"text": "1-0-0-0"}],
        **more,
    }


def allergy(text: str, **more: Any) -> Json:
    system = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
    return {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": {"coding": [{"system": system, "code": "active"}]},
        "code": {"text": text},
        "patient": {"reference": f"Patient/{HEINRICH}"},
        **more,
    }


def test_the_summary_is_a_valid_document_with_the_composition_first(clara: Person, cast: dict[str, Actor]) -> None:
    for one in (condition("Bluthochdruck"), taking("Ramipril 5 mg"), allergy("Penicillin"), pulse(HEINRICH)):
        keep(one)
    answer = clara.get(f"Patient/{HEINRICH}/$summary")
    validation.check(wire.parse(answer.content))
    bundle = content(answer)
    first, person, *_rest = resources(bundle)
    assert (bundle["type"], first["resourceType"], person["id"]) == ("document", "Composition", HEINRICH)
    assert first["type"]["coding"][0]["code"] == "60591-5"
    assert first["subject"]["reference"] == bundle["entry"][1]["fullUrl"]
    assert bundle["entry"][0]["fullUrl"] == f"urn:uuid:{first['id']}"
    assert first["author"][0]["reference"].endswith(f"/Organization/{MARKT}")
    held = {one["fullUrl"] for one in bundle["entry"]}
    for section in first["section"]:
        assert section["text"]["div"]
        assert {one["reference"] for one in section.get("entry", ())} <= held


def test_each_thing_stands_in_its_section(clara: Person, cast: dict[str, Actor]) -> None:
    high, past = keep(condition("Bluthochdruck")), keep(condition("Lungenentzündung", "resolved"))
    pill, none = keep(taking("Ramipril 5 mg")), keep(allergy("Penicillin", criticality="high"))
    old = keep(pulse(HEINRICH, taken="2026-11-01T08:00:00Z"))
    new = keep(pulse(HEINRICH, value="81", taken="2026-11-02T08:00:00Z"))
    for stopped in ("stopped", "completed", "entered-in-error"):
        keep(taking("Digitoxin", stopped))
    wrong = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
    doubtful = {"verificationStatus": {"coding": [{"system": wrong, "code": "refuted"}]}}
    keep(condition("Gicht", **doubtful))
    bundle = ask(clara)
    assert (told(bundle, PROBLEMS), told(bundle, PAST)) == ({high}, {past})
    assert (told(bundle, ALLERGIES), told(bundle, MEDICATION)) == ({none}, {pill})
    assert told(bundle, VITAL_SIGNS) == {new}
    assert old not in names(resources(bundle))
    assert b"Digitoxin" not in wire.text(bundle)
    assert b"Gicht" not in wire.text(bundle)


def test_the_words_are_those_that_were_recorded(clara: Person, cast: dict[str, Actor]) -> None:
    keep(taking("Ramipril 5 mg", effectiveDateTime="2026-10-01"))
    keep(allergy("Penicillin", criticality="high", recordedDate="1990-05-01"))
    keep(pulse(HEINRICH, value="72.50"))
    found = sections(ask(clara))
    assert "<li>Ramipril 5 mg · active · 1-0-0-0 · 2026-10-01</li>" in found[MEDICATION]["text"]["div"]
    assert "<li>Penicillin · active · high · 1990-05-01</li>" in found[ALLERGIES]["text"]["div"]
    assert "8867-4 (http://loinc.org) · 72.50 /min · final · 2026-11-21" in found[VITAL_SIGNS]["text"]["div"]


def test_a_tablet_that_is_a_resource_of_its_own_comes_with_its_name(clara: Person, cast: dict[str, Actor]) -> None:
    tablet = keep({"resourceType": "Medication", "code": {"text": "Bisoprolol 2,5 mg"}})
    ordered = taking("")
    del ordered["medicationCodeableConcept"]
    keep({**ordered, "medicationReference": {"reference": tablet}})
    bundle = ask(clara)
    assert tablet in names(resources(bundle))
    assert "<li>Bisoprolol 2,5 mg · active" in sections(bundle)[MEDICATION]["text"]["div"]


def test_what_somebody_wrote_is_text_and_never_markup(clara: Person, cast: dict[str, Actor]) -> None:
    keep(condition('<script>alert("1")</script> & <b onclick=x>\ufffe'))
    answer = clara.get(f"Patient/{HEINRICH}/$summary")
    validation.check(wire.parse(answer.content))
    div = sections(content(answer))[PROBLEMS]["text"]["div"]
    assert "&lt;script&gt;" in div
    assert set(re.findall(r"<(\w+)", div)) == {"div", "ul", "li"}
    assert "\ufffe" not in div


# -- what is missing


def test_an_empty_section_never_says_that_there_is_nothing(clara: Person, cast: dict[str, Actor]) -> None:
    found = sections(ask(clara))
    assert set(found) == {one.code for one in SECTIONS if one.needed} == {PROBLEMS, ALLERGIES, MEDICATION}
    for section in found.values():
        assert section["emptyReason"]["coding"][0]["code"] == "unavailable"
        assert "entry" not in section
        assert "not known" in section["text"]["div"]


def test_a_pharmacist_reads_medication_and_is_told_that_the_rest_is_withheld(cast: dict[str, Actor]) -> None:
    """Whether there is anything makes no difference to what she is told."""
    sabine = calls(cast["sabine"])
    before = ask(sabine)
    keep(condition("Bluthochdruck"))
    keep(allergy("Penicillin"))
    pill = keep(taking("Ramipril 5 mg"))
    after = ask(sabine)
    for bundle in (before, after):
        for code in (PROBLEMS, ALLERGIES):
            assert sections(bundle)[code]["emptyReason"]["coding"][0]["code"] == "withheld"
    assert sections(before)[PROBLEMS] == sections(after)[PROBLEMS]
    assert told(after, MEDICATION) == {pill}
    assert b"Penicillin" not in wire.text(after)


def test_what_anna_may_not_see_leaves_no_trace(anna: Person, clara: Person, cast: dict[str, Actor]) -> None:
    sad = condition("Depression")
    sad["code"]["coding"] = [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "F32.1"}]
    before = sections(ask(anna))
    kept = keep(sad)
    assert sections(ask(anna)) == before
    assert told(ask(clara), PROBLEMS) == {kept}


@pytest.mark.parametrize("stranger", ["bernd", "david"])
def test_for_strangers_there_is_no_summary(stranger: str, request: pytest.FixtureRequest) -> None:
    who: Person = request.getfixturevalue(stranger)
    theirs, nothing = (who.get(f"Patient/{one}/$summary") for one in (HEINRICH, "nobody"))
    assert theirs.status_code == nothing.status_code == 404
    assert theirs.content.replace(HEINRICH.encode(), b"nobody") == nothing.content
    by_number = [who.get(f"Patient/$summary?identifier={KVNR}|{one}") for one in ("X110411941", "X000000000")]
    assert by_number[0].status_code == 404
    assert by_number[0].content == by_number[1].content


def test_heinrich_has_his_own_made(cast: dict[str, Actor]) -> None:
    high = keep(condition("Bluthochdruck"))
    bundle = ask(calls(cast["heinrich"]))
    assert told(bundle, PROBLEMS) == {high}
    assert bundle["entry"][0]["resource"]["author"][0]["reference"].endswith(f"/Patient/{HEINRICH}")


def test_it_is_found_by_the_insurance_number(clara: Person) -> None:
    found = content(clara.get(f"Patient/$summary?identifier={KVNR}|X110411941"))
    assert found["entry"][1]["resource"]["id"] == HEINRICH
    assert issue(clara.get("Patient/$summary"))["expression"] == ["identifier"]


def test_only_the_profile_that_is_made_can_be_asked_for(clara: Person) -> None:
    assert ask(clara, more=f"?profile={PROFILE}")["type"] == "document"
    assert ask(clara, more=f"?profile={PROFILE}|1.1.0")["type"] == "document"
    assert issue(clara.get(f"Patient/{HEINRICH}/$summary?profile=http://x.example/P"))["expression"] == ["profile"]


def test_one_look_is_one_entry_in_the_log_and_names_only_what_is_told(clara: Person, cast: dict[str, Actor]) -> None:
    high, stopped = keep(condition("Bluthochdruck")), keep(taking("Digitoxin", "stopped"))
    repository(clara.actor).read(*high.split("/"))
    before = AuditEvent.objects.count()
    ask(clara)
    rows = [row for row in AuditEvent.objects.order_by("id")[before:] if row.patient == HEINRICH]
    assert [row.action for row in rows] == ["summary"]
    assert high in rows[0].detail
    assert stopped not in rows[0].detail
