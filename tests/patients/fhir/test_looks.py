"""A search that shows nothing tells something all the same: that there is no such thing, or how many. It is a look."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patients.audit.models import AuditEvent
from patients.records.models import Document
from tests.cast import HEINRICH, WILMA
from tests.patients.fhir.conftest import Person, content, pulse

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

TELLING = (
    f"Condition?patient={HEINRICH}&code=F32.1",
    f"Observation?patient={HEINRICH}&_summary=count",
    f"Observation?subject=Patient/{HEINRICH}&_count=0",
    f"Patient/{HEINRICH}/Condition?code=F32.1",
    f"Patient/{HEINRICH}/*?_type=Condition,Flag",
    f"Patient?_id={HEINRICH}&_has:Observation:patient:code=8867-4&_summary=count",
    f"Appointment?patient={HEINRICH}&_summary=count",
    f"Communication?patient={HEINRICH}&sent=gt2030",
    f"Observation/$lastn?patient={HEINRICH}&code=29463-7",
)


def looks() -> list[tuple[str, str, str]]:
    rows = AuditEvent.objects.filter(action="search").order_by("id")
    return [(one.outcome, one.patient, one.type) for one in rows]


@pytest.mark.parametrize("address", TELLING)
def test_heinrich_learns_who_has_asked_what_there_is_of_him(clara: Person, hearts: Document, address: str) -> None:
    answer = clara.get(address)
    assert answer.status_code == 200, answer.content
    assert "entry" not in content(answer)
    assert [patient for _, patient, _ in looks()] == [HEINRICH]


def test_that_clara_sees_him_is_asked_without_his_record(clara: Person, hearts: Document) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert clara.get(f"Condition?patient={HEINRICH}&code=F32.1").status_code == 200
    of_him = [one["sql"] for one in asked if "d.type = 'Patient' AND d.logical_id IN" in one["sql"]]
    assert len(of_him) == 1
    assert "d.body" not in of_him[0]


def test_the_number_is_told_with_the_type_that_was_counted(clara: Person, hearts: Document) -> None:
    assert content(clara.get(f"Observation?patient={HEINRICH}&_summary=count"))["total"] == 1
    assert looks() == [("done", HEINRICH, "Observation")]


def test_a_condition_of_a_write_that_finds_nothing_is_a_look(clara: Person) -> None:
    made = clara.post("Observation", pulse(HEINRICH), if_none_exist=f"patient={HEINRICH}&code=8867-4")
    assert made.status_code == 201
    assert looks() == [("done", HEINRICH, "Observation")]


@pytest.mark.parametrize("patient", [HEINRICH, WILMA])
@pytest.mark.parametrize("address", [one for one in TELLING if "$lastn" not in one])
def test_whom_one_may_not_see_one_has_not_looked_at(david: Person, address: str, patient: str) -> None:
    """David treats Wilma. What he asks of Heinrich tells him nothing, and leaves no look at him in the log."""
    assert david.get(address.replace(HEINRICH, patient)).status_code == 200
    assert [one for _, one, _ in looks() if one == HEINRICH] == []
    assert len(looks()) == 1
