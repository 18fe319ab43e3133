"""Taking on patients."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from patients.access import repository
from patients.accounts.actor import Actor
from patients.audit.models import AuditEvent
from patients.errors import Conflict, Denied, Invalid, Missing
from patients.network import services
from patients.network.resources import Address, Name, treatment
from patients.records.models import Document
from tests.cast import HEINRICH

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

ERNA: dict[str, Any] = {
    "name": Name("Hinrichs", "Erna Marie"),
    "birth_date": date(1938, 5, 4),
    "kvnr": "X110051935",
    "address": Address("Am Sportplatz 2", "49377", "Moordorf"),
}
HEINRICH_AGAIN: dict[str, Any] = {
    "name": Name("Brandt", "Heinrich"),
    "birth_date": date(1941, 3, 14),
    "address": Address("Lindenweg 4", "49377", "Lüttmoor"),
}


def test_a_nurse_takes_a_patient_on_and_her_service_sees_him(bernd: Actor, anna: Actor):
    erna = services.admit_patient(bernd, **ERNA, basis=treatment(timezone.localtime(), str(bernd.person)))
    assert repository(bernd).read("Patient", erna.logical_id).content["birthDate"] == "1938-05-04"
    with pytest.raises(Missing):
        repository(anna).read("Patient", erna.logical_id)


def test_who_may_not_take_on_patients_does_not(sabine: Actor, karl: Actor, admin: Actor, heinrich: Actor, dora: Actor):
    for actor in (sabine, karl, admin, heinrich, dora):
        with pytest.raises(Denied):
            services.admit_patient(actor, **ERNA)


@pytest.mark.parametrize(
    "details",
    [
        HEINRICH_AGAIN,
        {**HEINRICH_AGAIN, "name": Name("BRANDT", "heinrich"), "address": Address("Lindenweg  4", "49377", "x")},
        {"name": Name("Brand", "Heinz"), "birth_date": date(1941, 3, 14), "kvnr": "X110411941"},
    ],
)
def test_a_person_whom_the_network_knows_is_not_taken_on_twice(bernd: Actor, cast: Any, details: dict[str, Any]):
    with pytest.raises(Conflict, match="im Netz bekannt"):
        services.admit_patient(bernd, **details)
    assert Document.objects.filter(type="Patient").count() == 2


@pytest.mark.parametrize(
    "again", [{}, {"name": Name("Ahlers", "Heinrich")}, {"address": Address("Deich 1", "49377", "")}]
)
def test_who_married_and_moved_is_known_by_what_held_before_and_by_what_holds_now(
    anna: Actor, bernd: Actor, again: dict[str, Any]
):
    today = timezone.localdate()
    services.rename_person(anna, HEINRICH, name=Name("Ahlers", "Heinrich"), since=today)
    services.move_person(anna, HEINRICH, address=Address("Deich 1", "49377", "Lüttmoor"), since=today)
    with pytest.raises(Conflict, match="im Netz bekannt"):
        services.admit_patient(bernd, **{**HEINRICH_AGAIN, **again})
    nearly = {**HEINRICH_AGAIN, "address": Address("Deich 2", "49377", "Lüttmoor")}
    assert services.admit_patient(bernd, **nearly).logical_id != HEINRICH


@pytest.mark.parametrize("family", ["Li", "de la Cruz, geb. Ng", "O|$\\Hara"])
def test_any_family_name_is_looked_for(anna: Actor, bernd: Actor, family: str):
    mei = {"name": Name(family, "Mei"), "birth_date": date(1950, 2, 3), "address": ERNA["address"]}
    services.admit_patient(bernd, **mei)
    with pytest.raises(Conflict, match="im Netz bekannt"):
        services.admit_patient(anna, **mei)


def test_those_who_see_the_person_are_told_so(anna: Actor):
    with pytest.raises(Conflict, match="schon versorgt"):
        services.admit_patient(anna, **HEINRICH_AGAIN)


@pytest.mark.parametrize(
    "details",
    [
        {**HEINRICH_AGAIN, "birth_date": date(1941, 3, 15)},
        {**HEINRICH_AGAIN, "address": Address("Lindenweg 5", "49377", "Lüttmoor")},
        {"name": Name("Brandt", "Heinrich"), "birth_date": date(1941, 3, 14)},
        {"name": Name("Brandt", "Heinrich"), "birth_date": date(1941, 3, 15), "kvnr": "X110411941"},
    ],
)
def test_near_misses_tell_nothing(bernd: Actor, details: dict[str, Any]):
    made = services.admit_patient(bernd, **details)
    assert made.logical_id != HEINRICH


def test_asking_after_people_is_logged_and_limited(bernd: Actor):
    for _ in range(10):
        with pytest.raises(Conflict):
            services.admit_patient(bernd, **HEINRICH_AGAIN)
    with pytest.raises(Denied, match="warten"):
        services.admit_patient(bernd, **HEINRICH_AGAIN)
    asked = AuditEvent.objects.filter(account=bernd.account, action="admission of a known person")
    assert [one.patient for one in asked] == [HEINRICH] * 11


def test_who_has_asked_too_often_learns_of_nobody_any_more(bernd: Actor, david: Actor):
    for _ in range(10):
        with pytest.raises(Conflict):
            services.admit_patient(bernd, **HEINRICH_AGAIN)
    told = set()
    for details in (HEINRICH_AGAIN, ERNA):
        with pytest.raises(Denied) as caught:
            services.admit_patient(bernd, **details)
        told.add(caught.value.text)
    assert len(told) == 1
    assert services.admit_patient(david, **ERNA).version == 1


def test_nobody_is_born_tomorrow(anna: Actor):
    with pytest.raises(Invalid):
        services.admit_patient(anna, **{**ERNA, "birth_date": timezone.localdate() + timedelta(days=1)})
