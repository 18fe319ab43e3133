"""A record told part by part: its documents, what providers serve beside them, and whom all that names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from patients.access import Repository
from patients.access.compartment import Whole
from patients.fhir.operations import beside
from patients.fhir.operations.referring import REFERRED_TO, Reference, references
from patients.fhir.responses import Served
from patients.records.models import Document

AT_ONCE: Final = 200  # documents that are in memory


def parts(records: Repository, whole: Whole, told: set[Reference]) -> Iterator[tuple[str, Sequence[Served]]]:
    """Each part with how it belongs (match, include). What is in `told`, and what is added there, comes once."""
    found: set[Reference] = set()
    for at in range(0, len(whole.numbers), AT_ONCE):
        documents = whole.read(whole.numbers[at : at + AT_ONCE])
        found |= set(references(documents))
        told |= {(one.type, one.logical_id) for one in documents if one.type in REFERRED_TO}
        yield "match", documents
    for rows in beside.told(records, whole.patient, whole.wanted, at_once=AT_ONCE):
        yield "match", [row for _mark, row in rows]
    for part in closure(whole, found, told):
        yield "include", part


def closure(whole: Whole, found: set[Reference], told: set[Reference]) -> Iterator[list[Document]]:
    """What is referred to, and what that refers to in turn (a role to its organisation): each once."""
    while found := found - told:
        told |= found
        waiting, found = sorted(found), set()
        for at in range(0, len(waiting), AT_ONCE):
            documents = whole.referenced(waiting[at : at + AT_ONCE])
            found |= set(references(documents))
            yield documents
