"""The log of an organisation, as its data protection officer and its administrator read it.

The officer reads ids, never names of patients: who asks about a person finds them by exact identity. The administrator
reads the log without content: who did something when, not for whom or with what.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patients import audit
from patients.access import repository
from patients.access.log import Overseen, overseen
from patients.accounts import roles
from patients.accounts.actor import Actor, Purpose, Role
from patients.accounts.models import Membership
from patients.audit import queries
from patients.audit.models import AuditEvent
from patients.audit.row import first_at
from patients.errors import Missing
from patients.network import identifiers
from patients.network import queries as network
from patients.network.matching import Grade, matches
from telecare.privacy import deeds
from telecare.privacy.queries.log import what_of

PAGE: Final = 50
_CHANGES: Final = ("create", "update", "delete", "import")
_ROLES: Final = frozenset(role.value for role in Role)
_ACCOUNT: Final = "(a.type = 'Account' OR a.action IN ('sign-in', 'sign-out', 'choose-function'))"
_CHANGED: Final = f"a.action IN ({', '.join(f'{action!r}' for action in _CHANGES)})"
KINDS: Final[dict[str, tuple[str | Promise, str]]] = {
    "looks": (gettext_lazy("Looks at records"), f"NOT {_ACCOUNT} AND NOT {_CHANGED} AND a.type <> 'AuditEvent'"),
    "changes": (gettext_lazy("Changes of records"), f"{_CHANGED} AND NOT {_ACCOUNT}"),
    "accounts": (gettext_lazy("Accounts and sign-ins"), _ACCOUNT),
    "log": (gettext_lazy("Looks at this log"), "a.type = 'AuditEvent'"),
}
PURPOSES: Final[dict[str, str | Promise]] = {
    Purpose.TREATMENT: gettext_lazy("Treatment and care"),
    Purpose.EMERGENCY: gettext_lazy("Emergency access"),
    Purpose.PATIENT_REQUEST: gettext_lazy("At the patient's wish"),
    Purpose.OPERATIONS: gettext_lazy("Running the organisation"),
    Purpose.SYSTEM: gettext_lazy("By the system itself"),
}
OUTCOMES: Final[dict[str, tuple[str, str | Promise]]] = {
    "done": ("ok", gettext_lazy("Done")),
    "denied": ("watch", gettext_lazy("Refused")),
    "failed": ("urgent", gettext_lazy("Failed")),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the log is asked for; empty is everything. `before` is the id of a row: the page begins behind it."""

    staff: str = ""
    patient: str = ""
    first: date | None = None
    last: date | None = None
    kind: str = ""
    purpose: str = ""
    outcome: str = ""
    before: int | None = None


@dataclass(frozen=True, slots=True)
class LogRow:
    """One row in words. `patient`, `what` and `ident` are empty for who reads without content."""

    id: int
    at: datetime
    name: str
    role: str
    action: str
    patient: str
    what: str
    purpose: str
    emergency: bool
    state: str
    outcome: str
    source: str

    @property
    def short(self) -> str:
        """Enough of the patient's id to tell people apart on one page."""
        return self.patient[:8]


@dataclass(frozen=True, slots=True)
class OversightPage:
    """privacy/oversight.html. `next`: the id behind which the next page begins."""

    organisation: str
    content: bool
    asked: Asked
    rows: tuple[LogRow, ...]
    next: int | None


def oversight_page(actor: Actor, asked: Asked) -> OversightPage:
    """The newest rows that are asked for. The look is logged: once for each patient who is on the page."""
    rule = _rule(actor)
    rows = _found(rule, asked, most=PAGE + 1)
    shown = rows[:PAGE]
    _log(actor, rule, "search", shown)
    organisation = f"Organization/{actor.organisation}"
    names = network.names({organisation, *(row.person for row in shown)} - {""})
    return OversightPage(
        organisation=names.get(organisation, ""),
        content=rule.content,
        asked=asked,
        rows=tuple(_in_words(row, names, content=rule.content) for row in shown),
        next=shown[-1].id if len(rows) > PAGE else None,
    )


def staff_of(actor: Actor) -> dict[str, str]:
    """Who works or worked in the organisation whose log the actor reads: names by reference, in their order."""
    _rule(actor)
    members = Membership.objects.filter(organisation=actor.organisation or "-").values_list("person", flat=True)
    names = network.names(set(members))
    return dict(sorted(names.items(), key=lambda each: each[1]))


def exported(actor: Actor, asked: Asked, *, most: int) -> Iterator[tuple[LogRow, AuditEvent]]:
    """Up to `most` rows that are asked for, in words and as they are; logged like a look."""
    rule = _rule(actor)
    rows = _found(rule, asked, most=most)
    _log(actor, rule, "export", rows)
    names = network.names({row.person for row in rows} - {""})
    for row in rows:
        yield _in_words(row, names, content=rule.content), row


def find_person(actor: Actor, *, kvnr: str, birth_date: date) -> str | None:
    """The id of this person, where the log that the actor reads has something about them. The question is logged.

    None is for people unknown to the organisation as for those unknown to all. Raises Missing.
    """
    rule = _rule(actor)
    if not rule.content:
        raise Missing("")
    number = {"system": identifiers.KVNR, "value": kvnr}
    person = {"resourceType": "Patient", "identifier": [number], "birthDate": birth_date.isoformat()}
    records = repository(actor.as_system("find in log"))
    for one, how in matches(records, person):  # not logged: a row would make everybody known here
        if how is Grade.CERTAIN and _found(rule, Asked(patient=one.logical_id), most=1):
            audit.record(actor, action="find-person", patient=one.logical_id, type="AuditEvent", source="page")
            return one.logical_id
    audit.record(actor, action="find-person", outcome="denied", type="AuditEvent", source="page")
    return None


def _rule(actor: Actor) -> Overseen:
    """Raises Missing for who reads no organisation's log."""
    rule = overseen(actor)
    if rule is None:
        raise Missing("")
    return rule


def _found(rule: Overseen, asked: Asked, *, most: int) -> list[AuditEvent]:
    tests, params = [f"({rule.scope.sql})"], list[Any](rule.scope.params)
    for test, value in (
        ("a.person = %s", asked.staff),
        ("a.patient = %s", asked.patient if rule.content else ""),
        ("a.purpose = %s", asked.purpose),
        ("a.outcome = %s", asked.outcome),
        ("a.id >= %s", _id_at(asked.first) if asked.first else None),
        ("a.id < %s", _id_at(asked.last + timedelta(days=1)) if asked.last else None),
        ("a.id < %s", asked.before),
    ):
        if value not in ("", None):
            tests.append(test)
            params.append(value)
    if asked.kind in KINDS:
        tests.append(f"({KINDS[asked.kind][1]})")
    return queries.found(" AND ".join(tests), params, most=most)


def _log(actor: Actor, rule: Overseen, action: str, rows: Iterable[AuditEvent]) -> None:
    """Who reads the log is in the log. Without content there is nobody to tell about it."""
    about: list[str | None] = [*sorted({row.patient for row in rows} - {""})] if rule.content else []
    about = about or [None]
    audit.record_many(actor, [audit.Entry(action, patient=one, type="AuditEvent", source="page") for one in about])


def _in_words(row: AuditEvent, names: Mapping[str, str], *, content: bool) -> LogRow:
    state, outcome = OUTCOMES.get(row.outcome, ("idle", row.outcome))
    return LogRow(
        id=row.id,
        at=row.at,
        name=names.get(row.person, "") or _nobody(row),
        role=roles.word(Role(row.role)) if row.role in _ROLES else "",
        action=deeds.word(row.action),
        patient=row.patient if content else "",
        what=_what(row) if content else "",
        purpose=str(PURPOSES.get(row.purpose, row.purpose)),
        emergency=row.purpose == Purpose.EMERGENCY,
        state=state,
        outcome=str(outcome),
        source=row.source,
    )


def _nobody(row: AuditEvent) -> str:
    return _("Somebody with an account") if row.person or row.account else _("Nobody signed in")


def _what(row: AuditEvent) -> str:
    """What kinds of things a row is about, in words; acts of an account are about none."""
    return "" if row.type == "Account" else ", ".join(what_of(row))


def _id_at(day: date) -> int:
    moment = timezone.make_aware(datetime.combine(day, time()))
    return first_at(int(moment.timestamp() * 1_000_000))
