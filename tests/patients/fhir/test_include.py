"""What a page carries beside its matches, and who sees it."""

from __future__ import annotations

from typing import Any

import pytest

from patients.audit.models import AuditEvent
from patients.database import write
from patients.records import search, store
from patients.records.models import Document
from tests.patients.fhir.conftest import Person, content, pulse, stored

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def modes(answer: Any) -> list[tuple[str, str]]:
    bundle = content(answer)
    assert answer.status_code == 200, bundle
    return [(one["resource"]["resourceType"], one["search"]["mode"]) for one in bundle.get("entry", ())]


def test_anna_gets_the_patient_beside_the_pulse(anna: Person, heinrich: str, hearts: Document) -> None:
    answer = anna.get(f"Observation?_id={hearts.logical_id}&_include=Observation:patient")
    assert modes(answer) == [("Observation", "match"), ("Patient", "include")]
    assert content(answer)["total"] == 1
    assert "_include=Observation%3Apatient" in content(answer)["link"][0]["url"]
    back = anna.get(f"Patient?_id={heinrich}&_revinclude=Observation:subject&_revinclude=Condition:subject")
    assert modes(back) == [("Patient", "match"), ("Observation", "include")]


def test_an_include_crosses_no_team(anna: Person, bernd: Person, heinrich: str, hearts: Document) -> None:
    """Bernd's own measurement names Heinrich's record, which he may not see."""
    own = stored(
        pulse("nobody", derivedFrom=[{"reference": hearts.reference}]), custodian=str(bernd.actor.organisation)
    )
    for asked in ("_include=*", "_include=Observation:derived-from"):
        assert ("Observation", "include") not in modes(bernd.get(f"Observation?_id={own.logical_id}&{asked}"))
    assert modes(bernd.get(f"Patient?_id={heinrich}&_revinclude=Observation:patient")) == []
    assert modes(anna.get(f"Observation?_id={hearts.logical_id}&_revinclude=*")) == [("Observation", "match")]


def test_a_version_is_shown_beside_a_page_to_whom_it_is_shown_alone(
    anna: Person, bernd: Person, heinrich: str, hearts: Document
) -> None:
    """Two assessments: of the value as it was, and as it was corrected. Bernd sees neither value."""
    with write():
        store.update(hearts, pulse(heinrich, status="amended"), category="clinical")
    told = pulse(heinrich, derivedFrom=[{"reference": f"{hearts.reference}/_history/1"}])
    stored(told, custodian="moorland", logical_id="of-first")
    nobodys = {name: value for name, value in told.items() if name != "subject"}
    stored(nobodys, custodian=str(bernd.actor.organisation), logical_id="of-bernd")
    asked = "Observation?_id={}&_include=Observation:derived-from"
    for path in (asked.format("of-first"), f"{hearts.reference}/_history/1"):
        answer = content(anna.get(path))
        one = answer["entry"][1]["resource"] if "entry" in answer else answer
        assert (one["id"], one["meta"]["versionId"], one["status"]) == (hearts.logical_id, "1", "final")
    assert modes(bernd.get(asked.format("of-bernd"))) == [("Observation", "match")]
    assert bernd.get(f"{hearts.reference}/_history/1").status_code == 404
    (row,) = AuditEvent.objects.filter(action="search", patient=heinrich)
    assert set(row.detail.split()) == {"of-first", hearts.logical_id}


def test_a_pharmacist_gets_no_values_beside_a_patient(
    heinrich: str, hearts: Document, cast: dict[str, Any], anna: Person
) -> None:
    """Sabine sees Heinrich, but not what is measured."""
    from tests.patients.fhir.conftest import calls

    sabine = calls(cast["sabine"])
    asked = f"Patient?_id={heinrich}&_revinclude=Observation:subject"
    assert modes(sabine.get(asked)) == [("Patient", "match")]
    assert modes(anna.get(asked)) == [("Patient", "match"), ("Observation", "include")]


def test_one_look_is_logged_once_for_each_patient(anna: Person, heinrich: str, hearts: Document) -> None:
    anna.get("Observation?_include=Observation:patient&_include=Observation:performer")
    (row,) = AuditEvent.objects.filter(action="search", patient=heinrich)
    assert set(row.detail.split()) == {hearts.reference, f"Patient/{heinrich}"}


def test_a_search_without_results_is_logged_as_well(bernd: Person) -> None:
    bernd.get("Observation")
    row = AuditEvent.objects.get(action="search")
    assert (row.type, row.patient, row.detail) == ("Observation", "", "")


def test_what_is_left_out_is_said(anna: Person, heinrich: str) -> None:
    one = store.prepare(pulse(heinrich))
    with write():
        store.create_many([store.New(one, "moorland", "clinical") for _ in range(search.MOST_INCLUDED + 1)])
    shown = modes(anna.get(f"Patient?_id={heinrich}&_revinclude=Observation:patient"))
    assert shown.count(("Observation", "include")) == search.MOST_INCLUDED
    assert shown[-1] == ("OperationOutcome", "outcome")
    bundle = content(anna.get(f"Patient?_id={heinrich}&_revinclude=Observation:patient"))
    (told,) = bundle["entry"][-1]["resource"]["issue"]
    assert (told["severity"], told["code"]) == ("warning", "too-costly")


def test_a_page_with_includes_costs_the_same_whatever_it_shows(
    anna: Person, heinrich: str, django_assert_max_num_queries: Any
) -> None:
    asked = "Observation?_include=Observation:patient&_include=Observation:performer&_revinclude=Observation:has-member"
    anna.get(asked)
    for minute in range(20):
        anna.post("Observation", pulse(heinrich, taken=f"2026-11-21T08:{minute:02}:00+01:00"))
    with django_assert_max_num_queries(14) as captured:
        assert len(modes(anna.get(asked))) == 21
    assert sum("records_reference" in each["sql"] for each in captured.captured_queries) == 2


def test_a_step_further_is_refused_by_name(anna: Person) -> None:
    refused = anna.get("Observation?_include:iterate=Observation:patient")
    assert refused.status_code == 400
    assert "_include:iterate" in content(refused)["issue"][0]["details"]["text"]
