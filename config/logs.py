"""What the log says of an error: its kind and its places in the code, never its text, which may quote a record.

It is done where records are made, for our loggers and those of every library alike, so that `log.exception` is safe.
"""

from __future__ import annotations

import logging
import logging.config
import sys
import threading
import traceback
from types import TracebackType
from typing import Any

log = logging.getLogger(__name__)
_REPEATING = ("asyncio", "django.security")  # their messages are the text of the error, or what was called with what


def configure(settings: dict[str, Any]) -> None:
    """Django's LOGGING_CONFIG: as `dictConfig`, with records of ours."""
    logging.setLogRecordFactory(Record)
    logging.config.dictConfig(settings)


class Record(logging.LogRecord):
    """A log record without the text of any error."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if self.exc_info and self.exc_info[1] is not None:
            self.exc_text, self.exc_info = trace(self.exc_info[1]), None
            if self.name.startswith(_REPEATING):
                self.msg, self.args = "This failed or was refused", ()
        if isinstance(self.args, tuple):
            self.args = tuple(_kind(one) if isinstance(one, BaseException) else one for one in self.args)


class Discreet(logging.Filter):
    """For loggers whose detail repeats what people send: frames of sockets, values of statements, typed addresses."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Nothing below INFO; of a request only its route."""
        request = getattr(record, "request", None)
        if request is not None:
            match = getattr(request, "resolver_match", None)
            record.msg, record.args = "%s %s: %s", (request.method, match.route if match else "?", _status(record))
            record.request = None
        return record.levelno >= logging.INFO


def trace(problem: BaseException) -> str:
    """The kinds of an error and of its causes, each with its places, the innermost last."""
    lines = []
    seen: set[int] = set()
    one: BaseException | None = problem
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        lines += ["caused by"] if len(seen) > 1 else []
        lines += [
            f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(one.__traceback__)
        ]
        lines.append(_kind(one))
        inner = one.exceptions if isinstance(one, BaseExceptionGroup) else ()
        lines += [f"  among them: {_kind(each)}" for each in inner]
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return "\n".join(lines)


def catch_the_rest() -> None:
    """What nobody has caught, in this or another thread, goes into the log as well, instead of onto the terminal."""

    def ended(kind: type[BaseException], problem: BaseException, where: TracebackType | None) -> None:
        if isinstance(problem, KeyboardInterrupt):
            return
        log.critical("Nobody has caught this", exc_info=(kind, problem, where))

    sys.excepthook = ended
    threading.excepthook = lambda args: ended(args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)


def _kind(problem: BaseException) -> str:
    return type(problem).__qualname__


def _status(record: logging.LogRecord) -> str:
    return str(getattr(record, "status_code", "?"))
