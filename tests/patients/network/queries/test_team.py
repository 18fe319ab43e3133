"""Who cares for a patient, and who may see what, why."""

from __future__ import annotations

import pytest

from patients.access import repository
from patients.accounts.actor import Actor
from patients.errors import Missing
from patients.network import queries, services
from patients.network.queries import Team
from tests.cast import HEINRICH, ident

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def seen_by(actor: Actor) -> Team:
    with repository(actor).look("test") as records:
        return queries.team(records, HEINRICH)


def test_the_team_is_named_with_basis_and_contact(clara: Actor):
    team = seen_by(clara)
    assert [(one.name, one.contact, one.bases) for one in team.members] == [
        ("Pflegedienst Moorland", "", ("treatment",)),
        ("Hausarztpraxis am Markt", "Dr. Clara Voss", ("treatment",)),
        ("Linden-Apotheke", "Sabine Ahlers", ("treatment",)),
        ("Ida Brandt", "", ("delegation",)),
    ]
    own = team.of(clara.organisation)
    assert own is not None
    assert (own.kind, own.since is not None) == ("practice", True)
    assert own.categories == ("administrative", "clinical", "medication", "nursing", "chat")
    assert team.not_applied == ()


def test_it_tells_for_each_category_who_sees_it(clara: Actor, heinrich: Actor):
    services.allow(heinrich, HEINRICH, whom=f"Organization/{ident('markt')}", categories=["mental"])
    seen = seen_by(clara).by_category
    assert seen["mental"] == ("Hausarztpraxis am Markt",)
    assert seen["medication"] == ("Pflegedienst Moorland", "Hausarztpraxis am Markt", "Linden-Apotheke")
    assert seen["clinical"] == ("Pflegedienst Moorland", "Hausarztpraxis am Markt", "Ida Brandt")


def test_the_patient_sees_the_same_and_strangers_nothing(heinrich: Actor, clara: Actor, bernd: Actor, karl: Actor):
    assert [one.name for one in seen_by(heinrich).members] == [one.name for one in seen_by(clara).members]
    for actor in (bernd, karl):
        with pytest.raises(Missing):
            seen_by(actor)


def test_who_left_is_no_longer_named(clara: Actor, anna: Actor):
    services.end_link(anna, HEINRICH, organisation=ident("moorland"))
    assert "Pflegedienst Moorland" not in [one.name for one in seen_by(clara).members]
