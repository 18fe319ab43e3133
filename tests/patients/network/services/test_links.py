"""Care links: who may add whom, on which basis, and how they end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from patients import events
from patients.access import repository
from patients.access.models import Right
from patients.accounts.actor import Actor
from patients.errors import Denied, Invalid, Missing
from patients.network import services
from patients.network.resources import Basis, treatment
from tests.cast import HEINRICH, ident

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

SONNENHOF, MOORLAND, MARKT, DEICHWEG = (ident(one) for one in ("sonnenhof", "moorland", "markt", "deichweg"))


def informed(by: Actor) -> Basis:
    return treatment(timezone.localtime(), str(by.person))


@pytest.fixture
def cut() -> Iterator[list[tuple[str, str]]]:
    """What was told when access changed: (patient, organisation)."""
    told: list[tuple[str, str]] = []

    def remember(*, patient: str, organisation: str, person: str) -> None:
        told.append((patient, organisation))

    events.on("access.changed", remember, when="inside")
    yield told
    events.forget("access.changed", remember)


def test_clara_calls_the_second_nursing_service_in_and_bernd_sees_heinrich(clara: Actor, bernd: Actor):
    with pytest.raises(Missing):
        repository(bernd).read("Patient", HEINRICH)
    services.start_link(clara, HEINRICH, organisation=SONNENHOF, bases=[informed(clara)])
    assert repository(bernd).read("Patient", HEINRICH)


def test_a_link_without_a_basis_shows_only_what_one_records_oneself(clara: Actor, anna: Actor, bernd: Actor):
    services.start_link(clara, HEINRICH, organisation=SONNENHOF)
    theirs = repository(anna).create(note(anna))
    with pytest.raises(Missing):
        repository(bernd).read("Composition", theirs.logical_id)
    own = repository(bernd).create(note(bernd))
    assert repository(bernd).read("Composition", own.logical_id)


def test_nobody_adds_their_own_organisation(bernd: Actor, david: Actor):
    for outsider, own in ((bernd, SONNENHOF), (david, DEICHWEG)):
        with pytest.raises(Denied, match="nicht selbst"):
            services.start_link(outsider, HEINRICH, organisation=own, bases=[informed(outsider)])
    assert not Right.objects.filter(patient=HEINRICH, organisation__in=(SONNENHOF, DEICHWEG)).exists()


def test_an_outsider_is_told_the_same_of_a_person_who_does_not_exist(bernd: Actor):
    texts = set()
    for patient in (HEINRICH, ident("nobody")):
        with pytest.raises(Denied) as caught:
            services.start_link(bernd, patient, organisation=SONNENHOF, bases=[informed(bernd)])
        texts.add(caught.value.text)
    assert len(texts) == 1


def test_an_organisation_does_not_prolong_its_own_link(clara: Actor, bernd: Actor):
    until = timezone.localtime() + timedelta(days=7)
    services.start_link(clara, HEINRICH, organisation=SONNENHOF, bases=[informed(clara)], until=until)
    for lasting in (until, None):  # not even what it has: it would outlive the end that others set
        with pytest.raises(Denied, match="nicht selbst"):
            services.start_link(bernd, HEINRICH, organisation=SONNENHOF, bases=[informed(bernd)], until=lasting)


def test_a_pharmacist_and_a_coordinator_call_nobody_in(sabine: Actor, karl: Actor):
    for actor in (sabine, karl):
        with pytest.raises(Denied):
            services.start_link(actor, HEINRICH, organisation=SONNENHOF, bases=[informed(actor)])


def test_the_patient_calls_a_service_in(heinrich: Actor, bernd: Actor):
    services.start_link(heinrich, HEINRICH, organisation=SONNENHOF, bases=[informed(heinrich)])
    assert repository(bernd).read("Patient", HEINRICH)


def test_a_relative_and_another_patient_do_not(ida: Actor, wilma: Actor):
    for actor in (ida, wilma):
        with pytest.raises(Denied):
            services.start_link(actor, HEINRICH, organisation=SONNENHOF, bases=[informed(actor)])


def test_only_a_doctor_judges_a_presumed_will_and_it_ends_after_fourteen_days(anna: Actor, clara: Actor):
    def presumed(by: Actor) -> Basis:
        return Basis("presumed", timezone.localtime(), str(by.person), reason="dementia, no guardian yet")

    with pytest.raises(Denied, match="Ärztin"):
        services.start_link(anna, HEINRICH, organisation=SONNENHOF, bases=[presumed(anna)])
    services.start_link(clara, HEINRICH, organisation=SONNENHOF, bases=[presumed(clara)])
    right = Right.objects.get(organisation=SONNENHOF, category="clinical", basis="presumed")
    assert timedelta(days=14) - timedelta(minutes=1) < right.until - right.since <= timedelta(days=14)


def test_a_basis_of_tomorrow_is_refused(clara: Actor):
    tomorrow = treatment(timezone.localtime() + timedelta(days=1), str(clara.person))
    with pytest.raises(Invalid):
        services.start_link(clara, HEINRICH, organisation=SONNENHOF, bases=[tomorrow])


def test_the_scope_of_a_link_is_kept(sabine: Actor, clara: Actor):
    medication = repository(clara).create(
        {
            "resourceType": "MedicationStatement",
            "status": "active",
            "medicationCodeableConcept": {"text": "Torasemid 20 mg"},
            "subject": {"reference": f"Patient/{HEINRICH}"},
        }
    )
    written = repository(clara).create(note(clara, "11488-4"))
    assert repository(sabine).read("MedicationStatement", medication.logical_id)
    with pytest.raises(Missing):
        repository(sabine).read("Composition", written.logical_id)


def test_a_link_ends_at_once_and_its_sockets_are_told(anna: Actor, clara: Actor, cut: list[tuple[str, str]]):
    services.end_link(clara, HEINRICH, organisation=MARKT)
    assert (HEINRICH, MARKT) in cut
    assert (HEINRICH, MOORLAND) not in cut
    with pytest.raises(Missing):
        repository(clara).read("Patient", HEINRICH)
    assert repository(anna).read("Patient", HEINRICH)


def test_who_began_a_link_and_the_patient_end_it_and_others_do_not(
    anna: Actor, clara: Actor, mia: Actor, heinrich: Actor, bernd: Actor
):
    with pytest.raises(Denied):
        services.end_link(clara, HEINRICH, organisation=MOORLAND)  # Anna began it
    with pytest.raises(Missing):
        services.end_link(bernd, HEINRICH, organisation=MOORLAND)
    services.end_link(anna, HEINRICH, organisation=MARKT)
    with pytest.raises(Missing):
        repository(mia).read("Patient", HEINRICH)
    services.end_link(heinrich, HEINRICH, organisation=MOORLAND)
    with pytest.raises(Missing):
        repository(anna).read("Patient", HEINRICH)


def test_ending_what_is_not_there_says_so(anna: Actor):
    with pytest.raises(Missing):
        services.end_link(anna, HEINRICH, organisation=SONNENHOF)


def note(by: Actor, code: str = "34746-8") -> dict[str, object]:
    """A note; by default of nursing."""
    return {
        "resourceType": "Composition",
        "status": "final",
        "type": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": f"Patient/{HEINRICH}"},
        "date": "2026-11-20T09:00:00+01:00",
        "author": [{"reference": by.person}],
        "title": "Pflegebericht",
    }
