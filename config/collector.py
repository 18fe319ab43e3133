"""The collector of garbage, kept out of the way.

Python's full collection walks through all that lives, and nobody is answered meanwhile. What is loaded at the start
stays for good and is left out. What a large body was read into is left out while it is worked at: it holds no circles,
and a walk through the entries of a transaction takes 40 ms and finds nothing.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from django.urls import resolve

from patients.records import definitions

LARGE: Final = 64 * 1024  # bytes of a body
LONGEST: Final = 30.0  # seconds that full collections wait, however many large bodies come one upon the other
NEVER: Final = 2**31 - 1


def leave_out_what_is_loaded() -> None:
    """Load what the first requests would, and let no collection walk through it: 0.1 s each time."""
    resolve("/")
    definitions.structure("Patient")
    definitions.search_parameters("Patient")
    gc.collect()
    gc.freeze()


class Waiting:
    """Lets full collections wait while large bodies are worked at. Young objects are collected as ever.

    Belongs to one loop. `clock`: seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._large = 0
        self._since = 0.0
        self._usual = gc.get_threshold()

    @contextmanager
    def during(self, size: int) -> Iterator[None]:
        """While a body of so many bytes is worked at."""
        if size < LARGE:
            yield
            return
        if not self._large:
            self._since = self._clock()
            self._usual = gc.get_threshold()
        self._large += 1
        self._set()
        try:
            yield
        finally:
            self._large -= 1
            self._set()

    def _set(self) -> None:
        wait = self._large and self._clock() - self._since < LONGEST
        gc.set_threshold(*self._usual[:2], NEVER if wait else self._usual[2])
