"""The group writer: messages that arrive while a commit runs share the next one.

One thread per process writes all messages. A commit costs a disk flush; 20 messages that share it pay a twentieth each.
A batch that fails (two processes sent the same `cid`, a row that breaks a rule) is tried again one by one.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from concurrent.futures import Future

from django.db import close_old_connections, connection
from django.utils.translation import gettext as _

from messaging.chat import commit, resources, topics
from messaging.chat.commit import Draft, Outcome, Sent
from messaging.realtime import publish
from patients.errors import Unavailable
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
                self._ending = False
                self._thread = threading.Thread(target=self._loop, name="chat-writer", daemon=True)
                self._thread.start()
            self._change.notify()
        return future

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

    def _next(self) -> list[tuple[Draft, Future[Sent]]]:
        with self._change:
            while not self._waiting:
                if self._ending:
                    self._thread = None
                    return []
                self._change.wait()
            return [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST))]

    def _work(self, batch: list[tuple[Draft, Future[Sent]]]) -> None:
        close_old_connections()
        results: list[Outcome | Exception]
        drafts = [draft for draft, _future in batch]
        try:
            results = list(commit.store(drafts))
        except Exception as problem:  # an edge: this thread must go on, and those who wait must hear of it
            log.warning("A batch of %d messages failed (%s), trying one by one", len(batch), type(problem).__name__)
            results = commit.one_by_one(drafts)
        try:
            tell([result for result in results if isinstance(result, Sent)])
        except Exception as problem:
            log.error("Committed messages could not be told: %s", type(problem).__name__)
        for (_draft, future), result in zip(batch, results, strict=True):
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)


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
