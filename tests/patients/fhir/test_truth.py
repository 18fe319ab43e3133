"""What the CapabilityStatement and the OpenAPI document declare can be done, and what neither declares is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import HttpResponse

from patients.fhir import capability, openapi
from patients.records.definitions import SERVED
from tests.patients.fhir.conftest import Person, content, issue

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

NOBODY = "6f6c0de5-0b6f-4d06-8a1e-0c9d62a3b001"
ASKED = {  # by its code: how one interaction is asked for, and what says that it is offered
    "read": ("GET", "{type}/{id}", {404}),
    "vread": ("GET", "{type}/{id}/_history/1", {404}),
    "history-instance": ("GET", "{type}/{id}/_history", {404}),
    "history-type": ("GET", "{type}/_history", {200}),
    "search-type": ("GET", "{type}", {200}),
    "create": ("POST", "{type}", {422}),
    "update": ("PUT", "{type}/{id}", {422}),
    "patch": ("PATCH", "{type}/{id}", {404}),
    "delete": ("DELETE", "{type}/{id}", {404}),
}


def declared() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capability.statement())["rest"][0]
    return found


def wrong(type_: str) -> dict[str, Any]:
    """A resource that is never stored."""
    return {"resourceType": type_, "telepathy": True}


def ask(who: Person, method: str, address: str, type_: str, **headers: str) -> HttpResponse:
    """With a body that is right as far as the address knows."""
    match method:
        case "GET":
            return who.get(address, **headers)
        case "DELETE":
            return who.delete(address, **headers)
        case "PATCH":
            return who.patch(address, [{"op": "test", "path": "/id", "value": NOBODY}], **headers)
        case "POST":
            return who.post(address, wrong(type_), **headers)
    return who.put(address, {**wrong(type_), "id": NOBODY}, **headers)


@pytest.mark.parametrize("code", ASKED)
def test_what_is_declared_of_a_type_can_be_done_and_what_is_not_is_refused(code: str, machine: Person) -> None:
    method, shape, offered = ASKED[code]
    for one in declared()["resource"]:
        told = {each["code"] for each in one["interaction"]}
        address = shape.replace("{type}", one["type"]).replace("{id}", NOBODY)
        answer = ask(machine, method, address, one["type"])
        if code in told:
            assert answer.status_code in offered, (address, answer.content)
            assert answer.status_code == 200 or issue(answer)["code"] != "not-supported", address
        else:
            assert answer.status_code == 405, (address, answer.content)
            assert method not in answer.headers["Allow"]


def test_conditions_are_as_declared(machine: Person) -> None:
    nothing = "identifier=urn:example:nobody|1"
    for one in declared()["resource"]:
        type_, offered = one["type"], one["conditionalUpdate"]
        searched = {each["name"] for each in one["searchParam"]}
        criteria = nothing if "identifier" in searched else f"_id={NOBODY}"
        answers = {
            "conditionalCreate": machine.post(type_, wrong(type_), if_none_exist=criteria).status_code,
            "conditionalUpdate": machine.put(f"{type_}?{criteria}", wrong(type_)).status_code,
            "conditionalDelete": machine.delete(f"{type_}?{criteria}").status_code,
        }
        expected = {"conditionalCreate": 422, "conditionalUpdate": 422, "conditionalDelete": 204}
        assert answers == (expected if offered else dict.fromkeys(expected, 405)), type_
        assert one["conditionalCreate"] == offered
        assert one["conditionalDelete"] == ("single" if offered else "not-supported")
        assert one["updateCreate"] == offered


def test_every_operation_is_where_it_is_declared_and_nowhere_else(machine: Person) -> None:
    """Told for a type: at the type, at one resource, or at both, as OpenAPI says which; by the methods that it says."""
    paths = json.loads(openapi.document())["paths"]
    offered = {one["type"]: {each["name"] for each in one.get("operation", ())} for one in declared()["resource"]}
    names = {name for own in offered.values() for name in own}
    assert not declared().get("operation")
    for type_ in sorted(SERVED):
        for name in names:
            for place in (f"/{type_}/${name}", f"/{type_}/{{id}}/${name}"):
                methods = {method.upper() for method in paths.get(place, ())}
                answers = {
                    method: ask(machine, method, place[1:].replace("{id}", NOBODY), type_) for method in ("GET", "POST")
                }
                for method, answer in answers.items():
                    if not methods:
                        assert (answer.status_code, issue(answer)["code"]) == (404, "not-supported"), place
                    elif method not in methods:
                        assert answer.status_code == 405, place
                    elif answer.status_code != 200:
                        assert answer.status_code in (400, 404, 422), place
                        assert issue(answer)["code"] != "not-supported", place
            both = {f"/{type_}/${name}", f"/{type_}/{{id}}/${name}"} & paths.keys()
            assert bool(both) == (name in offered[type_]), (type_, name)


def test_every_parameter_that_is_told_of_an_operation_is_known_to_it(anna: Person) -> None:
    for path, found in json.loads(openapi.document())["paths"].items():
        type_, name = path[1:].partition("/")[0], path.rpartition("$")[2]
        if "$" not in path or "get" not in found or (name == "validate" and type_ != "Patient"):
            continue
        address, told = path[1:].replace("{id}", NOBODY), found["get"]["parameters"]
        named = [each["name"] for each in told if "name" in each]
        for each in named:
            answer = anna.get(f"{address}?{each}=2026")
            assert answer.streaming or f"“{each}” is not known" not in answer.content.decode(), (path, each)
        assert named, path
        assert issue(anna.get(f"{address}?telepathy=1"))["expression"] == ["telepathy"], path


def test_the_two_documents_declare_the_same(machine: Person) -> None:
    paths = json.loads(openapi.document())["paths"]
    for one in declared()["resource"]:
        told = {each["code"] for each in one["interaction"]}
        for code, (method, shape, _offered) in ASKED.items():
            place = "/" + shape.replace("{type}", one["type"]).replace("/1", "/{version}")
            assert (method.lower() in paths.get(place, {})) == (code in told), (place, code)
        asked = paths[f"/{one['type']}"]["get"]["parameters"]
        named = {each.get("name") or each["$ref"].rpartition("/")[2] for each in asked}
        assert {each["name"] for each in one["searchParam"]} <= named


def test_the_whole_system_does_what_is_declared(anna: Person) -> None:
    codes = {one["code"] for one in declared()["interaction"]}
    asked = {
        "search-system": anna.get("?_type=Patient"),
        "history-system": anna.get("_history"),
        "batch": anna.post("", {"resourceType": "Bundle", "type": "batch"}),
        "transaction": anna.post("", {"resourceType": "Bundle", "type": "transaction"}),
    }
    assert asked.keys() == codes
    assert {answer.status_code for answer in asked.values()} == {200}
    for name in declared()["compartment"]:
        type_ = next(one for one in SERVED if one.lower() == name.rpartition("/")[2])
        found = anna.get(f"{type_}/{NOBODY}/Observation")
        assert (found.status_code, content(found)["total"]) == (200, 0)
