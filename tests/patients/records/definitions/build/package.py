"""A tiny package of definitions in the form of the official one."""

from __future__ import annotations

from typing import Any

from patients.records.definitions.build.package import BASE, Package

Json = dict[str, Any]


def element(path: str, *types: str, **more: Any) -> Json:
    return {"path": path, "min": 0, "max": "1", "type": [{"code": code} for code in types]} | more


def structure(name: str, kind: str, *elements: Json) -> tuple[str, Json]:
    content = {
        "url": BASE + name,
        "type": name,
        "kind": kind,
        "snapshot": {"element": [{"path": name, "min": 0, "max": "*"}, *elements]},
    }
    return f"StructureDefinition-{name}.json", content


def parameter(name: str, base: str, kind: str, expression: str, **more: Any) -> tuple[str, Json]:
    url = f"http://hl7.org/fhir/SearchParameter/{base}-{name}"
    content = {"id": f"{base}-{name}", "url": url, "code": name, "base": [base], "type": kind, "expression": expression}
    return f"SearchParameter-{base}-{name}.json", content | more


def value_set(name: str, compose: Json) -> tuple[str, Json]:
    return f"ValueSet-{name}.json", {"resourceType": "ValueSet", "url": name, "compose": compose}


def code_system(name: str, *concepts: Json, content: str = "complete") -> tuple[str, Json]:
    return f"CodeSystem-{name}.json", {
        "resourceType": "CodeSystem",
        "url": name,
        "content": content,
        "concept": [*concepts],
    }


def package(*files: tuple[str, Json]) -> Package:
    value = element("string.value", "http://hl7.org/fhirpath/System.String")
    return Package(
        {
            "package.json": {"version": "4.0.1", "license": "CC0-1.0"},
            **dict([structure("string", "primitive-type", value)]),
            **dict(files),
        }
    )
