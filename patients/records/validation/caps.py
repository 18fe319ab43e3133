"""What a resource may cost at most, asked before anything that costs: size, depth, repetitions, nested extensions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from patients.errors import Finding
from patients.records import wire

MOST_BYTES: Final = wire.MOST_BYTES
MOST_DEPTH: Final = wire.MOST_DEPTH
MOST_REPETITIONS: Final = 1_000  # of one list
MOST_ENTRIES: Final = 2_000  # of one Bundle; each is validated like a resource of its own
MOST_VALUES: Final = 64_000  # in all; the slowest check needs up to 15 µs for each
MOST_NESTED_EXTENSIONS: Final = 8  # an extension in an extension: fhir.resources needs time by the square of it

_PLAIN: Final = frozenset({str, int, bool, Decimal})


def findings(resource: dict[str, Any], text: bytes) -> tuple[list[Finding], bool]:
    """The first cap that is exceeded, and whether the resource holds numbers that keep their spelling (`wire.Written`).

    `text` is the JSON text of the resource.
    """
    if len(text) > MOST_BYTES:
        return [Finding(f"The resource has {len(text):,} bytes; {MOST_BYTES:,} are accepted.", "too-long")], False
    kind = str(resource.get("resourceType", ""))[:64]
    entries = resource.get("entry") if kind == "Bundle" else None
    if type(entries) is list and len(entries) > MOST_ENTRIES:
        words = f"A Bundle may have {MOST_ENTRIES:,} entries, this one has {len(entries):,}."
        return [Finding(words, "too-costly", "Bundle.entry")], False
    found, spelled = _walked(resource, kind, entries)
    if not found and text.count(b'"extension":') > MOST_NESTED_EXTENSIONS and (where := _extended(resource)):
        words = f"Extensions may be nested {MOST_NESTED_EXTENSIONS} times."
        found = Finding(words, "too-costly", f"{kind}.{where}")
    return ([found], False) if found else ([], spelled)


def _walked(resource: dict[str, Any], kind: str, entries: object) -> tuple[Finding | None, bool]:
    """The same of what is met level by level: lists, numbers, how many values, how deep. `entries` may be many."""
    spelled, values = False, 0
    row: list[Any] = [resource]
    for _ in range(MOST_DEPTH):
        below: list[Any] = []
        for node in row:
            values += len(node)
            if type(node) is list and len(node) > MOST_REPETITIONS and node is not entries:
                return _repeated(resource, node), False
            for child in node.values() if type(node) is not list else node:
                sort = type(child)
                if sort is dict or sort is list:
                    below.append(child)
                elif sort not in _PLAIN and child is not None:
                    if sort is not wire.Written and not isinstance(child, str):  # a StrEnum is a string
                        return Finding(f"{sort.__name__} is no JSON value: numbers are int or Decimal.", "value"), False
                    spelled = True
        if values > MOST_VALUES:
            return Finding(f"The resource has more than {MOST_VALUES:,} values.", "too-costly", kind), False
        if not below:
            return None, spelled
        row = below
    return Finding(f"The resource is nested deeper than {MOST_DEPTH} levels.", "too-costly", kind), False


def _repeated(resource: dict[str, Any], long: list[Any]) -> Finding:
    name = next((name for name, value in resource.items() if _holds(value, long)), "")
    where = ".".join(each for each in (str(resource.get("resourceType", "")), name) if each)
    return Finding(f"A list may have {MOST_REPETITIONS:,} members, this one has {len(long):,}.", "too-costly", where)


def _holds(node: Any, sought: list[Any]) -> bool:
    """Whether this list stands somewhere inside. The depth is known to be bounded."""
    if node is sought:
        return True
    inside = node.values() if type(node) is dict else node if type(node) is list else ()
    return any(_holds(child, sought) for child in inside)


def _extended(resource: dict[str, Any]) -> str:
    """The element with too many extensions within each other, if there is one."""
    return next((name for name, each in resource.items() if _nested({name: each}, 0) > MOST_NESTED_EXTENSIONS), "")


def _nested(node: Any, depth: int) -> int:
    """How many extensions stand within each other at most. The depth of the whole is known to be bounded."""
    if type(node) is dict:
        return max(
            (
                _nested(child, depth + (key == "extension"))
                for key, child in node.items()
                if type(child) in (dict, list)
            ),
            default=depth,
        )
    return max((_nested(child, depth) for child in node if type(child) in (dict, list)), default=depth)
