"""Without a server: how a socket sends and waits, how fast commands may come, and how news go out once and in order."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from messaging.realtime import bus
from messaging.realtime.authentication import Credential
from messaging.realtime.commands import Command
from messaging.realtime.connection import LIMIT, Socket
from messaging.realtime.hub import Hub
from messaging.realtime.lanes import LINE_UP, TOGETHER, Lane, Pace
from messaging.realtime.protocol import Close, Frame
from messaging.realtime.topics import Topic
from patients.accounts.actor import Actor, Role

ANNA = Actor(Role.NURSE, 1, "Practitioner/anna", "moorland")


class Browser:
    """The other end: takes what is sent, or takes nothing until it is `ready`."""

    def __init__(self, *, hangs: bool = False) -> None:
        self.got: list[Any] = []
        self.ready = asyncio.Event()
        self.aborted = False
        if not hangs:
            self.ready.set()
        self.socket = Socket(self._take, ANNA, Credential("token", "x"), "de", self._abort)

    async def _take(self, event: dict[str, Any]) -> None:
        await self.ready.wait()
        self.got.append(event.get("text") or event.get("code"))

    def _abort(self) -> None:
        self.aborted = True


def text(words: str) -> dict[str, Any]:
    return {"type": "websocket.send", "text": words}


async def test_what_the_line_takes_goes_out_at_once():
    browser = Browser()
    browser.socket.push(text("now"))
    assert browser.got == ["now"]


async def test_what_waits_keeps_its_order_and_signalling_goes_first():
    browser = Browser(hangs=True)
    for words in ("under way", "1", "2"):
        browser.socket.push(text(words))
    browser.socket.push(text("signal"), urgent=True)
    assert browser.got == []
    browser.ready.set()
    await browser.socket.drained()
    assert browser.got == ["under way", "signal", "1", "2"]


async def test_too_far_behind_is_closed_and_what_waited_is_dropped():
    browser = Browser(hangs=True)
    for number in range(LIMIT + 2):
        browser.socket.push(text(str(number)))
    assert browser.socket.closed
    browser.ready.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert browser.got == ["0", Close.SLOW]


async def test_a_close_may_let_what_waits_go_first():
    browser = Browser(hangs=True)
    browser.socket.push(text("1"))
    browser.socket.push(text("2"))
    browser.socket.close(Close.RESTART, flush=True)
    browser.ready.set()
    for _ in range(5):
        await asyncio.sleep(0)
    assert browser.got == ["1", "2", Close.RESTART]


async def test_after_a_close_nothing_is_sent():
    browser = Browser()
    browser.socket.close(Close.SIGNED_OUT)
    browser.socket.push(text("late"))
    assert browser.got == [Close.SIGNED_OUT]


async def test_what_was_to_happen_at_the_end_happens_once():
    browser, ended = Browser(), []
    browser.socket.on_close.append(lambda: ended.append("left the room"))
    browser.socket.gone()
    browser.socket.gone()
    assert ended == ["left the room"]


def test_a_burst_is_free_then_the_pace_holds():
    pace = Pace(rate=10, burst=3)
    for _ in range(3):
        assert pace.delay(100.0) == 0
        pace.step()
    assert pace.delay(100.0) == pytest.approx(0.1)
    assert pace.delay(100.125) == 0
    assert pace.delay(200.0) == 0


class Desk:
    """Where a lane's commands arrive: notes what began, and ends those beside others when told."""

    def __init__(self, *, burst: int = 10_000) -> None:
        self.begun: list[str] = []
        self.ends: list[Any] = []
        self.lane = Lane(self._run, self._begin, Pace(rate=0.001, burst=burst))

    def add(self, name: str, *, together: bool) -> bool:
        return self.lane.add(Command(lambda socket, frame: None, together=together), Frame({"do": name}, 0))

    async def _run(self, command: Command, frame: Frame) -> None:
        self.begun.append(frame.do)

    def _begin(self, command: Command, frame: Frame, done: Any) -> None:
        self.begun.append(frame.do)
        self.ends.append(done)


async def soon() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_messages_begin_at_once_and_beside_each_other():
    desk = Desk()
    for name in "abc":
        desk.add(name, together=True)
    assert desk.begun == ["a", "b", "c"]


async def test_another_command_begins_when_those_before_it_have_ended_and_those_behind_wait_for_it():
    desk = Desk()
    desk.add("send", together=True)
    desk.add("read", together=False)
    desk.add("send again", together=True)
    await soon()
    assert desk.begun == ["send"]
    desk.ends[0]()
    await soon()
    assert desk.begun == ["send", "read", "send again"]


async def test_not_more_than_a_number_run_beside_each_other():
    desk = Desk()
    for number in range(TOGETHER + 2):
        desk.add(str(number), together=True)
    await soon()
    assert len(desk.begun) == TOGETHER
    desk.ends[7]()
    await soon()
    assert desk.begun[TOGETHER:] == [str(TOGETHER)]


async def test_who_is_too_fast_waits_and_in_the_end_finds_no_place():
    desk = Desk(burst=3)
    assert all(desk.add(str(number), together=True) for number in range(3 + LINE_UP))
    assert not desk.add("one too many", together=True)
    await soon()
    assert desk.begun == ["0", "1", "2"]


async def test_what_was_handed_in_before_is_heard_before_what_is_called_after_it():
    hub, browser = Hub(), Browser()
    await hub.start()
    _, subscription = hub.add(browser.socket, "patient:1", Topic(lambda actor, ident: None), "1")
    hub.go_live(subscription)

    def from_a_thread() -> None:
        hub.hand_in(bus.News("patient:1", "said"))
        hub.soon(lambda: browser.socket.answer("answered"))

    await asyncio.to_thread(from_a_thread)
    await asyncio.sleep(0)
    assert ["said" in one for one in browser.got] == [True, False]
    await hub.stop()


async def test_an_event_is_written_once_for_all_who_listen():
    hub, browsers = Hub(), [Browser(), Browser()]
    await hub.start()
    for browser in browsers:
        _, subscription = hub.add(browser.socket, "patient:1", Topic(lambda actor, ident: None), "1")
        hub.go_live(subscription)
    hub.hand_in(bus.News("patient:1", "measurement.new", data={"id": "m"}))
    await asyncio.sleep(0)
    first, second = (browser.got[0] for browser in browsers)
    assert first is second
    await hub.stop()


async def test_what_comes_while_rows_are_read_is_merged_without_doubles():
    hub, browser = Hub(), Browser()
    await hub.start()
    line, subscription = hub.add(browser.socket, "t:1", Topic(lambda actor, ident: None), "1")
    line.fan("e", 4, {})
    line.fan("e", 5, {})
    assert browser.got == []
    subscription.seq = 4  # as far as the rows went
    hub.go_live(subscription)
    assert [b'"seq":5' in one.encode() for one in browser.got] == [True]
    await hub.stop()


async def test_a_letter_of_our_own_that_comes_back_is_not_heard_twice():
    hub, browser = Hub(), Browser()
    await hub.start()
    _, subscription = hub.add(browser.socket, "patient:1", Topic(lambda actor, ident: None), "1")
    hub.go_live(subscription)
    news = bus.News("patient:1", "measurement.new")
    hub._opened(bus.sealed(bus.Letter(hub.process, [news])))
    assert browser.got == []
    hub._opened(bus.sealed(bus.Letter("another", [news])))
    assert len(browser.got) == 1
    await hub.stop()


def test_a_kind_of_topic_has_head_and_rows_or_neither():
    from messaging.realtime import topics

    with pytest.raises(ValueError, match="both"):
        topics.register("broken", Topic(lambda actor, ident: None, head=lambda ident: topics.Head(0, "")))
