"""The bounded pool of threads that talk to the database, with connections kept open.

asgiref would send every call of every socket to one single thread: a query of 1 s in one room then delays all others.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import close_old_connections, connections
from django.utils import translation

P = ParamSpec("P")
R = TypeVar("R")

_pool: ThreadPoolExecutor | None = None


def pool() -> ThreadPoolExecutor:
    """The pool of this process; made on first use. Its size is `DATABASE_THREADS`."""
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(settings.DATABASE_THREADS, thread_name_prefix="database")
    return _pool


def stop_pool() -> None:
    """Let running calls end and drop the pool, with its connections."""
    global _pool
    if _pool is not None:
        everyone = threading.Barrier(settings.DATABASE_THREADS)
        for _ in range(settings.DATABASE_THREADS):
            _pool.submit(_close, everyone)
        _pool.shutdown(wait=True)
        _pool = None


def _close(everyone: threading.Barrier) -> None:
    """Close this thread's connections. It waits for the others, so that each thread of the pool does it once."""
    everyone.wait()
    connections.close_all()


async def in_database(call: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `call` in a thread of the pool: the only bridge from async code to the ORM. Its exceptions come back.

    It speaks the caller's language: Django keeps that by thread, and would not find it in another.
    """
    context = contextvars.copy_context()
    work = functools.partial(call, *args, **kwargs)
    begin = functools.partial(_with_fresh_connection, work, translation.get_language())
    return await asyncio.get_running_loop().run_in_executor(pool(), context.run, begin)


def _with_fresh_connection(work: Callable[[], R], language: str | None) -> R:
    close_old_connections()
    try:
        with translation.override(language):
            return work()
    finally:
        close_old_connections()
