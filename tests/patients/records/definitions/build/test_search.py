"""FHIRPath expressions of the standard become plain paths; what is not understood stops the build."""

from __future__ import annotations

from typing import Any

import pytest

from patients.records.definitions.build import search
from tests.patients.records.definitions.build.package import element, package, parameter, structure

FLAG = structure(
    "Flag",
    "resource",
    element("Flag.subject", "Reference"),
    element("Flag.seen[x]", "dateTime", "Period"),
    element("Flag.author", "ContactPoint", max="*"),
    element("Flag.part", "BackboneElement", max="*"),
    element("Flag.part.value[x]", "string", "Quantity"),
)
TYPES = [structure(name, "complex-type") for name in ("Reference", "Period", "Quantity")]
CONTACT = structure("ContactPoint", "complex-type", element("ContactPoint.value", "string"))


def paths(expression: str, kind: str = "token", **more: Any) -> Any:
    made = package(FLAG, CONTACT, *TYPES, parameter("x", "Flag", kind, expression, **more))
    return search.parameters(made)["Flag"]["x"]["paths"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("Flag.subject", [["subject", "Reference"]]),
        ("Flag.author.value", [["author", "value", "string"]]),
        ("Flag.seen", [["seenDateTime", "dateTime"], ["seenPeriod", "Period"]]),
        ("(Flag.seen as Period)", [["seenPeriod", "Period"]]),
        ("Flag.seen.as(dateTime)", [["seenDateTime", "dateTime"]]),
        ("Flag.part.value.ofType(Quantity)", [["part", "valueQuantity", "Quantity"]]),
        ("Flag.subject.where(resolve() is Patient)", [["subject", ["refers", "Patient"], "Reference"]]),
        ("Flag.author.where(system='phone')", [["author", ["where", "system", "phone"], "ContactPoint"]]),
        ("Flag.part[0].value.as(string)", [["part", ["first"], "valueString", "string"]]),
        ("Flag.subject | Encounter.subject | Flag.author", [["subject", "Reference"], ["author", "ContactPoint"]]),
        ("Flag", [["Flag"]]),
    ],
)
def test_an_expression_becomes_paths(expression, expected):
    assert paths(expression) == expected


@pytest.mark.parametrize(
    "expression",
    ["Flag.nothing", "Flag.subject.first()", "Flag.seen.as(Age)", "Flag.subject.where(a = 'b' or c = 'd')"],
)
def test_what_is_not_understood_stops_the_build(expression):
    with pytest.raises(SystemExit):
        paths(expression)


def test_a_parameter_of_all_resources_is_one_of_each_type():
    resource = structure("Resource", "resource", element("Resource.id", "string"))
    flag = structure("Flag", "resource", element("Flag.id", "string"))
    basic = structure("Basic", "resource", element("Basic.id", "string"))
    others = [structure(name, "resource", element(f"{name}.id", "string")) for name in search.SERVED]
    made = package(*others, resource, flag, basic, parameter("_id", "Resource", "token", "Resource.id"))
    found = search.parameters(made)
    assert found["Flag"]["_id"]["paths"] == found["Basic"]["_id"]["paths"] == [["id", "string"]]


def test_examples_and_parameters_without_expression_are_left_out():
    silent = parameter("_text", "Flag", "string", "")
    example = parameter("y", "Flag", "token", "Flag.subject", id="example-y")
    assert search.parameters(package(FLAG, CONTACT, *TYPES, silent, example))["Flag"] == {}


def test_a_composite_starts_where_its_parts_stand():
    files = [
        parameter("who", "Flag", "reference", "Flag.subject"),
        parameter("what", "Flag", "quantity", "Flag.part.value.as(Quantity)"),
    ]
    component = [{"definition": "http://hl7.org/fhir/SearchParameter/Flag-what", "expression": "value.as(Quantity)"}]
    both = parameter("both", "Flag", "composite", "Flag.part", component=component)
    compiled = search.parameters(package(FLAG, CONTACT, *TYPES, *files, both))["Flag"]["both"]
    assert compiled["paths"] == [["part", "BackboneElement"]]
    assert compiled["components"] == [{"name": "what", "kind": "quantity", "paths": [["valueQuantity", "Quantity"]]}]


def test_the_subject_comes_first_and_others_only_after_it():
    parameters = {
        "Flag": {
            "patient": {"paths": [["subject", ["refers", "Patient"], "Reference"]]},
            "author": {"paths": [["subject", "Reference"], ["author", "Reference"]]},
        },
        "Patient": {"patient": {"paths": [["id", "string"]]}},
        "Slot": {"status": {"paths": [["status", "code"]]}},
    }
    compartment = {"id": "patient", "resource": [{"code": "Flag", "param": ["patient", "author"]}, {"code": "Slot"}]}
    made = package(("CompartmentDefinition-patient.json", compartment))
    assert search.patients(made, parameters) == {"Flag": [[["subject", "Reference"]], [["author", "Reference"]]]}


def test_a_compartment_keeps_the_parameters_that_are_known():
    parameters = {"Flag": {"subject": {}}, "Patient": {}, "Slot": {}}
    listed = [{"code": "Flag", "param": ["subject", "gone"]}, {"code": "Slot", "param": ["gone"]}, {"code": "Basic"}]
    patient = {"id": "patient", "code": "Patient", "resource": [{"code": "Patient", "param": ["{def}"]}, *listed]}
    made = package(("CompartmentDefinition-patient.json", patient))
    assert search.compartments(made, parameters) == {"Patient": {"Flag": ["subject"], "Patient": ["{def}"]}}
