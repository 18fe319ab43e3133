"""Does a PDF hold more than pages: programs, other files, something that nobody can look into?

A name may be written with codes (`/J#61vaScript`, ISO 32000-1 section 7.3.5), and objects may stand in compressed
streams (section 7.5.7). Inside of other streams are pictures and fonts: chance writes a name of two letters into every
large scan, so such names count outside of them only; no program works without the longer ones.
"""

from __future__ import annotations

import re
import zlib
from typing import Final

LARGEST_UNPACKED: Final = 8 * 1024 * 1024  # bytes of one object stream
MOST_UNPACKED: Final = 64 * 1024 * 1024  # of all of one file
MOST_STREAMS: Final = 50_000


def _name(*wanted: str) -> re.Pattern[bytes]:
    """Finds these names, however they are written."""
    return re.compile(b"/(?:" + b"|".join(b"".join(map(_letter, one)) for one in wanted) + rb")\b")


def _letter(one: str) -> bytes:
    code = "".join(f"[{digit}{digit.upper()}]" for digit in f"{ord(one):02x}")
    return f"(?:{one}|#{code})".encode()


_ACTIVE: Final = _name("JavaScript", "Launch", "EmbeddedFiles", "EmbeddedFile", "RichMedia")
_SHORT: Final = _name("JS", "XFA")
_OBJECTS: Final = _name("ObjStm")
_BEGINS: Final = re.compile(rb">>\s{0,16}stream\r?\n")
_FILTER: Final = _name("Filter")
_ROWS: Final = _name("DecodeParms")
_HEAD: Final = 4096  # bytes before a stream in which its dictionary is looked for


class Hidden(Exception):
    """There is a part into which nobody can look."""


def holds_more(data: bytes) -> bool:
    """Whether there are programs or other files inside. Raises Hidden where that cannot be said."""
    if data.count(b"endstream") > MOST_STREAMS:
        raise Hidden
    outside, streams = _parted(data)
    plain = b"".join(outside)
    if _ACTIVE.search(data) or _SHORT.search(plain):
        return True
    packed = [(head, body) for head, body in streams if _OBJECTS.search(head)]
    if len(_OBJECTS.findall(plain)) != len(packed):
        raise Hidden
    room = MOST_UNPACKED
    for head, body in packed:
        objects = _unpacked(head, body)
        room -= len(objects)
        if room < 0:
            raise Hidden
        if _ACTIVE.search(objects) or _SHORT.search(objects):
            return True
    return False


def _parted(data: bytes) -> tuple[list[bytes], list[tuple[bytes, bytes]]]:
    """What stands outside of streams; and each stream, with what stands before it."""
    outside, streams, place = [], [], 0
    while found := _BEGINS.search(data, place):
        end = data.find(b"endstream", found.end())
        if end < 0:
            break
        head = data[max(place, found.start() - _HEAD) : found.start()]
        streams.append((head[head.rfind(b" obj") + 1 :], data[found.end() : end]))
        outside.append(data[place : found.end()])
        place = end
    return [*outside, data[place:]], streams


def _unpacked(head: bytes, body: bytes) -> bytes:
    """The objects of one stream. Raises Hidden for what is encrypted, packed otherwise, or too large."""
    if _ROWS.search(head):  # rows of a picture: objects are never written so
        raise Hidden
    if not _FILTER.search(head):
        return body
    opened = zlib.decompressobj()
    try:
        objects = opened.decompress(body, LARGEST_UNPACKED)
    except zlib.error as problem:
        raise Hidden from problem
    if opened.unconsumed_tail:
        raise Hidden
    return objects
