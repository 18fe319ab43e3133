"""Searching in a compartment: among what is linked to one patient, encounter, practitioner, relative or device.

https://hl7.org/fhir/R4/search.html#2.21.1.1 · https://hl7.org/fhir/R4/compartmentdefinition.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, cast

from django.db import connection

from patients.errors import Invalid
from patients.records import definitions
from patients.records.index.slots import Parameter, parameters
from patients.records.search.compare import any_of
from patients.records.search.keys import MOST_PATIENTS
from patients.records.search.query import Condition, Query, Scope, Target

ITSELF: Final = "{def}"


def types_in(compartment: str) -> tuple[str, ...]:
    """The types that may stand in this compartment."""
    return tuple(sorted(definitions.compartment(compartment)))


def within(query: Query, compartment: str, ident: str) -> Query:
    """The same search, among what is in the compartment of this resource. Raises Invalid for a type that never is."""
    names = definitions.compartment(compartment).get(query.type)
    if names is None:
        raise Invalid(f"{query.type} resources are in no {compartment} compartment.", code="not-supported")
    pairs = (*query.pairs, ("_compartment", f"{compartment}/{ident}"))  # a cursor is for this one only
    if ITSELF in names:
        return replace(query, ids=(*query.ids, frozenset({ident})), pairs=pairs)
    condition = pointing(query.type, names, [Target(compartment, ident)])
    return replace(query, conditions=(*query.conditions, condition), pairs=pairs)


def pointing(type_: str, names: Sequence[str], targets: Sequence[Target]) -> Condition:
    """That any of these reference parameters leads to any of the targets."""
    slots = {slot.number: slot for name in names for slot in parameters(type_)[name].slots}
    whole = Parameter(type_, " or ".join(names), "reference", tuple(slots.values()))
    return Condition(whole, values=tuple(targets), names=tuple(names))


def is_in_compartment(query: Query) -> bool:
    """Whether the query comes from `within`."""
    return any(isinstance(each, Condition) and each.names for each in query.conditions)


def patients_in(query: Query, scope: Scope) -> list[str]:
    """Whom the visible documents of a query's compartment are about; one more than can be searched, if there are more.

    `query` comes from `within`. A practitioner's or encounter's compartment is small beside all that may be seen.
    """
    condition = next(each for each in query.conditions if isinstance(each, Condition) and each.names)
    (target,) = (each for each in condition.values if isinstance(each, Target))
    slots = any_of("x.slot", condition.parameter.numbers)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT d.patient FROM records_reference x CROSS JOIN records_document d "
            f"WHERE x.target_id = %s AND x.target_type = %s AND {slots.text} AND d.id = x.document_id "
            f"AND d.patient IS NOT NULL AND NOT d.deleted AND ({scope.sql}) LIMIT %s",
            (target.ident, target.type, *slots.params, *cast(Sequence[Any], scope.params), MOST_PATIENTS + 1),
        )
        return [row[0] for row in cursor.fetchall()]
