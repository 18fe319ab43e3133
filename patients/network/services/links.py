"""Care links: an organisation cares for a patient, from when, why, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.access import Action, decide
from patients.accounts.actor import Actor
from patients.database import write
from patients.errors import Missing
from patients.network import documents, queries, resources
from patients.network.resources import Basis
from patients.records.models import Document


def start_link(
    actor: Actor,
    patient: str,
    *,
    organisation: str,
    bases: Sequence[Basis] = (),
    scope: Iterable[str] | None = None,
    contact: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    logical_id: str | None = None,
) -> Document:
    """Let an organisation care for the patient, too. Returns the CareTeam.

    The actor's own organisation must care already, with a basis; or the actor is the patient or representative.
    Without a basis the new one sees only what it records itself. `contact` ("Practitioner/…") is shown by name.
    """
    link = resources.care_link(
        patient,
        organisation,
        manager=actor.organisation or organisation,
        bases=bases,
        scope=scope,
        contact=contact,
        since=since or timezone.localtime(),
        until=until,
    )
    return documents.write(actor, link, logical_id=logical_id, custodian=actor.organisation or organisation)


def end_link(actor: Actor, patient: str, *, organisation: str) -> None:
    """End all care links of an organisation to the patient now; its open sockets are cut. Raises Missing if none."""
    now = timezone.localtime()
    with write():
        live = [one for one in queries.care_teams(patient) if organisation in resources.organisations_in(one.content)]
        live = [one for one in live if decide(actor, Action.READ, one)]
        if not live:
            raise Missing(_("There is no such care link."))
        for document in live:
            documents.write(actor, _without(document.content, organisation, now))


def _without(content: resources.Resource, organisation: str, now: datetime) -> resources.Resource:
    """The CareTeam with this organisation's part ended, and inactive if no organisation is left."""
    ended = deepcopy(content)
    here = f"Organization/{organisation}"
    end = resources.moment(now)
    left = False
    for participant in ended["participant"]:
        concerned = (participant.get("member", {}).get("reference"), participant.get("onBehalfOf", {}).get("reference"))
        period = participant.setdefault("period", {})
        if here in concerned:
            period["end"] = min(period.get("end", end), end)
        elif str(concerned[0]).startswith("Organization/") and "end" not in period:
            left = True
        if not period:
            del participant["period"]
    if not left:
        ended["status"] = "inactive"
        ended["period"] = {**ended.get("period", {}), "end": end}
    return ended
