"""What the socket tells about threads: `thread:<id>`, events `thread.message` (a row) and `thread.read` (ids)."""

from __future__ import annotations

from uuid import UUID

MESSAGE = "thread.message"
READ = "thread.read"


def thread(ident: UUID | str) -> str:
    """The topic of a thread."""
    return f"thread:{ident}"
