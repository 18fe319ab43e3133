"""The patients of the district, all fictitious: who they are, who cares for them, and what is measured at their home.

Health insurance numbers begin with X110, the range of test cards; the check digit is computed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Course:
    """How one kind of value runs: level, scatter from day to day, drift over 60 days, taken every how many days."""

    kind: str
    level: tuple[float, ...]
    scatter: tuple[float, ...]
    drift: tuple[float, ...] = ()
    every: int = 1
    limit: tuple[tuple[str | None, str | None], ...] = ()  # per part: low, high


@dataclass(frozen=True, slots=True)
class Inhabitant:
    """A patient: person, address, who treats and nurses, and what is measured."""

    slug: str
    given: str
    family: str
    gender: str
    born: date
    street: str
    village: str
    practice: str
    service: str | None
    courses: tuple[Course, ...]
    phone: str = ""
    allergy: str = ""
    conditions: tuple[tuple[str, str], ...] = ()  # ICD-10-GM code, text
    medication: tuple[tuple[str, str], ...] = ()  # name and strength, dosage 1-0-0-0
    flags: tuple[str, ...] = ()
    note: str = ""
    visits: tuple[str, ...] = ()  # what is done at a home visit
    rehearsal: bool = False
    links: tuple[str, ...] = field(default=())  # further organisations with a care link


POSTCODE = "49998"


def kvnr(number: int) -> str:
    """A health insurance number of the test range with its check digit (letter as two digits, weights 1 2 1 2 …)."""
    body = f"X110{number:05d}"
    digits = f"{ord(body[0]) - 64:02d}{body[1:]}"
    total = 0
    for place, digit in enumerate(digits):
        product = int(digit) * (1 if place % 2 == 0 else 2)
        total += product // 10 + product % 10
    return f"{body}{total % 10}"


def _course(entry: dict[str, Any]) -> Course:
    lists = {name: tuple(entry.get(name, ())) for name in ("level", "scatter", "drift")}
    limit = tuple((low, high) for low, high in entry.get("limit", ()))
    return Course(entry["kind"], every=entry.get("every", 1), limit=limit, **lists)


def _inhabitant(entry: dict[str, Any]) -> Inhabitant:
    made = {
        **entry,
        "born": date.fromisoformat(entry["born"]),
        "courses": tuple(_course(course) for course in entry["courses"]),
        "conditions": tuple((code, text) for code, text in entry.get("conditions", ())),
        "medication": tuple((name, dose) for name, dose in entry.get("medication", ())),
        **{name: tuple(entry.get(name, ())) for name in ("flags", "visits", "links")},
    }
    return Inhabitant(**made)


INHABITANTS: tuple[Inhabitant, ...] = tuple(
    _inhabitant(entry) for entry in json.loads(Path(__file__).with_name("inhabitants.json").read_text(encoding="utf-8"))
)


@dataclass(frozen=True, slots=True)
class Relation:
    """A relative or representative of a patient."""

    slug: str
    given: str
    family: str
    patient: str
    kind: str  # code of v3-RoleCode
    words: str
    phone: str
    username: str = ""
    guardian: bool = False


RELATIONS = (
    Relation("ida", "Ida", "Brandt", "heinrich", "DAUC", "Tochter", "04499 2207", "ida"),
    Relation("juergen", "Jürgen", "Paulsen", "almuth", "GUARD", "Betreuer", "04499 1177", "", True),
    Relation("wilma-hinnerk", "Wilma", "Feldhus", "hinnerk", "WIFE", "Ehefrau", "0171 3920011"),
    Relation("hinnerk-wilma", "Hinnerk", "Feldhus", "wilma", "HUSB", "Ehemann", "0171 3920011"),
)
