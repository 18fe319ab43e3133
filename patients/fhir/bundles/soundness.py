"""The resources that a transaction writes, validated before anything is looked up.

Where a link leads to is not known yet, but of which type it is, and no rule asks for more. So this needs no database,
and what it finds holds for the resources with their links followed.
"""

from __future__ import annotations

from typing import Any, Final

from patients.errors import Invalid
from patients.fhir.bundles.references import Links, conditional
from patients.records import validation
from patients.records.wire import Json

WRITING: Final = ("POST", "PUT")  # what a patch comes to is known when it is applied
_SOMEWHERE: Final = "00000000-0000-4000-8000-000000000000"


def first_fault(bundle: Json) -> tuple[int, Invalid | None]:
    """How many entries were looked at, and what is wrong with the last of them. Its shape is known to be right."""
    if bundle["type"] != "transaction":
        return 0, None
    entries: list[Json] = bundle.get("entry", [])
    leads = {one.get("fullUrl", ""): _place(one["resource"].get("resourceType")) for one in entries if _writes(one)}
    for number, entry in enumerate(entries):
        if _writes(entry):
            try:
                validation.check(_followed(entry, leads))
            except Invalid as problem:
                return number + 1, problem
    return len(entries), None


def _writes(entry: Json) -> bool:
    return entry["request"]["method"] in WRITING and "resource" in entry


def _followed(entry: Json, leads: dict[str, str]) -> Json:
    resource: Json = entry["resource"]
    criteria = {written: _place(type_) for written, type_, _ in conditional(resource)}
    return Links(leads, criteria).followed(resource, entry.get("fullUrl", ""))


def _place(type_: Any) -> str:
    return f"{type_}/{_SOMEWHERE}"
