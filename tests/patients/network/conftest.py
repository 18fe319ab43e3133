"""Those who run an organisation: Jonas the practice on the market, Jens the nurses of Moorland. And a way to FHIR."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from patients.accounts import services as accounts
from patients.accounts.actor import Actor, Role, system
from patients.accounts.models import User
from patients.accounts.queries import actor_of
from patients.network import services
from patients.network.resources import Name
from patients.records import wire
from tests.cast import ident

FHIR = "application/fhir+json"
Put = Callable[[Actor, dict[str, Any]], HttpResponse]


def employed(slug: str, name: Name, place: str, role: Role) -> Actor:
    """Somebody with a function and a sign-in."""
    maker = system("cast")
    person = services.add_practitioner(maker, name=name, organisation=ident(place), role=role, logical_id=ident(slug))
    user = accounts.create_account(maker, kind="staff", username=slug, person=person.reference, name=str(name))
    return actor_of(user)


@pytest.fixture
def jonas(cast: dict[str, Actor]) -> Actor:
    """Administrator of the Hausarztpraxis am Markt."""
    return employed("jonas", Name("Petersen", "Jonas"), "markt", Role.ADMINISTRATOR)


@pytest.fixture
def jens(cast: dict[str, Actor]) -> Actor:
    """Head of nursing at Pflegedienst Moorland, where Anna works."""
    return employed("jens", Name("Okken", "Jens"), "moorland", Role.NURSING_LEAD)


@pytest.fixture
def by_fhir(db: None) -> Put:
    """Sends a resource to the FHIR edge as somebody: by PUT if it has an id, else by POST."""

    def send(actor: Actor, resource: dict[str, Any]) -> HttpResponse:
        token = accounts.issue_token(User.objects.get(pk=actor.account or 0))
        headers = {"authorization": f"Bearer {token}"}
        kind, body = resource["resourceType"], wire.text(resource)
        if "id" in resource:
            return Client().put(f"/fhir/{kind}/{resource['id']}", body, FHIR, headers=headers)
        return Client().post(f"/fhir/{kind}", body, FHIR, headers=headers)

    return send
