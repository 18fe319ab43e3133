"""Under which id an imported resource is kept, and how references follow.

Ids of the source are kept. A resource without one gets UUIDv5 of the custodian and its content, so that a second run
finds it again. An id that already names somebody else's record (another custodian's, or of another patient) is not
taken away from it: the newcomer gets UUIDv5 of custodian and id, and the references beside it follow. So it does where
something of ours that is no document would be served under the id (`chat-…`, `audit-…`).
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from patients.fhir import registry
from patients.fhir.ingest.unpacking import Entry, Packet
from patients.records import definitions, store, wire
from patients.records.models import Document
from patients.records.wire import Json

Key = tuple[str, str]  # type and id

_OURS: Final = uuid.uuid5(uuid.NAMESPACE_URL, "https://telecare.example/fhir/import")
_AT_ONCE: Final = 500
_ADDRESSES: Final = ("url", "uri", "valueUri", "valueUrl")  # beside Reference.reference; urn: only


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose document has an id."""

    custodian: str | None
    patient: str | None


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry under the id it will have, with the references that follow."""

    entry: Entry
    key: Key
    resource: Json


@dataclass(slots=True)
class Places:
    """The ids of one run; entries are of known types.

    `moved`: references (`Patient/1`) whose target had to get another id, because another custodian holds it.
    """

    custodian: str
    moved: dict[str, str] = field(default_factory=dict)

    def place(self, packets: Iterable[Packet]) -> list[list[Placed]]:
        """Give every entry of these packets its id, and let references follow."""
        packets = list(packets)
        entries = [entry for packet in packets for entry in packet.entries]
        holders = _holders({key for entry in entries if (key := _named(entry.resource))})
        holders |= _holders(self._move_what_others_hold(holders))
        holders |= _holders(self._move_what_looks_like_ours(entries))
        self._move_patients_known_elsewhere(entries)
        return [self._place(packet.entries, holders) for packet in packets]

    def _move_what_others_hold(self, holders: Mapping[Key, Holder]) -> set[Key]:
        """The ids to which they move."""
        ours = {key: (key[0], self._elsewhere(*key)) for key, one in holders.items() if one.custodian != self.custodian}
        self.moved.update({"/".join(key): "/".join(there) for key, there in ours.items()})
        return set(ours.values())

    def _move_what_looks_like_ours(self, entries: Iterable[Entry]) -> set[Key]:
        """Chat messages and log entries of another network keep none of the ids under which ours are served."""
        named = {key for entry in entries if (key := _named(entry.resource)) and registry.provider_of(*key)}
        ours = {key: (key[0], self._elsewhere(*key)) for key in named}
        self.moved.update({"/".join(key): "/".join(there) for key, there in ours.items()})
        return set(ours.values())

    def _move_patients_known_elsewhere(self, entries: Iterable[Entry]) -> None:
        """A patient of this custodian may have moved in an earlier run, whose files are not here again."""
        concerned = {("Patient", one) for entry in entries for one in patients_of(entry.resource)}
        unknown = {key for key in concerned if f"Patient/{key[1]}" not in self.moved}
        others = [key for key, holder in _holders(unknown).items() if holder.custodian != self.custodian]
        moved = {self._elsewhere(*key): key[1] for key in others}
        for (_, ident), _holder in _holders({("Patient", ident) for ident in moved}).items():
            self.moved[f"Patient/{moved[ident]}"] = f"Patient/{ident}"

    def _place(self, entries: list[Entry], holders: dict[Key, Holder]) -> list[Placed]:
        follows, keys = dict(self.moved), dict[int, Key]()
        for entry in sorted(entries, key=lambda one: one.resource["resourceType"] != "Patient"):
            keys[id(entry)] = key = self._key(entry, following(entry.resource, follows), holders)
            if entry.full_url and entry.full_url != "/".join(key):
                follows[entry.full_url] = "/".join(key)
            if key[0] == "Patient":
                _lead(follows, entry, key)
        kept = set(keys.values())
        for entry in entries:
            if _named(entry.resource) not in kept:
                _lead(follows, entry, keys[id(entry)])
        return [_placed(entry, keys[id(entry)], follows) for entry in entries]

    def _key(self, entry: Entry, resource: Json, holders: dict[Key, Holder]) -> Key:
        named = _named(entry.resource)
        type_ = entry.resource["resourceType"]
        if named is None:
            return type_, of_content(self.custodian, entry.resource)
        patients = patients_of(resource)
        holder = holders.get(named)
        if registry.provider_of(*named) or (holder is not None and holder.custodian != self.custodian):
            named = type_, self._elsewhere(*named)
            holder = holders.get(named)
        if holder is None:
            holders[named] = Holder(self.custodian, patients[0] if patients else None)
            return named
        if type_ == "Patient" or type_ in store.CHANGING or holder.patient in (patients or (None,)):
            return named
        return type_, self._elsewhere(*named, patients[0] if patients else "")

    def _elsewhere(self, type_: str, ident: str, patient: str | None = None) -> str:
        about = "" if patient is None else f"|{patient}"
        return str(uuid.uuid5(_OURS, f"{self.custodian}|{type_}/{ident}{about}"))


def of_content(custodian: str, resource: Json) -> str:
    """The id of a resource that came without one."""
    digest = hashlib.sha256(wire.canonical(bare(resource))).hexdigest()
    return str(uuid.uuid5(_OURS, f"{custodian}|{digest}"))


def patients_of(resource: Json) -> tuple[str, ...]:
    """Whom it concerns. Nothing is validated yet; what has not even the right shape is refused later."""
    try:
        return definitions.patients_of(resource)
    except (AttributeError, TypeError, KeyError):
        return ()


def bare(resource: Json) -> Json:
    """The resource without what a server sets: id and meta."""
    return {name: value for name, value in resource.items() if name not in ("id", "meta")}


def following(value: Any, follows: Mapping[str, str]) -> Any:
    """The same JSON with its references changed as `follows` says; itself where nothing changes."""
    if not follows:
        return value
    if isinstance(value, list):
        changed = [following(each, follows) for each in value]
        return changed if any(new is not old for new, old in zip(changed, value, strict=True)) else value
    if not isinstance(value, dict):
        return value
    result = {name: _followed(name, each, follows) for name, each in value.items()}
    return result if any(result[name] is not value[name] for name in value) else value


def _followed(name: str, value: Any, follows: Mapping[str, str]) -> Any:
    if not isinstance(value, str):
        return following(value, follows)
    if name == "reference":
        target, history, version = value.partition("/_history/")
        return f"{follows[target]}{history}{version}" if target in follows else value
    if name in _ADDRESSES and value.startswith("urn:"):
        return follows.get(value, value)
    return value


def _lead(follows: dict[str, str], entry: Entry, key: Key) -> None:
    """Let references to the id that an entry came with lead to the one it has now."""
    if (named := _named(entry.resource)) and named != key:
        follows["/".join(named)] = "/".join(key)


def _placed(entry: Entry, key: Key, follows: Mapping[str, str]) -> Placed:
    resource = entry.resource
    if resource.get("resourceType") != "Bundle":  # what is kept whole is kept as it is
        resource = following(resource, follows)
    return Placed(entry, key, {**resource, "id": key[1]})


def _named(resource: Json) -> Key | None:
    type_, ident = resource.get("resourceType"), resource.get("id")
    return (type_, ident) if isinstance(type_, str) and isinstance(ident, str) else None


def _holders(keys: Iterable[Key]) -> dict[Key, Holder]:
    """Which of these ids are taken, by whom; a statement for each type."""
    by_type: dict[str, list[str]] = {}
    for type_, ident in keys:
        by_type.setdefault(type_, []).append(ident)
    found = {}
    for type_, idents in by_type.items():
        for at in range(0, len(idents), _AT_ONCE):
            rows = Document.objects.filter(type=type_, logical_id__in=idents[at : at + _AT_ONCE])
            for ident, custodian, patient in rows.values_list("logical_id", "custodian", "patient"):
                found[type_, ident] = Holder(custodian, patient)
    return found
