"""`parameters.csv`: the registry of `offers` as a table to read; `make parameters` writes it."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Final

from patients.records import definitions
from patients.records.search.offers import COMPARED, Offer, offers

FILE: Final = Path(__file__).with_name("parameters.csv")
HEAD: Final = ("type", "parameter", "kind", "modifiers", "types", "prefixes", "sorts", "chains", "refused")
OF_ALL: Final = "*"  # the type of what every resource has
_COMMON: Final = ("_profile", "_security", "_source", "_tag")


def rows() -> list[tuple[str, ...]]:
    """One for each parameter of each type; those that every type has alike stand once."""
    found: list[tuple[str, ...]] = [
        (OF_ALL, "_id", "token", "", "", "", "yes", "", ""),
        (OF_ALL, "_lastUpdated", "date", "", "", " ".join(COMPARED), "yes", "", ""),
    ]
    for type_ in [OF_ALL, *sorted(definitions.SERVED)]:
        listed = offers("Patient" if type_ == OF_ALL else type_)
        found += [
            _row(type_, name, offer) for name, offer in sorted(listed.items()) if (name in _COMMON) == (type_ == OF_ALL)
        ]
    return found


def _row(type_: str, name: str, offer: Offer) -> tuple[str, ...]:
    types = "any" if len(offer.types) == len(definitions.SERVED) else " ".join(offer.types)
    chains = "yes" if offer.chained else f"no: {offer.why_not_chained}" if offer.why_not_chained else ""
    return (
        type_,
        name,
        offer.parameter.kind,
        " ".join(offer.modifiers),
        types,
        " ".join(offer.prefixes),
        "yes" if offer.sorts else "",
        chains,
        offer.refused,
    )


def text() -> str:
    """The file's content."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([HEAD, *rows()])
    return out.getvalue()
