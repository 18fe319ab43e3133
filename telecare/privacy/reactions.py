"""What must be true of a statement on a person's capacity, whoever sends it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from patients.accounts.actor import Actor, Role
from patients.errors import Denied
from patients.records.models import Document
from telecare.privacy.resources import is_capacity


def a_doctor_states_it(actor: Actor, document: Document) -> None:
    """Raises Denied unless a doctor states it in their own name. What was imported, or is taken back, stays."""
    if document.deleted or not is_capacity(document.content) or actor.role in (Role.SYSTEM, Role.SYSTEM_CLIENT):
        return
    named = [one.get("reference") for one in document.content.get("performer", ())]
    if document.content["status"] != "entered-in-error" and (actor.role is not Role.DOCTOR or named != [actor.person]):
        raise Denied(_("Whether a person can decide is stated by a doctor, in their own name."))
