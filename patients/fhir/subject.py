"""All that is kept about one person, as one actor may see it, for the person to take along (GDPR Art. 15 and 20).

The record with all whom it names, what others serve of it (messages of the care team), and the log of who has read or
changed it. The page where patients download and `telecare export-subject` both take it from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple, TextIO

from patients.access import Repository, repository
from patients.access.categories import DIRECTORY
from patients.access.compartment import Wanted
from patients.accounts.actor import Actor
from patients.errors import Conflict, Unavailable
from patients.fhir.operations import record
from patients.fhir.operations.beside import LOG
from patients.fhir.operations.referring import Reference, references
from patients.records import store
from patients.records.models import Document

ACTION: Final = "export"  # how it stands in the log itself


class Part(NamedTuple):
    """One resource: its type, and its JSON text as it is stored, on one line."""

    type: str
    text: bytes


def everything(actor: Actor, patient: str, *, source: str = "") -> Iterator[Part]:
    """The resources one after the other, in bounded memory; the patient first, the log of accesses last.

    Raises Missing at the first step for a patient whom the actor may not see.
    """
    for part in in_parts(actor, patient, source=source):
        yield from part
    records = repository(actor, source=source)
    whole = records.whole(patient, Wanted(types=frozenset({LOG})), action=ACTION)
    for _mode, told in record.parts(records, whole, set()):
        yield from (Part(one.type, one.text) for one in told)


def in_parts(actor: Actor, patient: str, *, source: str = "") -> Iterator[list[Part]]:
    """The record without the log of accesses, part by part, and then whoever is named in it.

    Whom it names (organisations, colleagues) is directory: their names stand beside the record on every page, so they
    go along even where the reader has no right on the directory as such. Rights are asked again for each part.
    """
    records = repository(actor, source=source)
    shown: set[Reference] = set()
    named: set[Reference] = set()
    whole = records.whole(patient, Wanted(), action=ACTION)
    for _mode, part in record.parts(records, whole, set()):
        shown |= {(one.type, one.logical_id) for one in part}
        named |= set(references([one for one in part if isinstance(one, Document)]))
        yield [Part(one.type, one.text) for one in part]
    yield from _directory(records, named - shown, shown)


def _directory(records: Repository, wanted: set[Reference], told: set[Reference]) -> Iterator[list[Part]]:
    while wanted:
        told |= wanted
        found = [
            one
            for type_ in sorted({type_ for type_, _ident in wanted})
            for one in store.get_many(type_, sorted(ident for kind, ident in wanted if kind == type_)).values()
            if not one.deleted and one.patient is None and one.category == DIRECTORY
        ]
        records.saw(ACTION, found)
        yield [Part(one.type, one.text) for one in found]
        wanted = set(references(found)) - told


def save(actor: Actor, patient: str, folder: Path, *, source: str = "command") -> dict[str, int]:
    """Write it as one NDJSON file per type into an empty or new folder; give how many of each type there are.

    https://hl7.org/fhir/R4/nd-json.html. Raises Missing, Conflict if the folder holds something, and Unavailable.
    """
    parts = everything(actor, patient, source=source)
    first = next(parts)  # before anything is made: the patient may be missing
    counts: dict[str, int] = {}
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise Conflict(f"{folder} is not empty. Name a new folder: nothing is overwritten.")
        with ExitStack() as files:
            by_type: dict[str, TextIO] = {}
            for part in chain([first], parts):
                if part.type not in by_type:
                    path = folder / f"{part.type}.ndjson"
                    by_type[part.type] = files.enter_context(path.open("x", encoding="utf-8"))
                by_type[part.type].write(part.text.decode() + "\n")
                counts[part.type] = counts.get(part.type, 0) + 1
    except OSError as problem:
        raise Unavailable(f"{folder} cannot be written ({problem.strerror}).") from problem
    return counts
