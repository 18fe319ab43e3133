"""Conditions on other documents: `subject:Patient.name`, `_has:Observation:patient:code`, and both in one another.

https://hl7.org/fhir/R4/search.html#chaining · https://hl7.org/fhir/R4/search.html#has
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from patients.errors import Invalid
from patients.records import definitions
from patients.records.index.slots import Parameter, parameters
from patients.records.search.query import Link, Query
from patients.records.search.values import refused

MOST_LINKS: Final = 3  # of one chain
MOST_TYPES: Final = 4  # that a chain may mean without naming one
HAS: Final = "_has"

Narrowed = Callable[[str, str, str, int], Query]


def is_link(name: str) -> bool:
    """Whether a parameter's name leads to another document."""
    return name.partition(":")[0] == HAS or "." in name


def link(type_: str, name: str, given: str, depth: int, narrowed: Narrowed) -> Link:
    """Understand a chain or `_has`. `narrowed` gives the query for what is asked of the other document."""
    if depth >= MOST_LINKS:
        raise refused(name, f"leads through more than {MOST_LINKS} references", "too-costly")
    if name.partition(":")[0] == HAS:
        return _reverse(type_, name, given, depth, narrowed)
    return _chain(type_, name, given, depth, narrowed)


def _reverse(type_: str, name: str, given: str, depth: int, narrowed: Narrowed) -> Link:
    parts = name.split(":", 3)
    if len(parts) < 4 or not all(parts):
        raise refused(name, "is written as _has:Type:reference:parameter")
    _, other, by, rest = parts
    if other not in definitions.SERVED:
        raise refused(name, f"asks for {other[:40]}, which is not served here", "not-supported")
    parameter = parameters(other).get(by)
    if parameter is None or parameter.kind != "reference":
        raise refused(name, f"goes by “{by[:40]}”, which is no reference of {other}", "not-supported")
    _refuse_if_not_followed(name, parameter)
    if type_ not in targets(parameter):
        raise refused(name, f"goes by “{by}”, which does not point to {type_}", "not-supported")
    return Link(parameter, (narrowed(other, rest, given, depth + 1),), reverse=True)


def _chain(type_: str, name: str, given: str, depth: int, narrowed: Narrowed) -> Link:
    head, _, rest = name.partition(".")
    plainly, _, wanted = head.partition(":")
    parameter = parameters(type_).get(plainly)
    if parameter is None or parameter.kind != "reference":
        raise refused(name, f"goes by “{plainly[:40]}”, which is no reference of {type_}", "not-supported")
    _refuse_if_not_followed(name, parameter)
    allowed = targets(parameter)
    if wanted:
        if wanted not in allowed:
            raise refused(name, f"goes to {wanted[:40]}, which “{plainly}” does not point to here", "not-supported")
        return Link(parameter, (narrowed(wanted, rest, given, depth + 1),))
    meant = [other for other in allowed if _knows(other, rest)]
    if len(meant) > MOST_TYPES:
        raise refused(name, f"may mean {len(meant)} types: name one, as in {plainly}:{meant[0]}.{rest}"[:160])
    queries = []
    for other in meant:
        try:
            queries.append(narrowed(other, rest, given, depth + 1))
        except Invalid as problem:  # further on it means nothing for this type, but perhaps for another
            if len(meant) == 1 or problem.findings[0].code != "not-supported":
                raise
    if not queries:
        raise refused(name, f"is known for nothing that “{plainly}” points to", "not-supported")
    return Link(parameter, tuple(queries))


def targets(parameter: Parameter) -> list[str]:
    """The served types that a reference may point to."""
    if parameter.target:
        return [parameter.target] if parameter.target in definitions.SERVED else []
    return sorted(parameter.targets & definitions.SERVED if parameter.targets else definitions.SERVED)


def why_not_followed(parameter: Parameter) -> str:
    """Why no chain leads along this reference; empty where one does."""
    types = {slot.path.type for slot in parameter.slots}
    if "Resource" in types:
        return "points into the Bundle itself, which is not looked into"
    if "Reference" not in types:
        return "holds canonical addresses, which are not followed"
    return ""


def _refuse_if_not_followed(name: str, parameter: Parameter) -> None:
    if why := why_not_followed(parameter):
        raise refused(name, f"goes by “{parameter.name}”, which {why}", "not-supported")


def _knows(type_: str, rest: str) -> bool:
    """Whether what is asked further on means anything for this type."""
    first = rest.partition(".")[0].partition(":")[0]
    return first.startswith("_") or first in parameters(type_)


def counted(query: Query) -> int:
    """How many documents a search may have to look up for each one it tests."""
    found = 0
    for each in query.conditions:
        if isinstance(each, Link):
            found += sum(1 + counted(other) for other in each.queries)
    return found
