"""The keyed hashes that the index holds instead of values (patients.vault.blind).

Every hash differs per type and slot, and per patient where the slot bears a diagnosis. Values that come again and again
(`http://loinc.org|8867-4`) are remembered; names, identifiers and what is a patient's own are not.
"""

from __future__ import annotations

import hashlib
from copy import copy
from functools import lru_cache
from typing import Final, NamedTuple

from patients import vault
from patients.records.index.slots import Slot

NOTHING: Final = 0  # stands where there is no value; no hash is 0 but by a chance of 2**-64


class Hashes(NamedTuple):
    """Of one value: by its code alone, by system and code together, by its system alone."""

    code: int
    full: int = NOTHING
    system: int = NOTHING


def join(code: int, patient: str | None) -> int:
    """A code's hash joined with a patient, for `Token.h_patient`."""
    digest = hashlib.blake2b(b"%d %s" % (code, (patient or "").encode()), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


class Hasher:
    """Hashes the values of one document's patient, or of none."""

    def __init__(self, type_: str, patient: str | None, *, beside: bool = False) -> None:
        self._type = type_
        self._patient = patient
        self._beside = beside  # with the other key of the index, while it changes
        self._root = vault.blind("", "", "", beside=beside)  # another key, other hashes: nothing remembered fits

    def of(self, patient: str | None) -> Hasher:
        """The same for another patient."""
        other = copy(self)
        other._patient = patient
        return other

    def token(self, slot: Slot, system: str, code: str) -> Hashes:
        """A coded value or identifier. Codes are compared without case, systems with it."""
        code = code.casefold()
        return Hashes(
            self._hash(slot, f"c{code}") if code else NOTHING,
            self._hash(slot, f"f{system}|{code}") if code else NOTHING,
            self._hash(slot, f"s{system}") if system else NOTHING,
        )

    def typed_identifier(self, slot: Slot, system: str, code: str, value: str) -> Hashes:
        """`:of-type`: the type of an identifier and its value."""
        return Hashes(self._hash(slot, f"t{system}|{code.casefold()}|{value.casefold()}"))

    def prefix(self, slot: Slot, folded: str) -> Hashes:
        """The beginning of a folded text."""
        return Hashes(self._hash(slot, f"p{folded}"))

    def exact(self, slot: Slot, text: str) -> Hashes:
        """A text as it stands: a string with `:exact`, an address, a part of a birth date."""
        return Hashes(self._hash(slot, f"x{text}"))

    def identifier(self, slot: Slot, system: str, value: str) -> Hashes:
        """`:identifier`: what a reference names without pointing at it."""
        return Hashes(self._hash(slot, f"i{value.casefold()}"), self._hash(slot, f"j{system}|{value.casefold()}"))

    def unit(self, system: str, code: str, unit: str) -> Hashes:
        """A quantity's unit: by its code, by system and code, and (in place of the system) as displayed.

        Units are compared with case (`mmol` is not `Mmol`), and alike in all slots.
        """
        return Hashes(
            _remembered(self._root, self._beside, "", "unit", f"c{code}") if code else NOTHING,
            _remembered(self._root, self._beside, "", "unit", f"f{system}|{code}") if code else NOTHING,
            _remembered(self._root, self._beside, "", "unit", f"d{unit}") if unit else NOTHING,
        )

    def _hash(self, slot: Slot, value: str) -> int:
        if slot.per_patient:
            return vault.blind(self._type, slot.name, value, patient=self._patient, beside=self._beside)
        if slot.kind in ("string", "birth") or slot.path.type == "Identifier":
            return vault.blind(self._type, slot.name, value, beside=self._beside)
        return _remembered(self._root, self._beside, self._type, slot.name, value)

    def join(self, slot: Slot, code: int) -> int:
        """For `Token.h_patient`: a hash that is the patient's own already needs no joining."""
        return code if slot.per_patient else join(code, self._patient)


@lru_cache(maxsize=32_768)
def _remembered(root: int, beside: bool, type_: str, name: str, value: str) -> int:
    return vault.blind(type_, name, value, beside=beside)
