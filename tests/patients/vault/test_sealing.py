from __future__ import annotations

import pytest

from patients import vault
from patients.vault import Unreadable

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
TEXT = '{"resourceType":"Observation","note":"Heinrich Brandt fühlt sich gut"}'.encode()


@pytest.fixture
def key() -> str:
    return vault.key_for(patient="heinrich", custodian="moorland")


@pytest.fixture
def sealed(key: str) -> bytes:
    return vault.seal(key, "Observation", "pulse", 1, TEXT)


def test_what_was_sealed_opens(key: str, sealed: bytes) -> None:
    assert vault.unseal(key, "Observation", "pulse", 1, sealed) == TEXT
    assert vault.unseal(key, "Observation", "pulse", 1, memoryview(sealed)) == TEXT


def test_the_sealed_text_shows_no_word_of_it(sealed: bytes) -> None:
    assert b"Heinrich" not in sealed
    assert b"Observation" not in sealed


def test_the_same_text_is_never_sealed_to_the_same_bytes(key: str, sealed: bytes) -> None:
    assert vault.seal(key, "Observation", "pulse", 1, TEXT) != sealed


@pytest.mark.parametrize(
    ("kind", "ident", "version"),
    [("Condition", "pulse", 1), ("Observation", "weight", 1), ("Observation", "pulse", 2), ("Observationp", "ulse", 1)],
)
def test_a_body_put_in_another_place_does_not_open(
    key: str, sealed: bytes, kind: str, ident: str, version: int
) -> None:
    with pytest.raises(Unreadable):
        vault.unseal(key, kind, ident, version, sealed)


def test_bodies_of_two_patients_cannot_be_swapped(key: str, sealed: bytes) -> None:
    other = vault.key_for(patient="erna", custodian="moorland")
    with pytest.raises(Unreadable):
        vault.unseal(other, "Observation", "pulse", 1, sealed)
    assert vault.unseal(key, "Observation", "pulse", 1, sealed) == TEXT


def test_one_changed_bit_anywhere_is_noticed(key: str, sealed: bytes) -> None:
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(Unreadable):
            vault.unseal(key, "Observation", "pulse", 1, bytes(changed))


@pytest.mark.parametrize("cut", [0, 1, 12, 13, 28])
def test_a_cut_body_is_noticed(key: str, sealed: bytes, cut: int) -> None:
    with pytest.raises(Unreadable):
        vault.unseal(key, "Observation", "pulse", 1, sealed[:cut])


def test_an_unknown_key_opens_nothing(sealed: bytes) -> None:
    with pytest.raises(Unreadable, match="unknown or was destroyed"):
        vault.unseal("b7a0d1c8-0000-4000-8000-000000000000", "Observation", "pulse", 1, sealed)
