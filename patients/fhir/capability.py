"""The CapabilityStatement: what the registry, the definitions and the search can do, said in FHIR.

https://hl7.org/fhir/R4/capabilitystatement.html
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from django.conf import settings

from patients.fhir import contents, registry, responses
from patients.fhir.jsonpatch import JSON_PATCH
from patients.fhir.mergepatch import MERGE_PATCH
from patients.records import definitions, search, wire

RELEASED: Final = "2026-11-29"
MODE: Final = "mode"
MODES: Final = ("full", "normative")  # the whole for both: what is not normative stands beside it
INSTANCE_CODES: Final = ("read", "vread", "update", "patch", "delete", "history-instance", "history-type")
TYPE_CODES: Final = ("create", "search-type")
MANY: Final = 12  # targets of a reference that are no longer named one by one
PROVIDED: Final = "They are read only, sorted by _lastUpdated or their date, and no chain or _has leads over them."
AS_ITSELF: Final = (
    "Contents are also taken and given as themselves, in their own media type, which Accept must name; "
    f"{contents.CONTEXT} is then what securityContext is in the resource."
)
COMPARTMENTS: Final = "http://hl7.org/fhir/CompartmentDefinition"
SYSTEM_CODES: Final = ("transaction", "batch", "search-system", "history-system")
_ORDER: Final = (*INSTANCE_CODES, *TYPE_CODES)


def statement() -> bytes:
    """The statement as JSON text; made once for each set of operations."""
    return _statement(settings.PUBLIC_URL, tuple(registry.operations()))


@lru_cache(maxsize=4)
def _statement(_url: str, operations: tuple[registry.Operation, ...]) -> bytes:
    offered = {code for one in registry.interactions() for code in (one.code, *one.also)}
    codes = sorted(offered & set(_ORDER), key=_ORDER.index)
    whole = _told(one for one in operations if one.level == registry.SYSTEM)
    rest: dict[str, Any] = {
        "mode": "server",
        "documentation": "Every answer is limited to what the person or client who asks may see now. What may not be "
        "seen is answered like what does not exist (404). Chat messages and entries of the log never change: each has "
        "a history of one version, and is in no history of a type or of all.",
        "security": {
            "cors": False,
            "description": "OAuth bearer token, or the session of a signed-in browser with its CSRF token.",
        },
        "resource": [_resource(type_, codes, operations) for type_ in sorted(definitions.SERVED)],
    }
    rest["interaction"] = [{"code": code} for code in SYSTEM_CODES if code in offered]
    if whole:
        rest["operation"] = whole
    rest["compartment"] = [f"{COMPARTMENTS}/{name.lower()}" for name in sorted(definitions.compartments())]
    return wire.text(
        {
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": RELEASED,
            "kind": "instance",
            "software": {"name": "Telecare"},
            "implementation": {"description": f"Telecare, {settings.DISTRICT}", "url": responses.base()},
            "fhirVersion": definitions.version(),
            "format": ["application/fhir+json", "application/json"],
            "patchFormat": [JSON_PATCH, MERGE_PATCH],
            "rest": [rest],
        }
    )


def _resource(type_: str, codes: list[str], operations: tuple[registry.Operation, ...]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "type": type_,
        "profile": f"http://hl7.org/fhir/StructureDefinition/{type_}",
        "interaction": [{"code": code} for code in codes if registry.is_offered(code, type_)],
        "versioning": "versioned-update",
        "readHistory": True,
        "updateCreate": registry.is_offered("update", type_),
        **_conditions(type_),
        "searchInclude": list(search.includes_of(type_)),
        "searchRevInclude": list(search.revincludes_of(type_)),
        "searchParam": parameters(type_),
    }
    if beside := [each.about for each in registry.providers(type_)]:
        said["documentation"] = " ".join([*beside, PROVIDED])
    if type_ == contents.TYPE:
        said["documentation"] = AS_ITSELF
    if own := _told(one for one in operations if type_ in one.types):
        said["operation"] = own
    return said


def _conditions(type_: str) -> dict[str, Any]:
    """What can be made to depend on what is there already."""
    by_criteria, single = registry.methods_of(registry.TYPE), registry.methods_of(registry.INSTANCE)
    whole = set(single["GET"].conditions) >= {"If-None-Match", "If-Modified-Since"}
    create, update, delete = (registry.is_offered(code, type_) for code in ("create", "update", "delete"))
    return {
        "conditionalCreate": create and "If-None-Exist" in by_criteria["POST"].conditions,
        "conditionalRead": "full-support" if whole else "not-supported",
        "conditionalUpdate": update and "PUT" in by_criteria,
        "conditionalDelete": "single" if delete and "DELETE" in by_criteria else "not-supported",
    }


def parameters(type_: str) -> list[dict[str, str]]:
    """The search parameters of a type: name, kind, definition, and what more is offered in words."""
    return [_parameter(type_, one) for one in _searched(type_)]


def _searched(type_: str) -> list[definitions.Parameter]:
    """The official parameters that can be answered, by name."""
    offered = search.offers(type_)
    official = definitions.search_parameters(type_)
    return [one for name, one in sorted(official.items()) if name not in offered or not offered[name].refused]


def _parameter(type_: str, one: definitions.Parameter) -> dict[str, str]:
    """A parameter, with its modifiers and chains in words: R4 has no elements for them."""
    said = {"name": one.name, "definition": one.url, "type": one.kind}
    offer = search.offers(type_).get(one.name)
    words = [f"Modifiers: {', '.join(offer.modifiers)}."] if offer and offer.modifiers else []
    if offer and offer.chained:
        words.append(f"Chains lead to {'any type' if len(offer.types) > MANY else ', '.join(offer.types)}.")
    return {**said, "documentation": " ".join(words)} if words else said


def _told(operations: Iterable[registry.Operation]) -> list[dict[str, str]]:
    """Each operation once, at whatever levels it is offered."""
    found = {one.name: one.definition for one in operations}
    return [{"name": name, "definition": found[name]} for name in sorted(found)]
