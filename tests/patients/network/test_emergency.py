"""Break-glass reads. It lets nobody in, and says nothing in the patient's name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from patients.access import Action, allowed
from patients.access.models import READ, Right
from patients.accounts.actor import Actor
from patients.errors import Denied
from patients.network import services
from patients.network.resources import treatment
from tests.cast import HEINRICH, ident

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def open_glass(actor: Actor) -> None:
    """Half an hour of reading everything, as `patients.access.derivation` writes it."""
    now = timezone.now()
    for category in ("administrative", "clinical", "consent"):
        Right.objects.create(
            patient=HEINRICH,
            organisation=str(actor.organisation),
            person=str(actor.person),
            category=category,
            custodian="",
            actions=READ,
            since=now,
            until=now + timedelta(minutes=30),
            basis=Right.Basis.EMERGENCY,
            document="Task/emergency",
        )


@pytest.mark.parametrize("where", ["sonnenhof", "deichweg", "klinikum"])
def test_david_in_an_emergency_lets_no_organisation_in(david: Actor, where: str) -> None:
    open_glass(david)
    assert allowed(david, Action.READ, patient=HEINRICH)
    basis = treatment(timezone.localtime(), str(david.person))
    with pytest.raises(Denied):
        services.start_link(david, HEINRICH, organisation=ident(where), bases=[basis])
    assert not Right.objects.filter(patient=HEINRICH, organisation=ident(where)).exclude(document="Task/emergency")


def test_bernd_in_an_emergency_records_no_consent(bernd: Actor) -> None:
    open_glass(bernd)
    with pytest.raises(Denied):
        services.allow(bernd, HEINRICH, whom=f"Organization/{bernd.organisation}", categories=["clinical"])
    with pytest.raises(Denied):
        services.object_to(bernd, HEINRICH)
