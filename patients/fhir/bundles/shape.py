"""Is this a Bundle that can be carried out? But for the resources inside: each is judged on its own."""

from __future__ import annotations

from typing import Any, Final

from patients.errors import Invalid
from patients.records.validation import inside, invariants, schema
from patients.records.wire import Json

KINDS: Final = ("batch", "transaction")
MOST_ENTRIES: Final = 2_000
_OF_ANSWERS: Final = {
    "search": "Search scores belong to search results. (bdl-2)",
    "response": "Responses stand in answers and histories. (bdl-4)",
}


def check_type(bundle: Json) -> None:
    """Raise Invalid unless it says that it is a Bundle."""
    if bundle.get("resourceType") != "Bundle":
        raise refusal("What is sent to this address is a Bundle of type batch or transaction.", "Bundle.resourceType")


def check(bundle: Json) -> None:
    """Raise Invalid, also for Bundles of other types."""
    kind, entries = bundle.get("type"), bundle.get("entry", [])
    if kind is None:
        raise refusal("Say what the Bundle is: a batch or a transaction.", "Bundle.type", "required")
    if kind not in KINDS:
        words = f"A Bundle of type {str(kind)[:32]} is not carried out: send a batch or a transaction. "
        raise refusal(f"{words}To keep it as a document, send it to /fhir/Bundle.", "Bundle.type")
    if isinstance(entries, list) and len(entries) > MOST_ENTRIES:
        words = f"A Bundle may have {MOST_ENTRIES:,} entries, this one has {len(entries):,}. Send it in parts."
        raise refusal(words, "Bundle.entry", "too-costly")
    _check_elements(bundle, entries)


def refusal(text: str, where: str, code: str = "invalid") -> Invalid:
    """What is wrong with a Bundle, and where."""
    return Invalid(text, code=code, where=where)


def _check_elements(bundle: Json, entries: Any) -> None:
    right = isinstance(entries, list) and all(isinstance(one, dict) for one in entries)
    if right:
        for number, one in enumerate(entries):
            if not isinstance(one.get("resource", {}), dict):
                raise refusal("A resource is a JSON object.", f"Bundle.entry[{number}].resource", "structure")
            if "request" not in one:
                raise refusal("Say what is to be done: request.", f"Bundle.entry[{number}].request", "required")
            if not isinstance(one.get("response", {}), dict):
                raise refusal("A response is a JSON object.", f"Bundle.entry[{number}].response", "structure")
    alone = inside.without(bundle) if right else {name: one for name, one in bundle.items() if name != "resource"}
    if found := schema.findings("Bundle", alone):
        raise Invalid(found[0].text, *found)
    if "total" in bundle:
        raise refusal("A total belongs to search results and histories. (bdl-1)", "Bundle.total", "invariant")
    for number, one in enumerate(entries):
        _check_asking(one, f"Bundle.entry[{number}]")
        _check_address(one, f"Bundle.entry[{number}].fullUrl")


def _check_asking(entry: Json, where: str) -> None:
    for name, words in _OF_ANSWERS.items():
        if name in entry:
            raise refusal(words, f"{where}.{name}", "invariant")


def _check_address(entry: Json, where: str) -> None:
    """What a patch is sent in has no id of its own, and what is deleted or read is told by its request alone."""
    if "/_history/" in entry.get("fullUrl", ""):
        raise refusal("A fullUrl names no version.", where)
    if entry["request"]["method"] in ("POST", "PUT") and invariants.names_another(entry):
        raise refusal("A fullUrl agrees with the id of its resource.", where)
