"""Many who want one thing: each has its turn, whoever asks most."""

from __future__ import annotations

import asyncio

import pytest

from patients.fhir.examining.turns import Turns


async def noted(turns: Turns, names: list[str], order: list[str]) -> None:
    """All ask in this order while somebody holds the turn; `order` is that in which they got it."""

    async def one(name: str) -> None:
        async with turns.turn(name):
            order.append(name)

    async with turns.turn("first"):
        asked = []
        for name in names:
            asked.append(asyncio.ensure_future(one(name)))
            await asyncio.sleep(0)
    await asyncio.gather(*asked)


async def test_anna_waits_behind_one_of_a_hundred_that_somebody_else_sends() -> None:
    order: list[str] = []
    await noted(Turns(), ["flood"] * 100 + ["anna", "clara"], order)
    assert order[:5] == ["flood", "anna", "clara", "flood", "flood"]
    assert len(order) == 102


async def test_who_leaves_the_queue_is_not_waited_for() -> None:
    turns, order = Turns(), list[str]()

    async def one(name: str) -> None:
        async with turns.turn(name):
            order.append(name)

    async with turns.turn("first"):
        leaving, staying = asyncio.ensure_future(one("bernd")), asyncio.ensure_future(one("anna"))
        await asyncio.sleep(0)
        leaving.cancel()
    await staying
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert order == ["anna"]
    await noted(turns, ["clara"], order)
    assert order == ["anna", "clara"]


async def test_who_leaves_at_the_moment_of_their_turn_hands_it_on() -> None:
    turns, order = Turns(), list[str]()

    async def one(name: str) -> None:
        async with turns.turn(name):
            order.append(name)

    async with turns.turn("first"):
        leaving, staying = asyncio.ensure_future(one("bernd")), asyncio.ensure_future(one("anna"))
        await asyncio.sleep(0)
    leaving.cancel()  # its turn has come, and it has not seen that yet
    await staying
    assert order == ["anna"]


async def test_a_failure_hands_the_turn_on() -> None:
    turns, order = Turns(), list[str]()
    with pytest.raises(LookupError):
        async with turns.turn("bernd"):
            raise LookupError
    await noted(turns, ["anna"], order)
    assert order == ["anna"]
