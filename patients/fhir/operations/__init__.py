"""Operations on the records: one file for each, with the link to its definition."""

from __future__ import annotations

from patients.fhir.operations import document, everything, lastn, match, summary, validate


def register() -> None:
    """Offer them all."""
    for module in (document, everything, lastn, match, summary, validate):
        module.register()
