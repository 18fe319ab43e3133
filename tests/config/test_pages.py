"""Bodies are gathered before a thread is asked: whole, with their length, and not above the limit."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from config import pages
from config.pages import Pages
from patients.fhir.streaming import Streamed


def told(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    """A WSGI application that tells what it was given."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start("200 OK", [("Content-Type", "text/plain")])
    return [body]


async def answered(path: str, *parts: bytes, headers: tuple[tuple[bytes, bytes], ...] = ()) -> tuple[int, bytes]:
    scope = {"type": "http", "http_version": "1.1", "method": "POST", "path": path, "query_string": b"",
             "headers": list(headers)}  # fmt: skip
    coming = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    coming.append({"type": "http.request", "body": b"", "more_body": False})
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await Pages(told)(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


async def test_a_body_in_chunks_without_a_length_arrives_whole() -> None:
    assert await answered("/somewhere", b"one ", b"two") == (200, b"one two")


async def test_a_body_with_a_length_arrives_as_it_is() -> None:
    assert await answered("/somewhere", b"one", headers=((b"content-length", b"3"),)) == (200, b"one")


async def test_what_is_too_large_is_refused_in_plain_words(settings: Any) -> None:
    settings.BODY_LIMIT = 5
    status, body = await answered("/somewhere", b"123", b"456", b"789")
    assert status == 413
    assert b"5 bytes" in body


@pytest.mark.parametrize("path", ["/fhir", "/fhir/Patient"])
async def test_the_fhir_edge_has_its_own_limit_and_its_own_words(settings: Any, path: str) -> None:
    settings.FHIR_BODY_LIMIT = 5
    status, body = await answered(path, b"123", b"456")
    assert status == 413
    assert json.loads(body)["issue"][0]["code"] == "too-long"
    assert (await answered("/fhirs", b"123", b"456"))[0] == 200


@pytest.mark.parametrize(("name", "others"), [("SHARE", 200), ("MUCH", 503)])
async def test_who_sends_too_much_at_once_is_asked_to_wait_and_others_only_when_memory_is_short(
    monkeypatch: pytest.MonkeyPatch, name: str, others: int
) -> None:
    monkeypatch.setattr(pages, name, 10)
    application, goes_on = Pages(told), asyncio.Event()

    async def sends(sender: str, *, waits: bool = False) -> int:
        sent: list[dict[str, Any]] = []
        parts = [b"123456", b""]

        async def receive() -> dict[str, Any]:
            if waits and len(parts) == 1:
                await goes_on.wait()
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {**SCOPE, "method": "POST", "path": "/somewhere", "client": (sender, 1)}
        await application(scope, receive, send)
        return int(sent[0]["status"])

    first = asyncio.ensure_future(sends("10.0.0.7", waits=True))
    await asyncio.sleep(0)
    assert await sends("10.0.0.7") == 503
    assert await sends("10.0.0.8") == others
    goes_on.set()
    assert await first == 200
    assert await sends("10.0.0.7") == 200


async def test_an_answer_arrives_in_its_order_whole_and_after_its_thread_is_free() -> None:
    closed: list[str] = []

    class Parts(list[bytes]):
        def close(self) -> None:
            closed.append(threading.current_thread().name)

    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        write = start("500 Never sent", [])
        write(b"a")
        start("201 Created", [("X-Told", " twice "), ("X-Told", "again")])
        return Parts([b"b", b"c"])

    reader = Reader()
    reader.takes.set()
    await Pages(application)(SCOPE, reader.receive, reader.send)
    assert (reader.sent[0]["status"], reader.sent[0]["headers"]) == (
        201,
        [(b"x-told", b"twice"), (b"x-told", b"again")],
    )
    assert [message["body"] for message in reader.sent[1:]] == [b"a", b"b", b"c"]
    assert [message.get("more_body", False) for message in reader.sent[1:]] == [True, True, False]
    assert closed[0].startswith("database")


async def test_an_empty_answer_has_an_end() -> None:
    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("204 No Content", [])
        return []

    reader = Reader()
    await Pages(application)(SCOPE, reader.receive, reader.send)
    assert [message["type"] for message in reader.sent] == ["http.response.start", "http.response.body"]


async def test_what_breaks_before_its_end_is_not_told_in_part() -> None:
    def application(environ: dict[str, Any], start: Any) -> Iterator[bytes]:
        start("200 OK", [])
        yield b"half"
        raise LookupError("the database is gone")

    reader = Reader()
    with pytest.raises(LookupError):
        await Pages(application)(SCOPE, reader.receive, reader.send)
    assert reader.sent == []


# -- answers in parts


SCOPE = {"type": "http", "http_version": "1.1", "method": "GET", "path": "/fhir", "query_string": b"", "headers": []}


def telling(parts: Callable[[], Iterator[bytes]], closed: list[bool] | None = None) -> Any:
    """A WSGI application whose answer comes in parts."""

    def application(environ: dict[str, Any], start: Any) -> Streamed:
        start("200 OK", [("Content-Type", "application/fhir+json")])
        answer = Streamed(parts())
        answer.close = lambda: (closed if closed is not None else []).append(True)  # type: ignore[method-assign]
        return answer

    return application


class Reader:
    """A client that takes parts when it likes, and may leave."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.takes = asyncio.Event()
        self.left = asyncio.Event()
        self._asked = False

    async def receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if message.get("body"):
            await self.takes.wait()
        self.sent.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


async def test_an_answer_in_parts_arrives_whole_and_is_closed() -> None:
    closed: list[bool] = []
    reader = Reader()
    reader.takes.set()
    await Pages(telling(lambda: iter([b"one ", b"two"]), closed))(SCOPE, reader.receive, reader.send)
    assert reader.sent[0]["status"] == 200
    assert reader.body == b"one two"
    assert not reader.sent[-1].get("more_body", False)
    assert closed == [True]


async def test_no_part_is_made_and_no_thread_held_while_a_slow_client_takes_nothing() -> None:
    made: list[str] = []
    first = asyncio.Event()
    loop = asyncio.get_running_loop()

    def parts() -> Iterator[bytes]:
        for number in range(20):
            made.append(threading.current_thread().name)
            loop.call_soon_threadsafe(first.set)
            yield b"%d" % number

    slow, quick = [Reader() for _ in range(50)], Reader()
    quick.takes.set()
    pages = Pages(telling(parts))
    waiting = [asyncio.create_task(pages(SCOPE, one.receive, one.send)) for one in slow]
    await first.wait()
    await pages(SCOPE, quick.receive, quick.send)
    assert quick.body == b"".join(b"%d" % number for number in range(20))
    assert len(made) <= 20 + len(slow)
    assert all(name.startswith("database") for name in made)
    for one in slow:
        one.takes.set()
    await asyncio.gather(*waiting)
    assert all(one.body == quick.body for one in slow)


async def test_who_leaves_is_told_nothing_more() -> None:
    reader, made = Reader(), []

    def parts() -> Iterator[bytes]:
        for number in range(1_000):
            made.append(number)
            if number == 3:
                reader.left.set()
            yield b"part"

    reader.takes.set()
    closed: list[bool] = []
    await Pages(telling(parts, closed))(SCOPE, reader.receive, reader.send)
    assert len(made) < 100
    assert closed == [True]


async def test_what_breaks_in_the_middle_never_ends_as_if_it_were_whole() -> None:
    def parts() -> Iterator[bytes]:
        yield b"half"
        raise LookupError("the database is gone")

    reader = Reader()
    reader.takes.set()
    with pytest.raises(LookupError):
        await Pages(telling(parts))(SCOPE, reader.receive, reader.send)
    assert reader.body == b"half"
    assert reader.sent[-1]["more_body"]
