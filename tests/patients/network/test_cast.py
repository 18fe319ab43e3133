"""The cast itself: who they are, and that it costs little to have them."""

from __future__ import annotations

import pytest

from patients.access import allowed, repository
from patients.access.ceilings import Action
from patients.accounts.actor import Actor, Role
from patients.errors import Missing

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


@pytest.mark.parametrize("time", ["first", "again"])
def test_the_team_sees_heinrich_and_the_others_do_not(cast: dict[str, Actor], time: str):
    patient = str(cast["heinrich"].patient)
    for name in ("anna", "clara", "mia", "sabine", "heinrich", "ida"):
        assert repository(cast[name]).read("Patient", patient), name
    for name in ("bernd", "david", "wilma", "karl", "admin", "dora"):
        with pytest.raises(Missing):
            repository(cast[name]).read("Patient", patient)
    assert allowed(cast["ida"], Action.CREATE, patient=patient, category="chat")
    assert not allowed(cast["bernd"], Action.READ, patient=patient, category="chat")


def test_everybody_has_one_function(cast: dict[str, Actor]):
    assert cast["clara"].role is Role.DOCTOR
    assert cast["clara"].organisation == cast["mia"].organisation != cast["david"].organisation
    assert all(actor.active for actor in cast.values())
