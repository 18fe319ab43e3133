"""What the standard advises and does not demand: told to who asks for a judgement, no reason to refuse a resource."""

from __future__ import annotations

import re
from typing import Final

from patients.errors import Finding
from patients.records import definitions
from patients.records.validation.invariants import CONDITION_STATUS, names_another
from patients.records.validation.rules import Json, coded

BASE: Final = "http://hl7.org/fhir/StructureDefinition/"  # of the types themselves

_NAME = re.compile(r"[A-Z][A-Za-z0-9_]{0,254}")


def findings(resource: Json) -> list[Finding]:
    """Advice about a valid resource, with the keys of the official invariants of severity `warning`."""
    kind = resource["resourceType"]
    found: list[Finding] = []
    if "text" in definitions.structure(kind).fields and "div" not in resource.get("text", {}):
        found.append(_advice("A narrative lets people read what programs cannot.", "dom-6", kind))
    if kind == "Condition" and _status_is_open(resource):
        found.append(_advice("An entry of a problem list should have a clinical status.", "con-3", kind))
    if kind == "Questionnaire" and not _NAME.fullmatch(resource.get("name", "Name")):
        found.append(_advice("A name should be usable in programs, like PainScale.", "que-0", f"{kind}.name"))
    for number, entry in enumerate(resource.get("entry", ()) if kind == "Bundle" else ()):
        if names_another(entry):  # accepted where it is no fault, see invariants
            found.append(_advice("A fullUrl agrees with the id of its resource.", "fullUrl", f"Bundle.entry[{number}]"))
    for number, profile in enumerate(resource.get("meta", {}).get("profile", ())):
        if profile is not None and profile != f"{BASE}{kind}":
            words = f"Profiles are not checked here: {profile[:200]}."
            found.append(Finding(words, "not-supported", f"{kind}.meta.profile[{number}]"))
    return found


def _status_is_open(condition: Json) -> bool:
    listed = [coding.get("code") for concept in condition.get("category", ()) for coding in concept.get("coding", ())]
    wrong = coded(condition.get("verificationStatus"), CONDITION_STATUS, "entered-in-error")
    return "problem-list-item" in listed and "clinicalStatus" not in condition and not wrong


def _advice(words: str, key: str, where: str) -> Finding:
    return Finding(f"{words} ({key})", "business-rule", where)
