"""The same edge as OpenAPI 3.1 tells it, made from the registry: for generators of clients, gateways and fuzzers.

https://spec.openapis.org/oas/v3.1.0. Resources are objects of their type; what is in them is FHIR's business, and the
CapabilityStatement says more about searching.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache, partial
from typing import Any, Final

from django.conf import settings

from patients.fhir import capability, registry, responses
from patients.fhir.asking import FHIR_JSON, FORM, JSON
from patients.fhir.capability import MODE, MODES
from patients.fhir.jsonpatch import JSON_PATCH
from patients.fhir.mergepatch import MERGE_PATCH
from patients.fhir.registry import Interaction, Operation
from patients.records import definitions
from patients.records.search import LARGEST_PAGE

Json = dict[str, Any]

VERSION: Final = "3.1.0"
_ID: Final = {"type": "string", "pattern": f"^{definitions.ID.pattern}$"}
_WRITES: Final = ("create", "update", "patch", "delete", "transaction")
_BODIES: Final = {"create": "{type}", "update": "{type}", "patch": "JsonPatch", "transaction": "Bundle"}
_ANSWERS: Final = {"capabilities": "CapabilityStatement", "transaction": "Bundle"}
_SUCCESS: Final = {"create": ("200", "201"), "update": ("200", "201"), "delete": ("200", "204")}
_HEADERS: Final = {
    "If-Match": 'Only if this or one of a list is the current version, like W/"3"; *: if one is there.',
    "If-None-Match": "Unless the client has this version; * on a write: only if nothing stands there.",
    "If-Modified-Since": "Unless nothing has changed since.",
    "If-None-Exist": "Only if nothing matches these search parameters.",
    "Prefer": "return=minimal, return=representation or return=OperationOutcome; handling=strict or handling=lenient.",
}
_QUERY: Final[dict[str, Json]] = {
    "_format": {"type": "string", "enum": ["json", "application/json", FHIR_JSON]},
    "_pretty": {"type": "boolean"},
    "_count": {"type": "integer", "minimum": 0, "maximum": LARGEST_PAGE},
    "_since": {"type": "string", "description": "A moment, like 2026-11-25T08:00:00+01:00."},
    "_at": {"type": "string", "description": "A moment or a span of time, like 2026-11."},
    "_cursor": {"type": "string", "description": "From the link to the next page."},
    "_sort": {"type": "string"},
    "_total": {"type": "string", "enum": ["none", "estimate", "accurate"]},
    "_summary": {"type": "string", "enum": ["true", "text", "data", "count", "false"]},
    "_elements": {"type": "string"},
    "_include": {"type": "string"},
    "_revinclude": {"type": "string"},
    "_type": {"type": "string"},
    MODE: {"type": "string", "enum": [*MODES]},
}
_ALWAYS: Final = ("_format", "_pretty")
_OF_HISTORIES: Final = ("_since", "_at", "_count", "_cursor", "_summary", "_elements")
_OF_SEARCHES: Final = ("_count", "_cursor", "_sort", "_total", "_summary", "_elements", "_include", "_revinclude")


def document() -> bytes:
    """The document as JSON text; made once for each set of operations."""
    return _document(settings.PUBLIC_URL, tuple(registry.operations()))


@lru_cache(maxsize=4)
def _document(_url: str, operations: tuple[Operation, ...]) -> bytes:
    paths: dict[str, Json] = {}
    for one in registry.interactions():
        if one.shape == registry.OPENAPI:
            continue  # this document does not tell of itself
        for type_ in filter(partial(registry.is_offered, one.code), _types(one.shape)):
            path = f"/{one.shape.replace('{type}', type_)}"
            paths.setdefault(path, {})[one.method.lower()] = _interaction(one, type_)
    for operation in operations:
        for type_ in sorted(operation.types):
            path = "/".join(["", *(part for part in (type_, _of_instance(operation), f"${operation.name}") if part)])
            for method in operation.methods:
                paths.setdefault(path, {})[method.lower()] = _operation(operation, type_, method)
    whole = {
        "openapi": VERSION,
        "info": {
            "title": f"Telecare, {settings.DISTRICT}: FHIR R4",
            "version": capability.RELEASED,
            "description": "FHIR R4 over HTTP. What this client may not see is answered like what does not exist.",
        },
        "servers": [{"url": responses.base()}],
        "security": [{"bearer": []}],
        "paths": dict(sorted(paths.items())),
        "components": _components(),
    }
    return json.dumps(whole, separators=(",", ":")).encode()


def _types(shape: str) -> list[str]:
    """The types for which an address of this shape stands; "" where it names none."""
    if "{type}" not in shape:
        return [""]
    served = definitions.SERVED & definitions.compartments() if "{inside}" in shape else definitions.SERVED
    return sorted(served)


def _of_instance(operation: Operation) -> str:
    return "{id}" if operation.level == registry.INSTANCE else ""


def _interaction(one: Interaction, type_: str) -> Json:
    """One method at one address."""
    code = one.code
    by_criteria = one.shape == registry.TYPE and code in ("update", "patch", "delete")
    name = "-".join(part for part in (code, type_, "by-criteria" if by_criteria else "", one.method.lower()) if part)
    told: Json = {
        "operationId": name,
        "tags": [type_ or "system"],
        "parameters": [
            *({"$ref": f"#/components/parameters/{each}"} for each in _places(one.shape)),
            *({"$ref": f"#/components/parameters/{each}"} for each in one.conditions),
            {"$ref": "#/components/parameters/Prefer"},
            *_query(one, type_, by_criteria),
        ],
        "responses": _responses(
            one, _ANSWERS.get(code) or (type_ if code in (*_WRITES, "read", "vread") else "Bundle")
        ),
    }
    if body := _BODIES.get(code):
        media = JSON_PATCH if code == "patch" else FHIR_JSON
        told["requestBody"] = _body(media, {"$ref": f"#/components/schemas/{body.replace('{type}', type_)}"})
        if code == "patch":
            told["requestBody"]["content"][MERGE_PATCH] = {"schema": {"type": "object", "minProperties": 1}}
    elif one.method == "POST":
        told["requestBody"] = _body(FORM, {"type": "object", "additionalProperties": {"type": "string"}}, needed=False)
    if one.public:
        told["security"] = []
    return told


def _operation(one: Operation, type_: str, method: str) -> Json:
    level = "-instance" if one.level == registry.INSTANCE else ""
    told: Json = {
        "operationId": f"{one.name}-{type_ or 'system'}{level}-{method.lower()}",
        "tags": [type_ or "system"],
        "externalDocs": {"url": one.definition},
        "parameters": [*_of_operation(one)],
        "responses": {"200": _answer("Resource"), "default": {"$ref": "#/components/responses/Refused"}},
    }
    if method == "POST":
        told["requestBody"] = _body(FHIR_JSON, {"$ref": "#/components/schemas/Parameters"}, needed=False)
    return told


def _of_operation(one: Operation) -> Iterator[Json]:
    """What can stand in the address; all of it can stand in Parameters as well, so nothing must."""
    names = ["id"] if one.level == registry.INSTANCE else []
    yield from ({"$ref": f"#/components/parameters/{name}"} for name in (*names, *_ALWAYS))
    for given in one.expected:
        if not given.is_resource:
            schema = {"type": "string"}
            told = {"name": given.name, "in": "query", "schema": schema, "description": given.kind}
            yield {**told, "schema": {"type": "array", "items": schema}} if given.many else told


def _places(shape: str) -> list[str]:
    return [name for name in ("id", "inside", "version") if f"{{{name}}}" in shape]


def _query(one: Interaction, type_: str, by_criteria: bool) -> list[Json]:
    """The parameters of the address: shared ones by reference, those of a type as the CapabilityStatement has them."""
    shared = [*_ALWAYS, *(one.parameters or ())]
    if one.code.startswith("history"):
        shared += _OF_HISTORIES
    if one.code.startswith("search") and one.method == "GET":
        shared += _OF_SEARCHES
    if one.code == "search-system" and one.method == "GET":
        shared.append("_type")
    searched = one.code == "search-type" and one.method == "GET"
    own = capability.parameters(type_) if searched or by_criteria else []
    return [
        *({"$ref": f"#/components/parameters/{name}"} for name in shared),
        *(
            {"name": found["name"], "in": "query", "schema": {"type": "string"}, "description": found["type"]}
            for found in own
            if found["name"] not in shared
        ),
    ]


def _responses(one: Interaction, answered: str) -> Json:
    found: Json = {status: _answer(answered) for status in _SUCCESS.get(one.code, ("200",))}
    if "204" in found:
        found = {"200": _answer("OperationOutcome"), "204": {"description": "It is gone."}}
    if one.method == "GET" and "If-None-Match" in one.conditions:
        found["304"] = {"description": "The client has this version already."}
    return {**found, "default": {"$ref": "#/components/responses/Refused"}}


def _answer(schema: str) -> Json:
    content = {media: {"schema": {"$ref": f"#/components/schemas/{schema}"}} for media in (FHIR_JSON, JSON)}
    return {"description": f"{schema}, or nothing where the client prefers it.", "content": content}


def _body(media: str, schema: Json, *, needed: bool = True) -> Json:
    return {"required": needed, "content": {media: {"schema": schema}}}


def _components() -> Json:
    inside = sorted({type_ for name in definitions.compartments() for type_ in definitions.compartment(name)})
    places: dict[str, Json] = {
        "id": _ID,
        "version": {"type": "integer", "minimum": 1, "maximum": 999_999_999},
        "inside": {"type": "string", "enum": ["*", *inside]},
    }
    return {
        "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        "parameters": {
            **{name: {"name": name, "in": "path", "required": True, "schema": one} for name, one in places.items()},
            **{name: {"name": name, "in": "query", "schema": one} for name, one in _QUERY.items()},
            **{
                name: {"name": name, "in": "header", "schema": {"type": "string"}, "description": why}
                for name, why in _HEADERS.items()
            },
        },
        "responses": {"Refused": {**_answer("OperationOutcome"), "description": "What is wrong, and where."}},
        "schemas": {
            "Resource": {"type": "object", "required": ["resourceType"]},
            **{name: _resource(name) for name in sorted({*definitions.SERVED, *_FURTHER})},
            "JsonPatch": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["op", "path"],
                    "properties": {
                        "op": {"type": "string", "enum": ["add", "remove", "replace", "move", "copy", "test"]},
                        "path": {"type": "string"},
                        "from": {"type": "string"},
                        "value": {},
                    },
                },
            },
        },
    }  # fmt: skip


_FURTHER: Final = ("Bundle", "CapabilityStatement", "OperationOutcome", "Parameters")  # types beside those served


def _resource(name: str) -> Json:
    return {
        "type": "object",
        "required": ["resourceType"],
        "properties": {"resourceType": {"const": name}, "id": _ID, "meta": {"type": "object"}},
    }
