"""What all resources of the network are made of: names, addresses, moments, codes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from patients.access.categories import OF_PATIENTS

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name. `prefix` is a title: "Dr."."""

    family: str
    given: str
    prefix: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.prefix, self.given, self.family) if part)

    def resource(self) -> Resource:
        name: Resource = {"use": "official", "family": self.family, "given": self.given.split()}
        return {**name, "prefix": [self.prefix]} if self.prefix else name


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody lives or an organisation is."""

    line: str
    postal_code: str
    city: str

    def __str__(self) -> str:
        return ", ".join(part for part in (self.line, f"{self.postal_code} {self.city}".strip()) if part)

    def resource(self) -> Resource:
        known = {"postalCode": self.postal_code, "city": self.city}
        return {
            **({"line": [self.line]} if self.line else {}),
            **{name: value for name, value in known.items() if value},
            "country": "DE",
        }


def moment(value: datetime) -> str:
    """A FHIR dateTime, cut to the millisecond."""
    return value.isoformat(timespec="milliseconds")


def period(since: datetime | None, until: datetime | None) -> Resource:
    """A Period; empty if it is open on both sides."""
    lasting: Resource = {"start": moment(since)} if since else {}
    return {**lasting, "end": moment(until)} if until else lasting


def in_order(categories: Iterable[str] | None) -> list[str]:
    """Categories of records in the order of the table of roles, without what is none."""
    wanted = set(categories or ())
    return [category for category in OF_PATIENTS if category in wanted]


def concept(system: str, code: str) -> Resource:
    """A CodeableConcept of one code."""
    return {"coding": [{"system": system, "code": code}]}
