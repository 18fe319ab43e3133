"""What a search finds: rules that the naive look does not know, and edges that chance seldom meets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.test import override_settings
from django.utils import timezone

from patients.database import write
from patients.errors import Invalid
from patients.records import search, store
from patients.records.models import Document
from patients.records.search import keys
from tests.patients.records.conftest import ERNA, HEINRICH, MOORLAND, Json, Store, person, pulse

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def found(type_: str, asked: str = "", scope: search.Scope | None = None, **how: Any) -> search.Page:
    pairs = parse_qsl(asked, keep_blank_values=True, strict_parsing=bool(asked))
    return search.run(search.parse(type_, pairs), scope or search.Everything(), **how)


def ids(type_: str, asked: str = "", scope: search.Scope | None = None, **how: Any) -> list[str]:
    return [document.logical_id for document in found(type_, asked, scope, **how).rows]


def condition(code: str = "I10", *, of: str = HEINRICH, **more: Any) -> Json:
    icd = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
    return {
        "resourceType": "Condition",
        "code": {"coding": [{"system": icd, "code": code}]},
        "subject": {"reference": f"Patient/{of}"},
        **more,
    }


# -- dates at their edges


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("2026-03-14", ["day", "noon"]),
        ("ne2026-03-14", ["after", "before", "month", "open"]),
        ("gt2026-03-14", ["after", "month", "open"]),
        ("lt2026-03-14", ["before", "month"]),
        ("ge2026-03-14", ["after", "day", "month", "noon", "open"]),
        ("le2026-03-14", ["before", "day", "month", "noon"]),
        ("sa2026-03-14", ["after"]),
        ("eb2026-03-14", ["before"]),
        ("2026-03", ["after", "before", "day", "month", "noon"]),
        ("2026-03-14T12:00:00+01:00", ["noon"]),
        ("gt2026-03-14T12:00:00+01:00", ["after", "day", "month", "open"]),
        ("ge2026-03-14&date=lt2026-03-15", ["day", "month", "noon", "open"]),
    ],
)
def test_ranges_compare_as_the_standard_says(stored: Store, asked: str, expected: list[str]) -> None:
    for name, at in {
        "before": "2026-03-13",
        "day": "2026-03-14",
        "noon": "2026-03-14T12:00:00+01:00",
        "after": "2026-03-15",
        "month": "2026-03",
    }.items():
        stored(pulse(at=at), logical_id=name)
    open_end = pulse()
    del open_end["effectiveDateTime"]
    stored({**open_end, "effectivePeriod": {"start": "2026-03-14"}}, logical_id="open")
    stored(open_end, logical_id="never")
    assert sorted(ids("Observation", f"date={asked}")) == expected


def test_a_day_is_the_day_of_this_deployment(stored: Store) -> None:
    stored(pulse(at="2026-03-14T23:30:00Z"), logical_id="late")  # half past midnight in Berlin
    assert ids("Observation", "date=2026-03-15") == ["late"]
    assert ids("Observation", "date=2026-03-14") == []


def test_about_widens_with_the_distance(stored: Store) -> None:
    now = timezone.now()
    for days in (100, 108, 130):
        stored(pulse(at=(now - timedelta(days=days)).isoformat(timespec="seconds")), logical_id=f"d{days}")
    asked = (now - timedelta(days=100)).strftime("ap%Y-%m-%dT%H:%M:%SZ")
    assert sorted(ids("Observation", f"date={asked}")) == ["d100", "d108"]


def test_the_last_change_is_one_moment(stored: Store) -> None:
    moment = datetime(2026, 3, 14, 8, 0, 0, 250_000, tzinfo=UTC)
    pk = stored(pulse(), logical_id="one").pk
    Document.objects.filter(pk=pk).update(updated_at=moment)
    exactly, before, after = (
        (moment + timedelta(milliseconds=shift)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        for shift in (0, -1, 1)
    )
    for asked in (exactly, f"ge{exactly}", f"le{exactly}", f"gt{before}", f"lt{after}", f"sa{before}", f"eb{after}"):
        assert ids("Observation", f"_lastUpdated={asked}") == ["one"], asked
    for asked in (before, after, f"ne{exactly}", f"gt{exactly}", f"lt{exactly}", f"sa{exactly}", f"eb{exactly}"):
        assert ids("Observation", f"_lastUpdated={asked}") == [], asked


# -- numbers at their edges


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("72", ["71.5", "72", "72.4"]),
        ("72.0", ["72"]),
        ("ne72", ["72.5"]),
        ("gt72", ["72.4", "72.5"]),
        ("sa72", ["72.4", "72.5"]),
        ("ge72", ["72", "72.4", "72.5"]),
        ("lt72", ["71.5"]),
        ("eb72", ["71.5"]),
        ("le72", ["71.5", "72"]),
        ("ap66", ["71.5", "72", "72.4", "72.5"]),
        ("ap65", ["71.5"]),
    ],
)
def test_numbers_compare_as_the_standard_says(stored: Store, asked: str, expected: list[str]) -> None:
    for value in ("71.5", "72", "72.4", "72.5"):
        stored(pulse(value), logical_id=value)
    assert sorted(ids("Observation", f"value-quantity={asked}")) == expected
    assert sorted(ids("Observation", f"code-value-quantity=8867-4${asked}")) == expected


def test_a_number_with_more_digits_than_a_double_is_found(stored: Store) -> None:
    for number, value in enumerate(("66.899999999999991", "1000000000000000000", "-1.000000000000000000E+245")):
        stored(pulse(value), logical_id=f"n{number}")
        assert ids("Observation", f"value-quantity={value.replace('+', '%2B')}") == [f"n{number}"]
        assert f"n{number}" not in ids("Observation", f"value-quantity=ne{value.replace('+', '%2B')}")


# -- tokens


def test_a_plain_code_is_found_with_the_system_that_the_standard_implies(stored: Store) -> None:
    stored(person(), logical_id=HEINRICH)
    gender = "http://hl7.org/fhir/administrative-gender"
    assert ids("Patient", f"gender={gender}|male") == [HEINRICH]
    assert ids("Patient", f"gender={gender}|") == [HEINRICH]
    assert ids("Patient", "gender=|male") == [HEINRICH]
    assert ids("Patient", f"gender={gender}|female") == []
    assert ids("Patient", "gender=http://loinc.org|male") == []
    assert ids("Patient", "gender=http://loinc.org|&identifier=X110411941") == []
    assert ids("Patient", "gender:not=http://loinc.org|male") == [HEINRICH]


def test_an_identifier_is_found_by_its_type(stored: Store) -> None:
    kind = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]}
    stored(person(identifier=[{"type": kind, "system": "urn:oid:1.2", "value": "4711"}]), logical_id=HEINRICH)
    system = "http://terminology.hl7.org/CodeSystem/v2-0203"
    assert ids("Patient", f"identifier:of-type={system}|MR|4711") == [HEINRICH]
    assert ids("Patient", f"identifier:of-type={system}|PI|4711") == []


def test_a_reference_is_found_by_the_identifier_it_names(stored: Store) -> None:
    named = {"identifier": {"system": "https://fhir.kbv.de/NamingSystem/KBV_NS_Base_ANR", "value": "123456601"}}
    stored(pulse(performer=[named]), logical_id="one")
    assert ids("Observation", "performer:identifier=123456601") == ["one"]
    assert ids("Observation", f"performer:identifier={named['identifier']['system']}|123456601") == ["one"]
    assert ids("Observation", "performer:identifier=http://loinc.org|123456601") == []
    assert ids("Observation", "performer:missing=true") == []


def test_a_canonical_is_found_with_and_without_its_version(stored: Store) -> None:
    profile = "http://hl7.org/fhir/StructureDefinition/vitalsigns"
    questionnaire = "https://telecare.example/fhir/Questionnaire/sturz|1.2"
    stored(pulse(meta={"profile": [profile]}), logical_id="one")
    assert ids("Observation", f"_profile={profile}") == ["one"]
    assert ids("Observation", f"_profile={profile}/other") == []
    answers = {"resourceType": "QuestionnaireResponse", "status": "completed", "questionnaire": questionnaire}
    stored(answers, logical_id="answers")
    assert ids("QuestionnaireResponse", f"questionnaire={questionnaire}") == ["answers"]
    assert ids("QuestionnaireResponse", f"questionnaire={questionnaire.partition('|')[0]}") == ["answers"]
    assert ids("QuestionnaireResponse", f"questionnaire={questionnaire}.3") == []


def test_of_a_group_nobody_in_it_is_found_by_name(stored: Store) -> None:
    of_group = pulse(subject={"reference": f"Group/{HEINRICH}"})
    stored(of_group, logical_id="group")
    stored(pulse(), logical_id="his")
    assert ids("Observation", f"subject=Group/{HEINRICH}&code=8867-4") == ["group"]
    assert ids("Observation", f"patient={HEINRICH}&code=8867-4") == ["his"]
    assert sorted(ids("Observation", f"subject={HEINRICH}&code=8867-4")) == ["group", "his"]


def test_a_patient_elsewhere_is_found_by_address(stored: Store) -> None:
    address = "https://elsewhere.example/fhir/Patient/1"
    stored(pulse(subject={"reference": address}), logical_id="one")
    stored(pulse(), logical_id="his")
    for asked in ("", "&code=8867-4", "&value-concept:missing=true"):
        assert ids("Observation", f"patient={address}{asked}") == ["one"]
        assert sorted(ids("Observation", f"patient={address},{HEINRICH}{asked}")) == ["his", "one"]
        assert ids("Observation", f"subject=https://elsewhere.example/fhir/Group/1{asked}") == []


# -- what is sealed per patient


def test_a_diagnosis_is_found_with_and_without_naming_the_patient(stored: Store) -> None:
    stored(condition(), logical_id="heinrich")
    stored(condition(of=ERNA), logical_id="erna")
    stored(condition("E11.9", of=ERNA), logical_id="other")
    assert ids("Condition", f"patient={HEINRICH}&code=I10") == ["heinrich"]
    assert sorted(ids("Condition", "code=I10")) == ["erna", "heinrich"]
    assert ids("Condition", "code=I10", visible_patients=lambda _: [ERNA]) == ["erna"]
    assert ids("Condition", "code:not=I10") == ["other"]


def test_the_same_diagnosis_of_two_patients_looks_different_in_the_database(stored: Store) -> None:
    from patients.records.models import Token

    documents = [stored(condition(of=patient)) for patient in (HEINRICH, ERNA)]
    hashes = [set(Token.objects.filter(document=each).values_list("h_code", flat=True)) - {0} for each in documents]
    assert hashes[0]
    assert not hashes[0] & hashes[1]


def test_too_many_patients_are_refused_with_words(stored: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "MOST_PATIENTS", 1)
    stored(condition())
    stored(condition(of=ERNA))
    with pytest.raises(Invalid, match="Name the patient"):
        found("Condition", "code=I10", visible_patients=lambda _: [HEINRICH, ERNA])
    assert len(ids("Condition", f"patient={HEINRICH}&code=I10")) == 1
    assert len(ids("Condition", "recorded-date:missing=true")) == 2  # needs no key


def test_too_many_values_for_many_patients_are_refused_before_they_are_hashed(stored: Store) -> None:
    many = ",".join(str(number) for number in range(200))
    with pytest.raises(Invalid, match="Name the patient"):
        found("Condition", f"code={many}", visible_patients=lambda _: [str(number) for number in range(1999)])


# -- names


def test_names_are_found_by_their_beginning(stored: Store) -> None:
    stored(person("Müller-Lüdenscheidt", "Änne Maria"), logical_id=HEINRICH)
    for asked in ("mue", "MÜLLER", "Mueller-L", "müller lüd", "aenne", "Maria"):
        assert ids("Patient", f"name={asked}") == [HEINRICH], asked
    for asked in ("muller", "denscheidt", "uller"):
        assert ids("Patient", f"name={asked}") == [], asked
    assert ids("Patient", "family:exact=Müller-Lüdenscheidt") == [HEINRICH]
    assert ids("Patient", "family:exact=müller-lüdenscheidt") == []


# -- pages


def test_pages_follow_each_other_while_new_documents_come(stored: Store) -> None:
    for minute in range(10, 15):
        stored(pulse(at=f"2026-03-14T08:{minute}:00+01:00"), logical_id=f"m{minute}")
    first = found("Observation", "code=8867-4&_sort=-date&_count=2")
    assert [each.logical_id for each in first.rows] == ["m14", "m13"]
    stored(pulse(at="2026-03-14T08:20:00+01:00"), logical_id="new")
    assert first.next is not None
    second = found("Observation", f"code=8867-4&_sort=-date&_count=2&_cursor={first.next}")
    assert [each.logical_id for each in second.rows] == ["m12", "m11"]
    third = found("Observation", f"code=8867-4&_sort=-date&_count=2&_cursor={second.next}")
    assert [each.logical_id for each in third.rows] == ["m10"]
    assert third.next is None


def test_a_cursor_is_of_use_for_its_own_search_only(stored: Store) -> None:
    for _ in range(3):
        stored(pulse())
    cursor = found("Observation", "code=8867-4&_count=1").next
    assert cursor is not None
    assert "8867-4" not in cursor
    for asked in (
        f"code=8867-5&_count=1&_cursor={cursor}",
        f"_count=1&_cursor={cursor}",
        f"code=8867-4&_count=1&_cursor={cursor[:-4]}AAAA",
        "code=8867-4&_count=1&_cursor=",
    ):
        with pytest.raises(Invalid, match="another search"):
            found("Observation", asked)
    assert len(ids("Observation", f"code=8867-4&_count=2&_cursor={cursor}")) == 2  # another size is no other search


def test_a_narrow_search_is_counted_unasked(stored: Store) -> None:
    for _ in range(3):
        stored(pulse())
    assert found("Observation", f"patient={HEINRICH}&_count=1").total == 3
    assert found("Observation", "status=final&_count=1").total is None
    assert found("Observation", "status=final").total == 3  # all on one page
    assert found("Observation", "status=final&_count=1&_total=accurate").total == 3
    assert found("Observation", "status=final&_count=0&_totalMethod=count").total == 3
    assert found("Observation", f"patient={HEINRICH}&_total=none").total is None
    assert found("Observation", "status=final&_summary=count").total == 3
    assert found("Observation", "_count=0").rows == []


def test_the_scope_narrows_page_and_total(stored: Store) -> None:
    class Ours:
        sql = "d.custodian = %s OR d.patient = %s"
        params = ("nobody", ERNA)

    stored(pulse())
    stored(pulse(of=ERNA), logical_id="hers")
    for asked in ("code=8867-4", "status=final", "", "value-quantity=72", "_lastUpdated=ge2020"):
        page = found("Observation", asked, Ours())
        assert [each.logical_id for each in page.rows] == ["hers"]
        assert page.total == 1


def test_what_is_deleted_or_superseded_is_not_found(stored: Store) -> None:
    first = stored(pulse("72"), logical_id="one")
    with write():
        store.update(first, pulse("99", of=HEINRICH), category="clinical")
        store.delete(stored(pulse("72"), logical_id="two"))
    assert ids("Observation", "value-quantity=72") == []
    assert ids("Observation", "value-quantity=99") == ["one"]
    assert ids("Observation") == ["one"]
    assert ids("Observation", "_id=two,one") == ["one"]
    assert ids("Observation", "date:missing=false") == ["one"]


def test_documents_can_be_sorted_by_a_date_that_repeats(stored: Store) -> None:
    def plan(*starts: str) -> Json:
        activity = [
            {"detail": {"status": "scheduled", "scheduledPeriod": {"start": start, "end": start}}} for start in starts
        ]
        return {
            "resourceType": "CarePlan",
            "status": "active",
            "intent": "plan",
            "subject": {"reference": f"Patient/{HEINRICH}"},
            **({"activity": activity} if starts else {}),
        }

    stored(plan("2026-01-05", "2026-03-05"), logical_id="wide")
    stored(plan("2026-02-05"), logical_id="between")
    stored(plan(), logical_id="none")
    assert ids("CarePlan", "_sort=activity-date") == ["none", "wide", "between"]
    assert ids("CarePlan", "_sort=-activity-date") == ["wide", "between", "none"]


def test_a_whole_search_is_one_statement(stored: Store, django_assert_num_queries: Any) -> None:
    stored(pulse())
    found("Observation", "code=8867-4")
    with django_assert_num_queries(1):
        page = found("Observation", f"patient={HEINRICH}&code=8867-4&date=ge2026&value-quantity=gt50&_sort=-date")
        assert [each.content["valueQuantity"]["value"] for each in page.rows] == [Decimal(72)]


@override_settings(PUBLIC_URL="https://telecare.ahrental.example")
def test_our_own_address_is_the_relative_one(stored: Store) -> None:
    stored(
        pulse(performer=[{"reference": "https://telecare.ahrental.example/fhir/Practitioner/anna"}]), logical_id="one"
    )
    for asked in ("Practitioner/anna", "anna", "https://telecare.ahrental.example/fhir/Practitioner/anna"):
        assert ids("Observation", f"performer={asked}") == ["one"]


def test_nothing_that_a_searcher_may_write_breaks_the_database(stored: Store) -> None:
    stored(pulse(), custodian=MOORLAND)
    for asked in ("_id=%00", "_id='", "code=%00", "code=%ED%A0%80", "_tag=';--", "identifier=%25s", "_id=%25s"):
        assert ids("Observation", asked) == []
