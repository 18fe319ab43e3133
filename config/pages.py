"""Pages and the FHIR edge under the ASGI server: WSGI in the pool of database threads.

A thread must never wait for a client, or eight slow ones would stop everybody: the body is read before a thread is
asked, within limits of size and time, and the answer is handed over whole, with one wake-up of the loop. A streamed
answer gives its thread back after each part, and makes the next one when the client has taken it. A postponed one gives
it back until the examiner has looked at the body.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from typing import Any, cast

from a2wsgi.wsgi import build_environ
from django.conf import settings

from config import collector
from config.turnstile import Bill, Crowded, Turnstile, address_of, sender_of
from patients.database import in_database, pool
from patients.errors import Unavailable
from patients.fhir import edge, outcome
from patients.fhir.charging import CHARGED, Charged
from patients.fhir.examining import examiner
from patients.fhir.examining.examiner import Examiner
from patients.fhir.examining.postponing import EXAMINED, Examined, Postponed
from patients.fhir.examining.questions import Verdict
from patients.fhir.streaming import Streamed

PATIENCE = 120.0  # seconds for a whole body
LATER = "telecare.later"  # in the scope: the streamed or postponed answer that WSGI leaves to us
MUCH = 256 * 1024 * 1024  # bytes of bodies that may be in memory at once
SHARE = MUCH // 4  # of these, from one address: four senders of large bodies leave room for others


class Refused(Exception):
    """A request that no thread should see: status, words, and the seconds after which it may come again."""

    def __init__(self, status: int, words: str, seconds: int = 5) -> None:
        super().__init__(words)
        self.status, self.words, self.seconds = status, words, seconds


@dataclass(slots=True)
class Answer:
    """What the WSGI application gave. It is sent when its thread has gone on to the next request."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    parts: list[bytes] = field(default_factory=list)
    seconds: float = 0.0  # of CPU in the thread
    charged: Charged = field(default_factory=Charged)  # what the FHIR edge says of it
    later: list[Streamed | Postponed] = field(default_factory=list)

    def begin(self, status: str, headers: list[tuple[str, str]], problem: object = None) -> Callable[[bytes], None]:
        """WSGI's `start_response`. A second call takes the place of the first: nothing was sent yet."""
        self.status = int(status.partition(" ")[0])
        self.headers = [(name.strip().lower().encode("latin-1"), value.strip().encode("latin-1"))
                        for name, value in headers]  # fmt: skip
        return self.parts.append


class Held:
    """Bytes of bodies that are in memory, in all and by the address that sent them."""

    def __init__(self) -> None:
        self.all = 0
        self.of = Counter[str]()

    def take(self, sender: str, size: int) -> None:
        """Count them. Raises Refused when they are too many."""
        self.all += size
        self.of[sender] += size
        if self.all > MUCH or self.of[sender] > SHARE:
            raise Refused(503, "Too much is being sent at once. Please try again.")

    def give_back(self, sender: str, size: int) -> None:
        """They are in memory no more."""
        self.all -= size
        self.of[sender] -= size
        if self.of[sender] <= 0:
            del self.of[sender]


class Pages:
    """ASGI outside, WSGI inside."""

    def __init__(self, wsgi: Any) -> None:
        self._wsgi = _leaving_some(wsgi)
        self._held = Held()
        self._turnstile = Turnstile()
        self._collections = collector.Waiting()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        body, sender = bytearray(), (scope.get("client") or ("",))[0]
        try:
            try:
                async with asyncio.timeout(PATIENCE):
                    whole = await self._read(body, sender, receive, _limit(scope))
            except TimeoutError:
                raise Refused(408, "The request came too slowly.") from None
            if whole:
                await self._run(_with_length(scope, len(body)), bytes(body), receive, send)
        except Refused as problem:
            await _answer(send, problem, fhir=_is_fhir(scope))
        finally:
            self._held.give_back(sender, len(body))

    async def _run(self, scope: dict[str, Any], body: bytes, receive: Any, send: Any) -> None:
        if _is_fhir(scope):
            try:
                async with self._turnstile.passing(sender_of(scope), address_of(scope)) as bill:
                    answer = await self._worked_at(scope, body, bill)
            except Crowded as problem:
                raise Refused(429, problem.words, problem.seconds) from None
        else:
            answer = await self._answered(scope, body, None)
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        if answer.later:
            assert isinstance(answer.later[0], Streamed)  # a verdict postpones nothing
            await _send_parts(answer.later[0], receive, send)
            return
        *parts, last = answer.parts or [b""]
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": last})

    async def _worked_at(self, scope: dict[str, Any], body: bytes, bill: Bill) -> Answer:
        """What the FHIR edge answers, and what it cost."""
        judge = examiner.running()
        answer = await self._answered(scope, body, Examined() if judge else None)
        bill.seconds, bill.account = answer.seconds, answer.charged.account
        if judge and answer.later and isinstance(postponed := answer.later[0], Postponed):
            began = time.monotonic()
            verdict = await _examined(judge, postponed, body)
            bill.seconds += time.monotonic() - began
            answer = await self._answered(scope, body, Examined(verdict))
            bill.seconds += answer.seconds
        bill.answered(answer.status, answer.charged)
        return answer

    async def _answered(self, scope: dict[str, Any], body: bytes, examined: Examined | None) -> Answer:
        answer = Answer()
        own = {**scope, LATER: answer.later, EXAMINED: examined, CHARGED: answer.charged}
        call = partial(copy_context().run, self._called, own, body, answer)
        with self._collections.during(len(body)):
            await asyncio.get_running_loop().run_in_executor(pool(), call)
        return answer

    def _called(self, scope: dict[str, Any], body: bytes, answer: Answer) -> None:
        """In a thread of the pool: run the application to the end of its answer."""
        began = time.thread_time()
        environ = build_environ(cast("Any", scope), cast("Any", BytesIO(body)))
        parts = self._wsgi(environ, answer.begin)
        try:
            answer.parts.extend(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
            answer.seconds = time.thread_time() - began

    async def _read(self, body: bytearray, sender: str, receive: Any, limit: int) -> bool:
        """Gather the body; False when the client left before its end."""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return False
            part = message.get("body", b"")
            body += part
            self._held.take(sender, len(part))
            if len(body) > limit:
                raise Refused(413, f"The request is larger than {limit:,} bytes.")
            if not message.get("more_body", False):
                return True


async def _examined(judge: Examiner, postponed: Postponed, body: bytes) -> Verdict:
    try:
        return await judge.examine(postponed.question, body, postponed.whose)
    except Unavailable as problem:
        raise Refused(503, problem.text) from None


def _leaving_some(wsgi: Any) -> Any:
    """The same application, which puts streamed and postponed answers aside instead of finishing them in its thread."""

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        answer = wsgi(environ, start_response)
        if not isinstance(answer, (Streamed, Postponed)):
            return answer
        environ["asgi.scope"][LATER].append(answer)
        return ()

    return application


async def _send_parts(streamed: Streamed, receive: Any, send: Any) -> None:
    """Part by part, as the client takes them, until it leaves. An error breaks the answer off without its end."""
    parts = iter(streamed)
    gone = asyncio.ensure_future(_leaves(receive))
    try:
        while not gone.done() and (part := await in_database(next, parts, None)) is not None:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
        await in_database(streamed.close)


async def _leaves(receive: Any) -> None:
    """Until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _is_fhir(scope: dict[str, Any]) -> bool:
    path: str = scope["path"]
    return path == edge.ROOT or path.startswith(f"{edge.ROOT}/")


def _limit(scope: dict[str, Any]) -> int:
    limit: int = settings.FHIR_BODY_LIMIT if _is_fhir(scope) else settings.BODY_LIMIT
    return limit


def _with_length(scope: dict[str, Any], length: int) -> dict[str, Any]:
    """A body that came in chunks has no length of its own, and WSGI would take it for empty."""
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    if not length or any(name == b"content-length" for name, _value in headers):
        return scope
    return {**scope, "headers": [*headers, (b"content-length", b"%d" % length)]}


async def _answer(send: Any, problem: Refused, *, fhir: bool) -> None:
    text, media = problem.words.encode() + b"\n", b"text/plain; charset=utf-8"
    if fhir:
        code = {413: "too-long", 429: "throttled"}.get(problem.status, "transient")
        text, media = outcome.of(outcome.Refused(problem.status, problem.words, code)).body, b"application/fhir+json"
    headers = [
        (b"content-type", media),
        (b"content-length", str(len(text)).encode()),
        (b"connection", b"close"),
    ]
    if problem.status in (429, 503):
        headers.append((b"retry-after", b"%d" % problem.seconds))
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": text})
