"""Codes and random ids: the standard's own, however they are made."""

from __future__ import annotations

import hashlib
import hmac
import multiprocessing
import uuid

import pytest

from patients.vault.chance import random_bytes, random_id
from patients.vault.codes import code, prepared


@pytest.mark.parametrize("length", [0, 16, 32, 64, 65, 200])
def test_a_code_is_the_one_that_every_other_program_makes_with_this_key(length: int) -> None:
    key, texts = bytes(range(200))[:length], [b"", b"Heinrich", bytes(5_000)]
    ready = prepared(key)
    for text in texts:  # the prepared key is used again, and must not remember the text before
        assert code(ready, text) == hmac.digest(key, text, hashlib.sha256)


def test_an_id_is_a_random_uuid_in_lower_case() -> None:
    ids = {random_id() for _turn in range(1_000)}
    assert len(ids) == 1_000
    assert all(one == str(uuid.UUID(one)) and uuid.UUID(one).version == 4 for one in ids)
    assert all(uuid.UUID(one).variant == uuid.RFC_4122 for one in ids)


def test_two_processes_that_were_one_do_not_draw_the_same() -> None:
    random_bytes(16)  # the generator is warm when they part
    with multiprocessing.get_context("fork").Pool(2, maxtasksperchild=1) as pool:
        drawn = pool.map(random_bytes, [16] * 8, chunksize=1)
    assert len({*drawn, random_bytes(16)}) == 9
