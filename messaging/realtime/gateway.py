"""The gateway: one socket per browser. It knows who is there and carries frames to commands.

The class is a Channels consumer with a loop and a `dispatch` of its own: the stock ones make a task for every frame and
hop to the single ORM thread for every event, and a query of one second in one room then delays all others by 0.9 s.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.utils import translation
from django.utils.translation import gettext as _

from messaging.realtime import commands, handshake, hub, protocol
from messaging.realtime.authentication import actor_of
from messaging.realtime.commands import Command, Later
from messaging.realtime.connection import Socket
from messaging.realtime.lanes import Lane, Pace
from messaging.realtime.protocol import Close, Frame
from patients.access import refusals
from patients.database import in_database
from patients.errors import Invalid, Problem

log = logging.getLogger(__name__)

RETRY_AFTER = 10  # seconds


class Failed(Problem):
    """A fault of ours. The client may send the command again."""

    kind = "failed"


class Gateway(AsyncConsumer):  # type: ignore[misc]
    """One connection to `/ws/`."""

    socket: Socket | None = None
    aborted = False

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.scope, self.base_send = scope, send
        try:
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            return
        except asyncio.CancelledError:
            if not self.aborted:
                raise
        finally:
            self.leave()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Handle an ASGI event. What takes long runs beside, so that the next frame is read at once."""
        match message["type"]:
            case "websocket.receive" if self.socket:
                self.received(self.socket, message)
            case "websocket.connect":
                await self.connect()
            case "websocket.disconnect":
                raise StopConsumer

    async def connect(self) -> None:
        """Find out who that is. The socket is accepted before it is refused, or a browser would see no code."""
        offered = self.scope.get("subprotocols", ())
        chosen = protocol.SUBPROTOCOL if protocol.SUBPROTOCOL in offered else None
        await self.base_send({"type": "websocket.accept", "subprotocol": chosen})
        here = hub.running()
        if here is None:
            await self.refuse(Close.RESTART, "starting or stopping")
        caller = handshake.read(self.scope)
        if caller is None:
            await self.refuse(Close.REFUSED, "this origin is not allowed")
        looks = here.looks
        credential = await in_database(handshake.credential_of, caller)
        actor = await in_database(actor_of, credential) if credential else None
        if credential is None or actor is None:
            await self.refuse(Close.SIGNED_OUT, "not signed in")
        task = asyncio.current_task()
        assert task is not None
        self.task = task
        translation.activate(caller.language)  # in the context of this task, and of those that it begins
        self.here = here
        self.socket = Socket(self.base_send, actor, credential, caller.language, self.abort)
        self.ordinary = Lane(self.run, self.begin, Pace(rate=100, burst=200))
        self.signals: Lane | None = None
        here.sockets.add(self.socket)
        here.let_in(self.socket, looks)

    async def refuse(self, code: Close, reason: str) -> NoReturn:
        """End a connection that has not become a socket."""
        await self.base_send({"type": "websocket.close", "code": int(code), "reason": reason})
        raise StopConsumer

    def abort(self) -> None:
        """The line takes nothing any more, not even the close: let go of it."""
        self.aborted = True
        self.task.cancel()

    def leave(self) -> None:
        """The connection has ended, whoever ended it."""
        if self.socket is None:
            return
        if here := hub.running():
            here.leave(self.socket)
        self.ordinary.clear()
        if self.signals:
            self.signals.clear()
        self.socket.gone()
        self.socket = None

    def received(self, socket: Socket, message: dict[str, Any]) -> None:
        """Read a frame and line up its command. What cannot be read is answered, never a reason to hang up."""
        if socket.closed:
            return
        ident: int | str | None = None
        try:
            text = message.get("text")
            if text is None:
                raise Invalid(_("Frames are text, not binary."))
            values = protocol.parse(text)
            ident = protocol.checked_id(values.get("id"))
            frame = Frame(values, len(text))
            command = commands.find(frame.do)
            if command is None:
                raise Invalid(_("This command is unknown."))
            if frame.size > command.limit:
                raise Invalid(_("This frame is too long."))
        except Problem as problem:
            frame, command = Frame({"id": ident, "do": "?"}, 0), Command(_refused(problem))
        if not self.lane(command).add(command, frame):
            socket.close(Close.FLOOD, f"retry-after={RETRY_AFTER}")

    def lane(self, command: Command) -> Lane:
        """Signalling never waits behind the rest."""
        if not command.signal:
            return self.ordinary
        if self.signals is None:
            self.signals = Lane(self.run, self.begin, Pace(rate=100, burst=400))
        return self.signals

    async def run(self, command: Command, frame: Frame) -> None:
        """Carry out a command and answer it. An edge: whatever goes wrong becomes an error frame."""
        socket = self.socket
        if socket is None or socket.closed:
            return
        try:
            if command.is_async:
                result = await command.handler(socket, frame)  # type: ignore[misc]
            else:
                result = await in_database(command.handler, socket, frame)
        except Exception as problem:
            await fail(socket, frame, problem)
            return
        socket.answer(protocol.ok(frame.id, result))

    def begin(self, command: Command, frame: Frame, done: Callable[[], None]) -> None:
        """Begin a command that another thread carries out, and answer it when that is done. An edge as well."""
        socket = self.socket
        if socket is None or socket.closed:
            done()
            return
        try:
            later = command.handler(socket, frame)
            assert isinstance(later, Later)
        except Exception as problem:
            self.here.spawn(_fail_beside(socket, frame, problem, done))
            return
        ended = partial(self.ended, socket, frame, later, done)
        later.future.add_done_callback(lambda _future: self.here.soon(ended))

    def ended(self, socket: Socket, frame: Frame, later: Later, done: Callable[[], None]) -> None:
        """What was begun is done."""
        try:
            result = later.answer(later.future.result())
        except Exception as problem:
            self.here.spawn(_fail_beside(socket, frame, problem, done))
            return
        socket.answer(protocol.ok(frame.id, result))
        done()


async def fail(socket: Socket, frame: Frame, problem: Exception) -> None:
    """Tell why a command was not carried out. A refusal is logged, a fault of ours keeps its words to itself."""
    if not isinstance(problem, Problem):
        log.error("The command %s failed", frame.do, exc_info=problem)
        with translation.override(socket.language):
            sorry = Failed(_("That did not work because of a fault on our side. Please try again."))
        socket.answer(protocol.refusal(frame.id, sorry))
        return
    socket.answer(protocol.refusal(frame.id, problem))
    if problem.refused:
        await in_database(refusals.record, socket.actor, problem, source="socket")


async def _fail_beside(socket: Socket, frame: Frame, problem: Exception, done: Callable[[], None]) -> None:
    try:
        await fail(socket, frame, problem)
    finally:
        done()


def _refused(problem: Problem) -> commands.Handler:
    async def refuse(socket: Socket, frame: Frame) -> commands.Answer:
        raise problem

    return refuse
