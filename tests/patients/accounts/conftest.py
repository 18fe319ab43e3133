"""Accounts of the cast: Anna is a nurse of Moorland, Heinrich a patient, Ida his daughter."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from pytest_django import Settings

from patients.accounts import actor, services
from patients.accounts.models import Membership, User

PASSWORD = "ein gutes Kennwort"
ADDRESS = "192.0.2.7"
SYSTEM = actor.system("test")


class Fast(PBKDF2PasswordHasher):
    """One round: these tests are about rules, not about the cost of guessing."""

    algorithm = "fast"
    iterations = 1


@pytest.fixture(autouse=True)
def passwords_are_checked_fast(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.Fast"]


def account(kind: str, username: str, person: str, name: str = "") -> User:
    return services.create_account(SYSTEM, kind=kind, username=username, person=person, name=name, password=PASSWORD)


def member(person: str, organisation: str, role: actor.Role) -> Membership:
    return Membership.objects.create(
        person=person, organisation=organisation, role=role, document=f"{person}-{organisation}-{role}"[-64:]
    )


@pytest.fixture
def anna(db: None) -> User:
    member("Practitioner/anna", "moorland", actor.Role.NURSE)
    return account("staff", "anna", "Practitioner/anna", "Anna Siemer")


@pytest.fixture
def heinrich(db: None) -> User:
    return account("patient", "Heinrich.Brandt", "Patient/heinrich")


@pytest.fixture
def ida(db: None) -> User:
    return account("relative", "ida.brandt", "RelatedPerson/ida")
