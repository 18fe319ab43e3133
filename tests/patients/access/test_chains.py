"""Along a chain, each document counts only for those who may see it: at the end, in the middle, and by category."""

from __future__ import annotations

import pytest

from patients.access import repository
from patients.access.categories import CLINICAL, DIRECTORY, MENTAL
from patients.accounts.actor import Actor, Role
from patients.database import write
from patients.records import search, store
from patients.records.models import Document
from tests.patients.access.test_documents import refer
from tests.patients.access.test_repositories import (
    ANNA,
    BERND,
    CLARA,
    ELSEWHERE,
    MARKT,
    MIA,
    diagnosis,
    heinrich,
    pulse,
)

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

__all__ = ["heinrich"]
WILMA = Actor(Role.PATIENT, account=9, person="Patient/wilma")


def kept(resource: dict[str, object], *, custodian: str, category: str = CLINICAL, logical_id: str) -> Document:
    with write():
        return store.create(resource, custodian=custodian, category=category, logical_id=logical_id)


def order(about: str, *, custodian: str, logical_id: str) -> Document:
    """A task of one organisation that points to another document; only its custodian sees it."""
    task = {"resourceType": "Task", "status": "draft", "intent": "order", "focus": refer(about)}
    return kept(task, custodian=custodian, logical_id=logical_id)


def finds(actor: Actor, type_: str, name: str, value: str) -> tuple[list[str], int | None]:
    page = repository(actor).search(type_, [(name, value), ("_total", "accurate")])
    return [row.logical_id for row in page.rows], page.total


def test_a_task_is_not_found_by_a_diagnosis_that_its_owner_may_not_see(heinrich: str) -> None:
    hidden = repository(CLARA).create(diagnosis(heinrich))
    order(hidden.reference, custodian=ELSEWHERE, logical_id="of-bernd")
    order(hidden.reference, custodian=MARKT, logical_id="of-clara")
    for name, value in (("focus:Condition.code", "I10"), ("focus:Condition._id", hidden.logical_id),
                        ("focus:Condition.patient.name", "Brandt"), ("focus:Condition.code:missing", "false"),
                        ("focus:Condition.code:not", "E11"), ("focus:Condition._lastUpdated", "gt2020")):  # fmt: skip
        assert finds(BERND, "Task", name, value) == ([], 0), name
        assert finds(CLARA, "Task", name, value) == (["of-clara"], 1), name


def test_a_visible_end_is_not_reached_through_a_hidden_middle(heinrich: str) -> None:
    """Bernd sees the organisation and his own task, but not the encounter between them."""
    kept(
        {"resourceType": "Organization", "name": "Praxis am Markt"}, custodian=MARKT, category=DIRECTORY, logical_id="m"
    )
    planned = {
        "resourceType": "Encounter",
        "status": "planned",
        "class": {"code": "HH"},
        "serviceProvider": refer("Organization/m"),
        "subject": refer(f"Patient/{heinrich}"),
    }
    visit = kept(planned, custodian=MARKT, category="administrative", logical_id="visit")
    order(visit.reference, custodian=ELSEWHERE, logical_id="of-bernd")
    order(visit.reference, custodian=MARKT, logical_id="of-clara")
    chain = ("focus:Encounter.service-provider.name", "Praxis")
    assert finds(BERND, "Organization", "name", "Praxis") == (["m"], 1)
    assert finds(BERND, "Task", *chain) == ([], 0)
    assert finds(CLARA, "Task", *chain) == (["of-clara"], 1)
    assert finds(BERND, "Organization", "_has:Encounter:service-provider:status", "planned") == ([], 0)
    assert finds(CLARA, "Organization", "_has:Encounter:service-provider:status", "planned") == (["m"], 1)


def test_a_colleague_is_found_by_measurements_only_where_these_may_be_seen(heinrich: str) -> None:
    kept({"resourceType": "Practitioner", "name": [{"family": "Siemer"}]}, custodian=MARKT, category=DIRECTORY,
         logical_id="anna")  # fmt: skip
    repository(ANNA).create(pulse(heinrich, performer=[refer("Practitioner/anna")]))
    for name, value in (("_has:Observation:performer:code", "8867-4"),
                        ("_has:Observation:performer:patient.name", "Brandt"),
                        ("_has:Observation:performer:patient", heinrich)):  # fmt: skip
        assert finds(ANNA, "Practitioner", name, value) == (["anna"], 1), name
        assert finds(CLARA, "Practitioner", name, value) == (["anna"], 1), name
        assert finds(BERND, "Practitioner", name, value) == ([], 0), name


def test_a_category_that_a_nurse_may_not_read_is_none_along_a_chain_either(heinrich: str) -> None:
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "PSY"}
    mood = repository(CLARA).create({**diagnosis(heinrich, "F32.1"), "meta": {"security": [label]}})
    assert mood.category == MENTAL
    repository(CLARA).create(diagnosis(heinrich, "I10"))
    for code, seen_by_anna in (("F32.1", []), ("I10", [heinrich])):
        name = "_has:Condition:patient:code"
        assert finds(ANNA, "Patient", name, code)[0] == seen_by_anna
        for colleague in (MIA, BERND):
            direct = finds(colleague, "Condition", "code", code)[0]
            assert finds(colleague, "Patient", name, code)[0] == ([heinrich] if direct else [])
        assert finds(CLARA, "Patient", name, code)[0] == [heinrich]
        assert finds(WILMA, "Patient", name, code)[0] == []


def test_of_one_patient_the_chain_leads_to_what_all_may_see(heinrich: str) -> None:
    """A search within one patient is narrowed to that patient; a chain leads beyond, to colleagues and places."""
    kept({"resourceType": "Practitioner", "name": [{"family": "Siemer"}]}, custodian=MARKT, category=DIRECTORY,
         logical_id="anna")  # fmt: skip
    made = repository(ANNA).create(pulse(heinrich, performer=[refer("Practitioner/anna")]))
    pairs = [("patient", heinrich), ("performer:Practitioner.name", "Siemer")]
    assert [row.logical_id for row in repository(CLARA).search("Observation", pairs).rows] == [made.logical_id]
    assert repository(CLARA).count("Observation", pairs) == 1
    assert repository(BERND).search("Observation", pairs).rows == []
    assert repository(BERND).count("Observation", pairs) == 0


def test_a_search_across_types_finds_for_each_what_they_may_see(heinrich: str) -> None:
    mine = repository(CLARA).create(diagnosis(heinrich))
    hers = repository(ANNA).create(pulse(heinrich))
    for pairs in ([("patient", heinrich)], [("patient", heinrich), ("patient.name", "Brandt")], []):
        queries = [search.parse(type_, pairs) for type_ in ("Condition", "Observation")]
        seen = {row.reference for row in repository(CLARA).peek(queries).rows}
        assert seen == {mine.reference, hers.reference}
        assert repository(BERND).peek(queries).rows == []
