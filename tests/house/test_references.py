"""A document names only people whom its writer may see: a reference alone must not turn into a name on a page."""

from __future__ import annotations

from typing import Any

import pytest

from patients.accounts.actor import Actor
from telecare.tasks import resources
from tests.cast import HEINRICH, IDA, WILMA, ident
from tests.house.edge import Caller, Stranger

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
NOBODY = ident("nobody at all")


def order(**more: Any) -> dict[str, Any]:
    """A task about Wilma, as David's system writes it."""
    code = {"coding": [{"system": resources.SYSTEM, "code": "order"}]}
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "code": code,
        "description": "Wiegen",
        "for": {"reference": f"Patient/{WILMA}"},
        "owner": {"reference": f"Organization/{ident('deichweg')}"},
        **more,
    }


TAKEN = {"coding": [{"system": resources.SYSTEM, "code": "taken-by"}]}


@pytest.mark.parametrize("named", [f"Patient/{HEINRICH}", f"RelatedPerson/{IDA}"])
@pytest.mark.parametrize("where", ["requester", "output"])
def test_david_learns_no_name_by_naming_an_id(david: Actor, named: str, where: str) -> None:
    caller = Caller(Stranger("david", david, ""))
    kind = named.partition("/")[0]

    def asking(reference: str) -> dict[str, Any]:
        if where == "requester":
            return order(requester={"reference": reference})
        return order(output=[{"type": TAKEN, "valueReference": {"reference": reference}}])

    theirs, nothing = (caller.ask("POST", "Task", asking(one)) for one in (named, f"{kind}/{NOBODY}"))
    assert theirs.status_code == nothing.status_code == 404
    assert theirs.content == nothing.content


def test_david_names_wilma_and_his_colleague_where_they_speak_for_nobody(david: Actor) -> None:
    caller = Caller(Stranger("david", david, ""))
    assert caller.ask("POST", "Task", order(requester={"reference": david.person})).status_code == 201
    value = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "Gewicht"},
        "subject": {"reference": f"Patient/{WILMA}"},
    }
    for reference in (f"Patient/{WILMA}", f"Practitioner/{ident('bernd')}"):
        made = caller.ask("POST", "Observation", {**value, "performer": [{"reference": reference}]})
        assert made.status_code == 201, made.content
        assert caller.ask("POST", "Task", order(requester={"reference": reference})).status_code == 403


def test_a_later_version_names_nobody_new_either(david: Actor) -> None:
    caller = Caller(Stranger("david", david, ""))
    made = caller.ask("POST", "Task", order()).json()
    after = caller.ask("PUT", f"Task/{made['id']}", {**made, "requester": {"reference": f"Patient/{HEINRICH}"}})
    assert after.status_code == 404
