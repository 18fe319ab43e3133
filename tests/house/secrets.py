"""What a copy of the data or of the log must not show: every string of the demo's patients and relatives."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from urllib.parse import quote

from config.demo import cast, story
from config.demo.people import INHABITANTS, RELATIONS, kvnr

LEAST = 6  # bytes; shorter ones are found by chance


def of_the_district() -> set[str]:
    """Names, identifiers, addresses, diagnoses and words. Names that staff and organisations bear too are exempt."""
    found = {text for text in _all() if len(text.encode()) >= LEAST}
    return {text for text in found if text.casefold() not in _public()}


def _all() -> Iterator[str]:
    for number, person in enumerate(INHABITANTS, start=1):
        yield from (person.family, f"{person.given} {person.family}", f"{person.family}, {person.given}")
        yield from (person.street, person.phone, person.note, person.allergy, kvnr(number), person.born.isoformat())
        yield from (f"{person.born:%d.%m.%Y}", *person.flags, *person.visits)
        for code, text in person.conditions:
            yield from (code, text)
        for name, _dosage in person.medication:
            yield from (name, name.split()[0])
    for relation in RELATIONS:
        yield from (relation.family, f"{relation.given} {relation.family}", relation.phone)
    yield from (text for _who, _about, text in story.WORDS)
    yield from (text for _who, _about, text, *_rest in story.ORDERS)
    yield "Betreuerausweis"


def _public() -> set[str]:
    names = {part for one in cast.COLLEAGUES for part in (one.given, one.family, one.name)}
    places = {part for one in cast.PLACES for part in (*one.name.split(), one.name, one.street, one.town, one.phone)}
    return {text.casefold() for text in names | places}


@cache
def shapes(text: str) -> frozenset[bytes]:
    """How a text may stand in a file: in several encodings, escaped, folded. In small letters, as far as ASCII goes."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    german = text.translate(
        str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
    )
    words = {text, text.lower(), text.upper(), unicodedata.normalize("NFD", text), german}
    if len(folded) >= LEAST:
        words.add(folded)
    found = {one.encode() for one in words}
    found |= {one.encode("latin-1") for one in words if all(ord(letter) < 256 for letter in one)}
    found |= {text.encode("utf-16-le"), json.dumps(text)[1:-1].encode(), quote(text).encode()}
    return frozenset(one.lower() for one in found)


def leaks(haystack: bytes, secrets: Iterable[str]) -> dict[str, bytes]:
    """The secrets that stand in `haystack`, with what stands around."""
    low = haystack.lower()
    found = {}
    for secret in sorted(secrets):
        for shape in shapes(secret):
            if (place := low.find(shape)) >= 0:
                found[secret] = haystack[max(0, place - 40) : place + len(shape) + 40]
    return found
