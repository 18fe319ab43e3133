from __future__ import annotations

from patients.accounts import places
from patients.accounts.actor import Actor


def test_the_choice_of_a_function_names_the_organisation(anna: Actor) -> None:
    assert anna.organisation
    assert places.names(anna, [anna.organisation, "unknown"]) == {anna.organisation: "Pflegedienst Moorland"}
    assert places.names(anna, []) == {}
