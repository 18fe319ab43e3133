"""A name beside a reference is a name of who is referenced: no record shows one person and points at another."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from patients.access import repository
from patients.accounts.actor import Actor, Role, system
from patients.errors import Invalid, Missing
from patients.network import documents
from patients.records.models import Document
from tests.cast import HEINRICH, IDA, WILMA, ident
from tests.house.edge import Caller, Stranger
from tests.patients.access.test_documents import concept

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

Json = dict[str, Any]
Cast = dict[str, Actor]
PULSE = concept("http://loinc.org", "8867-4")


def pulse(to: str = "", by: str = "", *, about: str = f"Patient/{HEINRICH}", who: str = "anna", **more: Any) -> Json:
    """A pulse of Heinrich, measured by Anna, with these names beside the references."""
    subject, performer = {"reference": about}, {"reference": f"Practitioner/{ident(who)}"}
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": PULSE,
        "subject": subject | ({"display": to} if to else {}),
        "performer": [performer | ({"display": by} if by else {})],
        **more,
    }


@pytest.mark.parametrize(
    "shown",
    ["Heinrich Brandt", "BRANDT, Heinrich", "Brandt", "Heinrich", "Herr Brandt", "H. Brandt", "Dr. med. Brandt",
     "Heinrich Brandt, geb. 14.3.1941", "Brandt Heinrich (Zimmer 4)"],
)  # fmt: skip
def test_heinrich_is_called_by_any_form_of_his_name(clara: Actor, shown: str) -> None:
    assert repository(clara).create(pulse(shown)).content["subject"]["display"] == shown


@pytest.mark.parametrize("shown", ["Wilma Dettmer", "Ida Brandt", "I. Brandt", "Heinrich Dettmer", "Unbekannt"])
def test_what_is_recorded_of_heinrich_shows_nobody_elses_name(clara: Actor, shown: str) -> None:
    with pytest.raises(Invalid, match=r"name beside|Name neben") as refused:
        repository(clara).create(pulse(shown))
    assert [one.where for one in refused.value.findings] == ["Observation.subject.display"]
    assert not Document.objects.filter(type="Observation").exists()


@pytest.mark.parametrize(
    ("shown", "fits"),
    [("Anna Siemer", True), ("Anna Siemer, Pflegefachkraft", True), ("Schwester Anna Siemer", True),
     ("Dr. Clara Voss", False), ("Voss", False), ("Clara Siemer", False)],
)  # fmt: skip
def test_nobody_measures_in_anothers_name(clara: Actor, shown: str, fits: bool) -> None:
    if fits:
        assert repository(clara).create(pulse(by=shown)).version == 1
    else:
        with pytest.raises(Invalid):
            repository(clara).create(pulse(by=shown))


@pytest.mark.parametrize(
    ("shown", "fits"),
    [("Pflegedienst Moorland", True), ("Moorland", True), ("Pflegedienst Moorland gGmbH", True),
     ("Pflegedienst Sonnenhof", False), ("Hausarztpraxis am Markt", False)],
)  # fmt: skip
def test_an_organisation_is_called_as_it_is(clara: Actor, shown: str, fits: bool) -> None:
    named = {"reference": f"Organization/{ident('moorland')}", "display": shown}
    resource = pulse() | {"performer": [named]}
    if fits:
        assert repository(clara).create(resource).version == 1
    else:
        with pytest.raises(Invalid, match=r"name beside|Name neben"):
            repository(clara).create(resource)


@pytest.mark.parametrize(("shown", "fits"), [("Anna Siemer", True), ("Pflegedienst Moorland", True), ("Voss", False)])
def test_a_function_is_called_by_who_has_it_or_where(clara: Actor, shown: str, fits: bool) -> None:
    functions = Document.objects.filter(type="PractitionerRole")
    hers = next(one for one in functions if ident("anna") in one.content["practitioner"]["reference"])
    resource = pulse() | {"performer": [{"reference": hers.reference, "display": shown}]}
    if fits:
        assert repository(clara).create(resource).version == 1
    else:
        with pytest.raises(Invalid, match=r"name beside|Name neben"):
            repository(clara).create(resource)


@pytest.mark.parametrize(
    "reference",
    [f"http://127.0.0.1:8000/fhir/Patient/{HEINRICH}", f"Patient/{HEINRICH}/_history/1"],
    ids=["with the server", "with a version"],
)
def test_another_spelling_of_the_reference_is_the_same_person(clara: Actor, reference: str) -> None:
    extension = [{"url": "https://x.example/of", "valueReference": {"reference": reference, "display": "Ida Brandt"}}]
    with pytest.raises(Invalid, match=r"name beside|Name neben") as refused:
        repository(clara).create(pulse(extension=extension))
    assert refused.value.findings[0].where == "Observation.extension.valueReference.display"


def test_a_correction_may_keep_what_stood_there_and_brings_no_wrong_name(clara: Actor) -> None:
    foreign = pulse("Heini vom Deich")
    kept = repository(system("test")).create(foreign, custodian=clara.organisation)
    corrected = repository(clara).update({**foreign, "id": kept.logical_id, "status": "amended"})
    assert corrected.content["subject"]["display"] == "Heini vom Deich"
    with pytest.raises(Invalid):
        repository(clara).update({**pulse("Ida Brandt"), "id": kept.logical_id})


def test_a_former_name_stays_a_name(clara: Actor) -> None:
    person = Document.objects.get(type="Patient", logical_id=HEINRICH).content
    before = {"use": "old", "family": "Hinrichs", "given": ["Heinrich"], "period": {"end": "1969-05-02"}}
    documents.write(clara, {**person, "name": [*person["name"], before]})
    assert repository(clara).create(pulse("Heinrich Hinrichs")).version == 1


def test_an_import_keeps_foreign_names_as_they_came(clara: Actor) -> None:
    importer = Actor(role=Role.SYSTEM_CLIENT)
    assert repository(importer).create(pulse("Wer auch immer", about="Patient/far-away")).version == 1


def test_who_may_not_see_somebody_learns_no_name_by_guessing(david: Actor) -> None:
    for shown in ("Heinrich Brandt", "Ida Brandt"):
        with pytest.raises(Missing):
            repository(david).create(pulse(shown))
    spelled = [
        {"url": "https://x.example/of", "valueReference": {"reference": f"http://x.example/{who}", "display": shown}}
        for who in (f"Patient/{HEINRICH}", f"RelatedPerson/{IDA}")
        for shown in ("Heinrich Brandt", "Ida Brandt", "Niemand")
    ]
    made = repository(david).create(pulse(about=f"Patient/{WILMA}", who="david", extension=spelled))
    assert made.version == 1  # nothing of it is compared: right and wrong names are answered alike


def test_a_consent_names_whom_it_opens_the_record_to(anna: Actor) -> None:
    consent = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]
        },
        "category": [concept("http://loinc.org", "59284-0")],
        "patient": {"reference": f"Patient/{HEINRICH}"},
        "policyRule": concept("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTIN"),
        "performer": [{"reference": f"Patient/{HEINRICH}", "display": "Ida Brandt"}],
    }
    with pytest.raises(Invalid, match=r"name beside|Name neben"):
        documents.write(anna, consent)
    consent["performer"] = [{"reference": f"Patient/{HEINRICH}", "display": "Heinrich Brandt"}]
    assert documents.write(anna, consent).version == 1


def test_a_program_is_told_the_place(clara: Actor) -> None:
    caller = Caller(Stranger("clara", clara, ""))
    answer = caller.ask("POST", "Observation", pulse("Ida Brandt"))
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["Observation.subject.display"]
    answer = caller.ask("POST", "Observation", pulse("Heinrich Brandt"))
    assert answer.status_code == 201
    change = b'[{"op": "replace", "path": "/subject/display", "value": "Ida Brandt"}]'
    assert caller.patch(f"Observation/{answer.json()['id']}", change).status_code == 422


def test_the_refusal_says_in_german_what_to_do(clara: Actor) -> None:
    with translation.override("de"), pytest.raises(Invalid) as refused:
        repository(clara).create(pulse("Ida Brandt"))
    assert refused.value.text == (
        "Der Name neben einem Verweis muss der Name der gemeinten Person oder Stelle sein. "
        "Bitte berichtigen oder weglassen."
    )
