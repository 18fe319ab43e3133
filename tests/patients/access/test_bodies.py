"""An old body that somebody put back under the database is found by what the log says was written."""

from __future__ import annotations

import pytest

from patients.access import bodies, repository
from patients.accounts.actor import system
from patients.records.models import Document, Version
from patients.vault import Unreadable

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def pulse(patient: str, value: int, ident: str | None = None) -> dict:
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "category": [
            {
                "coding": [
                    {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}
                ]
            }
        ],
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": "2026-11-27T08:00:00+01:00",
        "valueQuantity": {"value": value, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
    }
    return {**observation, "id": ident} if ident else observation


@pytest.fixture
def corrected(clara, heinrich) -> Document:
    """Clara wrote a pulse of 71, then corrected it twice."""
    records = repository(clara)
    document = records.create(pulse(heinrich.patient, 71))
    for value in (72, 73):
        document = records.update(pulse(heinrich.patient, value, document.logical_id))
    return document


def test_bodies_that_nobody_touched_are_as_the_log_says(corrected):
    found = bodies.compare()
    assert found.fault == ""
    assert found.good == 3


def test_the_row_of_an_old_version_put_back_is_found(corrected):
    old = Version.objects.get(document_id=corrected.pk, version=1)
    Version.objects.filter(document_id=corrected.pk).delete()
    Document.objects.filter(pk=corrected.pk).update(version=1, body=old.body, key=old.key)
    assert Document.objects.get(pk=corrected.pk).content["valueQuantity"]["value"] == 71  # it opens, and looks good
    fault = bodies.compare().fault
    assert corrected.reference in fault
    assert "version 3 was written, version 1 is stored" in fault


@pytest.mark.parametrize("place", ["current", "superseded"])
def test_an_exchanged_body_is_found(corrected, place):
    old = Version.objects.get(document_id=corrected.pk, version=1)
    if place == "current":
        Document.objects.filter(pk=corrected.pk).update(body=old.body)
    else:
        Version.objects.filter(document_id=corrected.pk, version=2).update(body=old.body)
    fault = bodies.compare().fault
    assert fault == f"The body of {corrected.reference} version {3 if place == 'current' else 2} was exchanged."


def test_bodies_of_two_patients_that_changed_places_are_found(corrected, david, wilma):
    other = repository(david).create(pulse(wilma.patient, 64))
    mine, its = Document.objects.get(pk=corrected.pk).body, other.body
    Document.objects.filter(pk=corrected.pk).update(body=its)
    Document.objects.filter(pk=other.pk).update(body=mine)
    assert "was exchanged" in bodies.compare().fault


def test_bodies_that_changed_places_or_were_cut_open_for_nobody(corrected, clara, david, wilma):
    other = repository(david).create(pulse(wilma.patient, 64))
    bodies_ = {one.pk: bytes(one.body) for one in Document.objects.filter(pk__in=[corrected.pk, other.pk])}
    mine, hers = bodies_[corrected.pk], bodies_[other.pk]
    for put in (hers, mine[:-1], mine[1:], mine[: len(mine) // 2], mine + b"\0", b""):
        Document.objects.filter(pk=corrected.pk).update(body=put)
        with pytest.raises(Unreadable):
            _ = repository(clara).read("Observation", corrected.logical_id).text
        assert bodies.compare().fault == f"The body of {corrected.reference} version 3 was exchanged."
    Document.objects.filter(pk=corrected.pk).update(body=hers, key=other.key)
    with pytest.raises(Unreadable):
        _ = repository(clara).read("Observation", corrected.logical_id).text


@pytest.mark.parametrize("column", ["patient", "custodian"])
def test_a_row_that_was_moved_into_another_record_is_named(corrected, david, wilma, column):
    """Its body opens where it was put, and David would read of Wilma what was written of Heinrich."""
    value = wilma.patient if column == "patient" else david.organisation
    Document.objects.filter(pk=corrected.pk).update(**{column: value})
    assert Document.objects.get(pk=corrected.pk).content["valueQuantity"]["value"] == 73
    assert bodies.compare().fault == f"{corrected.reference} was moved into another record."


@pytest.mark.parametrize("version", [1, 2])
def test_a_version_that_was_taken_out_of_the_history_is_named(corrected, version):
    Version.objects.filter(document_id=corrected.pk, version=version).delete()
    assert bodies.compare().fault == f"{corrected.reference} version {version} was taken out of its history."


def test_a_deleted_document_and_an_erased_one_are_no_fault(corrected, clara, heinrich):
    maker = repository(system("test"))
    gone = maker.create(pulse(heinrich.patient, 60), custodian=clara.organisation)
    maker.delete("Observation", gone.logical_id)
    assert bodies.compare().fault == ""
    Version.objects.filter(document_id=corrected.pk).delete()
    Document.objects.filter(pk=corrected.pk).delete()
    found = bodies.compare()
    assert (found.fault, found.gone) == ("", 1)


def test_a_document_that_was_erased_and_came_in_anew_is_no_fault_but_an_old_body_of_it_is(corrected, clara, heinrich):
    first = Version.objects.get(document_id=corrected.pk, version=1)
    Version.objects.filter(document_id=corrected.pk).delete()
    Document.objects.filter(pk=corrected.pk).delete()
    again = repository(clara).update(pulse(heinrich.patient, 74, corrected.logical_id))
    assert again.version == 1
    assert bodies.compare().fault == ""
    Document.objects.filter(pk=again.pk).update(body=first.body, key=first.key)
    assert "was exchanged" in bodies.compare().fault


def test_a_body_that_no_row_of_the_log_knows_is_counted(cast, anna, heinrich):
    before = bodies.compare().unlogged  # the cast is made without the log
    assert before > 0
    repository(anna).create(pulse(heinrich.patient, 70))
    assert bodies.compare().unlogged == before
