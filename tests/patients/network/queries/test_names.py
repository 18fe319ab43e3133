from __future__ import annotations

from dataclasses import replace
from typing import Any

from patients.accounts import places
from patients.accounts.actor import Actor, Role
from patients.network import services
from patients.network.queries.names import names


def test_the_choice_of_a_function_names_the_organisation(anna: Actor) -> None:
    assert anna.organisation
    assert places.names(anna, [anna.organisation, "unknown"]) == {anna.organisation: "Pflegedienst Moorland"}
    assert places.names(anna, []) == {}


def test_a_new_name_of_the_service_is_seen_at_once(anna: Actor, django_capture_on_commit_callbacks: Any) -> None:
    assert anna.organisation
    service = f"Organization/{anna.organisation}"
    assert names([service]) == {service: "Pflegedienst Moorland"}
    with django_capture_on_commit_callbacks(execute=True):
        services.change_organisation(
            replace(anna, role=Role.ADMINISTRATOR), anna.organisation, name="Pflegedienst Moor und Geest"
        )
    assert names([service]) == {service: "Pflegedienst Moor und Geest"}
