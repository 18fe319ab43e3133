"""Organisations as operators name them."""

from __future__ import annotations

from patients.access import repository
from patients.access.importing import IMPORT
from patients.accounts.actor import Actor
from patients.errors import Invalid, Missing


def organisation_called(actor: Actor, wanted: str, *, option: str, source: str = "command") -> tuple[str, str]:
    """Id and name of an organisation of the network, by either. Raises Invalid that names the `option`."""
    records = repository(actor, source=source)
    try:
        found = [records.read("Organization", wanted)]
    except Missing:
        found = [
            one for one in records.search("Organization", [("name:exact", wanted)]).rows if one.custodian != IMPORT
        ]
    if len(found) != 1:
        idents = ", ".join(one.logical_id for one in found)
        text = f"Several organisations are called {wanted}: {idents}. Name one by its id." if found else (
            f"No organisation of the network is called {wanted}. Give its name as it is written there, or its id."
        )  # fmt: skip
        raise Invalid(text, code="not-found", where=option)
    return found[0].logical_id, str(found[0].content.get("name", wanted))
