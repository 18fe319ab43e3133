"""Two at once, in a known order: one holds a transaction open while another comes, and the other either ends or waits.

The pauses lie where real ones do, at transactions and locks: nothing of our own is replaced.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection, connections

from patients.database import transaction

LOOK_AGAIN = 0.01  # seconds between two looks at the database


class Other:
    """Somebody else, in a thread and with a connection of their own, who does one thing."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.gave: Any = None
        self.failed: Exception | None = None
        self.process = 0
        self._act = act
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            with connection.cursor():
                if connection.vendor == "postgresql":
                    self.process = connection.connection.info.backend_pid
            self.gave = self._act()
        except Exception as problem:
            self.failed = problem
        finally:
            connections.close_all()
            self._ended.set()

    def comes(self) -> bool:
        """Until it has ended, or waits for somebody's transaction: whether it waits."""
        while not self._ended.wait(LOOK_AGAIN):
            if self._waits():
                return True
        return False

    def ends(self) -> Any:
        """Wait for its end; give what it gave, or raise what it met."""
        self._thread.join()
        if self.failed is not None:
            raise self.failed
        return self.gave

    def _waits(self) -> bool:
        if connection.vendor != "postgresql":
            return bool(transaction._writers._waiting)
        with connection.cursor() as cursor:
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [self.process])
            return bool(cursor.fetchone()[0])
