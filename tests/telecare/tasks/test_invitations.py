"""Who is invited into a care team finds it on the worklist, until it has answered."""

from __future__ import annotations

import pytest
from django.utils import timezone

from patients.access import repository
from patients.accounts.actor import Actor
from patients.network import documents
from patients.network import services as network
from patients.network.resources import care_link, treatment
from patients.network.resources.teams import asking
from telecare.tasks import queries
from tests.cast import HEINRICH, ident
from tests.patients.network.conftest import Put, by_fhir

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

SONNENHOF = ident("sonnenhof")
__all__ = ["by_fhir"]


def invite(by: Actor) -> None:
    basis = treatment(timezone.localtime(), str(by.person))
    network.start_link(by, HEINRICH, organisation=SONNENHOF, bases=[basis], asks=True)


def test_bernds_service_is_asked_once_and_done_when_it_accepts(anna: Actor, bernd: Actor):
    invite(anna)
    (task,) = queries.worklist(bernd)
    assert task.text.startswith("Einladung")
    assert task.patient == HEINRICH
    assert queries.worklist(anna) == []
    network.accept_link(bernd, HEINRICH)
    assert queries.worklist(bernd) == []
    done = queries.one(bernd, task.id)
    assert (done.status, done.taken_by) == ("completed", bernd.person)


def test_an_invitation_that_ends_asks_nobody_any_more(anna: Actor, bernd: Actor):
    invite(anna)
    network.end_link(anna, HEINRICH, organisation=SONNENHOF)
    invite(anna)
    (task,) = queries.worklist(bernd)
    assert task.status == "requested"


def test_the_patient_invites_as_well_and_who_is_not_asked_has_nothing_to_answer(
    heinrich: Actor, bernd: Actor, anna: Actor
):
    basis = treatment(timezone.localtime(), str(anna.person))
    network.start_link(anna, HEINRICH, organisation=ident("deichweg"), bases=[basis])
    invite(heinrich)
    assert len(queries.worklist(bernd)) == 1


def test_by_fhir_it_is_the_same(anna: Actor, bernd: Actor, by_fhir: Put):
    link = care_link(
        HEINRICH,
        SONNENHOF,
        manager=str(anna.organisation),
        bases=[treatment(timezone.localtime(), str(anna.person))],
        since=timezone.localtime(),
    )
    assert by_fhir(anna, asking(link)).status_code == 201
    assert [one.patient for one in queries.worklist(bernd)] == [HEINRICH]


def test_an_invitation_in_confidence_is_nothing_for_the_rest_of_the_team(anna: Actor, clara: Actor, david: Actor):
    """Dr. Voss asks Dr. Renner; that he cares shall not be known to all."""
    basis = treatment(timezone.localtime(), str(clara.person))
    link = care_link(HEINRICH, ident("deichweg"), manager=ident("markt"), bases=[basis])
    narrow = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}
    documents.write(clara, {**asking(link), "meta": narrow})
    assert repository(anna).search("Task", [("patient", HEINRICH)]).rows == []
    (task,) = queries.worklist(david)
    assert task.text.startswith("Einladung")
