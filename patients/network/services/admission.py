"""Taking on patients."""

from __future__ import annotations

from datetime import date

from patients.accounts.actor import Actor
from patients.network import admission, resources
from patients.network.resources import Address, Basis, Name
from patients.records.models import Document


def admit_patient(
    actor: Actor,
    *,
    name: Name,
    birth_date: date,
    gender: str = "unknown",
    kvnr: str = "",
    address: Address | None = None,
    phone: str = "",
    basis: Basis | None = None,
    rehearsal: bool = False,
    logical_id: str | None = None,
) -> Document:
    """A new patient in the care of the actor's organisation; raises as `patients.network.admission.admit` does."""
    resource = resources.person(
        name, birth_date, gender=gender, kvnr=kvnr, address=address, phone=phone, rehearsal=rehearsal
    )
    return admission.admit(actor, resource, basis=basis, logical_id=logical_id)
