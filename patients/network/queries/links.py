"""The care team's page: which organisations care for a patient, from when until when, why, and who can be reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from patients.access import Action, Deed, Repository, Search, Wish, allowed_among, repository
from patients.access.categories import CONSENT
from patients.access.ceilings import may
from patients.access.models import EVER, FOREVER, Right
from patients.access.writing import missing
from patients.accounts.actor import Actor, Role
from patients.network import plans, words
from patients.network.plans import Planned
from patients.network.queries import duty, staff
from patients.network.queries.duty import ALL, OnCall
from patients.network.queries.names import described
from patients.network.queries.people import HEAD, Person, head_of
from patients.network.queries.team import TEAM, Member, Team, team_of
from patients.network.resources import Basis, teams, working
from patients.network.resources.teams import CareLink
from patients.network.resources.working import Absence
from patients.records import search
from patients.records.models import Document

_AS_THE_PATIENT = (Role.PATIENT, Role.REPRESENTATIVE)
_WISHES = {"invite": Wish(Deed.ADMIT), "decide": Wish(Action.READ, CONSENT)}


@dataclass(frozen=True, slots=True)
class Linked:
    """An organisation of the team: its time, bases in words, contact, and what may be done about it.

    `state`: now, coming or over; `handed`: it ends by itself on `until`.
    """

    id: str
    name: str
    kind: str
    contact: str
    contact_away: str  # in words; "" while the contact is there
    since: date | None
    until: date | None
    state: str
    bases: tuple[str, ...]
    categories: str
    began_by: str
    stands_in_for: str
    waits: bool  # for the organisation to accept
    mine: bool
    may_end: bool
    on_call: tuple[OnCall, ...]


@dataclass(frozen=True, slots=True)
class TeamPage:
    """network/team.html. `relatives`: members of the family and those who act for the patient."""

    person: Person
    links: tuple[Linked, ...]
    over: tuple[Linked, ...]
    relatives: tuple[Member, ...]
    accept: str  # who invited the reader's organisation, while that is not accepted
    may_invite: bool
    may_hand_over: bool


@dataclass(frozen=True, slots=True)
class InvitePage:
    """network/team_invite.html, network/hand_over.html. Choices of forms: organisations, colleagues, whose place.

    `planned` is what the reader's organisation has planned, where the patient is handed over.
    """

    person: Person
    organisations: tuple[tuple[str, str], ...]
    informants: tuple[tuple[str, str], ...]
    team: tuple[tuple[str, str], ...]
    planned: tuple[Planned, ...] = ()


@dataclass(frozen=True, slots=True)
class _Beside:
    """What the rows of a page need beside the CareTeams: names with kinds, rights, who is reached how, what one may."""

    called: Mapping[str, tuple[str, str]]
    members: Mapping[str, Member]
    may: frozenset[str]
    on_call: Mapping[str, tuple[OnCall, ...]]
    away: Mapping[str, Absence]

    def name(self, reference: str) -> str:
        return self.called.get(reference, ("", ""))[0]


def team_page(actor: Actor, patient: str) -> TeamPage:
    """The care team of a patient, for those who may see the patient. Raises Missing."""
    with repository(actor).look("care team") as records:
        return _team_page(actor, patient, records)


def _team_page(actor: Actor, patient: str, records: Repository, too: Sequence[Search] = ()) -> TeamPage:
    seen = records.of_patient(patient, {*HEAD, *TEAM})
    person, team = head_of(seen), team_of(patient, seen)
    found = [(one, part) for one in seen if one.type == "CareTeam" for part in teams.care_links(one.content)]
    beside = _beside(records, actor, patient, team, [part for _one, part in found], too)
    rows = [_linked(actor, document, part, beside) for document, part in found]
    known = {one.id for one in rows if one.state == "now"}
    rows += [_elsewhere(actor, one, beside) for one in team.members if _place(one) and _place(one) not in known]
    shown = sorted((one for one in rows if one.state != "over"), key=lambda one: (one.since or date.min, one.name))
    past = sorted((one for one in rows if one.state == "over"), key=lambda one: one.until or date.min, reverse=True)
    own = [one for one in shown if one.mine]
    return TeamPage(
        person=person,
        links=tuple(shown),
        over=tuple(past),
        relatives=tuple(one for one in team.members if not one.reference.startswith("Organization/")),
        accept=next((one.began_by for one in own if one.waits), ""),
        may_invite="invite" in beside.may or _decides(actor, beside),
        may_hand_over="invite" in beside.may and any(one.until is None for one in own),
    )


def invite_page(actor: Actor, patient: str) -> InvitePage:
    """Whom one could invite, for who may. Raises Missing."""
    with repository(actor).look("care team") as records:
        return _invite_page(actor, patient, records, ())


def hand_over_page(actor: Actor, patient: str) -> InvitePage:
    """To whom one could hand the patient over, and what is planned here. Raises Missing."""
    with repository(actor).look("care team") as records:
        searches = plans.searches(actor, patient)
        page = _invite_page(actor, patient, records, searches)
        found = [records.search(*one).rows for one in searches]
        return replace(page, planned=plans.planned(actor, found))


def _invite_page(actor: Actor, patient: str, records: Repository, too: Sequence[Search]) -> InvitePage:
    staffed = [staff.PLACES, staff.staff_of(actor.organisation)] if actor.organisation else []
    page = _team_page(actor, patient, records, [*staffed, *too])
    if not page.may_invite:
        raise missing()
    found = records.search(*staff.PLACES).rows if actor.organisation else _known_to_all(actor, records)
    places = staff.places_of(found)
    colleagues = staff.working_at(records, actor.organisation) if actor.organisation else []
    there = {one.id for one in page.links}
    others = [one for one in colleagues if one[0] != actor.person]
    return InvitePage(
        person=page.person,
        organisations=tuple((one.id, one.name) for one in places if one.id not in there),
        informants=((str(actor.person), _("myself")), *others),
        team=tuple((one.id, one.name) for one in page.links),
    )


@dataclass(frozen=True, slots=True)
class StandInPage:
    """network/stand_in.html. Choices of forms; `patients`: for how many the reader's organisation cares now."""

    place: str
    organisations: tuple[tuple[str, str], ...]
    informants: tuple[tuple[str, str], ...]
    patients: int


def stand_in_page(actor: Actor) -> StandInPage:
    """Who could stand in for the reader's organisation, for those whose role may take on patients. Raises Missing."""
    if actor.organisation is None or not may(actor.role, Deed.ADMIT):
        raise missing()
    with repository(actor).look("care team") as records:
        records.ahead([staff.PLACES, staff.staff_of(actor.organisation)])
        places = staff.places_of(records.search(*staff.PLACES).rows)
        colleagues = staff.working_at(records, actor.organisation)
    named = {one.id: one.name for one in places}
    return StandInPage(
        place=named.pop(actor.organisation, ""),
        organisations=tuple(named.items()),
        informants=((str(actor.person), _("myself")), *(one for one in colleagues if one[0] != actor.person)),
        patients=len(cared_for(actor.organisation)),
    )


def cared_for(organisation: str) -> list[str]:
    """The patients for whom an organisation cares now, in a fixed order."""
    now = timezone.now()
    live = Right.objects.filter(organisation=organisation, person="", since__lte=now, until__gt=now)
    return sorted(set(live.filter(document__startswith="CareTeam/").values_list("patient", flat=True)))


def _known_to_all(actor: Actor, records: Repository) -> list[Document]:
    """The organisations of the network: a patient reads no directory, but whom one can ask for help is no secret."""
    type_, pairs = staff.PLACES
    found = repository(actor.as_system("invitation")).peek([search.parse(type_, pairs)]).rows
    records.saw("search", found)
    return found


def _beside(
    records: Repository, actor: Actor, patient: str, team: Team, parts: Sequence[CareLink], too: Sequence[Search]
) -> _Beside:
    """With two statements, and two more where names are not remembered. `too` is what the page reads afterwards."""
    places = sorted({f"Organization/{one.organisation}" for one in parts})
    contacts = sorted({one.contact for one in parts if one.contact})
    services = duty.on_call_searches(places)
    roles: Search = ("PractitionerRole", (("practitioner", ",".join(contacts)), *ALL))
    wanted = [*(services if places else ()), *([roles] if contacts else ()), *too]
    records.ahead(wanted)
    offered, turns = ([records.search(*one).rows for one in services]) if places else ([], [])
    held = records.search(*roles).rows if contacts else []
    away = {
        staff.person_of(one): absence
        for one in held
        for absence in working.absences(one.content)
        if absence.holds(timezone.localdate())
    }
    people = {working.turn_of(one.content)[1] for one in turns} | {one.substitute for one in away.values()}
    called = described(sorted({*_named(parts), *people} - {""}))
    names = {reference: name for reference, (name, _kind) in called.items()}
    by_place: dict[str, list[Document]] = defaultdict(list)
    for one in offered:
        by_place[duty.provider_of(one)].append(one)
    return _Beside(
        called=called,
        members={one.reference: one for one in team.members},
        may=allowed_among(actor, _WISHES, patient=patient),
        on_call={place: duty.on_call(offers, turns, names, actor) for place, offers in by_place.items()},
        away=away,
    )


def _named(parts: Iterable[CareLink]) -> set[str]:
    """Everybody whom the rows name."""
    found: set[str] = set()
    for one in parts:
        found |= {f"Organization/{ident}" for ident in (one.organisation, one.manager, one.stands_in_for) if ident}
        found |= {one.contact, one.accepted_by, *(basis.by for basis in one.bases)}
    return found


def _linked(actor: Actor, document: Document, part: CareLink, beside: _Beside) -> Linked:
    here, now = f"Organization/{part.organisation}", timezone.now()
    name, kind = beside.called.get(here, (part.organisation, "other"))
    over = document.content.get("status") != "active" or part.span.until <= now
    state = "over" if over else "coming" if part.span.since > now else "now"
    member = beside.members.get(here) if state == "now" else None
    mine = part.organisation == actor.organisation
    return Linked(
        id=part.organisation,
        name=name,
        kind=words.kind(kind),
        contact=beside.name(part.contact),
        contact_away=_away(beside, part.contact) if state == "now" else "",
        since=timezone.localdate(part.span.since) if part.span.since > EVER else None,
        until=_last_day(part.span.until),
        state=state,
        bases=tuple(_bases(part, member, beside)),
        categories=", ".join(words.category(one) for one in member.categories) if member else "",
        began_by="" if part.manager == part.organisation else beside.name(f"Organization/{part.manager}"),
        stands_in_for=beside.name(f"Organization/{part.stands_in_for}"),
        waits=not over and part.needs_accepting,
        mine=mine,
        may_end=not over and (mine or part.manager == actor.organisation or _decides(actor, beside)),
        on_call=beside.on_call.get(part.organisation, ()) if state == "now" else (),
    )


def _elsewhere(actor: Actor, member: Member, beside: _Beside) -> Linked:
    """An organisation that sees this record because it cares in another record of the same person."""
    return Linked(
        id=_place(member),
        name=member.name,
        kind=words.kind(member.kind),
        contact="",
        contact_away="",
        since=timezone.localdate(member.since) if member.since and member.since > EVER else None,
        until=_last_day(member.until) if member.until else None,
        state="now",
        bases=(_("cares in a joined record"), *map(words.basis, member.bases)),
        categories=", ".join(words.category(one) for one in member.categories),
        began_by="",
        stands_in_for="",
        waits=False,
        mine=_place(member) == actor.organisation,
        may_end=False,
        on_call=(),
    )


def _place(member: Member) -> str:
    """The id of the organisation that a member is, or ""."""
    kind, _slash, ident = member.reference.partition("/")
    return ident if kind == "Organization" else ""


def _decides(actor: Actor, beside: _Beside) -> bool:
    """Whether this is the patient, or who acts in the patient's name."""
    return actor.role in _AS_THE_PATIENT and "decide" in beside.may


def _away(beside: _Beside, contact: str) -> str:
    """That the contact is away, until when, and who stands in; "" while they are there."""
    absence = beside.away.get(contact)
    if absence is None:
        return ""
    given = {"name": beside.name(contact), "day": date_format(absence.until, "d.m.Y")}
    if not absence.substitute:
        return _("%(name)s is away until %(day)s.") % given
    given["other"] = beside.name(absence.substitute)
    return _("%(name)s is away until %(day)s; %(other)s stands in.") % given


def _bases(part: CareLink, member: Member | None, beside: _Beside) -> Iterator[str]:
    """Each basis that was stated, with when and by whom; and what opens the record beside it, a consent."""
    for one in part.bases:
        yield _basis(one, beside)
    stated = {one.kind for one in part.bases}
    for kind in member.bases if member else ():
        if kind not in stated:
            yield words.basis(kind)


def _basis(one: Basis, beside: _Beside) -> str:
    given = {
        "basis": words.basis(one.kind),
        "name": beside.name(one.by),
        "day": date_format(timezone.localtime(one.on), "d.m.Y"),
    }
    text = _("%(basis)s: on %(day)s, by %(name)s") % given if given["name"] else _("%(basis)s: on %(day)s") % given
    return f"{text}. {one.reason}" if one.reason else text


def _last_day(until: datetime) -> date | None:
    return timezone.localdate(until - timedelta(microseconds=1)) if until < FOREVER else None
