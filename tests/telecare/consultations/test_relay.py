"""A call that may go through the relay only: real browsers, a real coturn, and a relay that dies during the call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Relay, relay
from tests.telecare.consultations.live import (
    PHONE,
    Server,
    browser,
    in_a_watched_call,
    serving,
    signed_in,
    somebody,
)

__all__ = ["browser"]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def coturn() -> Iterator[Relay]:
    with relay() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, coturn: Relay) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("relayed") / "data"
    with serving(folder, TELECARE_RELAY_ONLY="1", **coturn.environment) as running:
        yield running


async def test_the_picture_goes_through_the_relay_and_comes_back_when_the_relay_died(browser, server, coturn):
    async with signed_in(browser, server, "clara") as clara, somebody(browser, **PHONE) as heinrich:
        await in_a_watched_call(clara, heinrich, server)
        for one in (clara, heinrich):
            assert await one.ways() == [("relay", "relay")]
        lines, peers = heinrich.line.connected, await heinrich.connections()

        coturn.kill()
        for one in (clara, heinrich):
            await one.seen("[data-line]:not([hidden])")  # both read that the line is gone
        coturn.start()
        for one in (clara, heinrich):
            await one.page.wait_for_selector("[data-line][hidden]", state="attached")
            await one.picture_moves()
            assert await one.ways() == [("relay", "relay")]
        # the same seats, the same connections: nobody was let in again
        assert (heinrich.line.connected, await heinrich.connections()) == (lines, peers)
        assert await clara.page.locator("[data-others] figure").count() == 1
