"""The log says what failed and where, and never what somebody wrote."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys

import pytest
from django.test import Client

from config import logs
from config.logs import trace

SAID = "Herr Zwetschge hat Ödeme"
log = logging.getLogger("telecare.test")


def failing() -> None:
    try:
        raise ValueError(SAID)
    except ValueError as problem:
        raise RuntimeError(f"not stored: {SAID}") from problem


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """All that a handler could write of the records."""
    formatted = "\n".join(logging.Formatter().format(record) for record in caplog.records)
    return formatted + "\n".join(str(vars(record)) for record in caplog.records)


def test_an_error_and_its_cause_are_told_by_kind_and_place(caplog):
    try:
        failing()
    except RuntimeError:
        log.exception("The job %d failed", 7)
    text = logged(caplog)
    assert "Zwetschge" not in text
    for part in ("The job 7 failed", "RuntimeError", "caused by", "ValueError", "test_logs.py", "failing"):
        assert part in text


def test_an_error_as_an_argument_is_its_kind(caplog):
    log.warning("The broker does not answer: %s", ConnectionError(SAID))
    assert caplog.messages == ["The broker does not answer: ConnectionError"]


def test_several_errors_at_once_are_told_each():
    group = ExceptionGroup(SAID, [ValueError(SAID), KeyError(SAID)])
    assert trace(group).splitlines() == ["ExceptionGroup", "  among them: ValueError", "  among them: KeyError"]


def test_errors_that_go_in_circles_come_to_an_end():
    one, other = ValueError(SAID), KeyError(SAID)
    one.__cause__, other.__cause__ = other, one
    assert trace(one).splitlines() == ["ValueError", "caused by", "KeyError"]


def test_asyncio_does_not_repeat_a_failed_call(caplog):
    async def main() -> None:
        asyncio.get_running_loop().call_soon(failing_for, SAID)
        await asyncio.sleep(0)

    asyncio.run(main())
    assert "This failed or was refused" in caplog.messages
    assert "Zwetschge" not in logged(caplog)


def failing_for(text: str) -> None:
    raise ValueError(text)


@pytest.mark.parametrize("name", ["django.db.backends", "uvicorn.error", "websockets.server"])
def test_what_repeats_what_was_sent_stays_out_at_any_level(caplog, name):
    caplog.set_level(logging.DEBUG, logger=name)
    logging.getLogger(name).debug("< TEXT %r", SAID)
    logging.getLogger(name).info("open for business")
    assert caplog.messages == ["open for business"]


@pytest.mark.django_db
def test_a_refused_address_is_logged_by_its_route(client, caplog):
    caplog.set_level(logging.DEBUG, logger="django.request")
    client.get("/patients/Zwetschge/")
    client.get("/", headers={"host": "zwetschge.example"})
    client.get("/Zwetschge")
    assert any("GET" in message and "404" in message for message in caplog.messages)
    assert "This failed or was refused" in caplog.messages
    assert "zwetschge" not in logged(caplog).lower().replace("'request': <wsgirequest: get '/'>", "")


@pytest.mark.django_db
def test_a_refused_form_is_logged_by_its_route(caplog):
    assert Client(enforce_csrf_checks=True).post("/sign-in/?next=/Zwetschge/").status_code == 403
    assert "POST sign-in/: 403" in caplog.messages
    assert "Zwetschge" not in logged(caplog)


def test_what_nobody_catches_is_logged_too():
    """In a process of its own: in this one pytest watches over it."""
    code = f"""
import os, threading
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django; django.setup()
from config import logs
logs.catch_the_rest()
def fail(): raise ValueError({SAID!r})
one = threading.Thread(target=fail); one.start(); one.join()
fail()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("Nobody has caught this") == 2
    assert "Zwetschge" not in done.stderr
    assert done.stderr.count("ValueError") == 2


def test_the_records_of_all_loggers_are_ours():
    assert logging.getLogRecordFactory() is logs.Record
