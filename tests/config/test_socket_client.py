"""The browser's side of telecare.v1: the test is the server, frame by frame."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
START = """async (after) => {
    const { open, socket } = await import('/static/telecare/socket.js');
    Object.assign(window, { socket, open, seen: [], resets: 0, problems: [] });
    window.topic = open('thread:1', { after, onEvent: (event) => seen.push(event.seq ?? event.on),
        onReset: () => resets++, onClosed: (problem) => problems.push(problem.kind) });
}"""


class Server:
    """What the page says, in order, and the lines it opened."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[dict] = asyncio.Queue()
        self.lines: asyncio.Queue = asyncio.Queue()
        self.line = None

    def connected(self, line) -> None:
        self.line = line
        line.on_message(lambda text: self.frames.put_nowait(json.loads(text)))
        self.lines.put_nowait(line)

    async def asked(self, do: str) -> dict:
        """The next frame with this command."""
        async with asyncio.timeout(60):
            while (frame := await self.frames.get())["do"] != do:
                pass
            return frame

    def say(self, **frame) -> None:
        self.line.send(json.dumps(frame))

    async def opened(self, head=0, epoch="e1") -> dict:
        frame = await self.asked("open")
        self.say(re=frame["id"], ok={"head": head, "epoch": epoch})
        return frame


@asynccontextmanager
async def page_and_server(chromium, address, after=None):
    context = await chromium.new_context()
    context.set_default_timeout(60_000)  # ms: others use the processors too
    page = await context.new_page()
    server = Server()
    await page.route_web_socket("**/ws/", server.connected)
    await page.goto(f"{address}/_look/nurse/", wait_until="load")
    await page.evaluate(START, after)
    await server.lines.get()
    yield page, server
    await context.close()


async def test_missed_events_come_in_order_and_none_twice(chromium, address):
    async with page_and_server(chromium, address, 41) as (page, server):
        frame = await server.opened(head=43)
        assert (frame["topic"], frame["after"]) == ("thread:1", 41)
        for seq in (42, 43, 43, 42, 44):
            server.say(on="thread.message", topic="thread:1", seq=seq, data={})
        await page.wait_for_function("seen.length === 3")
        assert await page.evaluate("seen") == [42, 43, 44]
        assert await page.inner_text("[data-connection]") == "Verbunden"


async def test_after_a_lost_line_it_comes_back_after_the_last_it_saw(chromium, address):
    async with page_and_server(chromium, address, 0) as (page, server):
        await server.opened(head=1)
        server.say(on="thread.message", topic="thread:1", seq=1, data={})
        await page.wait_for_function("seen.length === 1")
        sent = page.evaluate("socket.send('thread.send', {text: 'x'}).catch((problem) => problem)")
        waiting = asyncio.create_task(sent)
        await server.asked("thread.send")
        await server.line.close(code=4408)
        assert await waiting == {"lost": True}
        await server.lines.get()
        frame = await server.opened(head=2)
        assert (frame["after"], frame["epoch"]) == (1, "e1")


async def test_a_head_beyond_what_was_seen_asks_for_what_is_missing(chromium, address):
    async with page_and_server(chromium, address, 5) as (_page, server):
        await server.opened(head=5)
        server.say(on="heads", data={"thread:1": 5})
        server.say(on="heads", data={"thread:1": 7})  # may still be on its way
        server.say(on="heads", data={"thread:1": 7})
        assert (await server.opened(head=7))["after"] == 5
        assert server.frames.empty()


async def test_an_unknown_epoch_starts_from_the_beginning(chromium, address):
    async with page_and_server(chromium, address, 9) as (page, server):
        await server.opened(head=2, epoch="e2")
        server.say(on="reset", topic="thread:1", data={"head": 2, "epoch": "e2"})
        server.say(on="thread.message", topic="thread:1", seq=1, data={})
        await page.wait_for_function("seen.length === 1")
        assert await page.evaluate("[resets, seen]") == [1, [1]]


async def test_a_refusal_reaches_who_asked(chromium, address):
    async with page_and_server(chromium, address) as (page, server):
        frame = await server.asked("open")
        server.say(re=frame["id"], error={"kind": "missing", "text": "Das gibt es nicht."})
        await page.wait_for_function("problems.length === 1")
        assert await page.evaluate("problems") == ["missing"]


async def test_who_is_signed_out_reads_it_and_is_not_connected_again(chromium, address):
    async with page_and_server(chromium, address) as (page, server):
        await server.opened()
        await server.line.close(code=4401)
        await page.wait_for_selector("[data-state=signed-out]:not([hidden])")
        assert await page.evaluate("socket.send('ping').catch((problem) => problem)") == {"lost": True}
        assert server.lines.empty()


async def test_a_topic_that_is_closed_is_not_opened_again(chromium, address):
    async with page_and_server(chromium, address) as (page, server):
        await server.opened()
        await page.evaluate("topic.close()")
        assert (await server.asked("close"))["topic"] == "thread:1"
        await page.evaluate("open('worklist:2', {onReset: () => resets++})")
        frame = await server.asked("open")
        server.say(re=frame["id"], ok={"head": None})
        await server.line.close(code=4009)
        await server.lines.get()
        frame = await server.asked("open")
        assert frame["topic"] == "worklist:2"
        assert "after" not in frame
