"""From a resource to the rows of its index. Pure: it reads the resource and the vault, no table.

The meaning of each kind follows the table of search types: https://hl7.org/fhir/R4/search.html#ptypes
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import Any, Final

from patients import vault
from patients.records.definitions import relative, type_referred_to
from patients.records.definitions.paths import follow
from patients.records.index import dates, numbers, text
from patients.records.index.hashes import Hasher, Hashes
from patients.records.index.slots import Slot, slots
from patients.records.models import NO_MOMENT

NONE: Final = Hashes(0)
_LOCAL: Final = re.compile(r"([A-Z][A-Za-z]{1,31})/([A-Za-z0-9.-]{1,64})")
_STROKES: Final = re.compile(r"[\s/()–-]")
NAME_AND_ADDRESS: Final = (
    "text", "family", "given", "prefix", "suffix", "line", "city", "district", "state", "country", "postalCode",
)  # fmt: skip


@dataclass(slots=True)
class Rows:
    """The index of one document; each entry begins with its slot's number. See patients.records.models."""

    moment: int = NO_MOMENT
    until: int = NO_MOMENT
    tokens: set[tuple[int, int, int, int, int]] = field(default_factory=set)  # code, full, system, code with patient
    dates: set[tuple[int, int, int]] = field(default_factory=set)
    quantities: set[tuple[int, float | None, float | None, int, int, int]] = field(default_factory=set)
    references: set[tuple[int, str, str]] = field(default_factory=set)
    composites: set[tuple[int, int, int, int, float | None, float | None, int, int, int]] = field(default_factory=set)


def extract(resource: dict[str, Any], patient: str | None) -> Rows:
    """All index rows of the resource; `patient` is the one whose key hashes what bears a diagnosis."""
    rows = _extracted(resource, Hasher(resource["resourceType"], patient))
    if vault.two_indexes():
        other = _extracted(resource, Hasher(resource["resourceType"], patient, beside=True))
        rows.tokens |= other.tokens
        rows.quantities |= other.quantities
        rows.composites |= other.composites
    return rows


def _extracted(resource: dict[str, Any], hasher: Hasher) -> Rows:
    rows = Rows()
    for slot in slots(resource["resourceType"]):
        if slot.entry and slot.entry not in resource:
            continue
        found = follow(slot.path, resource, resource)
        if found:
            _READERS[slot.kind](slot, found, resource, hasher, rows)
    return rows


def _tokens(slot: Slot, found: list[Any], resource: dict[str, Any], hasher: Hasher, rows: Rows) -> None:
    for value in found:
        for system, code in codings(value, slot.path.type):
            _add(rows, slot, hasher, hasher.token(slot, system, code))
        if slot.path.type == "Identifier" and type(value) is dict:
            for coding in (value.get("type") or {}).get("coding", ()):
                typed = hasher.typed_identifier(
                    slot, coding.get("system", ""), coding.get("code", ""), value.get("value", "")
                )
                _add(rows, slot, hasher, typed)


def codings(value: Any, type_: str) -> list[tuple[str, str]]:
    """System and code of everything a token search compares; an empty pair for a concept that is only words."""
    if type(value) is bool:
        return [("", "true" if value else "false")]
    if isinstance(value, str):
        return [("", value)]
    if type(value) is not dict:
        return []
    match type_:
        case "CodeableConcept":
            concept: list[dict[str, str]] = value.get("coding") or [{}]
            return [(each.get("system", ""), each.get("code", "")) for each in concept]
        case "Identifier":
            return [(value.get("system", ""), value.get("value", ""))]
        case "ContactPoint":
            return [("", contact(value.get("value", "")))]
        case "Reference":
            return [("", value.get("reference", ""))]
        case _:  # Coding; also Quantity, whose code is its unit
            return [(value.get("system", ""), value.get("code", ""))]


def contact(value: str) -> str:
    """A telephone number without its spaces, strokes and brackets; anything else as it is."""
    return value if "@" in value or ":" in value else _STROKES.sub("", value)


def _strings(slot: Slot, found: list[Any], resource: dict[str, Any], hasher: Hasher, rows: Rows) -> None:
    for value in found:
        for words in texts(value):
            _add(rows, slot, hasher, hasher.exact(slot, words))
            for prefix in text.prefixes(text.folded(words), slot.shortest):
                _add(rows, slot, hasher, hasher.prefix(slot, prefix))
        for part in _parts_of_family_names(slot, value):
            for prefix in text.prefixes(part):
                _add(rows, slot, hasher, hasher.prefix(slot, prefix))


def _parts_of_family_names(slot: Slot, value: Any) -> list[str]:
    """Each later part of a family name, which is found as the first one is: Lüdenscheidt of Müller-Lüdenscheidt."""
    family = value.get("family") if type(value) is dict else value if slot.path.steps[-1] == "family" else None
    return text.parts(text.folded(family))[1:] if isinstance(family, str) else []


def texts(value: Any) -> list[str]:
    """Each text in which a string search looks: the value, or the parts of a name, an address, a concept."""
    if isinstance(value, str):
        return [value]
    if type(value) is not dict:
        return []
    found: list[Any] = []
    for name in (*NAME_AND_ADDRESS, "value", "display"):
        part = value.get(name)
        found += part if type(part) is list else [part]
    found += [each.get("display") for each in value.get("coding", ())]
    return [part for part in found if isinstance(part, str) and part]


def _uris(slot: Slot, found: list[Any], resource: dict[str, Any], hasher: Hasher, rows: Rows) -> None:
    for value in found:
        if isinstance(value, str):
            _add(rows, slot, hasher, hasher.exact(slot, value))


def _references(slot: Slot, found: list[Any], resource: dict[str, Any], hasher: Hasher, rows: Rows) -> None:
    for value in found:
        address, named = address_of(value)
        local = local_address(address)
        if local:
            rows.references.add((slot.number, *local))
        elif type(value) is dict:
            rows.references.add((slot.number, type_referred_to(value, resource), ""))
        else:
            rows.references.add((slot.number, "", ""))
        if address and not local and not address.startswith("#"):
            _add(rows, slot, hasher, hasher.exact(slot, address))
            if "|" in address:  # a canonical with a version is also found without it
                _add(rows, slot, hasher, hasher.exact(slot, address.partition("|")[0]))
        if named:
            _add(rows, slot, hasher, hasher.identifier(slot, named.get("system", ""), named.get("value", "")))


def address_of(value: Any) -> tuple[str, dict[str, Any] | None]:
    """Where a Reference, canonical, Attachment or Bundle entry points, and the Identifier it names."""
    if isinstance(value, str):
        return value, None
    if type(value) is not dict:
        return "", None
    if "resourceType" in value:
        return f"{value['resourceType']}/{value['id']}" if "id" in value else "", None
    return value.get("reference") or value.get("url") or "", value.get("identifier")


@lru_cache(maxsize=16_384)
def local_address(address: str) -> tuple[str, str] | None:
    """Type and id of a reference to a document here: relative, or absolute with our own address."""
    found = _LOCAL.fullmatch(relative(address).partition("/_history/")[0])
    return (found[1], found[2]) if found else None


def _dates(slot: Slot, found: list[Any], resource: dict[str, Any], hasher: Hasher, rows: Rows) -> None:
    for value in found:
        for low, high in dates.spans(value):
            rows.dates.add((slot.number, low, high))


def _main_date(slot: Slot, found: list[Any], resource: dict[str, Any], hasher: Hasher, rows: Rows) -> None:
    for span in dates.spans(found[0]):
        rows.moment, rows.until = span


def _birth_dates(slot: Slot, found: list[Any], resource: dict[str, Any], hasher: Hasher, rows: Rows) -> None:
    for value in found:
        if isinstance(value, str):
            for length in (4, 7, 10):  # year, month, day: as precise as it is
                if len(value) >= length:
                    _add(rows, slot, hasher, hasher.exact(slot, value[:length]))


def _quantities(slot: Slot, found: list[Any], resource: dict[str, Any], hasher: Hasher, rows: Rows) -> None:
    for value in found:
        low, high, unit = measured(value, hasher)
        rows.quantities.add((slot.number, low, high, unit.code, unit.full, unit.system))


def measured(value: Any, hasher: Hasher) -> tuple[float | None, float | None, Hashes]:
    """Least, most and unit of a quantity, range, series or plain number."""
    if type(value) is not dict:
        exact = numbers.number(value)
        return exact, exact, NONE
    interval = numbers.interval(value) or (None, None)
    part = value.get("low") or value.get("high") or value.get("origin") or value
    return *interval, hasher.unit(part.get("system", ""), part.get("code", ""), part.get("unit", ""))


def _positions(slot: Slot, found: list[Any], resource: dict[str, Any], hasher: Hasher, rows: Rows) -> None:
    """Latitude and longitude stand in the place of least and most."""
    for value in found:
        latitude, longitude = numbers.number(value.get("latitude")), numbers.number(value.get("longitude"))
        rows.quantities.add((slot.number, latitude, longitude, *NONE))


def _composites(slot: Slot, found: list[Any], resource: dict[str, Any], hasher: Hasher, rows: Rows) -> None:
    first, second = slot.components
    for element in found:
        others = [
            other
            for path in second.paths
            for value in follow(path, element, resource)
            for other in _second(second.kind, path.type, slot, value, hasher)
        ]
        if not others:
            continue
        codes = [
            hasher.token(slot, *coding)
            for path in first.paths
            for value in follow(path, element, resource)
            for coding in codings(value, path.type)
        ]
        for code, other in product(codes, others):
            rows.composites.add((slot.number, code.code, code.full, code.system, *other))


Second = tuple[float | None, float | None, int, int, int]


def _second(kind: str, type_: str, slot: Slot, value: Any, hasher: Hasher) -> list[Second]:
    if kind == "quantity":
        low, high, unit = measured(value, hasher)
        return [(low, high, unit.code, unit.full, unit.system)]
    if kind == "date":
        return [(float(low), float(high), 0, 0, 0) for low, high in dates.spans(value)]
    if kind == "string":
        found = [hasher.exact(slot, words) for words in texts(value)]
        found += [hasher.prefix(slot, prefix) for words in texts(value) for prefix in text.prefixes(text.folded(words))]
        return [(None, None, *hashes) for hashes in found]
    if kind == "reference":
        address, _ = address_of(value)
        local = local_address(address)
        return [(None, None, *pointed(slot, "/".join(local) if local else address, local, hasher))] if address else []
    return [(None, None, *hasher.token(slot, system, code)) for system, code in codings(value, type_)]


def pointed(slot: Slot, address: str, local: tuple[str, str] | None, hasher: Hasher) -> Hashes:
    """Of a reference as the second half of a composite: by its address, and by the id alone where it is here."""
    return Hashes(hasher.exact(slot, address).code, hasher.exact(slot, f"/{local[1]}").code if local else NONE.full)


def _add(rows: Rows, slot: Slot, hasher: Hasher, hashes: Hashes) -> None:
    rows.tokens.add((slot.number, *hashes, hasher.join(slot, hashes.code)))


_READERS = {
    "token": _tokens,
    "string": _strings,
    "uri": _uris,
    "reference": _references,
    "date": _dates,
    "main": _main_date,
    "birth": _birth_dates,
    "quantity": _quantities,
    "position": _positions,
    "composite": _composites,
}
