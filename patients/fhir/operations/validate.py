"""$validate: all that is wrong with a resource, at once. Nothing is stored.

https://hl7.org/fhir/R4/resource-operation-validate.html

What is stored is looked at only where somebody asks for it by its address and sends nothing else (`mode=profile`, or no
mode): that is a read, with its rights and its line in the log.

The answer is 200 and an OperationOutcome, also for what is invalid. 400 is for what cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.http import HttpResponse

from patients.errors import Finding
from patients.fhir import outcome, parameters, registry, responses
from patients.fhir.asking import Asked
from patients.fhir.outcome import Refused
from patients.fhir.parameters import Given, Parameter
from patients.records import definitions, validation, wire
from patients.records.validation import advice
from patients.records.wire import Json

DEFINITION: Final = "http://hl7.org/fhir/OperationDefinition/Resource-validate"
MODES: Final = ("create", "update", "delete", "profile")

_EXPECTED: Final = (
    Parameter("resource", parameters.RESOURCE),
    Parameter("mode", "code"),
    Parameter("profile", "canonical"),
)


def answer(asked: Asked) -> HttpResponse:
    """Whether a document of this id could be changed is not told: writing it is the way to know."""
    given = parameters.read(asked, *_EXPECTED)
    resource = given.resource("resource")
    stored = asked.ident and resource is None
    mode = given.text("mode") or ("profile" if stored else "update" if asked.ident else "create")
    if mode not in MODES:
        raise Refused(400, f"The mode “{mode[:40]}” is not known; known are {', '.join(MODES)}.", where="mode")
    if stored and mode == "profile":
        resource = _stored(asked)
    if resource is None and mode != "delete":
        raise Refused(400, "The parameter “resource” is needed.", "required", where="resource")
    told = [("error", finding) for finding in _faults(asked, given, mode, resource)]
    asked.refused = bool(told)
    if resource is not None and not told:
        told += [("warning", finding) for finding in advice.findings(resource)]
    return responses.answer(outcome.judgement(told or [("information", _nothing_wrong(mode))]), 200, asked)


def register() -> None:
    """Offer it for all types, and for each resource."""
    for level in (registry.TYPE, registry.INSTANCE):
        registry.operation(
            "validate",
            answer,
            level=level,
            types=definitions.SERVED,
            definition=DEFINITION,
            methods=("GET", "POST"),
            expected=_EXPECTED,
        )


def _stored(asked: Asked) -> Json:
    """The resource at this address. Raises Missing."""
    if provider := registry.provider_of(asked.type, asked.ident):
        return wire.opened(provider.read(asked.records, asked.ident).text)
    return asked.records.read(asked.type, asked.ident).content


def _faults(asked: Asked, given: Given, mode: str, resource: Json | None) -> Iterator[Finding]:
    profile = given.text("profile")
    if profile is not None and profile.partition("|")[0] != f"{advice.BASE}{asked.type}":
        text = f"The profile {profile[:200]} is not known here, so nothing was held against it."
        yield Finding(text, "not-supported", "Parameters.parameter.where(name = 'profile')")
    if resource is None:
        return
    kind = resource.get("resourceType")
    if kind != asked.type and kind is not None:
        yield Finding(f"The resource is a {str(kind)[:64]}, the address says {asked.type}.", "invalid", "resourceType")
    elif asked.ident and mode == "update" and resource.get("id") != asked.ident:
        yield Finding("The id in the resource must be the id in the address.", "value", f"{asked.type}.id")
    elif mode == "update" and "id" not in resource:
        yield Finding("What replaces another needs its id.", "required", f"{asked.type}.id")
    found = validation.findings(resource, validation.MOST)
    yield from found
    if len(found) == validation.MOST:
        yield Finding(f"These are the first {validation.MOST} findings. There may be more.", "too-costly")


def _nothing_wrong(mode: str) -> Finding:
    if mode == "delete":
        return Finding(
            "There is nothing to validate. Whether it may be deleted is decided when it is.", "informational"
        )
    return Finding("Nothing is wrong with this resource.", "informational")
