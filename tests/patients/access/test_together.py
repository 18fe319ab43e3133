"""What a page asks at once is answered as if it were asked one by one."""

from __future__ import annotations

from typing import Any

import pytest

from patients.access import Action, Deed, Wish, allowed, allowed_among, repository
from patients.access.categories import CHAT, CLINICAL
from patients.audit.models import AuditEvent
from tests.patients.access.test_repositories import ANNA, BERND, CLARA, MIA, diagnosis, heinrich, pulse

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

__all__ = ["heinrich"]  # the patient, as in the other tests of the repository


def test_several_searches_of_a_look_cost_one_statement_and_answer_alike(heinrich: str, django_assert_num_queries: Any):
    repository(ANNA).create(pulse(heinrich, "72"))
    repository(ANNA).create(pulse(heinrich, "80", effectiveDateTime="2026-11-21T08:10:00+01:00"))
    repository(CLARA).create(diagnosis(heinrich))
    whose = ("patient", f"Patient/{heinrich}")
    newest = ("Observation", (whose, ("_sort", "-date"), ("_count", "1"), ("_total", "none")))
    oldest = ("Observation", (whose, ("_sort", "date"), ("_total", "none")))
    diagnoses = ("Condition", (whose, ("_total", "none")))
    for actor in (ANNA, CLARA, BERND):
        alone = [
            [one.reference for one in repository(actor).search(*each).rows] for each in (newest, oldest, diagnoses)
        ]
        with repository(actor).look("page") as records:
            with django_assert_num_queries(1):
                records.ahead([newest, oldest, diagnoses])
                together = [records.search(*each).rows for each in (newest, oldest, diagnoses)]
        assert [[one.reference for one in found] for found in together] == alone
    assert alone == [[], [], []]  # Bernd is of another service


def test_what_was_read_ahead_is_logged_for_the_patient(heinrich: str):
    repository(ANNA).create(pulse(heinrich))
    with repository(ANNA).look("page") as records:
        records.ahead([("Observation", (("patient", f"Patient/{heinrich}"), ("_total", "none")))])
    event = AuditEvent.objects.filter(action="page", patient=heinrich).get()
    assert (event.type, event.person) == ("Observation", ANNA.person)


def test_several_wishes_are_answered_at_once_and_as_alone(heinrich: str, django_assert_num_queries: Any):
    wishes = {
        "consult": Wish(Deed.CONSULT),
        "admit": Wish(Deed.ADMIT),
        "write in the thread": Wish(Action.CREATE, CHAT),
        "read diagnoses": Wish(Action.READ, CLINICAL),
        "change diagnoses": Wish(Action.UPDATE, CLINICAL),
    }
    for actor in (ANNA, CLARA, MIA, BERND):
        alone = {
            name
            for name, wish in wishes.items()
            if allowed(actor, wish.action, patient=heinrich, category=wish.category)
        }
        with django_assert_num_queries(1):
            assert allowed_among(actor, wishes, patient=heinrich) == alone
    assert alone == set()  # Bernd is of another service


def test_a_nurse_may_measure_and_may_not_diagnose(heinrich: str):
    measure = {"measure": Wish(Action.CREATE, CLINICAL, "Observation", own=True)}
    diagnose = {"diagnose": Wish(Action.CREATE, CLINICAL, "Condition", own=True)}
    assert allowed_among(ANNA, {**measure, **diagnose}, patient=heinrich) == {"measure"}
    assert allowed_among(CLARA, {**measure, **diagnose}, patient=heinrich) == {"measure", "diagnose"}
    assert allowed_among(BERND, {**measure, **diagnose}, patient=heinrich) == set()
