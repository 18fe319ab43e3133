"""Where the standard is easily read too widely or too narrowly: dates in words, short codes, parts of names, counts."""

from __future__ import annotations

import pytest

from patients.errors import Invalid
from tests.patients.records.conftest import HEINRICH, Json, Store, person, pulse
from tests.patients.records.search.test_run import found, ids

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

MORE_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"


def surgery(**performed: str) -> Json:
    return {"resourceType": "Procedure", "status": "completed", "subject": {"reference": f"Patient/{HEINRICH}"},
            **performed}  # fmt: skip


def plan(**scheduled: str) -> Json:
    activity = [{"detail": {"status": "scheduled", **scheduled}}]
    return {"resourceType": "CarePlan", "status": "active", "intent": "plan", "activity": activity,
            "subject": {"reference": f"Patient/{HEINRICH}"}}  # fmt: skip


# -- dates


def test_words_that_look_like_a_date_are_none(stored: Store) -> None:
    stored(surgery(performedDateTime="2011"), logical_id="dated")
    stored(surgery(performedString="2011"), logical_id="told")
    stored(plan(scheduledString="2011-06-27T09:30:10+01:00"), logical_id="plan")
    assert ids("Procedure", "date=2011") == ["dated"]
    assert ids("Procedure", "date:missing=true") == ["told"]
    assert ids("CarePlan", "activity-date=2011") == []
    assert ids("CarePlan", "activity-date:missing=true") == ["plan"]


@pytest.mark.parametrize("given", ["lt0001", "ap0001", "eq0001-01-01", "gt9999", "sa9999-12-31", "ap9999-12"])
def test_nothing_was_changed_at_the_ends_of_time(stored: Store, given: str) -> None:
    stored(pulse(), logical_id="pulse")
    assert ids("Observation", f"_lastUpdated={given}") == []
    assert ids("Observation", "_lastUpdated=ge0001,le9999") == ["pulse"]


# -- names and addresses


def test_each_part_of_a_family_name_is_found(stored: Store) -> None:
    stored(person("Müller-Lüdenscheidt"), logical_id="double")
    stored(person("von der Heide"), logical_id="noble")
    stored({"resourceType": "Practitioner", "name": [{"text": "Anna Siemer", "family": "Siemer"}]}, logical_id="anna")
    for asked in ("family=lüden", "name=Luedenscheidt", "family=müller lüd", "name=Müller&name=Lüdenscheidt"):
        assert ids("Patient", asked) == ["double"], asked
    for asked in ("family=heide", "name=der heide", "family=von d"):
        assert ids("Patient", asked) == ["noble"], asked
    assert ids("Patient", "family=denscheidt") == []
    assert ids("Patient", "family:exact=Lüdenscheidt") == []
    assert ids("Practitioner", "name=siemer") == ["anna"]


def test_only_family_names_have_parts(stored: Store) -> None:
    living = [{"line": ["Alte Mühle 3"], "city": "Bad Ahrental"}]
    stored(person(given="Karl Heinrich", address=living), logical_id=HEINRICH)
    assert ids("Patient", "address-city=ahrental") == []
    assert ids("Patient", "address=mühle") == []
    assert ids("Patient", "address-city=bad ahr") == [HEINRICH]


def test_countries_and_states_are_found_by_their_codes(stored: Store) -> None:
    stored(person(address=[{"country": "DE", "state": "NI"}]), logical_id="here")
    stored(person(address=[{"country": "Dänemark"}]), logical_id="there")
    assert ids("Patient", "address-country=de") == ["here"]
    assert sorted(ids("Patient", "address-country=d")) == ["here", "there"]
    assert ids("Patient", "address-country=den") == []
    assert ids("Patient", "address-country=DAE") == ["there"]
    assert ids("Patient", "address-state=NI") == ["here"]
    with pytest.raises(Invalid, match="3 letters"):
        found("Patient", "address-city=ba")


# -- tokens


def test_the_type_of_an_identifier_is_compared_without_case(stored: Store) -> None:
    number = {"type": {"coding": [{"system": MORE_TYPES, "code": "MR"}]}, "value": "K-17"}
    stored(person(identifier=[number]), logical_id=HEINRICH)
    assert ids("Patient", f"identifier:of-type={MORE_TYPES}|mr|k-17") == [HEINRICH]
    assert ids("Patient", f"identifier:of-type={MORE_TYPES.upper()}|MR|K-17") == []


def test_a_telephone_number_has_no_system(stored: Store) -> None:
    stored(person(telecom=[{"system": "phone", "value": "04441 123-45"}]), logical_id=HEINRICH)
    assert ids("Patient", "telecom=0444112345") == [HEINRICH]
    with pytest.raises(Invalid, match="without a system"):
        found("Patient", "telecom=phone|0444112345")


# -- modifiers and counts


def test_a_colon_without_a_modifier_is_refused(stored: Store) -> None:
    with pytest.raises(Invalid, match="name:"):
        found("Patient", "name:=Brandt")


@pytest.mark.parametrize("asked", ["_summary=count&_count=5", "_count=5&_summary=count", "_summary=count"])
def test_who_asks_for_a_count_alone_gets_no_documents(stored: Store, asked: str) -> None:
    for _ in range(2):
        stored(pulse())
    page = found("Observation", asked)
    assert (page.rows, page.total, page.next) == ([], 2, None)


def test_a_number_may_hold_a_plus_that_nobody_escaped(stored: Store) -> None:
    stored(pulse("100"), logical_id="hundred")
    assert ids("Observation", "value-quantity=1.00e 2") == ["hundred"]
    assert ids("Observation", "value-quantity= 100") == ["hundred"]
