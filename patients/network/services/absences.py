"""Who is away, from when until when, and who stands in."""

from __future__ import annotations

import uuid
from datetime import date

from django.utils.translation import gettext as _

from patients.access import repository
from patients.accounts.actor import Actor
from patients.database import write
from patients.errors import Invalid, Missing
from patients.network import documents
from patients.network.queries.staff import functions_at
from patients.network.resources import working
from patients.network.resources.working import Absence

LONGEST = 400  # days


def enter_absence(
    actor: Actor, *, person: str, organisation: str, since: date, until: date, substitute: str = ""
) -> Absence:
    """A person ("Practitioner/…") is away from one day to another, and a colleague stands in.

    It stands in every function that they have for this organisation. Entered by themselves or by the office.
    """
    if until < since or (until - since).days > LONGEST:
        raise Invalid(
            _("The last day lies before the first, or more than a year after it."), code="value", where="until"
        )
    absence = Absence(str(uuid.uuid4()), since, until, substitute)
    with write():
        functions = functions_at(repository(actor), organisation, person)
        if not functions:
            raise Missing(_("This person has no function here."))
        for function in functions:
            wanted = [*working.absences(function.content), absence]
            documents.write(actor, working.with_absences(function.content, wanted), if_match=function.version)
    return absence


def end_absence(actor: Actor, *, person: str, organisation: str, absence: str) -> None:
    """Take an absence out: somebody comes after all. Raises Missing."""
    with write():
        found = False
        for function in functions_at(repository(actor), organisation, person):
            known = working.absences(function.content)
            kept = [one for one in known if one.ident != absence]
            if len(kept) < len(known):
                found = True
                documents.write(actor, working.with_absences(function.content, kept), if_match=function.version)
        if not found:
            raise Missing(_("There is no such absence."))
