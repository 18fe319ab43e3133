"""One run of an import: all files twice, first for people and organisations, then for what refers to them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from patients.access.importing import IMPORT
from patients.accounts.actor import system
from patients.fhir.ingest import reading, unpacking
from patients.fhir.ingest.identity import Places
from patients.fhir.ingest.reading import Source
from patients.fhir.ingest.report import Report
from patients.fhir.ingest.unpacking import Entry, Packet
from patients.fhir.ingest.writing import SOURCE, Writer
from patients.network.queries import organisation_called
from patients.records import definitions

FIRST: Final = frozenset({"Organization", "Location", "Endpoint", "HealthcareService", "Practitioner",
                          "PractitionerRole", "Patient", "RelatedPerson", "Person"})  # fmt: skip
BATCH: Final = 100  # resources in one transaction
LOOKING: Final = 0.1  # share of the first round in the work, for the progress

Progress = Callable[[float], None]  # from 0 to 1


def run(
    paths: Iterable[Path], *, custodian: str | None = None, progress: Progress | None = None, own: bool = False
) -> Report:
    """Import files and folders. `custodian` is the name or id of an organisation of the network.

    `own`: files that this deployment wrote itself, as the demo does. What they bring counts as recorded here: it is not
    among what a system client is granted.

    Raises Invalid if there is no such organisation, or several. What is wrong with files stands in the report.
    """
    began = time.monotonic()
    actor = system("import")
    organisation, name = None, IMPORT
    if custodian:
        organisation, name = organisation_called(actor, custodian, option="--as", source=SOURCE)
        actor = replace(actor, organisation=organisation)
    report = Report(name)
    writer = Writer(actor, organisation or IMPORT, organisation, report, own=own)
    places = Places(organisation or IMPORT)
    found = reading.sources(paths)
    files = [source for source in found if reading.is_fhir(source)]
    report.files, report.other_files = len(files), len(found) - len(files)
    steps = _Steps(progress, sum(source.size for source in files))
    for first in (True, False):
        for packets in _batches(files, first, report, steps):
            placed = [one for packet in places.place(packets) for one in packet]
            due = [one for one in placed if (one.key[0] in FIRST) == first]
            report.other_ids += sum(one.entry.resource.get("id", one.key[1]) != one.key[1] for one in due)
            writer.take(due)
    report.seconds = time.monotonic() - began
    return report


@dataclass
class _Steps:
    """Turns bytes read into a share of the whole work."""

    progress: Progress | None
    size: int
    done: float = 0.0

    def step(self, read: int, first: bool) -> None:
        """So many bytes were read, in the first round or the second."""
        self.done += read * (LOOKING if first else 1 - LOOKING)
        if self.progress and self.size:
            self.progress(min(1.0, self.done / self.size))


def _batches(files: list[Source], first: bool, report: Report, steps: _Steps) -> Iterator[list[Packet]]:
    """Packets that hold some hundred resources together. The first round sees all, to learn which ids are taken."""
    batch: list[Packet] = []
    waiting = 0
    for source in files:
        for piece in reading.pieces(source):
            packet = unpacking.unpack(piece)
            _keep_what_is_served(packet, report, tell=first)
            due = sum(first or entry.resource["resourceType"] not in FIRST for entry in packet.entries)
            if due:
                batch.append(packet)
                waiting += due
            if waiting >= BATCH:
                yield batch
                batch, waiting = [], 0
            steps.step(piece.size, first)
    if batch:
        yield batch


def _keep_what_is_served(packet: Packet, report: Report, *, tell: bool) -> None:
    """Leave the entries of types that are served in the packet; what goes is told once, in the first round."""
    served = []
    for entry in packet.entries:
        type_ = entry.resource.get("resourceType")
        if isinstance(type_, str) and type_ in definitions.SERVED:
            served.append(entry)
        elif tell:
            _tell_of_unserved(entry, type_, report)
    packet.entries = served
    if tell:
        report.skipped += packet.skipped
        for place, reason in packet.problems:
            report.refuse(place, reason)


def _tell_of_unserved(entry: Entry, type_: object, report: Report) -> None:
    if type_ is None:
        report.refuse(entry.place, "This is no FHIR resource: resourceType is missing.")
    elif isinstance(type_, str) and type_ in definitions.resource_types():
        report.not_served[type_] += 1
    else:
        report.refuse(entry.place, f"R4 knows no resource type {str(type_)[:64]}.")
