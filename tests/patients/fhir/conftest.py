"""The cast at the FHIR edge, each with a bearer token. Anna and Clara care for Heinrich, Bernd and David do not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from patients.access import categories, repository
from patients.accounts import services
from patients.accounts.actor import Actor
from patients.accounts.models import User
from patients.accounts.queries import actor_of
from patients.database import write
from patients.fhir.jsonpatch import JSON_PATCH
from patients.records import store, wire
from patients.records.models import Document

FHIR = "application/fhir+json"

Json = dict[str, Any]


@dataclass
class Person:
    """Somebody who calls the FHIR edge with a token of their own."""

    client: Client
    user: User
    token: str
    actor: Actor

    def get(self, address: str, **headers: str) -> HttpResponse:
        return self.client.get(f"/fhir/{address}", headers=self._headers(headers))

    def head(self, address: str) -> HttpResponse:
        return self.client.head(f"/fhir/{address}", headers=self._headers({}))

    def post(self, address: str, body: Json | bytes, **headers: str) -> HttpResponse:
        return self.client.post(f"/fhir/{address}", _bytes(body), FHIR, headers=self._headers(headers))

    def put(self, address: str, body: Json | bytes, **headers: str) -> HttpResponse:
        return self.client.put(f"/fhir/{address}", _bytes(body), FHIR, headers=self._headers(headers))

    def patch(self, address: str, steps: list[Json] | bytes, **headers: str) -> HttpResponse:
        """A JSON Patch."""
        body = steps if isinstance(steps, bytes) else wire.text(steps)
        return self.client.patch(f"/fhir/{address}", body, JSON_PATCH, headers=self._headers(headers))

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


def calls(actor: Actor) -> Person:
    """This character, at the edge."""
    user = User.objects.get(pk=actor.account)
    return Person(Client(), user, services.issue_token(user), actor)


def stored(resource: Json, *, custodian: str, logical_id: str | None = None) -> Document:
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
def anna(cast: dict[str, Actor]) -> Person:
    return calls(cast["anna"])


@pytest.fixture
def bernd(cast: dict[str, Actor]) -> Person:
    return calls(cast["bernd"])


@pytest.fixture
def clara(cast: dict[str, Actor]) -> Person:
    return calls(cast["clara"])


@pytest.fixture
def david(cast: dict[str, Actor]) -> Person:
    return calls(cast["david"])


@pytest.fixture
def machine(cast: dict[str, Actor]) -> Person:
    """The system client of `telecare token system`."""
    token = services.token_for("system")
    user = User.objects.get(username="system")
    return Person(Client(), user, token, actor_of(user))


@pytest.fixture
def heinrich(cast: dict[str, Actor]) -> str:
    """The id of the patient."""
    return str(cast["heinrich"].patient)


@pytest.fixture
def hearts(cast: dict[str, Actor], heinrich: str) -> Document:
    """A pulse of Heinrich, recorded by Clara."""
    return repository(cast["clara"]).create(pulse(heinrich))
