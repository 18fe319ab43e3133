"""Search parameters: the official FHIRPath expressions, reduced to paths that need no FHIRPath engine.

The R4 expressions of the types served use a small part of FHIRPath: fields, `as`, `where(resolve() is …)`,
`where(system='…')`, `extension('…')`, `[0]`. What else appears stops the build, so that nothing is answered wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from patients.records.definitions.build.package import Package
from patients.records.definitions.served import SERVED

Path = list[Any]  # steps, then the FHIR type of what is found

SEARCH = "http://hl7.org/fhir/SearchParameter/"
EVERYWHERE = ("Resource", "DomainResource")
FURTHER: tuple[dict[str, Any], ...] = (  # what R4 has not, and the German guides ask for: ISiK, from R5
    {
        "url": "https://gematik.de/fhir/isik/SearchParameter/Encounter-date-start",
        "code": "date-start", "base": ["Encounter"], "type": "date", "expression": "Encounter.period.start",
    },
    {
        "url": "https://gematik.de/fhir/isik/SearchParameter/Encounter-end-date",
        "code": "end-date", "base": ["Encounter"], "type": "date", "expression": "Encounter.period.end",
    },
    {
        "url": "http://fhir.de/SearchParameter/Condition-related",
        "code": "related", "base": ["Condition"], "type": "reference", "target": ["Condition"],
        "expression": "Condition.extension('http://hl7.org/fhir/StructureDefinition/condition-related').as(Reference)",
    },
    {
        "url": "http://hl7.org/fhir/SearchParameter/Location-characteristic",  # an element in R5, in R4 its extension
        "code": "characteristic", "base": ["Location"], "type": "token",
        "expression": "Location.extension('http://hl7.org/fhir/5.0/StructureDefinition/extension-Location.characteristic')"
        ".as(CodeableConcept)",
    },
)  # fmt: skip
DECEASED = "Patient.deceased.exists() and Patient.deceased != false"

_TOKEN = re.compile(
    r"""\.?(?:
      extension\('(?P<extension>[^']+)'\)
    | where\(resolve\(\)\ is\ (?P<refers>\w+)\)
    | where\((?P<field>\w+)='(?P<value>[^']+)'\)
    | where\(hasExtension\('(?P<having>[^']+)'\)\)
    | (?:as|ofType)\((?P<kind>\w+)\)
    | \[(?P<place>\d+)\]
    | (?P<name>\w+)
    )""",
    re.X,
)


def parameters(package: Package, further: Sequence[dict[str, Any]] = ()) -> dict[str, dict[str, Any]]:
    """By type and name: kind, address, paths, and targets or components where there are any.

    The official ones, and `further` ones in the same form.
    """
    official = [
        found for found in package.all("SearchParameter") if "base" in found and not found["id"].startswith("example")
    ]
    by_url = {found["url"]: found for found in official}
    found: dict[str, dict[str, Any]] = {type_: {} for type_ in sorted(SERVED)}
    for parameter in (*official, *further):
        for base in parameter["base"]:
            types = [base] if base in SERVED else sorted(SERVED) if base in EVERYWHERE else []
            for type_ in types:
                if compiled := _parameter(package, parameter, base, type_, by_url):
                    found[type_][parameter["code"]] = compiled
    return {type_: dict(sorted(names.items())) for type_, names in found.items()}


def _parameter(
    package: Package, parameter: dict[str, Any], base: str, type_: str, by_url: dict[str, dict[str, Any]]
) -> dict[str, Any] | None:
    expression = parameter.get("expression", "")
    parts = [part.strip() for part in expression.split("|")]
    own = [part for part in parts if re.match(rf"\(?{base}\b", part)]
    if not own:
        return None  # _text, _content, _query, _filter: no expression says what they search
    compiled: dict[str, Any] = {"kind": parameter["type"], "url": parameter["url"].removeprefix(SEARCH)}
    if expression == DECEASED:
        compiled["paths"] = [[["deceased"], "boolean"]]
        return compiled
    compiled["paths"] = [
        path for part in own for path in _paths(package, type_, re.sub(rf"^(\(?){base}\b", r"\1", part))
    ]
    if targets := parameter.get("target"):
        compiled["targets"] = sorted(targets)
    if components := parameter.get("component"):
        element = package.elements.get(own[0])
        inside = package.inside(own[0], element.types[0]) if element else own[0]
        compiled["components"] = [
            {
                "name": by_url[component["definition"]]["code"],
                "kind": by_url[component["definition"]]["type"],
                "paths": [
                    path
                    for part in component["expression"].split("|")
                    for path in _paths(package, inside, part.strip().replace("DateTime", "dateTime"))
                ],
            }
            for component in components
        ]
    return compiled


def _paths(package: Package, start: str, expression: str) -> list[Path]:
    """The alternatives of one expression below `start` (a type or a backbone path)."""
    expression = re.sub(r"^\((.+?) as (\w+)\)", r"\1.as(\2)", expression.strip())
    at: list[tuple[list[Any], str, str]] = [([], start, start)]  # steps so far, element path, type
    position = 0
    while position < len(expression):
        token = _TOKEN.match(expression, position)
        if not token:
            raise SystemExit(f"{start}: cannot compile {expression!r} from {expression[position:]!r}")
        position = token.end()
        at = [after for before in at for after in _step(package, before, token)]
    if not at:
        raise SystemExit(f"{start}: {expression!r} leads nowhere")
    return [[*steps, code] for steps, _, code in at]


def _step(
    package: Package, before: tuple[list[Any], str, str], token: re.Match[str]
) -> list[tuple[list[Any], str, str]]:
    steps, path, code = before
    if kind := token["kind"]:
        return [before] if code == kind else []
    if target := token["refers"]:
        return [([*steps, ["refers", target]], path, code)]
    if field := token["field"]:
        return [([*steps, ["where", field, token["value"]]], path, code)]
    if token["place"]:
        return [([*steps, ["first"]], path, code)]
    if having := token["having"]:
        return [([*steps, ["having", having]], path, code)]
    if extension := token["extension"]:
        return _values_of_extension(package, [*steps, ["extension", extension]])
    inside = package.inside(path, code)
    for name in (token["name"], token["name"] + "[x]"):
        if element := package.elements.get(f"{inside}.{name}"):
            return [([*steps, field], element.path, code) for field, code in element.fields().items()]
    raise SystemExit(f"{path} has no element {token['name']}")


def _values_of_extension(package: Package, steps: list[Any]) -> list[tuple[list[Any], str, str]]:
    """A search by extension looks at the simple things an extension may say."""
    said = ("CodeableConcept", "Identifier", "Reference", "code", "string")
    fields = package.elements["Extension.value[x]"].fields()
    return [([*steps, field], code, code) for field, code in fields.items() if code in said]


def compartments(package: Package, parameters: dict[str, dict[str, Any]]) -> dict[str, dict[str, list[str]]]:
    """By compartment and type: the search parameters that put a resource into it; `{def}` is the resource itself.

    https://hl7.org/fhir/R4/compartmentdefinition.html
    """
    return {
        definition["code"]: {
            entry["code"]: names
            for entry in sorted(definition["resource"], key=lambda entry: str(entry["code"]))
            if entry["code"] in parameters
            and (
                names := [
                    name for name in entry.get("param", ()) if name == "{def}" or name in parameters[entry["code"]]
                ]
            )
        }
        for definition in package.all("CompartmentDefinition")
        if definition["code"] in SERVED and not definition["id"].startswith("example")
    }


def patients(package: Package, parameters: dict[str, dict[str, Any]]) -> dict[str, list[list[Path]]]:
    """By type: the paths that name its patients, the surest first; later ones count where the earlier name nobody.

    First the element that the record is about (search parameter `patient` or `subject`), then whatever else puts it
    into the patient compartment (https://hl7.org/fhir/R4/compartmentdefinition-patient.html).
    """
    compartment = next(found for found in package.all("CompartmentDefinition") if found["id"] == "patient")
    listed = {entry["code"]: entry.get("param", []) for entry in compartment["resource"]}
    found: dict[str, list[list[Path]]] = {}
    for type_, named in parameters.items():
        if type_ == "Patient":
            continue
        about = [name for name in ("patient", "subject") if name in named][:1]
        ranks = [about, [name for name in listed.get(type_, ()) if name not in about]]
        paths = [[_without_filter(path) for name in rank for path in named[name]["paths"]] for rank in ranks]
        if type_ == "Binary":
            paths = [[["securityContext", "Reference"]], []]
        found[type_] = [rank for rank in (paths[0], [path for path in paths[1] if path not in paths[0]]) if rank]
    return {type_: ranks for type_, ranks in found.items() if ranks}


def _without_filter(path: Path) -> Path:
    return [step for step in path if not (isinstance(step, list) and step[0] == "refers")]
