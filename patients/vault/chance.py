"""Random bytes for what is made in great numbers, drawn without letting go of the interpreter.

`os.urandom` lets other threads in for less than a microsecond. Who waits is woken by it, comes too late, and waits anew
from the beginning: a thread that draws once in each of its turns keeps the event loop out for 80 ms and more. OpenSSL's
generator is seeded by the kernel, anew after each fork, and asks nobody.
"""

from __future__ import annotations

import uuid
from ssl import RAND_bytes as random_bytes

__all__ = ["random_bytes", "random_id"]


def random_id() -> str:
    """A UUID of version 4 (RFC 9562), lower case."""
    return str(uuid.UUID(bytes=random_bytes(16), version=4))
