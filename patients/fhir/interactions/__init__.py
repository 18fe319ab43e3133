"""One file for each thing a client can do, with the link to its page of the standard."""

from __future__ import annotations

from patients.fhir import registry
from patients.fhir.interactions import (
    bundle,
    capabilities,
    create,
    delete,
    history,
    openapi,
    patch,
    read,
    search,
    update,
    vread,
)


def register() -> None:
    """Offer them all."""
    for module in (bundle, capabilities, openapi, read, vread, create):
        registry.interaction(module.INTERACTION)
    for one in (
        *update.INTERACTIONS,
        *patch.INTERACTIONS,
        *delete.INTERACTIONS,
        *search.INTERACTIONS,
        *history.INTERACTIONS,
    ):
        registry.interaction(one)
