"""The examiner's process: reads questions with bodies from its input, writes verdicts to its output, one by one.

It is given no keys, no settings and no database, and ends when its input does.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
import traceback
from typing import BinaryIO, Final

from patients.fhir.examining import protocol
from patients.fhir.examining.questions import Question, Verdict, judge

NICE: Final = 10  # behind those who wait for a page
MOST_MEMORY: Final = 1024**3  # bytes of addresses; a body of 16 MB in 400,000 pieces takes it to 120 MB


def main() -> None:
    """Answer until the end of the input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's, which then ends us
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would hold what somebody sent
    gc.freeze()
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # so that nothing else writes between the verdicts
    while (asked := _read(source)) is not None:
        sink.write(protocol.framed(protocol.encode(_verdict(*asked))))
        sink.flush()


def _read(source: BinaryIO) -> tuple[Question, bytes] | None:
    """The next question with its body; None at the end."""
    head = source.read(protocol.HEAD.size)
    if len(head) < protocol.HEAD.size:
        return None
    question = source.read(protocol.HEAD.unpack(head)[0])
    return protocol.question(question), source.read(protocol.HEAD.unpack(source.read(protocol.HEAD.size))[0])


def _verdict(question: Question, data: bytes) -> Verdict:
    try:
        return judge(question, data)[1]
    except MemoryError:
        raise
    except Exception as problem:  # a fault of ours: its places are told, not its words, which may quote the body
        places = traceback.extract_tb(problem.__traceback__)
        return Verdict(failed=f"{type(problem).__name__} at {places[-1].filename}:{places[-1].lineno}")


if __name__ == "__main__":
    main()
