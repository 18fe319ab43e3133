"""Who has read what of a record: the log in words, by day and person; and who may see what now, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from patients import audit
from patients.access import repository
from patients.access.categories import OF_PATIENTS
from patients.access.joining import together
from patients.access.log import NOTHING, readable, told
from patients.access.models import EVER, FOREVER, Right
from patients.accounts import roles
from patients.accounts.actor import Actor, Purpose, Role
from patients.audit import queries
from patients.audit.models import AuditEvent
from patients.audit.row import first_at
from patients.database.rows import places
from patients.errors import Missing
from patients.network import queries as network
from telecare.privacy import words

MOST: Final = 200  # rows of the log on one page
LOOKED: Final = "look at the log"  # as it stands in the log itself
_ROLES: Final = frozenset(role.value for role in Role)


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the log is asked for. `before` is the id of a row: the page begins behind it."""

    first: date | None = None
    last: date | None = None
    emergencies: bool = False
    before: int | None = None


@dataclass(slots=True)
class Visit:
    """What one person did on one day for one purpose. `what` in words; `times` from the first to the last."""

    day: date
    name: str
    where: str
    role: str
    emergency: bool
    own: bool
    last: datetime
    first: datetime
    looks: int = 0
    changed: bool = False
    what: set[str] = field(default_factory=set)

    @property
    def words(self) -> str:
        return ", ".join(sorted(self.what))


@dataclass(frozen=True, slots=True)
class Grant:
    """Who may see what of others' records now, and why."""

    name: str
    kind: str
    bases: str
    categories: str
    since: datetime | None
    until: datetime | None
    emergency: bool


@dataclass(frozen=True, slots=True)
class LogPage:
    """privacy/accesses.html. `next`: the id behind which the next page begins."""

    patient: str
    name: str
    own: bool
    asked: Asked
    grants: tuple[Grant, ...]
    visits: tuple[Visit, ...]
    next: int | None


def log_page(actor: Actor, patient: str, asked: Asked) -> LogPage:
    """Raises Missing for everybody but the person, and who represents them in matters of health."""
    whole = together(actor, patient)
    rows = rows_of(actor, whole, asked, most=MOST + 1)
    with repository(actor).look(LOOKED) as records:
        found = [records.of_patient(one, {*network.HEAD, *network.TEAM}) for one in whole]
    head = network.head_of(found[0])
    teams = [network.team_of(one, documents) for one, documents in zip(whole, found, strict=True)]
    members: dict[str, network.Member] = {}  # of several records the first is the one of the account
    for each in (each for one in teams for each in one.members):
        members.setdefault(each.reference, each)
    audit.record_many(actor, [audit.Entry(LOOKED, patient=one, type="AuditEvent", source="page") for one in whole])
    shown = rows[:MOST]
    named = {one.person for one in shown} | {f"Organization/{one.organisation}" for one in shown}
    names = network.names({*named, actor.person or "", *members} - {""})
    return LogPage(
        patient=whole[0],
        name=head.name,
        own=actor.patient == whole[0],
        asked=asked,
        grants=tuple(_grant(one) for one in members.values()),
        visits=tuple(_visits(actor, shown, names)),
        next=shown[-1].id if len(rows) > MOST else None,
    )


def rows_of(actor: Actor, whole: Sequence[str], asked: Asked, *, most: int) -> list[AuditEvent]:
    """Rows of the log about one person, the newest first. Raises Missing for who may not read them.

    `whole`: all records that the actor sees as one, see `joining.together`.
    """
    rule = readable(actor)
    if rule == NOTHING or not _may(actor, whole):
        raise Missing("")
    one_of = places(len(whole))
    tests, params = [f"({rule.sql})", f"a.patient IN ({one_of})"], [*rule.params, *whole]
    if asked.first:
        tests.append("a.id >= %s")
        params.append(_id_at(asked.first))
    if asked.last:
        tests.append("a.id < %s")
        params.append(_id_at(asked.last + timedelta(days=1)))
    if asked.emergencies:
        tests.append("a.purpose = %s")
        params.append(Purpose.EMERGENCY.value)
    if asked.before is not None:
        tests.append("a.id < %s")
        params.append(asked.before)
    return told(actor, queries.found(" AND ".join(tests), params, most=most))


def _may(actor: Actor, whole: Sequence[str]) -> bool:
    """The officer reads a whole organisation's log elsewhere; here it is about one's own record."""
    if actor.patient is not None:
        return actor.patient in whole
    return network.represents_in_health(actor, whole[0])


def represented(actor: Actor) -> str | None:
    """Whose log this reader looks at first: their own, or that of whom they represent."""
    if actor.patient is not None or actor.role is not Role.REPRESENTATIVE:
        return actor.patient
    now = timezone.now()
    rights = Right.objects.filter(person=actor.person or "-", basis=Right.Basis.REPRESENTATION, category="clinical")
    found = rights.filter(since__lte=now, until__gt=now).order_by("since", "pk")
    return found.values_list("patient", flat=True).first()


def _visits(actor: Actor, rows: Iterable[AuditEvent], names: Mapping[str, str]) -> list[Visit]:
    found: dict[tuple[date, str, str, bool], Visit] = {}
    for row in rows:
        at, emergency = timezone.localtime(row.at), row.purpose == Purpose.EMERGENCY
        key = (at.date(), row.person, row.organisation, emergency)
        visit = found.get(key)
        if visit is None:
            visit = found[key] = Visit(
                day=at.date(),
                name=name_of(row, names),
                where=names.get(f"Organization/{row.organisation}", ""),
                role=role_of(row),
                emergency=emergency,
                own=bool(row.person) and row.person == actor.person,
                first=at,
                last=at,
            )
        visit.first = at
        visit.looks += 1
        visit.changed |= row.action in _CHANGES
        visit.what |= set(what_of(row))
    return list(found.values())


_CHANGES: Final = ("create", "update", "delete", "import")


def name_of(row: AuditEvent, names: Mapping[str, str]) -> str:
    """Who it was, in words."""
    return names.get(row.person, "") or (_("Connected system") if row.person or row.account else _("Unknown"))


def role_of(row: AuditEvent) -> str:
    """In which function, in words."""
    return roles.word(Role(row.role)) if row.role in _ROLES else ""


def what_of(row: AuditEvent) -> list[str]:
    """What kinds of things a row of the log is about, in words."""
    types = [row.type] if row.type else []
    types += [word.partition("/")[0] for word in row.detail.split() if "/" in word]
    return sorted({kind_of(type_) for type_ in types})


def act_of(row: AuditEvent) -> str:
    """What was done, in words."""
    words = {
        "create": _("written"), "import": _("written"), "update": _("changed"), "delete": _("deleted"),
        "export": _("taken along"), "emergency": _("opened in an emergency"),
    }  # fmt: skip
    return words.get(row.action, _("read"))


def purpose_of(row: AuditEvent) -> str:
    """For what, in words."""
    return {
        Purpose.TREATMENT.value: _("treatment"),
        Purpose.EMERGENCY.value: _("emergency"),
        Purpose.PATIENT_REQUEST.value: _("own wish"),
        Purpose.OPERATIONS.value: _("administration"),
    }.get(row.purpose, row.purpose)


def kind_of(type_: str) -> str:
    """A type of FHIR in words that people understand."""
    words = {
        **dict.fromkeys(("Patient", "RelatedPerson", "CareTeam", "Group", "Person"), _("Name, address, team")),
        **dict.fromkeys(("Appointment", "AppointmentResponse", "Encounter", "EpisodeOfCare"), _("Appointments")),
        **dict.fromkeys(("Observation", "Goal", "DiagnosticReport"), _("Values and findings")),
        **dict.fromkeys(("Condition", "AllergyIntolerance", "Flag", "Procedure", "Immunization"), _("Diagnoses")),
        **dict.fromkeys(("Composition", "DocumentReference", "Bundle", "Binary", "Media"), _("Reports")),
        **dict.fromkeys(("Task", "ServiceRequest", "CarePlan"), _("Tasks")),
        **dict.fromkeys(("Communication", "topic"), _("Conversation of the team")),
        "Consent": _("Consents"),
        "AuditEvent": _("This list"),
    }
    return words.get(type_) or (_("Medicines") if type_.startswith("Medication") else _("Other parts of the record"))


def _grant(one: network.Member) -> Grant:
    shown = [words.category(found) for found in OF_PATIENTS if found in one.categories]
    return Grant(
        name=one.name,
        kind=one.contact,
        bases=", ".join(basis(found) for found in one.bases) or _("Sees only what it recorded itself."),
        categories=", ".join(shown),
        since=one.since if one.since and one.since > EVER else None,
        until=one.until if one.until and one.until < FOREVER else None,
        emergency=Right.Basis.EMERGENCY in one.bases,
    )


def basis(code: str) -> str:
    """A legal basis, said to the person."""
    return {
        Right.Basis.TREATMENT: _("treats you together with others, you were informed"),
        Right.Basis.CONSENT: _("you have consented"),
        Right.Basis.REPRESENTATIVE: _("your representative has agreed"),
        Right.Basis.PRESUMED: _("a doctor has judged what you would want"),
        Right.Basis.DELEGATION: _("you have allowed it"),
        Right.Basis.REPRESENTATION: _("acts in your name"),
        Right.Basis.EMERGENCY: _("emergency access, reading only"),
    }.get(Right.Basis(code), code)


def _id_at(day: date) -> int:
    moment = timezone.make_aware(datetime.combine(day, time()))
    return first_at(int(moment.timestamp() * 1_000_000))
