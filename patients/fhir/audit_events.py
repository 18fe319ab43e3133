"""The log as FHIR clients read it: AuditEvents with ids `audit-…`, read only, searched beside imported ones.

Who may read which rows is said by `patients.access.log`; reading the log is logged as reading anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from patients import audit
from patients.access import Repository, refusals
from patients.access.codes import ROLE
from patients.access.log import NOTHING, readable, told
from patients.audit import queries
from patients.audit.models import AuditEvent
from patients.audit.row import first_at, moment_of
from patients.database.rows import places
from patients.errors import Invalid, Missing
from patients.fhir import balp, provided
from patients.fhir.asking import SOURCE
from patients.fhir.balp import DEED, KINDS, LOOK, Kind
from patients.fhir.provided import NEVER, Compared, Place, Provided, days_on
from patients.records import definitions, wire
from patients.records.search import Coded, Condition, Query, Sql, Target, both, either

TYPE: Final = "AuditEvent"
PREFIX: Final = "audit-"

_PEOPLE: Final = ("patient", "agent")
_recorded: Final = days_on("a.id", first_at)


class AuditEvents:
    """The provider of `patients.fhir.registry`."""

    prefix = PREFIX
    about = "What was done here stands beside imported events as audit-…, for the patient and the officer."

    def read(self, records: Repository, ident: str) -> Provided:
        """One event. Raises Missing."""
        with refusals.answering(audit.Entry("read", "denied", type=TYPE, ident=ident[:64], source=SOURCE)):
            found = _rows(records, [_is(ident)], most=1, narrow=True)
            if not found:
                raise Missing("There is no such event.")
        records.saw("read", found)
        return found[0]

    def find(self, records: Repository, query: Query, after: Place | None, most: int) -> Sequence[Provided]:
        """The next events that the query finds."""
        newest_first = provided.descending(query)
        tests = _tests(records, query)
        if after is not None:
            tests.append(Sql(f"a.id {'<' if newest_first else '>'} %s", (after.number,)))
        return _rows(records, tests, most=most, newest_first=newest_first, narrow=_narrow(query))

    def count(self, records: Repository, query: Query, most: int | None) -> int:
        """How many events the query finds, up to `most`."""
        held = _within(records, _tests(records, query), narrow=_narrow(query))
        return queries.counted(held.text, held.params, most=most)


def _tests(records: Repository, query: Query) -> list[Sql]:
    _refuse_unbounded(records, query)
    return provided.where(query, _COMPARED, ident=_is, moment=_recorded, records=records)


def _refuse_unbounded(records: Repository, query: Query) -> None:
    """Raise Invalid for the events of a resource among all patients: what one look has shown stands in one row, so
    that each row would have to be read.
    """
    asked = _asked(query)
    others = [
        value
        for each in asked
        if "entity" in (each.names or (each.parameter.name,))
        for value in each.values
        if isinstance(value, Target) and value.type != "Patient"
    ]
    bound = any(each.parameter.name in ("patient", "agent") for each in asked) or bool(query.ids)
    if others and not bound and not records.actor.patient and readable(records.actor) != NOTHING:
        raise Invalid(
            "The search parameter “entity” needs the patient or the agent as well.", code="too-costly", where="entity"
        )


def _narrow(query: Query) -> bool:
    """Whether the query names whose events it looks for: a patient, somebody who acted, or the events themselves."""
    asked = _asked(query)
    people = (value for each in asked if each.parameter.name in _PEOPLE for value in each.values)
    return bool(query.ids) or any(isinstance(each, Target) and each.type != "Organization" for each in people)


def _asked(query: Query) -> list[Condition]:
    """The conditions on values of the events themselves."""
    return [each for each in query.conditions if isinstance(each, Condition) and each.missing is None]


def _within(records: Repository, tests: Iterable[Sql], *, narrow: bool) -> Sql:
    rule = readable(records.actor, narrow=narrow)
    return both([*tests, Sql(f"({rule.sql})", rule.params)])


def _rows(
    records: Repository, tests: Iterable[Sql], *, most: int, newest_first: bool = True, narrow: bool = False
) -> list[Provided]:
    held = _within(records, tests, narrow=narrow)
    found = queries.found(held.text, held.params, most=most, newest_first=newest_first)
    return [_provided(row) for row in told(records.actor, found)]


def _provided(row: AuditEvent) -> Provided:
    text = wire.text(balp.audit_event(row))
    return Provided(TYPE, row.logical_id, row.patient or None, row.at, Place(moment_of(row.id), row.id), text)


def _is(ident: str) -> Sql:
    number = ident.removeprefix(PREFIX)
    if not ident.startswith(PREFIX) or not (number.isascii() and number.isdecimal() and len(number) <= 18):
        return NEVER
    return Sql("a.id = %s", (int(number),)) if number == str(int(number)) else NEVER


# -- how each parameter is compared with a row


def _equal(column: str, value: str) -> Sql:
    return Sql(f"a.{column} = %s", (value,))


def _patient(value: Any) -> Sql:
    """The patient whom an event concerns, or who acted."""
    if not isinstance(value, Target) or not value.ident or value.type not in ("", "Patient"):
        return NEVER
    return either([_equal("patient", value.ident), _equal("person", f"Patient/{value.ident}")])


def _agent(value: Any) -> Sql:
    if not isinstance(value, Target) or not value.ident:
        return NEVER
    types = [value.type] if value.type else sorted(_parameter("agent").targets)
    people = [_equal("person", f"{type_}/{value.ident}") for type_ in types if type_ != "Organization"]
    organisations = [_equal("organisation", value.ident)] if "Organization" in types else []
    return either([*people, *organisations])


def _entity(value: Any) -> Sql:
    """The patient, or a resource that was read or written: alone in a row, or with others of one look."""
    if not isinstance(value, Target) or not value.ident:
        return NEVER
    found = [_equal("patient", value.ident)] if value.type in ("", "Patient") else []
    words = Sql("(' ' || a.detail || ' ') LIKE %s", (f"% {value.ident} %",))
    if value.type:
        named = f"{value.type}/{value.ident}"
        alone = both([_equal("type", value.type), either([_equal("ident", value.ident), words])])
        return either([*found, alone, Sql("(' ' || a.detail || ' ') LIKE %s", (f"% {named} %",))])
    among = Sql("(a.detail || ' ') LIKE %s", (f"%/{value.ident} %",))
    return either([*found, _equal("ident", value.ident), words, among])


def _coded(codes: Mapping[tuple[str, str], Sql]) -> Callable[[Any], Sql]:
    """A coded element whose codes each belong to certain rows."""

    def compare(value: Any) -> Sql:
        if not isinstance(value, Coded):
            return NEVER
        found = [
            test
            for (system, code), test in codes.items()
            if value.system in (None, system) and (value.code is None or value.code.casefold() == code.casefold())
        ]
        return either(found)

    return compare


def _of_column(column: str, system: str) -> Callable[[Any], Sql]:
    """A coded element whose code is what a column holds."""

    def compare(value: Any) -> Sql:
        if not isinstance(value, Coded) or value.system not in (None, system):
            return NEVER
        if value.code is None:
            return Sql(f"a.{column} <> ''")
        return Sql(f"LOWER(a.{column}) = %s", (value.code.casefold(),))

    return compare


def _of_kinds(chosen: Callable[[Kind], object]) -> Sql:
    """The rows of all kinds for which this is true."""
    names = [name for name, kind in KINDS.items() if chosen(kind)]
    parts = [Sql(f"a.action IN ({places(len(names))})", tuple(names))] if names else []
    unnamed = Sql(f"a.action NOT IN ({places(len(KINDS))})", tuple(KINDS))
    record = f"(a.patient <> '' OR a.type NOT IN ({places(len(balp.NO_RECORD))}))"
    parts += [both([unnamed, Sql(record, balp.NO_RECORD)])] if chosen(LOOK) else []
    parts += [both([unnamed, Sql(f"NOT {record}", balp.NO_RECORD)])] if chosen(DEED) else []
    return either(parts)


def _all_of(pick: Callable[[Kind], tuple[str, str] | None]) -> dict[tuple[str, str], Sql]:
    codes = {code for kind in (*KINDS.values(), LOOK, DEED) if (code := pick(kind))}
    return {code: _of_kinds(lambda kind, code=code: pick(kind) == code) for code in sorted(codes)}  # type: ignore[misc]


def _subtype(value: Any) -> Sql:
    return either([_standard_subtype(value), _of_column("action", balp.OWN_ACTION)(value)])


def _account(value: Any) -> Sql:
    fits = isinstance(value, Coded) and value.system in (None, "") and (value.code or "").isdecimal()
    return Sql("a.account = %s", (int(value.code[:18]),)) if fits else NEVER


def _never(value: Any) -> Sql:
    return NEVER


def _parameter(name: str) -> definitions.Parameter:
    return definitions.search_parameters(TYPE)[name]


_HAS_PATIENT: Final = Sql("a.patient <> ''")
_HAS_DATA: Final = Sql("(a.ident <> '' OR a.detail <> '')")
_IS_SEARCH: Final = _equal("action", "search")
_HAS_ENTITY: Final = either([_HAS_PATIENT, _HAS_DATA, _IS_SEARCH])
_KNOWN_OUTCOMES: Final = {(balp.OUTCOME_SYSTEM, code): _equal("outcome", word) for word, code in balp.OUTCOMES.items()}
_standard_subtype: Final = _coded(_all_of(lambda kind: kind.subtype))
_COMPARED: Final[Mapping[str, Compared]] = {
    "date": Compared(lambda day: _recorded([day])),
    "patient": Compared(_patient, either([_HAS_PATIENT, Sql("a.person LIKE 'Patient/%%'")])),
    "agent": Compared(_agent),
    "agent-role": Compared(_of_column("role", ROLE), Sql("a.role <> ''")),
    "altid": Compared(_account, Sql("a.account IS NOT NULL")),
    "action": Compared(_coded(_all_of(lambda kind: (balp.ACTION_SYSTEM, kind.letter)))),
    "type": Compared(_coded(_all_of(lambda kind: kind.type))),
    "subtype": Compared(_subtype),
    "outcome": Compared(_coded(_KNOWN_OUTCOMES)),
    "entity": Compared(_entity, either([_HAS_PATIENT, _HAS_DATA])),
    "entity-type": Compared(
        _coded({(balp.ENTITY_TYPE, balp.PERSON): _HAS_PATIENT,
                (balp.ENTITY_TYPE, balp.SYSTEM_OBJECT): either([_HAS_DATA, _IS_SEARCH])}),
        _HAS_ENTITY,
    ),
    "entity-role": Compared(
        _coded({(balp.ENTITY_ROLE, balp.PATIENT): _HAS_PATIENT, (balp.ENTITY_ROLE, balp.DOMAIN_RESOURCE): _HAS_DATA,
                (balp.ENTITY_ROLE, balp.QUERY): _IS_SEARCH}),
        _HAS_ENTITY,
    ),
    "site": Compared(_of_column("source", ""), Sql("a.source <> ''")),
    "source": Compared(_never),
}  # fmt: skip
