"""What a file holds: one resource, or a Bundle whose entries are resources of their own.

https://hl7.org/fhir/R4/bundle.html: transaction, batch, collection, searchset and history are ways to carry resources,
so they are unpacked; document and message are records themselves, so they are kept whole; answers carry nothing new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from patients.fhir.ingest.reading import Piece
from patients.records.wire import Json

CARRIERS: Final = frozenset({"transaction", "batch", "collection", "searchset", "history"})
RECORDS: Final = frozenset({"document", "message"})
ANSWERS: Final = frozenset({"transaction-response", "batch-response"})
DEEPEST: Final = 4  # Bundles in Bundles

Origin = Literal["file", "entry"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource, where it was found, and the address that references in its Bundle may use for it."""

    place: str
    origin: Origin
    resource: Json
    full_url: str = ""


@dataclass(slots=True)
class Packet:
    """What belongs together: a resource alone, or all entries of one Bundle."""

    entries: list[Entry] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)  # what carries no resource, in words
    problems: list[tuple[str, str]] = field(default_factory=list)  # place, reason


def unpack(piece: Piece) -> Packet:
    """The resources in a piece of a file."""
    packet = Packet()
    if piece.resource is None:
        packet.problems.append((piece.place, piece.problem))
        return packet
    origin: Origin = "entry" if piece.is_line else "file"
    _unpack(Entry(piece.place, origin, piece.resource), packet, 0)
    return packet


def _unpack(entry: Entry, packet: Packet, depth: int) -> None:
    resource, kind = entry.resource, entry.resource.get("type")
    if resource.get("resourceType") != "Bundle" or kind in RECORDS:
        packet.entries.append(entry)
    elif kind in ANSWERS:
        packet.skipped["response Bundle"] += 1
    elif kind not in CARRIERS:
        packet.problems.append((entry.place, "A Bundle without a type that R4 knows."))
    elif depth >= DEEPEST:
        packet.problems.append((entry.place, "Bundles nested too deeply."))
    else:
        packet.skipped["Bundle, unpacked"] += 1
        for inner in _entries(entry, packet):
            _unpack(inner, packet, depth + 1)


def _entries(bundle: Entry, packet: Packet) -> Iterator[Entry]:
    entries = bundle.resource.get("entry", [])
    if not isinstance(entries, list):
        packet.problems.append((bundle.place, "Bundle.entry is no list."))
        return
    numbered = list(enumerate(entries))
    if bundle.resource["type"] == "history":
        numbered.reverse()  # it tells the newest first
    for number, each in numbered:
        place = f"{bundle.place}, entry {number + 1}"
        resource = each.get("resource") if isinstance(each, dict) else None
        if isinstance(resource, dict):
            full_url = each.get("fullUrl")
            yield Entry(place, "entry", resource, full_url if isinstance(full_url, str) else "")
        elif isinstance(each, dict) and resource is None:
            packet.skipped["entry without a resource"] += 1
        else:
            packet.problems.append((place, "The entry is no object."))
