"""The examiner is a process of its own: it judges as we do, knows nothing of ours, and may end at any moment."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from asyncio import AbstractEventLoop as Loop
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
import uvloop

from patients.errors import Unavailable
from patients.fhir.examining.examiner import Examiner
from patients.fhir.examining.questions import Question, judge
from tests import hostile

NEW = Question("new", "Observation", "", 16 * 1024 * 1024)
PULSE = hostile.observation('"valueInteger":72')


@pytest_asyncio.fixture
async def examiner() -> AsyncIterator[Examiner]:
    one = Examiner()
    yield one
    await one.stop()


def process_of(examiner: Examiner) -> int:
    assert examiner._process is not None
    return examiner._process.pid


async def test_it_judges_everything_hostile_as_we_do(examiner: Examiner) -> None:
    for what, body in {**hostile.BODIES, **hostile.NARRATIVES}.items():
        assert await examiner.examine(NEW, body, "anna") == judge(NEW, body)[1], what
    for type_, bodies in (("Patient", hostile.PATIENTS), ("Bundle", hostile.BUNDLES)):
        question = Question("new", type_, "", NEW.most)
        for what, body in bodies.items():
            assert await examiner.examine(question, body, "anna") == judge(question, body)[1], what
    assert not (await examiner.examine(NEW, PULSE, "anna")).findings


async def test_those_who_ask_together_get_each_their_own_verdict(examiner: Examiner) -> None:
    bodies = [hostile.observation(f'"unknown{number}":{"1" * number}') for number in range(1, 20)]
    found = await asyncio.gather(*(examiner.examine(NEW, body, str(len(body) % 3)) for body in bodies))
    assert [verdict.text for verdict in found] == [judge(NEW, body)[1].text for body in bodies]


async def test_one_that_ended_while_nobody_asked_is_begun_again(examiner: Examiner) -> None:
    await examiner.examine(NEW, PULSE, "anna")
    first = process_of(examiner)
    os.kill(first, signal.SIGKILL)
    assert examiner._process is not None
    await examiner._process.wait()
    assert not (await examiner.examine(NEW, PULSE, "anna")).findings
    assert process_of(examiner) != first


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_one_whose_pipe_has_broken_is_begun_again_before_its_end_is_known(loop: Callable[[], Loop]) -> None:
    async def story() -> None:
        examiner = Examiner()
        await examiner.examine(NEW, PULSE, "anna")
        first = examiner._process
        assert first is not None
        assert first.stdin is not None
        first.stdin.close()
        with contextlib.suppress(OSError):
            await first.stdin.wait_closed()
        assert not (await examiner.examine(NEW, PULSE, "anna")).findings
        assert examiner._process is not first
        await examiner.stop()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(story())


@pytest.mark.parametrize(
    "ill",
    ["import sys; sys.exit(3)", "import sys; sys.stdin.buffer.read(9); sys.exit(3)", "print('x' * 9000)"],
    ids=["at once", "in the middle of the body", "speaking nonsense"],
)
async def test_one_that_ends_over_a_body_says_so_to_who_sent_it(ill: str) -> None:
    examiner = Examiner(sys.executable, "-c", ill)
    for _ in range(2):
        with pytest.raises(Unavailable, match="send it again"):
            await examiner.examine(NEW, b" " * 3_000_000, "anna")
    examiner._command = Examiner()._command
    assert not (await examiner.examine(NEW, PULSE, "anna")).findings
    await examiner.stop()


async def test_who_goes_away_leaves_no_half_verdict_to_the_next(examiner: Examiner) -> None:
    await examiner.examine(NEW, PULSE, "anna")
    leaving = asyncio.ensure_future(examiner.examine(NEW, hostile.BODIES["100,000 notes"], "bernd"))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert not (await examiner.examine(NEW, PULSE, "anna")).findings


async def test_it_is_given_no_key_no_address_and_not_all_memory(
    examiner: Examiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELECARE_MASTER_KEY", "c2VjcmV0")
    monkeypatch.setenv("DATABASE_URL", "postgresql://x:secret@db/x")
    await examiner.examine(NEW, PULSE, "anna")
    about = Path(f"/proc/{process_of(examiner)}")
    assert b"secret" not in (about / "environ").read_bytes()
    assert b"c2VjcmV0" not in (about / "environ").read_bytes()
    limits = {line[:25].strip(): line[25:].split() for line in (about / "limits").read_text().splitlines()}
    assert int(limits["Max address space"][0]) <= 2 * 1024**3
    assert limits["Max core file size"][0] == "0"


async def test_its_process_ends_with_the_server(examiner: Examiner) -> None:
    await examiner.examine(NEW, PULSE, "anna")
    number = process_of(examiner)
    await examiner.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
    await examiner.stop()


async def test_it_ends_when_nobody_speaks_to_it_any_more(examiner: Examiner) -> None:
    await examiner.examine(NEW, PULSE, "anna")
    process = examiner._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()  # as when the server was killed
    assert await process.wait() == 0
