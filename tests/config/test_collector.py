"""Full collections of garbage wait while a large body is worked at, and not for ever."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from config.collector import LARGE, LONGEST, NEVER, Waiting
from config.pages import Pages


@pytest.fixture(autouse=True)
def usual() -> Iterator[tuple[int, int, int]]:
    """What Python does by itself; a test that fails leaves nothing behind."""
    before = gc.get_threshold()
    yield before
    gc.set_threshold(*before)


async def during(size: int) -> tuple[int, int, int]:
    """How the server collects while it works at a body of so many bytes that Anna's software has sent."""
    found = []

    def told(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        found.append(gc.get_threshold())
        start("200 OK", [("Content-Type", "text/plain")])
        return [b""]

    scope = {"type": "http", "http_version": "1.1", "method": "POST", "path": "/fhir", "query_string": b"",
             "headers": [(b"content-length", b"%d" % size)]}  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b" " * size}

    async def send(message: dict[str, Any]) -> None:
        assert message["type"].startswith("http.response.")

    await Pages(told)(scope, receive, send)
    return found[0]


async def test_full_collections_wait_while_a_transaction_is_carried_out(usual: tuple[int, int, int]) -> None:
    assert await during(LARGE) == (*usual[:2], NEVER)
    assert gc.get_threshold() == usual


async def test_for_a_measurement_nothing_waits(usual: tuple[int, int, int]) -> None:
    assert await during(LARGE - 1) == usual


def test_they_wait_for_the_last_of_several(usual: tuple[int, int, int]) -> None:
    waiting = Waiting()
    with waiting.during(LARGE):
        with waiting.during(LARGE):
            pass
        assert gc.get_threshold()[2] == NEVER
    assert gc.get_threshold() == usual


def test_what_fails_ends_the_waiting(usual: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="broken"), Waiting().during(LARGE):
        raise ValueError("broken")
    assert gc.get_threshold() == usual


def test_who_sends_one_large_body_upon_the_other_does_not_fill_the_memory(usual: tuple[int, int, int]) -> None:
    now = 0.0
    waiting = Waiting(lambda: now)
    with waiting.during(LARGE):
        now = LONGEST
        with waiting.during(LARGE):
            assert gc.get_threshold() == usual
    now += 1
    with waiting.during(LARGE):
        assert gc.get_threshold()[2] == NEVER
