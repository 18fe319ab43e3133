"""What a patient allows, forbids and takes back."""

from __future__ import annotations

import pytest

from patients.access import allowed, repository
from patients.access.ceilings import Action
from patients.access.models import Right
from patients.accounts.actor import Actor, Role
from patients.accounts.models import User
from patients.accounts.queries import actor_of
from patients.errors import Denied, Invalid, Missing
from patients.network import services
from patients.network.resources import Name
from patients.records.models import Document
from tests.cast import HEINRICH, IDA, ident

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

MARKT, MOORLAND = (f"Organization/{ident(one)}" for one in ("markt", "moorland"))
DEPRESSION = {
    "resourceType": "Condition",
    "code": {"coding": [{"system": "http://fhir.de/CodeSystem/bfarm/icd-10-gm", "code": "F32.1"}]},
    "subject": {"reference": f"Patient/{HEINRICH}"},
}


def test_mental_health_is_opened_by_a_consent_that_names_it_and_shut_by_its_withdrawal(
    heinrich: Actor, clara: Actor, anna: Actor
):
    written = written_elsewhere(clara)
    with pytest.raises(Missing):
        repository(clara).read("Condition", written.logical_id)
    consent = services.allow(heinrich, HEINRICH, whom=MARKT, categories=["mental"])
    assert repository(clara).read("Condition", written.logical_id)
    with pytest.raises(Missing):  # the ceiling of a nurse
        repository(anna).read("Condition", written.logical_id)
    services.withdraw(heinrich, consent.logical_id)
    with pytest.raises(Missing):
        repository(clara).read("Condition", written.logical_id)


def written_elsewhere(by: Actor) -> Document:
    """A diagnosis of another practice."""
    from patients.accounts.actor import system

    return repository(system("test")).create(DEPRESSION, custodian=ident("deichweg"))


def test_an_objection_shuts_one_category_for_one_organisation(heinrich: Actor, clara: Actor, anna: Actor):
    objection = services.object_to(heinrich, HEINRICH, whom=MARKT, categories=["chat"])
    assert not allowed(clara, Action.READ, patient=HEINRICH, category="chat")
    assert allowed(clara, Action.READ, patient=HEINRICH, category="clinical")
    assert allowed(anna, Action.READ, patient=HEINRICH, category="chat")
    services.withdraw(heinrich, objection.logical_id)
    assert allowed(clara, Action.READ, patient=HEINRICH, category="chat")


def test_an_objection_to_everybody_and_everything_shuts_all_but_the_patient(
    heinrich: Actor, clara: Actor, anna: Actor, ida: Actor
):
    services.object_to(heinrich, HEINRICH)
    for actor in (clara, anna, ida):
        with pytest.raises(Missing):
            repository(actor).read("Patient", HEINRICH)
    assert repository(heinrich).read("Patient", HEINRICH)


def test_staff_record_what_the_patient_signed_on_paper(anna: Actor, mia: Actor):
    for actor in (anna, mia):
        consent = services.allow(actor, HEINRICH, whom=MARKT, categories=["mental"])
        assert consent.content["verification"][0]["verified"] is True
        assert consent.content["organization"] == [{"reference": f"Organization/{actor.organisation}"}]


def test_doctors_pharmacists_relatives_and_strangers_record_no_consent(
    clara: Actor, sabine: Actor, ida: Actor, bernd: Actor, wilma: Actor, karl: Actor
):
    for actor in (clara, sabine, ida):
        with pytest.raises(Denied):
            services.allow(actor, HEINRICH, whom=MARKT, categories=["mental"])
    for actor in (bernd, wilma, karl):
        with pytest.raises(Missing):
            services.allow(actor, HEINRICH, whom=MARKT, categories=["mental"])
    assert Document.objects.filter(type="Consent").count() == 1  # Ida's, of the cast


def test_a_consent_names_what_it_is_about(heinrich: Actor):
    for categories in ([], ["gossip"], ["consent"]):
        with pytest.raises(Invalid):
            services.allow(heinrich, HEINRICH, whom=MARKT, categories=categories)


def test_a_relative_must_be_one_of_this_patient(wilma: Actor):
    with pytest.raises(Invalid):
        services.allow(wilma, str(wilma.patient), whom=f"RelatedPerson/{IDA}", categories=["clinical"])


# -- relatives and representatives


def test_ida_sees_what_her_father_lets_her_see_until_he_takes_it_back(ida: Actor, heinrich: Actor, clara: Actor):
    pressure = {"resourceType": "Condition", "subject": {"reference": f"Patient/{HEINRICH}"}, "code": {"text": "Knie"}}
    knee = repository(clara).create(pressure)
    assert repository(ida).read("Condition", knee.logical_id)
    assert not allowed(ida, Action.READ, patient=HEINRICH, category="medication")
    with pytest.raises(Denied):
        repository(ida).create(pressure)
    (consent,) = Document.objects.filter(type="Consent")
    services.withdraw(heinrich, consent.logical_id)
    with pytest.raises(Missing):
        repository(ida).read("Condition", knee.logical_id)


def test_a_representative_acts_in_the_patients_name_once_somebody_saw_the_paper(anna: Actor, ida: Actor):
    with pytest.raises(Invalid):
        services.make_representative(anna, IDA, scope=["clinical"], evidence=" ")
    services.make_representative(
        anna, IDA, scope=["administrative", "clinical", "medication", "chat", "consent"], evidence="Betreuerausweis"
    )
    acting = actor_of(User.objects.get(pk=ida.account))
    assert acting.role is Role.REPRESENTATIVE
    assert allowed(acting, Action.READ, patient=HEINRICH, category="medication")
    assert not allowed(acting, Action.READ, patient=HEINRICH, category="mental")
    services.object_to(acting, HEINRICH, whom=MARKT, categories=["chat"])
    assert not Right.objects.filter(organisation=ident("markt"), category="chat").exists()


def test_nobody_makes_themselves_a_representative(ida: Actor, heinrich: Actor, clara: Actor, bernd: Actor):
    for actor in (heinrich, ida):
        with pytest.raises(Denied):
            services.make_representative(actor, IDA, scope=["clinical"], evidence="x")
    with pytest.raises(Denied):
        services.make_representative(clara, IDA, scope=["clinical"], evidence="x")
    with pytest.raises(Missing):
        services.make_representative(bernd, IDA, scope=["clinical"], evidence="x")


def test_the_patient_enters_a_relative_alone(heinrich: Actor):
    related = services.add_relative(
        heinrich, HEINRICH, name=Name("Lübben", "Thea"), relationship="NBOR", categories=["administrative"]
    )
    assert related.custodian == f"Patient/{HEINRICH}"
    assert Right.objects.filter(person=related.reference, category="administrative").exists()
