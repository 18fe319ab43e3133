"""What this edge can do, in one place: the router and the CapabilityStatement read the same tables.

Features above register from their `apps.py`: operations of their own (`Appointment/$book`), and types that they serve
from tables of their own beside the documents of that type (chat messages as Communication).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from patients.access import Repository
from patients.fhir.asking import Asked
from patients.fhir.outcome import Refused
from patients.fhir.parameters import Parameter
from patients.fhir.provided import Place, Provided
from patients.fhir.responses import Served
from patients.records.search import Query

# the parts of an address that an interaction may have
SYSTEM: Final = ""
METADATA: Final = "metadata"
OPENAPI: Final = "openapi.json"
TYPE: Final = "{type}"
SEARCH: Final = "{type}/_search"
INSTANCE: Final = "{type}/{id}"
HISTORY: Final = "{type}/{id}/_history"
SEARCH_ALL: Final = "_search"
COMPARTMENT: Final = "{type}/{id}/{inside}"
COMPARTMENT_SEARCH: Final = "{type}/{id}/{inside}/_search"
TYPE_HISTORY: Final = "{type}/_history"
SYSTEM_HISTORY: Final = "_history"
VERSION: Final = "{type}/{id}/_history/{version}"
OPERATION: Final = "${operation}"
TYPE_OPERATION: Final = "{type}/${operation}"
INSTANCE_OPERATION: Final = "{type}/{id}/${operation}"
NOWHERE: Final = "nowhere"
LEVELS: Final = {OPERATION: SYSTEM, TYPE_OPERATION: TYPE, INSTANCE_OPERATION: INSTANCE}  # of operations

ASKING: Final = "OPTIONS"  # the method that asks which others there are
READ_ONLY: Final = frozenset({"AuditEvent"})  # types that no client ever writes
WRITES: Final = frozenset({"create", "update", "patch", "delete"})

Answer = Callable[[Asked], HttpResponse]
OperationAnswer = Callable[[Asked], HttpResponseBase]  # may be a streamed one, see patients.fhir.streaming


@dataclass(frozen=True, slots=True)
class Interaction:
    """One thing a client can do. `code` is of http://hl7.org/fhir/R4/valueset-restful-interaction.html."""

    code: str
    method: str
    shape: str
    answer: Answer
    public: bool = False  # also for who is not signed in
    also: tuple[str, ...] = ()  # further codes of what is done at the same address
    conditions: tuple[str, ...] = ()  # headers on which it can be made to depend
    parameters: tuple[str, ...] | None = ()  # of the address, beside those about the answer; None: it looks itself


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, at one level and for some types. https://hl7.org/fhir/R4/operations.html"""

    name: str  # without the $
    level: str  # SYSTEM, TYPE or INSTANCE
    types: frozenset[str]
    answer: OperationAnswer
    definition: str
    methods: tuple[str, ...] = ("POST",)
    expected: tuple[Parameter, ...] = ()


class Provider(Protocol):
    """Serves, read only, resources that are no documents. Their ids begin with `prefix`, which no document's may.

    It receives the repository, so it knows who asks; what may not be seen raises Missing or is not found. It tells
    the repository what it has shown (`records.saw`). Its resources never change: a history shows each as created.
    """

    prefix: str
    about: str  # one sentence for the CapabilityStatement

    def read(self, records: Repository, ident: str) -> Served:
        """One of them. Raises Missing."""

    def find(self, records: Repository, query: Query, after: Place | None, most: int) -> Sequence[Provided]:
        """The next of those that the query finds, in the order of their moments; see `patients.fhir.provided`."""

    def count(self, records: Repository, query: Query, most: int | None) -> int:
        """How many the query finds, counted up to `most`."""


_interactions: dict[str, dict[str, Interaction]] = {}
_operations: dict[tuple[str, str, str], Operation] = {}
_providers: dict[str, list[Provider]] = {}


def interaction(one: Interaction) -> None:
    """Offer an interaction for all types."""
    _interactions.setdefault(one.shape, {})[one.method] = one


def operation(
    name: str,
    answer: OperationAnswer,
    *,
    level: str,
    definition: str,
    types: frozenset[str] = frozenset({""}),
    methods: tuple[str, ...] = ("POST",),
    expected: Sequence[Parameter] = (),
) -> None:
    """Offer the operation `$name`. At system level `types` is left out. `expected`: what it can be given."""
    one = Operation(name, level, types, answer, definition, methods, tuple(expected))
    for type_ in types:
        _operations[name, level, type_] = one


def provider(type_: str, one: Provider) -> None:
    """Serve further resources of a type from a table of one's own."""
    if one not in _providers.setdefault(type_, []):
        _providers[type_].append(one)


def methods_of(shape: str) -> Mapping[str, Interaction]:
    """What can be done at addresses of this shape, by method."""
    return _interactions.get(shape, {})


def interactions() -> list[Interaction]:
    """All of them, in the order in which they were registered."""
    return [one for by_method in _interactions.values() for one in by_method.values()]


def operation_at(name: str, level: str, type_: str) -> Operation | None:
    """The operation of this name for this type, if there is one."""
    return _operations.get((name, level, type_))


def operations() -> list[Operation]:
    """All of them."""
    return list(dict.fromkeys(_operations.values()))


def providers(type_: str) -> Sequence[Provider]:
    """Who serves resources of this type beside the documents."""
    return _providers.get(type_, ())


def provided_types() -> frozenset[str]:
    """The types of which somebody serves more than the documents."""
    return frozenset(type_ for type_, found in _providers.items() if found)


def provider_of(type_: str, ident: str) -> Provider | None:
    """Who serves this id, if it is no document's."""
    return next((one for one in _providers.get(type_, ()) if ident.startswith(one.prefix)), None)


def is_offered(code: str, type_: str, ident: str = "") -> bool:
    """Whether clients may ever do this with a type, or with what has this id.

    The log is written by the system itself (`access.writing`); what a provider serves is only read.
    """
    return code not in WRITES or not (type_ in READ_ONLY or provider_of(type_, ident))


def refuse_what_is_read_only(type_: str, ident: str) -> None:
    """Raise Refused (405) for types that are only read and for what a provider serves: nothing of it is written."""
    if not is_offered("update", type_, ident):
        raise Refused(405, "This is read only.", Allow=allowed(("GET",)))


def allowed(methods: Iterable[str]) -> str:
    """The value of `Allow`: what can be got can be asked for by HEAD as well, and OPTIONS is for all."""
    found = {*methods, ASKING}
    return ", ".join(sorted(found | {"HEAD"} if "GET" in found else found))
