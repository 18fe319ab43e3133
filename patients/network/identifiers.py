"""The numbers by which German health care knows people and places, each with its official system and check.

- KVNR (insured person, § 290 SGB V): a letter and nine digits, the last a check digit.
- IK (institution, § 293 SGB V): nine digits, the last a check digit over digits three to eight.
- LANR (doctor, § 77 SGB V, rules of the KBV): nine digits, the seventh a check digit over the first six.
- BSNR (practice site, rules of the KBV): nine digits, the first two a district of the associations; no check digit.

None is required. What is given must be right: a slip of the pen would join two people or part one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from django.utils.translation import gettext as _

from patients.errors import Finding, Invalid

Resource = dict[str, Any]

KVNR: Final = "http://fhir.de/sid/gkv/kvid-10"
IK: Final = "http://fhir.de/sid/arge-ik/iknr"
BSNR: Final = "https://fhir.kbv.de/NamingSystem/KBV_NS_Base_BSNR"
LANR: Final = "https://fhir.kbv.de/NamingSystem/KBV_NS_Base_ANR"
_NO_DOCTOR: Final = "555555"  # begins the numbers of doctors without one of their own (hospitals): their seventh counts


def is_kvnr(value: str) -> bool:
    """A letter counts as two digits (A = 01); weights 1 2 1 2 …, sums of digits, modulo 10.

    >>> is_kvnr("A123456780")
    True
    """
    if not re.fullmatch(r"[A-Z][0-9]{9}", value):
        return False
    return _crosswise(f"{ord(value[0]) - 64:02d}{value[1:-1]}", (1, 2)) % 10 == int(value[-1])


def is_ik(value: str) -> bool:
    """Digits three to eight with weights 2 1 2 1 2 1, sums of digits, modulo 10.

    >>> is_ik("109519005")
    True
    """
    return bool(re.fullmatch(r"[0-9]{9}", value)) and _crosswise(value[2:8], (2, 1)) % 10 == int(value[8])


def is_lanr(value: str) -> bool:
    """The first six digits with weights 4 9 4 9 4 9; the seventh fills their sum up to a multiple of ten.

    >>> is_lanr("123456601")
    True
    """
    if not re.fullmatch(r"[0-9]{9}", value) or value.startswith("000000"):
        return False
    total = sum(int(digit) * (4, 9)[place % 2] for place, digit in enumerate(value[:6]))
    return value.startswith(_NO_DOCTOR) or (10 - total % 10) % 10 == int(value[6])


def is_bsnr(value: str) -> bool:
    """Nine digits that begin with a district.

    >>> is_bsnr("179999900")
    True
    """
    return bool(re.fullmatch(r"[0-9]{9}", value)) and not value.startswith("00")


CHECKS: Final[dict[str, Callable[[str], bool]]] = {KVNR: is_kvnr, IK: is_ik, BSNR: is_bsnr, LANR: is_lanr}


def words(system: str) -> str:
    """What is wrong with a number of this system, and what to do."""
    return {
        KVNR: _("This is no valid insurance number. It is a capital letter and nine digits: compare it with the card."),
        IK: _("This is no valid IK. It has nine digits, the last is a check digit: please compare it."),
        LANR: _("This is no valid LANR. It has nine digits, the seventh is a check digit: please compare it."),
        BSNR: _("This is no valid BSNR. It has nine digits: please compare it with the practice's stamp."),
    }[system]


def check(after: Resource, before: Resource | None) -> None:
    """Raises Invalid for an official number that a resource newly states and that cannot be right."""
    known = {(one.get("system"), one.get("value")) for one in (before or {}).get("identifier", ())}
    wrong = [
        Finding(words(system), "value", f"{after['resourceType']}.identifier[{place}].value")
        for place, system, value in _official(after)
        if (system, value) not in known and not CHECKS[system](value)
    ]
    if wrong:
        raise Invalid(wrong[0].text, *wrong)


def of(resource: Resource, system: str) -> str:
    """The number of this system that a resource states, or empty."""
    found = (one.get("value", "") for one in resource.get("identifier", ()) if one.get("system") == system)
    return str(next(found, ""))


def with_numbers(resource: Resource, numbers: dict[str, str]) -> Resource:
    """The resource with these numbers, by system; an empty one is taken out. Other identifiers stay as they are."""
    kept = [one for one in resource.get("identifier", ()) if one.get("system") not in numbers]
    stated = [{**_TYPES.get(one, {}), "system": one, "value": value} for one, value in numbers.items() if value]
    rest = {name: value for name, value in resource.items() if name != "identifier"}
    return {**rest, "identifier": [*kept, *stated]} if kept or stated else rest


_GERMAN: Final = "http://fhir.de/CodeSystem/identifier-type-de-basis"
_TYPES: Final[dict[str, Resource]] = {KVNR: {"type": {"coding": [{"system": _GERMAN, "code": "GKV"}]}}}


def _official(resource: Resource) -> Iterator[tuple[int, str, str]]:
    for place, one in enumerate(resource.get("identifier", ())):
        if one.get("system") in CHECKS and isinstance(one.get("value"), str):
            yield place, one["system"], one["value"]


def _crosswise(digits: str, weights: tuple[int, int]) -> int:
    """The sum of the sums of digits of each digit times its weight."""
    products = [int(digit) * weights[place % 2] for place, digit in enumerate(digits)]
    return sum(product // 10 + product % 10 for product in products)
