"""The examiner as the server sees it: one process, begun with the first question and again after it has ended."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Final

import patients
from patients.errors import Unavailable
from patients.fhir.examining import protocol
from patients.fhir.examining.questions import Question, Verdict
from patients.fhir.examining.turns import Turns

PATIENCE: Final = 30.0  # seconds for one verdict; a body that is hostile takes less than one of CPU
_ROOT: Final = Path(patients.__file__).resolve().parent.parent
_PASSED_ON: Final = ("PATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV")  # of the environment: neither keys nor addresses

log = logging.getLogger(__name__)


class Examiner:
    """Belongs to one loop. Answers one question at a time, to those who ask by turns."""

    def __init__(self, *command: str) -> None:
        self._command = command or (sys.executable, "-m", "patients.fhir.examining")
        self._turns = Turns()
        self._process: Process | None = None

    async def examine(self, question: Question, data: bytes, whose: str) -> Verdict:
        """What this body is. Raises Unavailable where no verdict came; the next question gets a new process."""
        async with self._turns.turn(whose):
            verdict = None
            try:
                async with asyncio.timeout(PATIENCE):
                    verdict = await self._ask(question, data)
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as problem:
                log.warning("The examiner gave no verdict and is begun again: %s", type(problem).__name__)
                raise Unavailable("This could not be examined now. Nothing was saved; please send it again.") from None
            finally:
                if verdict is None:  # it was told half a question, or has half an answer to give
                    await self._end()
            return verdict

    async def stop(self) -> None:
        """End its process."""
        async with self._turns.turn(""):
            await self._end()

    async def _ask(self, question: Question, data: bytes) -> Verdict:
        if self._process is not None and _has_ended(self._process):
            await self._end()  # it ended while nobody asked
        process = self._process = self._process or await self._begin()
        assert process.stdin is not None
        assert process.stdout is not None
        if _has_ended(process):
            raise BrokenPipeError("it ended as soon as it was begun")
        process.stdin.write(protocol.framed(protocol.encode(question)) + protocol.HEAD.pack(len(data)))
        process.stdin.write(data)
        await process.stdin.drain()
        (length,) = protocol.HEAD.unpack(await process.stdout.readexactly(protocol.HEAD.size))
        if length > protocol.LONGEST_VERDICT:
            raise OSError("a verdict without measure")
        return protocol.verdict(await process.stdout.readexactly(length))

    async def _begin(self) -> Process:
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return await asyncio.create_subprocess_exec(*self._command, stdin=PIPE, stdout=PIPE, cwd=_ROOT, env=environment)

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):  # it has ended by itself
            process.kill()
        await process.wait()


def _has_ended(process: Process) -> bool:
    """Its pipe may be known to be closed before its end is: uvloop refuses to write there, with no OSError."""
    return process.returncode is not None or (process.stdin is not None and process.stdin.is_closing())


_running: Examiner | None = None


def install(examiner: Examiner | None) -> None:
    """Say which examiner this server has."""
    global _running
    _running = examiner


def running() -> Examiner | None:
    """The examiner of this server; None where bodies are looked at in the process itself: tests, commands."""
    return _running
