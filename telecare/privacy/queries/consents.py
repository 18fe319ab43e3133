"""Consents and objections: the person's own page with switches, the page of staff, the form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from patients.access import Action, Deed, Repository, Wish, allowed, allowed_among, documents, repository
from patients.access.acts import ACTS
from patients.access.categories import CLINICAL, CONSENT, MENTAL, OF_PATIENTS
from patients.access.joining import is_own
from patients.access.representation import representation
from patients.accounts.actor import Actor, Role
from patients.errors import Missing
from patients.network import queries as network
from patients.network import words as network_words
from patients.network.queries import Agreement, Member, State
from patients.network.resources import name_of
from patients.network.services import SWITCHED
from patients.records.models import Document
from telecare.privacy import words
from telecare.privacy.queries import grounds
from telecare.privacy.shapes import ActRow, Entry, Holder, OwnConsents, PaperPage, StaffConsents, Switch

READ = ("Patient", *network.TEAM)
FAMILY = (Role.PATIENT, Role.REPRESENTATIVE)
_WISHES = {
    "record": Wish(Deed.RECORD_CONSENT),
    "refuse": Wish(Deed.CONSULT),
    "read": Wish(Action.READ, CONSENT),
    "found": Wish(Deed.ADMIT),
}
_STATE = {"state": Wish(Action.CREATE, CLINICAL, "Observation", own=True)}  # for doctors


def own_consents(actor: Actor, patient: str) -> OwnConsents:
    """The switches of a patient, for themselves or their representative. Raises Missing for everybody else."""
    if actor.role not in FAMILY:
        raise Missing("")
    found = _read(actor, patient, "own consents")
    may = allowed_among(actor, _WISHES, patient=patient)
    if "read" not in may:
        raise Missing("")
    listed = _agreements(found)
    team = network.team_of(patient, found)
    entries = [_entry(one, may_withdraw=True) for one in listed]
    general = {one.id for one in listed if one.state is State.LIVE and any(_for_all(line) for line in one.lines)}
    return OwnConsents(
        patient=patient,
        name=_name(found),
        own=is_own(actor, patient),
        holders=(*_organisations(team.members, found), *_relatives(team.members, found)),
        acts=_acts(found, agree=True, refuse=True),
        representatives=grounds.representatives(actor, found, may_record=False),
        for_all=tuple(one for one in entries if one.id in general),
        history=tuple(one for one in entries if one.id not in general),
        others=network.other_records(actor, patient) if network.head_of(found).joined else (),
    )


def staff_consents(actor: Actor, patient: str) -> StaffConsents:
    """What holds, what held, and what must be read by hand. Raises Missing for who may not see the patient."""
    with repository(actor).look("consents") as records:
        found = _documents(records, patient)
        stated = grounds.statements(records, patient)
    wishes = _WISHES | (_STATE if actor.role is Role.DOCTOR else {})
    may = allowed_among(actor, wishes, patient=patient)
    record, listed = "record" in may, _agreements(found)
    entries = [(one.state, _entry(one, may_withdraw=record)) for one in listed]
    return StaffConsents(
        patient=patient,
        name=_name(found),
        readable="read" in may,
        acts=_acts(found, agree=record, refuse="refuse" in may or record) if "read" in may else (),
        live=tuple(one for state, one in entries if state in (State.LIVE, State.COMING)),
        by_hand=tuple(one for state, one in entries if state is State.BY_HAND),
        past=tuple(one for state, one in entries if state in (State.OVER, State.WITHDRAWN)),
        representatives=grounds.representatives(actor, found, may_record=record),
        statements=stated,
        links=grounds.care_links(found),
        may_record=record,
        may_state="state" in may,
        may_found="found" in may,
    )


def paper_page(actor: Actor, patient: str) -> PaperPage:
    """Whom a paper can name. Raises Missing for who may not see the patient."""
    found = _read(actor, patient, "form of a consent")
    person = network.head_of(found)
    team = network.team_of(patient, found)
    relatives = [one for one in found if one.type == "RelatedPerson" and one.content.get("active", True)]
    organisations = [(one.reference, one.name) for one in team.members if one.reference.startswith("Organization/")]
    mine = network.names([f"Organization/{actor.organisation}"]) if actor.organisation else {}
    return PaperPage(
        patient=patient,
        name=person.name,
        born=person.birth_date,
        address=person.address,
        organisation=next(iter(mine.values()), ""),
        holders=(*organisations, *((one.reference, str(name_of(one.content))) for one in relatives)),
        informants=_informants(actor, found),
        categories=tuple(words.category(one) for one in SWITCHED),
        acts=tuple(words.act(one) for one in ACTS),
        me=actor.person or "",
    )


def may_record(actor: Actor, patient: str) -> bool:
    """Whether the reader records what was signed by hand."""
    return allowed(actor, Deed.RECORD_CONSENT, patient=patient)


def may_state(actor: Actor, patient: str) -> bool:
    """Whether the reader is a doctor who may state whether the person can decide."""
    return actor.role is Role.DOCTOR and bool(allowed_among(actor, _STATE, patient=patient))


def check_visible(actor: Actor, patient: str) -> None:
    """Raises Missing for a patient whom the reader may not see."""
    repository(actor).read("Patient", patient)


def relatives_of(page: PaperPage) -> list[tuple[str, str]]:
    """The relatives that a form can choose: ids and names."""
    kind = "RelatedPerson/"
    return [(one.removeprefix(kind), name) for one, name in page.holders if one.startswith(kind)]


def of_basis(page: PaperPage) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The organisations that a basis may be for, and who may have informed, agreed or judged."""
    organisations = [one for one in page.holders if one[0].startswith("Organization/")]
    return organisations, [*page.informants, *(one for one in page.holders if one not in organisations)]


def check_relative(actor: Actor, patient: str, relative: str) -> None:
    """Raises Missing for a relative whom the reader may not see, or of somebody else."""
    if repository(actor).read("RelatedPerson", relative).patient != patient:
        raise Missing("")


def check_consent(actor: Actor, patient: str, consent: str) -> None:
    """Raises Missing for a consent that the reader may not see, or of somebody else."""
    if repository(actor).read("Consent", consent).patient != patient:
        raise Missing("")


def _read(actor: Actor, patient: str, what: str) -> list[Document]:
    with repository(actor).look(what) as records:
        return _documents(records, patient)


def _documents(records: Repository, patient: str) -> list[Document]:
    found = records.of_patient(patient, READ)
    if not any(one.type == "Patient" for one in found):
        raise Missing("")
    return found


def _agreements(found: Iterable[Document]) -> list[Agreement]:
    return network.agreements(one for one in found if one.type == "Consent")


def _name(found: Iterable[Document]) -> str:
    return network.head_of(found).name


# -- switches


def _organisations(members: Iterable[Member], found: Sequence[Document]) -> list[Holder]:
    scopes = _scopes(found)
    return [
        Holder(
            one.reference,
            one.name,
            one.contact or network_words.kind(one.kind),
            tuple(
                Switch(each, words.category(each), each in one.categories)
                for each in SWITCHED
                if each in scopes.get(one.reference, set()) or each in one.categories
            ),
        )
        for one in members
        if one.reference.startswith("Organization/")
    ]


def _scopes(found: Iterable[Document]) -> dict[str, set[str]]:
    """For which categories each organisation has a live care link."""
    now, scopes = timezone.now(), dict[str, set[str]]()
    for document in found:
        if document.type == "CareTeam":
            for link in documents.links(document.content, document.reference):
                if now in link.span:
                    scopes.setdefault(f"Organization/{link.organisation}", set()).update(link.scope)
    return scopes


def _relatives(members: Iterable[Member], found: Sequence[Document]) -> list[Holder]:
    seen, now = {one.reference: one for one in members}, timezone.now()
    holders = []
    for document in found:
        if document.type != "RelatedPerson" or not document.content.get("active", True):
            continue
        called, said = str(name_of(document.content)), representation(document.content)
        if said and now in said.span:
            what = ", ".join(words.category(one) for one in OF_PATIENTS if one in said.scope)
            note = _("Acts in the person's name: %(what)s") % {"what": what}
            holders.append(Holder(document.reference, called, network_words.kind("relative"), (), note))
            continue
        held = seen[document.reference].categories if document.reference in seen else ()
        switches = tuple(Switch(one, words.category(one), one in held) for one in SWITCHED if one != MENTAL)
        holders.append(Holder(document.reference, called, network_words.kind("relative"), switches))
    return holders


def _acts(found: Iterable[Document], *, agree: bool, refuse: bool) -> tuple[ActRow, ...]:
    said = network.acts_among(one for one in found if one.type == "Consent")
    rows = []
    for act in ACTS:
        stands = network.standing_among(said, act)
        rows.append(
            ActRow(
                act,
                words.act(act),
                words.word(stands.word),
                stands.since,
                may_agree=agree and stands.word is not network.Word.YES,
                may_refuse=refuse and stands.word is not network.Word.NO,
            )
        )
    return tuple(rows)


# -- entries of lists


def _for_all(line: network.Line) -> bool:
    return not line.permit and not line.whom and not line.act


def _entry(one: Agreement, *, may_withdraw: bool) -> Entry:
    ends = [line.until for line in one.lines if line.until]
    return Entry(
        id=one.id,
        sign=words.sign(one.state, permits=one.permits),
        lines=tuple(words.line(line) for line in one.lines) or (one.title or _("A consent of another system"),),
        source=_source(one),
        until=timezone.localtime(max(ends)).date() if ends else None,
        ended=_ended(one),
        hint=_hint(one),
        may_withdraw=may_withdraw and one.state in (State.LIVE, State.COMING, State.BY_HAND),
    )


def _hint(one: Agreement) -> str:
    if not one.why:
        return ""
    counts = _("Where it says no, it counts as an objection.") if one.denies else _("It opens nothing.")
    return f"{words.why_by_hand(one.why)} {counts}"


def _source(one: Agreement) -> str:
    """Who said it when, and on which paper."""
    given = {"day": date_format(one.given_date, "d.m.Y") if one.given_date else "–", "name": one.given_by or "–"}
    parts = [_("%(name)s, %(day)s") % given]
    if one.kept_by:
        parts.append(_("paper kept by %(name)s") % {"name": one.kept_by})
    if one.scan:
        parts.append(_("scan: %(where)s") % {"where": one.scan})
    if one.informed_by:
        parts.append(_("informed by %(name)s") % {"name": one.informed_by})
    return " · ".join(parts)


def _ended(one: Agreement) -> str:
    if one.state is not State.WITHDRAWN or one.ended_date is None:
        return ""
    day = date_format(one.ended_date, "d.m.Y")
    if not one.ended_by:
        return _("Taken back on %(day)s") % {"day": day}
    return _("Taken back on %(day)s, recorded by %(name)s") % {"day": day, "name": one.ended_by}


def _informants(actor: Actor, found: Iterable[Document]) -> tuple[tuple[str, str], ...]:
    """Who may have informed the person: the actor, colleagues, and who is named in the care team."""
    named = {
        str(participant.get("member", {}).get("reference", ""))
        for one in found
        if one.type == "CareTeam"
        for participant in one.content.get("participant", ())
    }
    colleagues = network.colleagues(actor.organisation or "-")
    called = network.names([*colleagues, *(one for one in named if one.startswith("Practitioner/"))])
    first = sorted(called.items(), key=lambda one: (one[0] != actor.person, one[1]))
    return tuple(first)
