"""Care links: an organisation cares for a patient, from when, why, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy
from datetime import date, datetime, time

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.access import Action, decide, turns
from patients.access.documents import links
from patients.access.models import Right
from patients.access.periods import span_of
from patients.accounts.actor import Actor
from patients.database import write
from patients.errors import Invalid, Missing
from patients.network import documents, plans, queries, resources
from patients.network.handing import INSTANT
from patients.network.resources import Basis, teams
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
    stands_in_for: str = "",
    asks: bool = False,
    alone_from: datetime | None = None,
    logical_id: str | None = None,
) -> Document:
    """Let an organisation care for the patient, too. Returns the CareTeam.

    The actor's own organisation must care already, with a basis; or the actor is the patient or representative.
    Without a basis the new one sees only what it records itself. `contact` ("Practitioner/…") is shown by name.
    `stands_in_for`: the organisation whose place it takes, for holidays and on-call times; then `until` is needed.
    `asks`: it is asked whether it cares; the team sees that it has not answered yet. `alone_from`: the actor's
    organisation hands the patient over to it from then on (`hand_over`).
    """
    if stands_in_for and until is None:
        raise Invalid(_("Please say until when this organisation stands in."), code="value", where="until")
    if until is not None and until <= max(timezone.now(), since or timezone.now()):
        raise Invalid(_("The end lies in the past."), code="value", where="until")
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
    if asks:
        link = teams.asking(link)
    if stands_in_for:
        link = teams.standing_in(link, stands_in_for)
    if alone_from:
        link = teams.taking_over(link, alone_from)
    return documents.write(actor, link, logical_id=logical_id, custodian=actor.organisation or organisation)


def add_basis(actor: Actor, patient: str, *, organisation: str, basis: Basis) -> Document:
    """Record why an organisation that cares for the patient may see the records of others. Returns the CareTeam.

    Raises Invalid for a basis that would not count, and as `documents.write`: nobody vouches for their own organisation
    while others care. Raises Missing without such a care link.
    """
    if basis.kind == Right.Basis.PRESUMED and not basis.reason.strip():
        raise Invalid(_("Please write why the person would want this."))
    now = timezone.now()
    with write():
        turns.to_change_rights([patient])
        live = [one for one in queries.care_teams(patient) if decide(actor, Action.READ, one)]
        live = [
            one
            for one in live
            if any(link.organisation == organisation and now in link.span for link in links(one.content, ""))
        ]
        if not live:
            raise Missing(_("There is no such care link."))
        after = resources.with_basis(live[-1].content, organisation, basis)
        return documents.write(actor, after, if_match=live[-1].version)


def accept_link(actor: Actor, patient: str) -> None:
    """The actor's organisation, which others invited, says that it cares. Raises Missing if nothing waits for it."""
    with write():
        turns.to_change_rights([patient])
        waiting = [one for one in _links_of(actor, patient) if _needs_accepting(one, str(actor.organisation))]
        if not waiting:
            raise Missing(_("There is no such care link."))
        for document in waiting:
            said = teams.accepted(
                document.content, str(actor.organisation), by=str(actor.person), on=timezone.localtime()
            )
            documents.write(actor, said, if_match=document.version)


def hand_over(
    actor: Actor, patient: str, *, to: str, on: date, bases: Sequence[Basis] = (), with_plans: bool = False
) -> Document:
    """Another organisation takes the patient over on this day: until then both act, from then on the new one alone.

    Nothing has to run on the day: the care link of the actor's organisation ends by itself. `with_plans`: what it has
    planned from the day on is the other's from now on. If the other declines before the day, all is as it was
    (`patients.network.handing`). Returns the new CareTeam.
    """
    own = actor.organisation
    if own is None or to == own:
        raise Invalid(_("Please choose another organisation."))
    if on <= timezone.localdate():
        raise Invalid(_("Please choose a day to come. To end a care link at once, end it."), code="value", where="on")
    moment = datetime.combine(on, time(), timezone.get_current_timezone())
    with write():
        turns.to_change_rights([patient])
        made = start_link(actor, patient, organisation=to, bases=bases, asks=True, alone_from=moment)
        if with_plans:
            plans.move(actor, patient, to=to, since=moment)
        end_link(actor, patient, organisation=own, at=moment - INSTANT)
    return made


def end_link(actor: Actor, patient: str, *, organisation: str, at: datetime | None = None) -> None:
    """End all care links of an organisation to the patient now, or at a moment to come. Raises Missing if none.

    Now: its open sockets are cut. Later: its rights end by themselves.
    """
    with write():
        turns.to_change_rights([patient])
        live = [one for one in _links_of(actor, patient) if organisation in resources.organisations_in(one.content)]
        if not live:
            raise Missing(_("There is no such care link."))
        for document in live:
            documents.write(actor, _without(document.content, organisation, at), if_match=document.version)


def _links_of(actor: Actor, patient: str) -> list[Document]:
    """The active CareTeams of a patient that the actor sees."""
    return [one for one in queries.care_teams(patient) if decide(actor, Action.READ, one)]


def _needs_accepting(document: Document, organisation: str) -> bool:
    now = timezone.now()
    parts = teams.care_links(document.content)
    return any(one.organisation == organisation and one.needs_accepting and one.span.until > now for one in parts)


def _without(content: resources.Resource, organisation: str, at: datetime | None) -> resources.Resource:
    """The CareTeam with this organisation's part ended, and inactive if it ends now and no organisation is left."""
    ended = deepcopy(content)
    here = f"Organization/{organisation}"
    end = resources.moment(at or timezone.localtime())
    left = False
    for participant in ended["participant"]:
        concerned = (participant.get("member", {}).get("reference"), participant.get("onBehalfOf", {}).get("reference"))
        period = participant.setdefault("period", {})
        if here in concerned:
            period["end"] = _earlier(period.get("end"), end)
        elif str(concerned[0]).startswith("Organization/") and _lasts(period):
            left = True
        if not period:
            del participant["period"]
    if not left and at is None:
        ended["status"] = "inactive"
        ended["period"] = {**ended.get("period", {}), "end": end}
    return ended


def _earlier(known: str | None, end: str) -> str:
    return end if known is None or span_of({"end": end}).until < span_of({"end": known}).until else known


def _lasts(period: resources.Resource) -> bool:
    return span_of(period).until > timezone.now()
