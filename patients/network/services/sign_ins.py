"""The way into Telecare for patients and relatives: an account, and a code on paper that is handed to them."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from patients.access import allowed, repository, turns
from patients.access.ceilings import Deed
from patients.accounts import services as accounts
from patients.accounts.actor import Actor
from patients.accounts.models import User
from patients.accounts.services import Sheet
from patients.database import write
from patients.errors import Denied, Missing
from patients.network.queries import sign_ins


def print_sign_in(actor: Actor, patient: str, person: str, *, drops_factor: bool = False) -> Sheet:
    """A sheet for the patient or a relative ("Patient/…", "RelatedPerson/…"), whose account it opens or resets.

    It takes what taking on a patient takes: a function that does so, and a care link with a basis; reading in an
    emergency is not enough. Raises Missing and Denied.
    """
    with repository(actor).look("sign-ins") as records:
        people = sign_ins.people_of(records, patient)
    if person not in people:
        raise Missing(_("There is no such person."))
    kind = User.Kind.PATIENT if person.startswith("Patient/") else User.Kind.RELATIVE
    with write():
        turns.beside([patient])
        if not allowed(actor, Deed.ADMIT, patient=patient):
            raise Denied(_("Your role may not give out sign-ins. Ask somebody of the care team whose task it is."))
        user = accounts.account_for(actor, kind=kind, person=person)
        return replace(accounts.hand_out(actor, user, drops_factor=drops_factor, patient=patient), name=people[person])
