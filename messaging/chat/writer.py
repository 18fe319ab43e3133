"""The group writer: messages that arrive while a commit runs share the next one.

One thread per process writes all messages. A commit costs a disk flush; 20 messages that share it pay a twentieth each.
A batch that fails (two processes sent the same `cid`, a row that breaks a rule) is tried again one by one.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from concurrent.futures import Future

from django.db import DatabaseError, close_old_connections, connection
from django.utils.translation import gettext as _

from messaging.chat import commit, resources, topics
from messaging.chat.commit import Draft, Outcome, Sent
from messaging.realtime import publish
from patients.errors import Problem, Unavailable
from patients.network import queries as network

log = logging.getLogger(__name__)

MOST = 200  # messages of one commit
WAITING = 10_000  # messages that may wait


class Writer:
    """Takes drafts from any thread; a future tells what became of each, after its commit."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Draft, Future[Sent]]] = deque()
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None
        self._ending = False

    def put(self, draft: Draft) -> Future[Sent]:
        """Line up a draft. The future raises what the draft was refused with."""
        future: Future[Sent] = Future()
        with self._change:
            if len(self._waiting) >= WAITING:
                raise Unavailable(_("Too much is being written at the moment. Please try again."))
            self._waiting.append((draft, future))
            if self._thread is None:
                self._begin()
            self._change.notify()
        return future

    def _begin(self) -> None:
        self._ending = False
        self._thread = threading.Thread(target=self._loop, name="chat-writer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, then end the thread. The next draft begins a new one."""
        with self._change:
            thread, self._ending = self._thread, True
            self._change.notify()
        if thread:
            thread.join()

    def _loop(self) -> None:
        try:
            while batch := self._next():
                self._work(batch)
        finally:
            connection.close()
            with self._change:
                self._thread = None
                if self._waiting:  # came in the last moment, or a fault of ours ended this thread: another goes on
                    self._begin()

    def _next(self) -> list[tuple[Draft, Future[Sent]]]:
        with self._change:
            while not self._waiting:
                if self._ending:
                    return []
                self._change.wait()
            return [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST))]

    def _work(self, batch: list[tuple[Draft, Future[Sent]]]) -> None:
        close_old_connections()
        drafts = [draft for draft, _future in batch]
        try:
            results = attempt(drafts)
            tell([result for result in results if isinstance(result, Sent)])
            for (_draft, future), result in zip(batch, results, strict=True):
                if isinstance(result, Sent):
                    future.set_result(result)
                else:
                    future.set_exception(result)
        finally:  # whatever happens, nobody waits for ever; what was committed is recognised when it is sent again
            for _draft, future in batch:
                if not future.done():
                    future.set_exception(Unavailable(_("This was perhaps not sent. Please send it again.")))


def attempt(drafts: list[Draft]) -> list[Outcome | DatabaseError]:
    """Write them together; when that fails, one by one."""
    try:
        return [*commit.store(drafts)]
    except (DatabaseError, Problem) as problem:
        log.warning("A batch of %d messages failed (%s), trying one by one", len(drafts), type(problem).__name__)
        return commit.one_by_one(drafts)


def tell(sent: list[Sent]) -> None:
    """Tell the listeners of what was committed."""
    new = [(one.message, one.body) for one in sent if one.message is not None and one.body is not None]
    names = network.names({message.person for message, _ in new})
    for message, body in new:
        publish(
            topics.thread(message.thread_id),
            topics.MESSAGE,
            seq=message.seq,
            content=resources.event(message, body, names),
        )


writer = Writer()
