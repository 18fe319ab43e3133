"""Composition/$document: the Composition first, all that it refers to after it, nothing that one may not see."""

from __future__ import annotations

from typing import Any

import pytest

from patients.access import repository
from patients.audit.models import AuditEvent
from patients.records import validation, wire
from patients.records.models import Document
from tests.cast import HEINRICH, WILMA, ident
from tests.patients.fhir.conftest import Json, Person, content, issue, pulse, stored
from tests.patients.fhir.operations.conftest import parameters, resources

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

MARKT = ident("markt")
LOINC = "http://loinc.org"


def letter(clara: Person, *entries: Document, patient: str = HEINRICH, **more: Any) -> Json:
    return {
        "resourceType": "Composition",
        "status": "final",
        "type": {"coding": [{"system": LOINC, "code": "11488-4"}]},
        "subject": {"reference": f"Patient/{patient}"},
        "date": "2026-11-21T09:00:00+01:00",
        "author": [{"reference": str(clara.actor.person)}],
        "title": "Brief",
        "custodian": {"reference": f"Organization/{MARKT}"},
        "section": [
            {
                "title": "Werte",
                "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Puls</div>'},
                **({"entry": [{"reference": one.reference} for one in entries]} if entries else {}),
            }
        ],
        **more,
    }


@pytest.fixture
def written(clara: Person, hearts: Document) -> Document:
    return repository(clara.actor).create(letter(clara, hearts))


def test_the_composition_comes_first_then_what_it_names_in_that_order(
    clara: Person, written: Document, hearts: Document
) -> None:
    bundle = content(clara.get(f"{written.reference}/$document"))
    assert (bundle["type"], bundle["identifier"]["system"]) == ("document", "urn:ietf:rfc:3986")
    assert bundle["timestamp"]
    assert [f"{one['resourceType']}/{one['id']}" for one in resources(bundle)] == [
        written.reference, f"Patient/{HEINRICH}", clara.actor.person, f"Organization/{MARKT}", hearts.reference,
    ]  # fmt: skip
    assert all(one["fullUrl"].endswith(f"/{one['resource']['id']}") for one in bundle["entry"])
    validation.check(wire.parse(clara.get(f"{written.reference}/$document").content))


def test_each_resource_stands_as_it_was_stored(clara: Person, written: Document) -> None:
    assert written.text in clara.get(f"{written.reference}/$document").content


def test_the_same_document_has_the_same_identifier_until_something_changes(
    clara: Person, written: Document, hearts: Document
) -> None:
    first, again = (content(clara.get(f"{written.reference}/$document"))["identifier"] for _ in range(2))
    assert first == again
    repository(clara.actor).update({**hearts.content, "note": [{"text": "im Sitzen"}]})
    assert content(clara.get(f"{written.reference}/$document"))["identifier"] != first


def test_for_strangers_there_is_no_document(bernd: Person, david: Person, written: Document) -> None:
    for stranger in (bernd, david):
        theirs, nothing = (stranger.get(f"Composition/{one}/$document") for one in (written.logical_id, "nothing"))
        assert theirs.status_code == nothing.status_code == 404
        assert theirs.content.replace(written.logical_id.encode(), b"nothing") == nothing.content


def test_what_anna_may_not_see_is_not_in_her_copy(anna: Person, clara: Person, hearts: Document) -> None:
    label = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}
    hidden = stored(pulse(HEINRICH, meta=label), custodian=MARKT)
    written = repository(clara.actor).create(letter(clara, hearts, hidden))
    assert hidden.logical_id in {one["id"] for one in resources(content(clara.get(f"{written.reference}/$document")))}
    hers = {one["id"] for one in resources(content(anna.get(f"{written.reference}/$document")))}
    assert hearts.logical_id in hers
    assert hidden.logical_id not in hers


def test_both_parts_of_a_note_come_together_whichever_is_asked_for(
    clara: Person, written: Document, hearts: Document
) -> None:
    appending = [{"code": "appends", "targetReference": {"reference": written.reference}}]
    other = repository(clara.actor).create(letter(clara, relatesTo=appending))
    for first, second in ((written, other), (other, written)):
        told = resources(content(clara.get(f"{first.reference}/$document")))
        assert [one["id"] for one in told[:2]] == [first.logical_id, second.logical_id]
        assert hearts.logical_id in {one["id"] for one in told}


def test_what_was_replaced_and_what_is_somebody_elses_is_no_part(clara: Person, written: Document) -> None:
    replacing = [{"code": "replaces", "targetReference": {"reference": written.reference}}]
    newer = repository(clara.actor).create(letter(clara, relatesTo=replacing))
    appending = [{"code": "appends", "targetReference": {"reference": written.reference}}]
    stored(letter(clara, patient=WILMA, relatesTo=appending), custodian=ident("deichweg"))
    for one in (written, newer):
        told = resources(content(clara.get(f"{one.reference}/$document")))
        assert [each["id"] for each in told if each["resourceType"] == "Composition"] == [one.logical_id]


def test_one_look_is_one_entry_in_the_log(clara: Person, written: Document) -> None:
    before = AuditEvent.objects.count()
    clara.get(f"{written.reference}/$document")
    rows = list(AuditEvent.objects.order_by("id")[before:])
    assert [row.action for row in rows if row.patient == HEINRICH] == ["document"]
    assert {row.patient for row in rows} == {HEINRICH, ""}


def test_a_document_is_stored_when_that_is_asked_for(clara: Person, written: Document) -> None:
    answer = clara.post(f"{written.reference}/$document", parameters(persist=True))
    assert answer.status_code == 201, answer.content
    kept = content(answer)
    assert content(clara.get(f"Bundle/{kept['id']}"))["entry"] == kept["entry"]
    assert kept["entry"][0]["resource"]["id"] == written.logical_id
    plainly = clara.post(f"{written.reference}/$document", parameters(persist=False))
    assert (plainly.status_code, "id" in content(plainly)) == (200, False)


def test_nobody_stores_by_looking(clara: Person, written: Document) -> None:
    assert issue(clara.get(f"{written.reference}/$document?persist=true"))["expression"] == ["persist"]
    assert issue(clara.get(f"{written.reference}/$document?graph=x"))["expression"] == ["graph"]


def test_it_is_found_by_its_address_too(clara: Person, written: Document) -> None:
    by_id = content(clara.get(f"Composition/$document?id={written.reference}"))
    assert resources(by_id) == resources(content(clara.get(f"{written.reference}/$document")))
    assert clara.get("Composition/$document?id=https://elsewhere.example/Composition/1").status_code == 400
    assert clara.get("Composition/$document").status_code == 400
