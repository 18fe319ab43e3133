"""Who works for an organisation, who is away, and who answers on call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from patients.access import Repository, Search, documents, repository
from patients.access.ceilings import Deed, may
from patients.access.models import EVER, FOREVER
from patients.access.writing import missing
from patients.accounts import roles
from patients.accounts.actor import Actor, Role
from patients.accounts.colleagues import MANAGERS
from patients.network import resources, staffing, words
from patients.network.identifiers import BSNR, IK, LANR, of
from patients.network.queries.duty import ALL, OnCall, on_call, on_call_searches
from patients.network.queries.names import names
from patients.network.resources import Address, working
from patients.network.resources.working import Absence
from patients.records.models import Document

PLACES: Search = ("Organization", (("active", "true"), *ALL))


@dataclass(frozen=True, slots=True)
class Function:
    """A function of a colleague: the id of its document, the role, what it is called, from when until when."""

    id: str
    role: Role
    title: str
    since: date | None
    until: date | None

    @property
    def word(self) -> str:
        return self.title or roles.word(self.role)


@dataclass(frozen=True, slots=True)
class Away:
    """An absence in words; `now` while it lasts."""

    id: str
    since: date
    until: date
    substitute: str
    now: bool


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works for the organisation."""

    id: str
    name: str
    functions: tuple[Function, ...]
    absences: tuple[Away, ...]
    me: bool

    @property
    def away(self) -> Away | None:
        """The absence that lasts, or the next."""
        return self.absences[0] if self.absences else None


@dataclass(frozen=True, slots=True)
class Earlier:
    """An address where the organisation was, or will be."""

    address: Address
    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class OrganisationPage:
    """network/organisation.html"""

    id: str
    name: str
    kind: str
    phone: str
    address: Address | None
    other_addresses: tuple[Earlier, ...]
    ik: str
    bsnr: str
    colleagues: tuple[Colleague, ...]
    services: tuple[OnCall, ...]
    own: bool
    may_change: bool
    may_staff: bool
    may_stand_in: bool = False  # ask others to stand in for all patients


@dataclass(frozen=True, slots=True)
class Place:
    """An organisation in a list."""

    id: str
    name: str
    kind: str
    address: Address | None
    phone: str


@dataclass(frozen=True, slots=True)
class OrganisationsPage:
    """network/organisations.html"""

    places: tuple[Place, ...]
    may_create: bool


@dataclass(frozen=True, slots=True)
class NewColleaguePage:
    """network/colleague_new.html. `givable`: functions that the reader may give."""

    organisation: str
    place: str
    givable: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ColleaguePage:
    """network/colleague.html. `others`: who could stand in; `givable`: functions that the reader may give."""

    organisation: str
    place: str
    colleague: Colleague
    lanr: str
    others: tuple[tuple[str, str], ...]
    givable: tuple[tuple[str, str], ...]
    may_staff: bool
    may_absence: bool
    may_sign_ins: bool = False  # look after the sign-ins of the staff


@dataclass(frozen=True, slots=True)
class RotaPage:
    """network/rota.html. `people`: who can take a turn, as choices of a form."""

    organisation: str
    place: str
    services: tuple[OnCall, ...]
    people: tuple[tuple[str, str], ...]


def organisation_page(actor: Actor, organisation: str) -> OrganisationPage:
    """An organisation of the directory with its staff and its services on call. Raises Missing."""
    with repository(actor).look("organisation") as records:
        content = records.read("Organization", organisation).content
        found, services = _workplace(records, actor, organisation)
    addresses = content.get("address", ())
    current = resources.in_force(addresses)
    return OrganisationPage(
        id=organisation,
        name=str(resources.name_of(content)),
        kind=words.kind(resources.kind_of(content)),
        phone=resources.phone_of(content),
        address=resources.address_of(content),
        other_addresses=tuple(_earlier(one) for one in addresses if one is not current),
        ik=of(content, IK),
        bsnr=of(content, BSNR),
        colleagues=found,
        services=services,
        own=organisation == actor.organisation,
        may_change=actor.role is Role.OPERATOR
        or (actor.role is Role.ADMINISTRATOR and organisation == actor.organisation),
        may_staff=staffing.is_office(actor, organisation),
        may_stand_in=organisation == actor.organisation and may(actor.role, Deed.ADMIT),
    )


def organisations_page(actor: Actor) -> OrganisationsPage:
    """All organisations of the directory that are active, by name."""
    return OrganisationsPage(tuple(places_of(repository(actor).search(*PLACES).rows)), actor.role is Role.OPERATOR)


def places_of(found: Iterable[Document]) -> list[Place]:
    """These organisations, by name."""
    places = [
        Place(
            one.logical_id,
            str(resources.name_of(one.content)),
            words.kind(resources.kind_of(one.content)),
            resources.address_of(one.content),
            resources.phone_of(one.content),
        )
        for one in found
    ]
    return sorted(places, key=lambda one: one.name.casefold())


def new_colleague_page(actor: Actor, organisation: str) -> NewColleaguePage:
    """For who looks after the staff of an organisation. Raises Missing for everybody else."""
    place = str(resources.name_of(repository(actor).read("Organization", organisation).content))
    if not staffing.is_office(actor, organisation):
        raise missing()
    return NewColleaguePage(organisation, place, _choices(staffing.givable(actor)))


def colleague_page(actor: Actor, organisation: str, person: str) -> ColleaguePage:
    """One colleague: functions and absences. Raises Missing; who works there no longer is shown to the office only."""
    here = f"Organization/{organisation}"
    with repository(actor).look("colleague") as records:
        document = records.read("Practitioner", person)
        place = names([here]).get(here, "")
        if not place:
            raise missing()
        found, _services = _workplace(records, actor, organisation)
    office = staffing.is_office(actor, organisation)
    one = next((one for one in found if one.id == person), None)
    if one is None and not office:
        raise missing()
    if one is None:
        one = Colleague(person, str(resources.name_of(document.content)), (), (), me=False)
    given = staffing.givable(actor) if office and not one.me else frozenset()
    return ColleaguePage(
        organisation=organisation,
        place=place,
        colleague=one,
        lanr=of(document.content, LANR),
        others=tuple((f"Practitioner/{each.id}", each.name) for each in found if each.id != person),
        givable=_choices(given),
        may_staff=office and not one.me,
        may_absence=bool(one.functions) and (office or (one.me and organisation == actor.organisation)),
        may_sign_ins=actor.role in MANAGERS and organisation == actor.organisation,
    )


def rota_page(actor: Actor, organisation: str) -> RotaPage:
    """The services of an organisation that can be called, with the turns to come. Raises Missing."""
    with repository(actor).look("on-call rota") as records:
        place = str(resources.name_of(records.read("Organization", organisation).content))
        found, services = _workplace(records, actor, organisation)
    return RotaPage(organisation, place, services, tuple((f"Practitioner/{one.id}", one.name) for one in found))


def working_at(records: Repository, organisation: str) -> list[tuple[str, str]]:
    """Who works for an organisation now: reference and name, by name."""
    found = records.search(*staff_of(organisation)).rows
    called = names(sorted({person_of(one) for one in found if _lives(one)}))
    return sorted(called.items(), key=lambda one: one[1].split()[-1].casefold())


def functions_at(records: Repository, organisation: str, person: str) -> list[Document]:
    """The PractitionerRoles of a person ("Practitioner/…") at an organisation that hold now or will."""
    pairs = [("organization", f"Organization/{organisation}"), ("practitioner", person), *ALL]
    return [one for one in records.search("PractitionerRole", pairs).rows if _lives(one)]


def _workplace(
    records: Repository, actor: Actor, organisation: str
) -> tuple[tuple[Colleague, ...], tuple[OnCall, ...]]:
    """Staff and services with two statements, and the names with two more where none is remembered."""
    staff, (services, turns) = staff_of(organisation), on_call_searches([f"Organization/{organisation}"])
    records.ahead([staff, services, turns])
    functions = [one for one in records.search(*staff).rows if _lives(one)]
    offered = records.search(*services).rows
    taken = records.search(*turns).rows
    people = {person_of(one) for one in functions} | {working.turn_of(one.content)[1] for one in taken}
    substitutes = {one.substitute for each in functions for one in working.absences(each.content)}
    called = names(sorted((people | substitutes) - {""}))
    return colleagues(functions, called, actor), on_call(offered, taken, called, actor)


def staff_of(organisation: str) -> Search:
    """The search for the functions at an organisation, for `Repository.ahead`."""
    return "PractitionerRole", (("organization", f"Organization/{organisation}"), *ALL)


def colleagues(functions: Iterable[Document], called: Mapping[str, str], actor: Actor) -> tuple[Colleague, ...]:
    """Those who work there, by name."""
    by_person: dict[str, list[Document]] = defaultdict(list)
    for one in functions:
        by_person[person_of(one)].append(one)
    today = timezone.localdate()
    rows = [
        Colleague(
            id=person.partition("/")[2],
            name=called.get(person, person),
            functions=tuple(each for one in held for each in _functions(one)),
            absences=_away([each for one in held for each in working.absences(one.content)], called, today),
            me=person == actor.person,
        )
        for person, held in by_person.items()
    ]
    return tuple(sorted(rows, key=lambda one: one.name.split()[-1].casefold()))


def _choices(given: Collection[Role]) -> tuple[tuple[str, str], ...]:
    return tuple((role.value, roles.word(role)) for role in Role if role in given)


def _functions(document: Document) -> list[Function]:
    titles = [str(concept["text"]) for concept in document.content.get("code", ()) if concept.get("text")]
    return [
        Function(
            document.logical_id,
            one.role,
            titles[0] if titles else "",
            timezone.localdate(one.span.since) if one.span.since != EVER else None,
            _last_day(one.span.until),
        )
        for one in documents.functions(document.content)
    ]


def _away(found: Sequence[Absence], called: Mapping[str, str], today: date) -> tuple[Away, ...]:
    """The absences that last or come; one that stands in several functions once."""
    lasting = {one.ident: one for one in found if one.until >= today}
    rows = [
        Away(one.ident, one.since, one.until, called.get(one.substitute, ""), one.holds(today))
        for one in lasting.values()
    ]
    return tuple(sorted(rows, key=lambda one: (one.since, one.until)))


def _earlier(entry: resources.Resource) -> Earlier:
    address = resources.address_of({"address": [entry]})
    assert address is not None, "an entry is an address"
    return Earlier(address, *resources.days(entry))


def _last_day(until: datetime) -> date | None:
    if until == FOREVER:
        return None
    here = timezone.localtime(until)
    midnight = (here.hour, here.minute, here.second) == (0, 0, 0)
    return date.fromordinal(here.toordinal() - 1) if midnight else here.date()


def _lives(document: Document) -> bool:
    now = timezone.now()
    return any(one.span.until > now for one in documents.functions(document.content))


def person_of(document: Document) -> str:
    """Whose function a PractitionerRole is: a reference."""
    return str(document.content.get("practitioner", {}).get("reference", ""))
