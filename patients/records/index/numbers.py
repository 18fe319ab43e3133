"""Numbers as the index compares them. https://hl7.org/fhir/R4/search.html#number

They are compared as IEEE doubles: conversion keeps the order of decimals, and numbers that differ within their first
15 digits stay different.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final

MOST: Final = 1.7976931348623157e308

_FORM: Final = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,9})?", re.ASCII)

Range = tuple[float, float]


def number(value: Any) -> float | None:
    """A JSON number as a double; None where it is none."""
    if type(value) is bool or not isinstance(value, (int, float, Decimal)):
        return None
    return max(-MOST, min(MOST, float(value)))


def precise(text: str) -> tuple[Decimal, Decimal] | None:
    """A number that is searched for, and half of its last digit: `5.40` is 5.395 up to 5.405.

    The standard's own example of one digit with an exponent is narrower than its rule: `1e2` is 95 up to 105.
    """
    if _FORM.fullmatch(text) is None:
        return None
    value = Decimal(text)
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int) or abs(value.adjusted()) > 300 or abs(exponent) > 300:
        return None  # beyond a double
    return value, Decimal((0, (5,), exponent - (2 if exponent > 0 and len(digits) == 1 else 1)))


def interval(value: dict[str, Any]) -> Range | None:
    """The least and the most of a Quantity, Range or SampledData; None where it holds no number."""
    if "low" in value or "high" in value:
        low, high = number((value.get("low") or {}).get("value")), number((value.get("high") or {}).get("value"))
        if low is None and high is None:
            return None
        return -MOST if low is None else low, MOST if high is None else high
    if "origin" in value:
        return _of_samples(value)
    exact = number(value.get("value"))
    if exact is None:
        return None
    comparator = value.get("comparator")
    if comparator in ("<", "<="):
        return -MOST, exact
    if comparator in (">", ">="):
        return exact, MOST
    return exact, exact


def _of_samples(value: dict[str, Any]) -> Range | None:
    """From the lowest sample to the highest; E, L and U stand for no number. http://hl7.org/fhir/R4/datatypes.html"""
    origin, factor = number((value.get("origin") or {}).get("value")), number(value.get("factor", 1))
    samples = []
    for text in str(value.get("data") or "").split():
        try:
            samples.append(float(Decimal(text)))
        except (InvalidOperation, ValueError):
            continue
    if origin is None or factor is None or not samples:
        return None
    measured = [origin + sample * factor for sample in (min(samples), max(samples))]
    return max(-MOST, min(measured)), min(MOST, max(measured))
