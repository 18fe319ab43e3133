"""Two records of one person: joined and parted, by our services and by FHIR; the stricter objection wins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from patients import events
from patients.access import Action, allowed, repository
from patients.access.categories import OF_PATIENTS
from patients.access.joining import joined, others_of, own_records, together
from patients.access.models import READ, Right
from patients.accounts.actor import Actor, Role, system
from patients.errors import Conflict, Denied, Invalid, Missing
from patients.network import queries, services
from patients.network.joining import with_link, without_link
from patients.network.resources import Address, Name, treatment
from patients.records.models import Document
from patients.records.reindex import reindex
from telecare.vitals import services as vitals
from telecare.vitals.kinds import PULSE
from tests.cast import HEINRICH, WILMA, ident
from tests.patients.network.conftest import Put

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

TWICE = ident("heinrich-again")
MOORLAND, SONNENHOF, MARKT = (ident(one) for one in ("moorland", "sonnenhof", "markt"))


@pytest.fixture
def twice(bernd: Actor, anna: Actor) -> str:
    """Bernd took Heinrich on a second time, with a slip in the address; and calls Anna's service in, as he is told."""
    by = treatment(timezone.localtime(), str(bernd.person))
    services.admit_patient(
        bernd,
        name=Name("Brandt", "Heinrich"),
        birth_date=date(1941, 3, 14),
        address=Address("Lindenweg 44", "49377", "Lüttmoor"),
        basis=by,
        logical_id=TWICE,
    )
    services.start_link(bernd, TWICE, organisation=MOORLAND, bases=[by])
    return TWICE


@pytest.fixture
def told() -> Iterator[set[tuple[str, str]]]:
    """Whose access to whom changed: (patient, organisation)."""
    found: set[tuple[str, str]] = set()

    def remember(*, patient: str, organisation: str, person: str) -> None:
        found.add((patient, organisation))

    events.on("access.changed", remember, when="inside")
    yield found
    events.forget("access.changed", remember)


def sees(actor: Actor, patient: str, category: str = "nursing") -> bool:
    return allowed(actor, Action.READ, patient=patient, category=category)


def rows(patient: str) -> set[tuple[object, ...]]:
    names = ("organisation", "person", "category", "custodian", "actions", "basis", "since", "until")
    return set(Right.objects.filter(patient=patient).values_list(*names))


def test_who_cares_in_one_record_sees_both_and_after_parting_only_their_own(
    anna: Actor, bernd: Actor, clara: Actor, twice: str, told: set[tuple[str, str]]
):
    before = rows(HEINRICH), rows(twice)
    services.join_records(anna, HEINRICH, twice)
    assert (sees(bernd, HEINRICH), sees(clara, twice, "clinical")) == (True, True)
    assert {(HEINRICH, SONNENHOF), (twice, MARKT)} <= told
    told.clear()
    services.part_records(anna, HEINRICH, twice)
    assert (sees(bernd, HEINRICH), sees(clara, twice, "clinical")) == (False, False)
    assert (sees(bernd, twice), sees(clara, HEINRICH, "clinical")) == (True, True)
    assert {(HEINRICH, SONNENHOF), (twice, MARKT)} <= told
    assert (rows(HEINRICH), rows(twice)) == before


def test_nothing_is_moved_and_nothing_sealed_anew(anna: Actor, twice: str):
    kept = {
        one.pk: (bytes(one.body), one.patient, one.custodian, one.key)
        for one in Document.objects.exclude(type="Patient")
    }
    services.join_records(anna, HEINRICH, twice)
    assert {
        one.pk: (bytes(one.body), one.patient, one.custodian, one.key)
        for one in Document.objects.exclude(type="Patient")
    } == kept


def test_an_objection_in_either_record_holds_for_both_whenever_it_was_made(
    anna: Actor, bernd: Actor, clara: Actor, heinrich: Actor, twice: str
):
    services.object_to(heinrich, HEINRICH, whom=f"Organization/{SONNENHOF}", categories=["nursing"])
    services.join_records(anna, HEINRICH, twice)
    assert (sees(bernd, HEINRICH), sees(bernd, twice)) == (False, False)
    assert sees(bernd, HEINRICH, "medication")
    said = services.object_to(bernd, twice, whom=f"Organization/{MARKT}", categories=["medication"])
    assert (sees(clara, HEINRICH, "medication"), sees(clara, twice, "medication")) == (False, False)
    services.withdraw(bernd, said.logical_id)
    assert (sees(clara, HEINRICH, "medication"), sees(clara, twice, "medication")) == (True, True)


def test_what_a_consent_opens_stays_with_its_record(anna: Actor, clara: Actor, heinrich: Actor, ida: Actor, twice: str):
    services.allow(heinrich, HEINRICH, whom=f"Organization/{MARKT}", categories=["mental"])
    services.join_records(anna, HEINRICH, twice)
    assert (sees(clara, HEINRICH, "mental"), sees(clara, twice, "mental")) == (True, False)
    assert (sees(ida, HEINRICH, "clinical"), sees(ida, twice, "clinical")) == (True, False)


def test_a_link_that_ends_ends_for_both(anna: Actor, clara: Actor, twice: str):
    services.join_records(anna, HEINRICH, twice)
    services.end_link(clara, HEINRICH, organisation=MARKT)
    assert (sees(clara, HEINRICH, "clinical"), sees(clara, twice, "clinical")) == (False, False)


def test_who_does_not_care_in_both_joins_nothing_and_learns_nothing(
    bernd: Actor, clara: Actor, david: Actor, sabine: Actor, anna: Actor, twice: str
):
    for outsider in (bernd, david):
        texts = set()
        for patient in (HEINRICH, ident("nobody")):
            own = twice if outsider is bernd else WILMA
            with pytest.raises(Missing) as caught:
                services.join_records(outsider, own, patient)
            texts.add(caught.value.text)
        assert len(texts) == 1
    with pytest.raises(Missing):
        services.join_records(clara, HEINRICH, twice)
    services.start_link(
        anna, twice, organisation=ident("linden"), bases=[treatment(timezone.localtime(), str(anna.person))]
    )
    with pytest.raises(Denied):
        services.join_records(sabine, HEINRICH, twice)
    assert joined(HEINRICH) == []


def test_who_only_reads_the_other_record_in_an_emergency_joins_nothing(bernd: Actor, twice: str):
    now = timezone.now()
    Right.objects.create(
        patient=HEINRICH,
        organisation=SONNENHOF,
        person=str(bernd.person),
        category="administrative",
        custodian="",
        actions=READ,
        since=now,
        until=now + timedelta(minutes=30),
        basis=Right.Basis.EMERGENCY,
        document="Task/emergency",
    )
    assert repository(bernd).read("Patient", HEINRICH)
    with pytest.raises(Denied, match="in beiden"):
        services.join_records(bernd, twice, HEINRICH)
    assert joined(twice) == []


def test_two_people_never_become_one(anna: Actor, david: Actor, twice: str):
    services.start_link(david, WILMA, organisation=MOORLAND, bases=[treatment(timezone.localtime(), str(david.person))])
    with pytest.raises(Invalid, match="Geburtsdaten"):
        services.join_records(anna, HEINRICH, WILMA)
    with pytest.raises(Invalid):
        services.join_records(anna, HEINRICH, HEINRICH)
    services.join_records(anna, HEINRICH, twice)
    with pytest.raises(Conflict):
        services.join_records(anna, HEINRICH, twice)
    services.part_records(anna, twice, HEINRICH)
    with pytest.raises(Missing):
        services.part_records(anna, twice, HEINRICH)


def test_by_fhir_the_same_rules_hold_and_the_other_record_follows(anna: Actor, bernd: Actor, twice: str, by_fhir: Put):
    ours = repository(anna).read("Patient", HEINRICH).content
    assert by_fhir(bernd, with_link(repository(bernd).read("Patient", twice).content, HEINRICH)).status_code == 404
    assert by_fhir(anna, {**with_link(ours, twice), "gender": "other"}).status_code == 422
    replaced = {**ours, "link": [{"other": {"reference": f"Patient/{twice}"}, "type": "replaced-by"}]}
    assert by_fhir(anna, replaced).status_code == 422
    assert by_fhir(anna, with_link(ours, twice)).status_code == 200
    assert repository(anna).read("Patient", twice).content["link"][0]["other"]["reference"] == f"Patient/{HEINRICH}"
    assert sees(bernd, HEINRICH)
    now = repository(anna).read("Patient", HEINRICH).content
    assert by_fhir(anna, without_link(now, twice)).status_code == 200
    assert "link" not in repository(anna).read("Patient", twice).content
    assert not sees(bernd, HEINRICH)


def test_heinrich_himself_and_an_import_join_nothing(heinrich: Actor, anna: Actor, twice: str):
    ours = repository(anna).read("Patient", HEINRICH).content
    with pytest.raises(Denied):
        services.join_records(heinrich, HEINRICH, HEINRICH)
    client = Actor(role=Role.SYSTEM_CLIENT, organisation=SONNENHOF)
    imported = {
        **ours,
        "id": ident("import-1"),
        "link": [{"other": {"reference": f"Patient/{HEINRICH}"}, "type": "seealso"}],
    }
    repository(client).update(imported)
    assert joined(HEINRICH) == []
    assert joined(ident("import-1")) == []


def test_reindexing_gives_the_same_rights(anna: Actor, twice: str):
    services.join_records(anna, HEINRICH, twice)
    before = rows(HEINRICH), rows(twice)
    reindex()
    assert (rows(HEINRICH), rows(twice)) == before


def test_three_records_of_one_person_are_seen_as_one(anna: Actor, bernd: Actor, clara: Actor, twice: str):
    by = treatment(timezone.localtime(), str(anna.person))
    third = services.admit_patient(
        anna, name=Name("Brand", "Heinrich"), birth_date=date(1941, 3, 14), basis=by, logical_id=ident("third")
    ).logical_id
    services.join_records(anna, HEINRICH, twice)
    services.join_records(anna, twice, third)
    assert joined(HEINRICH) == sorted([twice, third])
    assert (sees(clara, third, "clinical"), sees(bernd, third)) == (True, True)
    services.part_records(anna, twice, HEINRICH)
    assert (sees(clara, third, "clinical"), sees(bernd, third)) == (False, True)


def test_the_team_says_who_sees_the_record_through_the_other(anna: Actor, twice: str):
    services.join_records(anna, HEINRICH, twice)
    links = {one.id: one for one in queries.team_page(anna, HEINRICH).links}
    assert "versorgt in einer verbundenen Akte" in links[SONNENHOF].bases
    assert not links[SONNENHOF].may_end


def test_a_joined_record_that_is_erased_stands_in_nobodys_way(
    anna: Actor, clara: Actor, bernd: Actor, heinrich: Actor, twice: str
):
    services.join_records(anna, HEINRICH, twice)
    services.erase(system("erasure"), twice)
    assert joined(HEINRICH) == []
    services.object_to(heinrich, HEINRICH, whom=f"Organization/{MARKT}", categories=["medication"])
    assert (sees(clara, HEINRICH, "medication"), sees(clara, HEINRICH, "clinical")) == (False, True)
    assert not sees(bernd, HEINRICH)


# -- the person's own account


def test_heinrich_sees_both_as_his_own_and_after_parting_one(anna: Actor, heinrich: Actor, ida: Actor, twice: str):
    assert not sees(heinrich, twice)
    services.join_records(anna, HEINRICH, twice)
    assert {category for category in OF_PATIENTS if sees(heinrich, twice, category)} == set(OF_PATIENTS)
    assert (own_records(heinrich), together(heinrich, twice)) == ((HEINRICH, twice), (HEINRICH, twice))
    assert (own_records(anna), together(anna, twice)) == ((), (twice,))
    services.part_records(anna, HEINRICH, twice)
    assert not sees(heinrich, twice)
    assert (own_records(heinrich), together(heinrich, twice)) == ((HEINRICH,), (twice,))
    assert repository(heinrich).read("Patient", HEINRICH)


def test_of_three_records_he_sees_all_and_of_strangers_none(anna: Actor, heinrich: Actor, twice: str):
    by = treatment(timezone.localtime(), str(anna.person))
    third = services.admit_patient(
        anna, name=Name("Brand", "Heinrich"), birth_date=date(1941, 3, 14), basis=by, logical_id=ident("third")
    ).logical_id
    services.join_records(anna, HEINRICH, twice)
    services.join_records(anna, twice, third)
    assert set(own_records(heinrich)) == {HEINRICH, twice, third}
    assert [one.logical_id for one in repository(heinrich).search("Patient", []).rows if one.logical_id == WILMA] == []
    assert others_of([HEINRICH, WILMA]) == {HEINRICH: {twice, third}}
    services.part_records(anna, HEINRICH, twice)
    assert own_records(heinrich) == (HEINRICH,)


def test_by_fhir_heinrich_reads_what_others_recorded_in_his_second_record(
    anna: Actor, bernd: Actor, heinrich: Actor, twice: str
):
    pulse = vitals.record_measurement(bernd, twice, kind=PULSE, values=[Decimal(77)], taken_at=timezone.localtime())
    with pytest.raises(Missing):
        repository(heinrich).read("Observation", pulse.logical_id)
    services.join_records(anna, HEINRICH, twice)
    assert repository(heinrich).read("Observation", pulse.logical_id).patient == twice
    found = repository(heinrich).search("Observation", [("code", "8867-4")]).rows
    assert pulse.logical_id in {one.logical_id for one in found}
    with pytest.raises(Denied):  # what the service recorded stays the service's
        vitals.take_back(heinrich, pulse.logical_id, reason="Das war ich nicht")


def test_what_heinrich_records_there_is_his_and_stands_in_that_record(anna: Actor, heinrich: Actor, twice: str):
    services.join_records(anna, HEINRICH, twice)
    own = vitals.record_measurement(heinrich, twice, kind=PULSE, values=[Decimal(66)], taken_at=timezone.localtime())
    assert (own.patient, own.custodian) == (twice, f"Patient/{twice}")
    assert vitals.take_back(heinrich, own.logical_id, reason="Vertippt").content["status"] == "entered-in-error"
    said = services.object_to(heinrich, twice, whom=f"Organization/{SONNENHOF}", categories=["nursing"])
    assert (said.patient, said.custodian) == (twice, f"Patient/{twice}")


def test_the_person_is_no_member_of_their_own_team(anna: Actor, twice: str):
    services.join_records(anna, HEINRICH, twice)
    for patient in (HEINRICH, twice):
        page = queries.team_page(anna, patient)
        assert [one.reference for one in page.relatives if one.reference.startswith("Patient/")] == []
        assert "" not in {one.id for one in page.links}


def test_a_no_to_video_in_either_record_holds_for_both(anna: Actor, bernd: Actor, twice: str):
    services.refuse(bernd, twice, act="video")
    assert not queries.refused(HEINRICH, "video")
    services.join_records(anna, HEINRICH, twice)
    assert queries.refused(HEINRICH, "video")
    assert queries.refusals([HEINRICH, WILMA], "video") == {HEINRICH: {""}}
    services.part_records(anna, HEINRICH, twice)
    assert not queries.refused(HEINRICH, "video")


def test_when_his_record_is_erased_nobody_is_left_who_sees_the_other_as_his(anna: Actor, heinrich: Actor, twice: str):
    services.join_records(anna, HEINRICH, twice)
    services.erase(system("erasure"), HEINRICH)
    assert not Right.objects.filter(person=f"Patient/{HEINRICH}").exists()
    assert others_of([twice]) == {}
