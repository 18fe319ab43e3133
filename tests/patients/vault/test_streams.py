"""Sealed files: what was sealed comes back, and nothing that was cut, moved or mixed does."""

from __future__ import annotations

import io
import math
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patients import vault
from patients.vault import Unreadable, streams
from patients.vault.streams import _HEAD, PIECE, TAG

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
SIZES = (0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 7)


def sealed(content: bytes, key: str, ident: str = "photo") -> bytes:
    return b"".join(vault.seal_stream(key, "Attachment", ident, [content]))


def opened(content: bytes, key: str, ident: str = "photo") -> bytes:
    return b"".join(vault.open_stream(key, "Attachment", ident, io.BytesIO(content)))


@pytest.fixture
def key() -> str:
    return vault.key_for(patient="heinrich", custodian="moorland")


@pytest.mark.parametrize("size", SIZES)
def test_a_photo_of_any_size_comes_back(key: str, size: int) -> None:
    content = bytes(number * 31 % 256 for number in range(size))
    closed = sealed(content, key)
    assert opened(closed, key) == content
    assert len(closed) == _HEAD + size + TAG * max(1, math.ceil(size / PIECE))
    assert content[:64] not in closed or size < 8


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(max_size=PIECE), max_size=6))
def test_it_does_not_matter_in_which_pieces_it_arrives(parts: list[bytes]) -> None:
    whole = b"".join(parts)
    assert b"".join(streams._of_equal_size(parts)) == whole
    assert [len(one) for one in streams._of_equal_size(parts)][:-1] == [PIECE] * ((len(whole) - 1) // PIECE)


@pytest.mark.parametrize("size", SIZES)
def test_a_file_that_was_cut_off_anywhere_does_not_open(key: str, size: int) -> None:
    closed = sealed(b"x" * size, key)
    ends = {0, 1, _HEAD - 1, _HEAD, len(closed) - 1, *range(_HEAD, len(closed), PIECE + TAG)}
    for end in ends - {len(closed)}:
        with pytest.raises(Unreadable):
            opened(closed[:end], key)


def test_pieces_that_were_moved_repeated_or_added_do_not_open(key: str) -> None:
    closed = sealed(b"a" * PIECE + b"b" * PIECE + b"c" * 10, key)
    one, two = closed[_HEAD : _HEAD + PIECE + TAG], closed[_HEAD + PIECE + TAG : _HEAD + 2 * (PIECE + TAG)]
    rest = closed[_HEAD + 2 * (PIECE + TAG) :]
    head = closed[:_HEAD]
    for wrong in (head + two + one + rest, head + one + one + rest, head + one + rest, closed + rest, closed + b"x"):
        with pytest.raises(Unreadable):
            opened(wrong, key)


def test_a_changed_byte_is_found_wherever_it_is(key: str) -> None:
    closed = sealed(b"x" * (PIECE + 5), key)
    for place in (0, 1, 20, _HEAD, _HEAD + PIECE, len(closed) - 1):
        wrong = bytearray(closed)
        wrong[place] ^= 1
        with pytest.raises(Unreadable):
            opened(bytes(wrong), key)


def test_the_file_of_another_patient_or_under_another_name_does_not_open(key: str) -> None:
    closed = sealed(b"wound", key)
    with pytest.raises(Unreadable):
        opened(closed, key, ident="other")
    with pytest.raises(Unreadable):
        opened(closed, vault.key_for(patient="wilma", custodian="moorland"))
    vault.destroy_keys(patient="heinrich")
    with pytest.raises(Unreadable):
        opened(closed, key)


def test_a_large_file_needs_the_memory_of_a_few_pieces(key: str) -> None:
    def pieces(number: int) -> Iterator[bytes]:
        for _ in range(number):
            yield bytes(PIECE)

    def most(number: int) -> int:
        tracemalloc.start()
        for _piece in vault.seal_stream(key, "Attachment", "video", pieces(number)):
            pass
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    assert most(200) < most(20) + PIECE
    assert most(200) < 12 * PIECE
