"""A refusal is logged as well as an act: not where it happens, whose transaction is undone, but at the edge afterwards.

The repository lets the problem carry what is to be logged. Every edge that answers a problem calls `record`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from patients import audit
from patients.accounts.actor import Actor
from patients.errors import Denied, Missing, Problem


def refused(problem: Problem, entry: audit.Entry) -> None:
    """Let the problem carry what the log is to say; what was said first stands."""
    if not problem.refused:
        problem.refused = (entry,)


@contextmanager
def answering(entry: audit.Entry) -> Iterator[None]:
    """A refusal inside carries this entry to the edge; what was said first stands."""
    try:
        yield
    except (Denied, Missing) as problem:
        refused(problem, entry)
        raise


def record(actor: Actor | None, problem: Problem, *, source: str = "") -> None:
    """Log the refusal that this problem carries, if any. For edges, after rollback; a second call logs nothing."""
    entries = [entry for entry in problem.refused if isinstance(entry, audit.Entry)]
    problem.refused = ()
    if entries:
        audit.record_many(actor, [replace(entry, source=entry.source or source) for entry in entries])
