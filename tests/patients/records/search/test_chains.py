"""Chains and `_has` find what a naive walk from document to document finds, within what may be seen at every step."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings

from patients.database import write
from patients.errors import Invalid
from patients.records import search, store
from patients.records.search import keys, ways
from tests.patients.records.conftest import ERNA, HEINRICH, Store, person, pulse
from tests.patients.records.search.connected import Json, holds, worlds_and_chains
from tests.patients.records.search.test_run import condition, found, ids

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


class Ours:
    """The scope of somebody who sees one custodian's documents only."""

    sql = "d.custodian = %s"
    params = ("ours",)


@pytest.mark.parametrize("most", [200, 0])  # rows at an end that leads; 0: each chain is a test of each document
def test_a_chain_finds_what_a_naive_walk_finds(db: None, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ways, "MOST_LED", most)
    monkeypatch.setattr(ways, "MOST_LED_BACK", most)
    monkeypatch.setattr(ways, "MOST_REACHED", most)

    @settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(worlds_and_chains())
    def all_chains(world: tuple[list[Json], list[tuple[str, list[tuple[str, str]]]]]) -> None:
        resources, searches = world
        with transaction.atomic():
            visible = []
            for number, resource in enumerate(resources):
                custodian = "theirs" if number % 5 == 3 else "ours"
                with write():
                    made = store.create(resource, custodian=custodian, category="clinical", logical_id=resource["id"])
                if custodian == "ours":
                    visible.append(made.content)
            for type_, pairs in searches:
                expected = sorted(
                    each["id"]
                    for each in visible
                    if each["resourceType"] == type_ and all(holds(each, *pair, visible) for pair in pairs)
                )
                page = search.run(search.parse(type_, [*pairs, ("_total", "accurate")]), Ours())
                assert (sorted(row.logical_id for row in page.rows), page.total) == (expected, len(expected)), pairs
                met.append(bool(expected))
            transaction.set_rollback(True)

    met: list[bool] = []
    all_chains()
    assert sum(met) > len(met) / 10  # chance finds something often enough to say something


def _world(stored: Store) -> None:
    for ident, family in ((HEINRICH, "Brandt"), (ERNA, "Siemer")):
        stored(person(family, identifier=[{"system": "urn:x", "value": ident[:8]}]), logical_id=ident)
        stored(pulse(of=ident), logical_id=f"pulse-{family}")
        stored(condition(of=ident), logical_id=f"pressure-{family}")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("subject:Patient.name=brandt", ["pulse-Brandt"]),
        ("patient.name=brandt", ["pulse-Brandt"]),
        ("subject:Patient.identifier=urn:x|7f0c6b1e&code=8867-4&date=ge2020", ["pulse-Brandt"]),
        ("patient.name:exact=Brandt&patient.birthdate=1941", ["pulse-Brandt"]),
        ("patient._id=" + HEINRICH, ["pulse-Brandt"]),
        ("patient._has:Condition:patient:code=I10&patient.family=siemer", ["pulse-Siemer"]),
        (f"patient={HEINRICH}&patient.name=siemer", []),
        ("patient.name:missing=false", ["pulse-Brandt", "pulse-Siemer"]),
    ],
)
def test_measurements_are_found_by_whose_they_are(stored: Store, asked: str, expected: list[str]) -> None:
    _world(stored)
    assert sorted(ids("Observation", asked)) == expected


def test_conditions_of_one_chain_each_are_met_by_documents_of_their_own(stored: Store) -> None:
    _world(stored)
    with write():
        store.create(
            {"resourceType": "Group", "type": "person", "actual": True,
             "member": [{"entity": {"reference": f"Patient/{each}"}} for each in (HEINRICH, ERNA)]},
            custodian="m", category="clinical", logical_id="family",
        )  # fmt: skip
    assert ids("Group", "member:Patient.name=brandt&member:Patient.name=siemer") == ["family"]


def test_a_diagnosis_along_a_chain_needs_no_patient_and_has_its_bound(
    stored: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    _world(stored)
    assert sorted(ids("Patient", "_has:Condition:patient:code=I10")) == sorted([HEINRICH, ERNA])
    assert ids("Patient", "_has:Condition:patient:code=E11.9") == []
    monkeypatch.setattr(keys, "MOST_PATIENTS", 1)
    with pytest.raises(Invalid, match="Name the patient"):
        found("Patient", "_has:Condition:patient:code=I10", visible_patients=lambda _: [HEINRICH, ERNA])
    named = f"_has:Condition:patient:code=I10&_id={HEINRICH}"
    assert ids("Patient", named, visible_patients=lambda _: [HEINRICH, ERNA]) == [HEINRICH]  # one key is enough


def test_what_is_deleted_ends_a_chain(stored: Store) -> None:
    _world(stored)
    with write():
        store.delete(store.get("Condition", "pressure-Brandt"))
    assert ids("Patient", "_has:Condition:patient:code=I10") == [ERNA]
    with write():
        store.delete(store.get("Patient", ERNA))
    assert ids("Patient", "_has:Condition:patient:code=I10") == []
    assert ids("Observation", "patient.name=siemer") == []
    assert ids("Patient", "_has:Observation:patient:_id=pulse-Siemer") == []


@pytest.mark.parametrize("most", [200, 0])
def test_what_is_few_selects_before_all_measurements_are_looked_at(
    stored: Store, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statement begins at the end of the chain, unless too many are there."""
    monkeypatch.setattr(ways, "MOST_LED", most)
    monkeypatch.setattr(ways, "MOST_LED_BACK", most)
    monkeypatch.setattr(ways, "MOST_REACHED", most)
    _world(stored)
    for type_, asked, expected, begins in (
        (
            "Observation",
            "subject:Patient.name=brandt",
            "pulse-Brandt",
            "records_token t1 CROSS JOIN records_document e1",
        ),
        ("Observation", "patient.identifier=urn:x|7f0c6b1e", "pulse-Brandt", "records_token t1"),
        ("Patient", "_has:Observation:patient:code=8867-4&family=brandt", HEINRICH, "records_token t CROSS JOIN"),
        ("Patient", "_has:Observation:patient:code=8867-4&gender=male&_id=" + HEINRICH, HEINRICH, "records_document d"),
    ):
        with CaptureQueriesContext(connection) as statements:
            assert ids(type_, asked) == [expected]
        leads = most or "_has" in asked or "identifier" in asked
        assert (f"FROM {begins}" in statements[-1]["sql"]) == bool(leads), asked


@pytest.mark.parametrize(
    ("type_", "name", "words"),
    [
        ("Observation", "subject.nme", "nothing that “subject” points to"),
        ("Observation", "subject:Patient.nme", "not known for Patient"),
        ("Observation", "subject:Practitioner.name", "does not point to"),
        ("Observation", "subject:Spaceship.name", "does not point to"),
        ("Observation", "code.name", "no reference of Observation"),
        ("Observation", "patient.name.given", "no reference of Patient"),
        ("Observation", "focus.name", "name one"),
        ("Observation", "patient.", "nothing that"),
        ("Observation", "patient.name:contains", "modifier"),
        ("Observation", "patient._text", "sealed"),
        ("Observation", "patient._sort", "not known"),
        ("Patient", "_has", "written as"),
        ("Patient", "_has:Observation", "written as"),
        ("Patient", "_has:Observation:patient:", "written as"),
        ("Patient", "_has:Spaceship:patient:code", "not served"),
        ("Patient", "_has:Observation:code:status", "no reference"),
        ("Patient", "_has:Observation:device:status", "does not point to Patient"),
        ("Patient", "_has:Observation:patient:nme", "not known"),
        ("QuestionnaireResponse", "questionnaire.title", "canonical"),
        ("Bundle", "composition.title", "Bundle itself"),
        ("Observation", "encounter.part-of.part-of.part-of.status", "more than 3"),
    ],
)
def test_a_chain_that_cannot_be_followed_is_refused_by_name(type_: str, name: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as caught:
        search.parse(type_, [(name, "x")])
    assert caught.value.findings


def test_a_search_has_few_chains() -> None:
    chain: tuple[str, Any] = ("encounter.part-of.part-of.status", "planned")
    search.parse("Observation", [chain] * 6)
    with pytest.raises(Invalid, match="more than 20"):
        search.parse("Observation", [chain] * 7)
