"""The cast at the FHIR edge: Moorland and the practice at the market care for Heinrich; Bernd and David do not."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from patients.access import categories, repository
from patients.accounts import actor, services
from patients.accounts.actor import Role
from patients.accounts.models import Membership, User
from patients.database import write
from patients.records import store, wire
from patients.records.models import Document
from tests.patients.access.test_documents import basis, refer, team

MOORLAND, MARKT, NORDHEIDE, WALDECK = (str(uuid.UUID(int=number)) for number in (1, 2, 3, 4))
FHIR = "application/fhir+json"
SYSTEM = actor.system("test")

Json = dict[str, Any]


@dataclass
class Person:
    """Somebody who calls the FHIR edge with a token of their own."""

    client: Client
    user: User
    token: str

    def get(self, address: str, **headers: str) -> HttpResponse:
        return self.client.get(f"/fhir/{address}", headers=self._headers(headers))

    def post(self, address: str, body: Json | bytes, **headers: str) -> HttpResponse:
        return self.client.post(f"/fhir/{address}", _bytes(body), FHIR, headers=self._headers(headers))

    def put(self, address: str, body: Json | bytes, **headers: str) -> HttpResponse:
        return self.client.put(f"/fhir/{address}", _bytes(body), FHIR, headers=self._headers(headers))

    def delete(self, address: str, **headers: str) -> HttpResponse:
        return self.client.delete(f"/fhir/{address}", headers=self._headers(headers))

    def look_for(self, type_: str, form: str) -> HttpResponse:
        """POST _search."""
        media = "application/x-www-form-urlencoded"
        return self.client.post(f"/fhir/{type_}/_search", form, media, headers=self._headers({}))

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}", **{name.replace("_", "-"): more[name] for name in more}}


def _bytes(body: Json | bytes) -> bytes:
    return body if isinstance(body, bytes) else wire.text(body)


def content(response: HttpResponse) -> Json:
    """The JSON of an answer, decimals to the digit."""
    found: Json = json.loads(response.content, parse_float=Decimal)
    return found


def issue(response: HttpResponse) -> Json:
    """The first issue of the OperationOutcome that an answer is."""
    outcome = content(response)
    assert outcome["resourceType"] == "OperationOutcome", outcome
    assert response.headers["Content-Type"].startswith(FHIR)
    first: Json = outcome["issue"][0]
    return first


def found(response: HttpResponse) -> list[Json]:
    """The resources of a Bundle."""
    assert response.status_code == 200, response.content
    return [entry["resource"] for entry in content(response).get("entry", ())]


def person(kind: str, username: str, reference: str, organisation: str = "", role: Role | None = None) -> Person:
    if role:
        Membership.objects.create(person=reference, organisation=organisation, role=role, document=username)
    user = services.create_account(SYSTEM, kind=kind, username=username, person=reference)
    return Person(Client(), user, services.issue_token(user))


def stored(resource: Json, *, custodian: str = MOORLAND, logical_id: str | None = None) -> Document:
    """Written as if by its custodian, past all rights."""
    prepared = store.prepare(resource)
    with write():
        return store.create(
            prepared, custodian=custodian, category=categories.category_of(resource), logical_id=logical_id
        )


def pulse(patient: str, value: str = "72", taken: str = "2026-11-21T08:10:00+01:00", **more: Any) -> Json:
    vital = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [vital]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": taken,
        "valueQuantity": {
            "value": Decimal(value), "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min",
        },
        **more,
    }  # fmt: skip


@pytest.fixture
def anna(db: None) -> Person:
    return person("staff", "anna", "Practitioner/anna", MOORLAND, Role.NURSE)


@pytest.fixture
def bernd(db: None) -> Person:
    return person("staff", "bernd", "Practitioner/bernd", NORDHEIDE, Role.NURSE)


@pytest.fixture
def clara(db: None) -> Person:
    return person("staff", "clara", "Practitioner/clara", MARKT, Role.DOCTOR)


@pytest.fixture
def david(db: None) -> Person:
    return person("staff", "david", "Practitioner/david", WALDECK, Role.DOCTOR)


@pytest.fixture
def machine(db: None) -> Person:
    """The system client of `telecare token system`."""
    token = services.token_for("system")
    return Person(Client(), User.objects.get(username="system"), token)


@pytest.fixture
def heinrich(db: None) -> str:
    """A patient for whom Moorland and the practice care together, with treatment as their basis."""
    patient = stored({"resourceType": "Patient", "name": [{"family": "Brandt"}], "birthDate": "1941-03-14"})
    both = [{"member": refer(f"Organization/{one}"), "extension": [basis()]} for one in (MOORLAND, MARKT)]
    stored({**team(*both), "subject": refer(f"Patient/{patient.logical_id}")})
    return patient.logical_id


@pytest.fixture
def hearts(heinrich: str) -> Document:
    """A pulse of Heinrich, recorded by Clara."""
    doctor = actor.Actor(Role.DOCTOR, person="Practitioner/clara", organisation=MARKT)
    return repository(doctor).create(pulse(heinrich))
