"""From a request to the one interaction it asks for, and from its problems to an OperationOutcome.

https://hl7.org/fhir/R4/http.html
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final, NamedTuple

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.request import UnreadablePostError
from django.http.response import HttpResponseBase
from django.utils import translation

from patients.access import refusals
from patients.accounts.actor import Actor
from patients.errors import Invalid, Problem
from patients.fhir import asking, authentication, charging, conditions, contents, outcome, registry, responses
from patients.fhir.asking import Asked
from patients.fhir.examining.postponing import Postponed, Unexamined
from patients.fhir.outcome import Refused
from patients.records import definitions
from patients.records.definitions import SERVED

ROOT: Final = "/fhir"
LANGUAGE: Final = "en"  # programs read these answers; pages speak German

log = logging.getLogger(__name__)


def is_ours(request: HttpRequest) -> bool:
    """Whether this address is one of the FHIR edge."""
    return request.path_info == ROOT or request.path_info.startswith(f"{ROOT}/")


def answer(request: HttpRequest) -> HttpResponseBase:
    """Answer a request. Whatever is wrong with it becomes an OperationOutcome."""
    with translation.override(LANGUAGE):
        response = _guarded(request)
    if request.method == "HEAD":
        responses.empty(response)
    return response


def _guarded(request: HttpRequest) -> HttpResponseBase:
    try:
        return _answered(request)
    except DisallowedHost:
        return responses.refusal(outcome.of(Invalid("This host name is not served here.")))
    except UnreadablePostError:
        return responses.refusal(outcome.of(Invalid("The body broke off.")))
    except Unexamined as problem:
        return Postponed(problem.question, problem.whose)
    except Problem as problem:  # before it was clear what is asked
        return responses.refusal(outcome.of(problem))
    except Exception:
        return _failed()


def _answered(request: HttpRequest) -> HttpResponseBase:
    request.get_host()  # refuses foreign ones
    asked = understood(request)
    response = answered(asked)
    charging.of(request).refused = asked.refused
    return response


def understood(request: HttpRequest, actor: Actor | None = None) -> Asked:
    """What is asked. `actor`: who asks, where it stands in a Bundle of theirs."""
    pairs = asking.parameters(request.META.get("QUERY_STRING", ""))
    segments = request.path_info.removeprefix(ROOT).strip("/").split("/")
    place = _place(segments)
    read = request.method in asking.READING and place.shape in (registry.INSTANCE, registry.VERSION)
    as_itself = read and actor is None and place.type == contents.TYPE and asking.names_others(request, pairs)
    media = asking.media_type(request, pairs, needed=not as_itself and request.method != registry.ASKING)
    pretty = asking.wants_pretty(pairs)
    return Asked(request, actor, media=media, pretty=pretty, pairs=pairs, as_itself=as_itself, **place._asdict())


def answered(asked: Asked) -> HttpResponseBase:
    """Carry it out; a problem becomes a refusal, and is logged. A fault of ours is an answer as well."""
    try:
        return run(asked)
    except Problem as problem:
        refusals.record(asked.actor, problem, source=asking.SOURCE)
        return responses.refusal(told(problem, asked), asked)
    except Unexamined as problem:
        problem.whose = str(asked.actor.account) if asked.actor else ""
        raise
    except UnreadablePostError:
        raise
    except Exception:
        return _failed(asked)


def told(problem: Problem, asked: Asked, *, place: str = "") -> outcome.Answer:
    """The answer to a problem with this request. `place`: the entry of a Bundle that it stands in."""
    return outcome.of(
        problem,
        address=asked.address,
        advice=asked.advice,
        unprocessable=asked.parsed,
        preconditioned=any(name in asked.request.headers for name in conditions.OF_WRITES),
        place=place,
    )


def _failed(asked: Asked | None = None) -> HttpResponseBase:
    """The answer to a fault of ours, which is being handled."""
    log.exception("A FHIR request failed")
    return responses.refusal(outcome.failure(), asked)


def run(asked: Asked) -> HttpResponseBase:
    """Carry it out. Raises Problem."""
    methods = registry.methods_of(asked.shape)
    method = "GET" if asked.method == "HEAD" else asked.method
    interaction = methods.get(method)
    public = method == registry.ASKING or (interaction is not None and interaction.public)
    if asked.actor is None and not public:
        asked.actor = authentication.actor_of(asked.request)
    if asked.type and asked.type not in SERVED:
        raise Refused(404, f"{asked.type[:64]} is no type that is served here.")
    if asked.inside and (asked.type not in definitions.compartments() or asked.inside not in (*SERVED, "*")):
        raise Refused(404, "There is nothing at this address.", "not-found")
    if asked.ident:
        asking.checked_id(asked.ident)
    if asked.shape in registry.LEVELS:
        return _operation(asked, registry.LEVELS[asked.shape], method)
    if not methods:
        raise Refused(404, "There is nothing at this address.", "not-found")
    offered = {name: one for name, one in methods.items() if registry.is_offered(one.code, asked.type, asked.ident)}
    if method == registry.ASKING:
        return _possible(offered)
    if interaction is None or method not in offered:
        raise _not_allowed(offered)
    if interaction.code in (*registry.WRITES, "transaction"):
        conditions.refuse_others(asked, interaction.conditions)
    if interaction.parameters is not None:
        asking.refuse_unknown(asked, interaction.parameters)
    return interaction.answer(asked)


def _possible(methods: Iterable[str]) -> HttpResponseBase:
    """Which methods an address has. Nothing else is looked at: not who asks, nor what is there."""
    return responses.answer(b"", 204, None, {"Allow": registry.allowed(methods)})


def _operation(asked: Asked, level: str, method: str) -> HttpResponseBase:
    operation = registry.operation_at(asked.operation, level, asked.type)
    if operation is None:
        raise Refused(404, f"The operation ${asked.operation[:64]} is not offered here.")
    if method == registry.ASKING:
        return _possible(operation.methods)
    if method not in operation.methods:
        raise _not_allowed(operation.methods)
    return operation.answer(asked)


def _not_allowed(methods: Iterable[str]) -> Refused:
    return Refused(405, "This cannot be done here. Allow says what can.", Allow=registry.allowed(methods))


class _Place(NamedTuple):
    """What an address names: its shape, and what stands in it."""

    shape: str
    type: str = ""
    ident: str = ""
    version: str = ""
    operation: str = ""
    inside: str = ""


def _place(segments: list[str]) -> _Place:
    """By the parts of an address below the base."""
    match segments:
        case [""]:
            return _Place(registry.SYSTEM)
        case [single] if single in (registry.METADATA, registry.OPENAPI, registry.SYSTEM_HISTORY, registry.SEARCH_ALL):
            return _Place(single)
        case [operation] if operation.startswith("$"):
            return _Place(registry.OPERATION, operation=operation[1:])
        case [type_] if not type_.startswith("_"):
            return _Place(registry.TYPE, type_)
        case [type_, "_search"]:
            return _Place(registry.SEARCH, type_)
        case [type_, "_history"]:
            return _Place(registry.TYPE_HISTORY, type_)
        case [type_, operation] if operation.startswith("$"):
            return _Place(registry.TYPE_OPERATION, type_, operation=operation[1:])
        case [type_, ident] if not ident.startswith("_"):
            return _Place(registry.INSTANCE, type_, ident)
        case [type_, ident, "_history"]:
            return _Place(registry.HISTORY, type_, ident)
        case [type_, ident, operation] if operation.startswith("$"):
            return _Place(registry.INSTANCE_OPERATION, type_, ident, operation=operation[1:])
        case [type_, ident, "_search"]:
            return _Place(registry.COMPARTMENT_SEARCH, type_, ident, inside="*")
        case [type_, ident, inside, "_search"]:
            return _Place(registry.COMPARTMENT_SEARCH, type_, ident, inside=inside)
        case [type_, ident, inside] if not inside.startswith("_"):
            return _Place(registry.COMPARTMENT, type_, ident, inside=inside)
        case [type_, ident, "_history", version]:
            return _Place(registry.VERSION, type_, ident, version)
    return _Place(registry.NOWHERE)
