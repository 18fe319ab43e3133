"""What every page knows: the district and the shell around it. No SQL is spent until a template asks for the shell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from config.demo.cast import SIGN_INS
from patients.access.ceilings import Deed, may
from patients.accounts import sessions, shared
from patients.accounts.actor import Actor, Role
from patients.accounts.colleagues import MANAGERS
from patients.accounts.services.shared import MARKERS
from patients.network.queries import names
from patients.network.services import may_ask
from telecare.dashboards import queries
from telecare.dashboards.queries import shapes

WITHOUT_RECORDS = {Role.COORDINATOR, Role.OPERATOR, Role.ADMINISTRATOR, Role.DATA_PROTECTION_OFFICER}
OVERSEERS = {Role.ADMINISTRATOR, Role.DATA_PROTECTION_OFFICER}  # who look through their organisation's log
GENEROUS = {Role.PATIENT, Role.REPRESENTATIVE, Role.RELATIVE, Role.GUEST, Role.HELPER}


@dataclass(frozen=True, slots=True)
class Area:
    """One entry of the rail."""

    key: str
    icon: str
    word: str
    href: str
    current: bool
    count: int = 0
    count_word: str = ""
    desk_only: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the user's menu."""

    icon: str
    word: str
    href: str


@dataclass(frozen=True, slots=True)
class Open:
    """A record that the reader reads in an emergency."""

    name: str
    patient: str
    document: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame of a page: areas with counts, the reader, where search and sign-out go ("" where there is none)."""

    density: str
    areas: tuple[Area, ...]
    me: shapes.Me
    start: str
    search: str
    sign_out: str
    menu: tuple[Entry, ...]


def page(request: HttpRequest) -> dict[str, Any]:
    """The district's name and help line, whether this is the demo, and the lazily built shell."""
    return {
        "district": settings.DISTRICT,
        "demo": settings.DEMO,
        "help_phone": settings.HELP_PHONE,
        "demo_people": SIGN_INS if settings.DEMO else (),
        "idle": idle(request),
        "shell": SimpleLazyObject(lambda: shell(request)),
        "emergencies": SimpleLazyObject(lambda: emergencies(request)),
        "ask_why": ask_why(request),
    }


def ask_why(request: HttpRequest) -> str:
    """Where whoever cares for people can ask why they do not see somebody; "" for others. Costs no SQL."""
    actor: Actor | None = getattr(request, "actor", None)
    return address("privacy:why") if actor is not None and may_ask(actor) else ""


def emergencies(request: HttpRequest) -> tuple[Open, ...]:
    """The records that the reader has opened by break-glass, for the banner on every page. Costs nothing without."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None or not actor.emergencies:
        return ()
    called = names(f"Patient/{one.patient}" for one in actor.emergencies)
    return tuple(
        Open(called.get(f"Patient/{one.patient}", ""), one.patient, one.document, one.until)
        for one in actor.emergencies
    )


def idle(request: HttpRequest) -> dict[str, object] | None:
    """On a shared device: after how many seconds without a touch the page signs out. None elsewhere; costs no SQL."""
    actor = getattr(request, "actor", None)
    session = getattr(request, "session", {})
    if actor is None or actor.account is None or sessions.SHARED not in session:
        return None
    return {"seconds": shared.IDLE, "sign_out": address("accounts:sign-out"), "alive": address("accounts:alive")}


def shell(request: HttpRequest) -> Shell:
    """Build the frame for who is signed in. Costs what `queries.counts` and `queries.me` cost, once per page."""
    actor: Actor | None = getattr(request, "actor", None)
    generous = actor is not None and actor.role in GENEROUS
    return Shell(
        density="tc-patient" if generous else "tc-staff",
        areas=areas(request, actor, generous),
        me=queries.me(actor) if actor else shapes.Me(name=""),
        start=address("start"),
        search="" if generous or actor is None or actor.role in WITHOUT_RECORDS else address("dashboards:people"),
        sign_out=address("accounts:sign-out"),
        menu=tuple(entry for entry in menu(actor, generous) if entry.href),
    )


def menu(actor: Actor | None, generous: bool) -> list[Entry]:
    """The entries of the reader's own menu."""
    found = [
        Entry("settings", _("My account"), address("accounts:account")),
        Entry("life-buoy", _("Help"), address("help")),
    ]
    if actor is None:
        return found
    own = actor.role in (Role.PATIENT, Role.REPRESENTATIVE)
    answers = own or may(actor.role, Deed.ADMIT)
    reviews = answers or actor.role is Role.DATA_PROTECTION_OFFICER
    acts_for = actor.role in (Role.REPRESENTATIVE, Role.RELATIVE)
    office = actor.role in (Role.DATA_PROTECTION_OFFICER, Role.ADMINISTRATOR)
    works = [("house", _("My organisation"), "network:own"), ("phone", _("On call"), "network:rota")]
    return [
        *([Entry(icon, word, address(name)) for icon, word, name in works] if not generous else []),
        *([Entry("delete", _("Requests of erasure"), address("privacy:erasures"))] if office else []),
        *([Entry("shield-check", _("Who has read my record"), address("privacy:accesses"))] if own else []),
        *([Entry("users", _("People I act for"), address("privacy:wards"))] if acts_for else []),
        *([Entry("user-plus", _("Requests of access"), address("privacy:requests"))] if answers else []),
        *([Entry("siren", _("Emergency accesses"), address("privacy:emergencies"))] if reviews else []),
        *of_the_organisation(actor),
        *found,
    ]


def of_the_organisation(actor: Actor) -> list[Entry]:
    """What somebody does for their organisation: sign-ins of its staff, its shared devices."""
    found = []
    if actor.role in MANAGERS:
        found.append(Entry("user-plus", _("Sign-ins of our staff"), address("accounts:colleagues")))
    if actor.role in MARKERS and actor.organisation:
        found.append(Entry("smartphone", _("Shared devices"), address("accounts:devices")))
    return found


def areas(request: HttpRequest, actor: Actor | None, generous: bool) -> tuple[Area, ...]:
    """The areas that this role has; an area whose address does not exist in this deployment is left out."""
    if actor is None:
        return ()
    without = actor.role in WITHOUT_RECORDS
    counts = shapes.Counts() if without else getattr(request, "counts", None) or queries.counts(actor)
    new, waiting = _("new"), _("waiting")
    if generous:
        wanted = [
            ("today", "house", _("Start"), "start", 0, ""),
            ("values", "activity", _("Values"), "vitals:own", 0, ""),
            ("messages", "messages-square", _("Messages"), "chat:threads", counts.messages, new),
            ("video", "video", _("Video"), "consultations:own", 0, ""),
            ("help", "life-buoy", _("Help"), "help", 0, ""),
        ]
        if actor.patient is None:  # a relative has no values and calls of their own
            wanted = [one for one in wanted if one[0] not in {"values", "video"}]
    elif without:
        place = "network:organisations" if actor.role is Role.OPERATOR else "network:own"
        wanted = [
            ("today", "house", _("Today"), "start", 0, ""),
            ("people", "users", _("Organisation"), place, 0, ""),
            ("help", "life-buoy", _("Help"), "help", 0, ""),
        ]
    else:
        wanted = [
            ("today", "house", _("Today"), "start", 0, ""),
            ("people", "users", _("People"), "dashboards:people", 0, ""),
            ("messages", "messages-square", _("Messages"), "chat:threads", counts.messages, new),
            ("tasks", "list-checks", _("Tasks"), "tasks:worklist", counts.tasks, new),
            ("video", "video", _("Video"), "consultations:waiting-room", counts.waiting, waiting),
            ("help", "life-buoy", _("Help"), "help", 0, ""),
        ]
        if not may(actor.role, Deed.CONSULT):
            wanted = [one for one in wanted if one[0] != "video"]
    if actor.role in OVERSEERS:
        wanted.insert(1, ("log", "eye", _("Log"), "privacy:oversight", 0, ""))
    here = current(request)
    return tuple(
        Area(key, icon, word, href, key == here, number, said, desk_only=key == "help" and not generous)
        for key, icon, word, name, number, said in wanted
        if (href := address(name))
    )


def current(request: HttpRequest) -> str:
    """The area to which the page belongs."""
    match = request.resolver_match
    if match is None:
        return ""
    names = {"chat": "messages", "tasks": "tasks", "consultations": "video", "network": "people"}
    if match.view_name in {"start", "help"}:
        return {"start": "today", "help": "help"}[match.view_name]
    if match.view_name.startswith("vitals:own"):
        return "values"
    if match.view_name.startswith("privacy:oversight"):
        return "log"
    if match.view_name in {"privacy:accesses"}:
        return ""
    return names.get(match.namespace, "people" if match.namespace in {"dashboards", "vitals"} else "")


def address(name: str) -> str:
    """The address of a named page, or "" when this deployment has none."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
