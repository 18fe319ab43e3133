"""Rights and what is written by them, in two transactions at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from patients.access import Update, derivation, projections, repository
from patients.access.models import Right
from patients.accounts.actor import Actor, system
from patients.database import write
from patients.errors import Denied, Missing
from patients.network import services
from patients.network.resources import Paper, treatment
from patients.network.services.erasure import erase
from patients.records import store
from patients.records.models import Document
from patients.records.reindex import project_anew
from patients.vault.models import DataKey
from tests.cast import ident
from tests.meanwhile import Other

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.storage]
HL7 = "http://terminology.hl7.org/CodeSystem"
NEW = "5b0c6a0e-5a0e-4c51-9d0e-3c1f6f1d2a11"
PAPER = Paper(date(2026, 11, 1))


def derived_anew(patient: str) -> set[tuple[object, ...]]:
    found = derivation.rights(patient, projections.facts_of(patient))
    return {projections._values(row) for row in found if row.until > timezone.now()}


def rows(patient: str) -> set[tuple[object, ...]]:
    return {projections._values(row) for row in Right.objects.filter(patient=patient)}


def test_an_objection_is_not_undone_by_whoever_changes_the_team_at_the_same_moment(
    heinrich: Actor, anna: Actor
) -> None:
    patient = str(heinrich.patient)
    with write():
        services.object_to(heinrich, patient, whom=f"Organization/{ident('klinikum')}")
        basis = treatment(timezone.localtime() - timedelta(minutes=1), str(anna.person))
        other = Other(lambda: services.start_link(anna, patient, organisation=ident("klinikum"), bases=[basis]))
        other.comes()
    other.ends()
    assert rows(patient) == derived_anew(patient)
    assert not Right.objects.filter(patient=patient, organisation=ident("klinikum"))


def pulse(patient: str, by: Actor) -> dict[str, object]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": f"{HL7}/observation-category", "code": "vital-signs"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": "2026-11-29T09:00:00+01:00",
        "performer": [{"reference": by.person}],
        "valueQuantity": {"value": 72, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
    }


def appointment(patient: str, by: Actor) -> dict[str, object]:
    taking_part = [{"actor": {"reference": one}, "status": "accepted"} for one in (f"Patient/{patient}", by.person)]
    return {"resourceType": "Appointment", "status": "proposed", "participant": taking_part}


def values(patient: str) -> int:
    return Document.objects.filter(type="Observation", patient=patient, deleted=False).count()


def test_who_only_writes_waits_for_nobody(heinrich: Actor, anna: Actor, clara: Actor) -> None:
    """On SQLite everybody waits."""
    patient = str(heinrich.patient)
    repository(clara).create(appointment(patient, clara))
    with write():
        repository(anna).create(pulse(patient, anna))
        other = Other(lambda: repository(clara).create(appointment(patient, clara)))
        assert other.comes() is (connection.vendor == "sqlite")
    other.ends()


def test_a_right_does_not_end_while_it_is_used(heinrich: Actor, anna: Actor) -> None:
    patient = str(heinrich.patient)
    with write():
        repository(anna).create(pulse(patient, anna))
        other = Other(lambda: services.end_link(heinrich, patient, organisation=ident("moorland")))
        assert other.comes()
    other.ends()
    assert values(patient) == 1


def _new(known: Document) -> dict[str, object]:
    return {name: value for name, value in known.content.items() if name not in ("id", "meta")}


def _within(act: Callable[[], object]) -> object:
    with write():
        return act()


WRITES = {
    "create": lambda anna, known: repository(anna).create(_new(known)),
    "many": lambda anna, known: _within(lambda: repository(anna).create_many([(store.prepare(_new(known)), NEW)])),
    "update": lambda anna, known: repository(anna).update(known.content),
    "updates": lambda anna, known: _within(
        lambda: repository(anna).update_many([Update(store.prepare(known.content))])
    ),
    "delete": lambda anna, known: repository(anna).delete("Appointment", known.logical_id),
    "consent": lambda anna, known: services.object_to(anna, known.patient, paper=PAPER),
}


@pytest.mark.parametrize("way", WRITES)
def test_what_is_sent_while_a_right_ends_is_refused(heinrich: Actor, anna: Actor, way: str) -> None:
    patient = str(heinrich.patient)
    known = repository(anna).create(appointment(patient, anna))
    with write():
        services.end_link(heinrich, patient, organisation=ident("moorland"))
        other = Other(lambda: WRITES[way](anna, known))
        other.comes()
    with pytest.raises((Denied, Missing)):
        other.ends()
    assert Document.objects.get(pk=known.pk).version == 1
    assert Document.objects.filter(type="Appointment", patient=patient).count() == 1


def test_what_comes_in_while_a_record_is_erased_goes_as_well(heinrich: Actor, anna: Actor) -> None:
    patient = str(heinrich.patient)
    repository(anna).create(pulse(patient, anna))
    with write():
        repository(anna).create(pulse(patient, anna))
        other = Other(lambda: erase(system("the last day"), patient))
        other.comes()
    other.ends()
    assert not Document.objects.filter(patient=patient)


def test_nothing_is_written_in_a_record_that_is_being_erased(heinrich: Actor, anna: Actor) -> None:
    patient = str(heinrich.patient)
    repository(anna).create(pulse(patient, anna))
    with write():
        erase(system("the last day"), patient)
        other = Other(lambda: repository(anna).create(pulse(patient, anna)))
        other.comes()
    with pytest.raises((Denied, Missing)):
        other.ends()
    assert not Document.objects.filter(patient=patient)
    assert not DataKey.objects.filter(patient=patient, destroyed_at=None)


def test_what_is_said_while_all_rights_are_derived_anew_is_not_lost(heinrich: Actor) -> None:
    patient = str(heinrich.patient)
    with write():
        services.object_to(heinrich, patient, whom=f"Organization/{ident('markt')}")
        other = Other(project_anew)
        other.comes()
    other.ends()
    assert rows(patient) == derived_anew(patient)
    assert not Right.objects.filter(patient=patient, organisation=ident("markt"))


def test_what_is_said_after_all_rights_were_derived_anew_is_not_lost(heinrich: Actor) -> None:
    patient = str(heinrich.patient)
    with write():
        project_anew()
        other = Other(lambda: services.object_to(heinrich, patient, whom=f"Organization/{ident('markt')}"))
        other.comes()
    other.ends()
    assert rows(patient) == derived_anew(patient)
    assert not Right.objects.filter(patient=patient, organisation=ident("markt"))
