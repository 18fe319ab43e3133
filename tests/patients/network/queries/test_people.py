"""Patients as pages name them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from patients.access import repository
from patients.accounts.actor import Actor
from patients.audit.models import AuditEvent
from patients.errors import Missing
from patients.network import queries
from tests.cast import HEINRICH, WILMA

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def test_everybody_finds_their_own_patients(anna: Actor, clara: Actor, bernd: Actor, ida: Actor, karl: Actor):
    for actor in (anna, clara, ida):
        assert [one.id for one in queries.patients_of(actor)] == [HEINRICH]
    assert [one.id for one in queries.patients_of(bernd)] == [WILMA]
    assert queries.patients_of(karl) == []


def test_patients_are_found_by_the_beginning_of_their_name(clara: Actor, bernd: Actor):
    assert [one.name for one in queries.patients_of(clara, named="bran hein")] == ["Heinrich Brandt"]
    assert queries.patients_of(clara, named="Dettmer") == []
    assert queries.patients_of(bernd, named="Brandt") == []


def test_the_head_of_a_record_says_who_it_is_and_what_to_mind(clara: Actor):
    allergy = {
        "resourceType": "AllergyIntolerance",
        "patient": {"reference": f"Patient/{HEINRICH}"},
        "code": {"text": "Penicillin"},
        "clinicalStatus": {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}
            ]
        },
    }  # fmt: skip
    repository(clara).create(allergy)
    over = {
        "resourceType": "Flag",
        "status": "inactive",
        "code": {"text": "Sturzgefahr"},
        "subject": {"reference": f"Patient/{HEINRICH}"},
    }
    repository(clara).create(over)
    with repository(clara).look("test") as records:
        head = queries.person(records, HEINRICH)
    assert (head.name, head.birth_date, head.address) == (
        "Heinrich Brandt", date(1941, 3, 14), "Lindenweg 4, 49377 Lüttmoor",
    )  # fmt: skip
    assert (head.phone, head.initials, head.allergies, head.flags) == ("04499 2206", "HB", ("Penicillin",), ())
    assert [(one.name, one.relationship, one.phone) for one in head.relatives] == [("Ida Brandt", "DAU", "04499 2207")]


def test_head_and_team_of_a_page_take_few_statements(clara: Actor, django_assert_max_num_queries: Any):
    def read() -> None:
        with repository(clara).look("patient page") as records:
            seen = records.of_patient(HEINRICH, {*queries.HEAD, *queries.TEAM})
            assert queries.head_of(seen).name == "Heinrich Brandt"
            assert len(queries.team_of(HEINRICH, seen).members) == 4

    read()  # opens the keys
    with django_assert_max_num_queries(9):  # documents, rights, imports, names of two types, and four to log it
        read()


def test_a_page_is_one_entry_in_the_log(clara: Actor, bernd: Actor):
    with repository(clara).look("patient page") as records:
        queries.person(records, HEINRICH)
        queries.team(records, HEINRICH)
    assert AuditEvent.objects.count() == 1
    with pytest.raises(Missing), repository(bernd).look("patient page") as records:
        queries.person(records, HEINRICH)
