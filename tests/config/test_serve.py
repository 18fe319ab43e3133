"""Two web processes and a worker behind one address, on PostgreSQL and a broker: every promise holds in both."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import psycopg
import pytest

from config.demo.measurements import demo_id
from messaging.realtime.vigil import RECHECK
from tests.messaging.talk import Talk
from tests.running import PATIENCE, ROOT, Running, server, telecare
from tests.servers import broker, postgresql
from tests.visiting import Visitor

HEINRICH = demo_id("patient", "heinrich")
MOORLAND = demo_id("organisation", "moorland")
MANY = 12  # sockets: the kernel spreads them over both processes, and spares one of them once in 2,048 runs


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The demo district, served twice on one port, with a worker beside."""
    folder = tmp_path_factory.mktemp("grown")
    with ExitStack() as stack:
        environment = {
            "DATABASE_URL": stack.enter_context(postgresql("telecare_demo")),
            "REDIS_URL": stack.enter_context(broker()),
            "TELECARE_MASTER_KEY": base64.b64encode(os.urandom(32)).decode(),
            "TELECARE_DEMO": "1",
        }
        made = telecare("migrate", environment={**environment, "DATA": str(folder / "data")})
        assert made.returncode == 0, made.stderr
        first = stack.enter_context(server(folder / "first", "--share", **environment))
        stack.enter_context(server(folder / "second", "--share", port=first.port, **environment))
        stack.enter_context(worker(first))
        wait_for_both(first)
        yield first


@contextmanager
def worker(beside: Running) -> Iterator[None]:
    """`telecare worker`, which ends politely when it is asked to."""
    command = [sys.executable, "-m", "config.cli", "worker"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **beside.environment})
    yield
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=PATIENCE) == 0


def wait_for_both(running: Running) -> None:
    """Until new connections have reached two processes, told apart by when they began."""
    until, begun = time.monotonic() + PATIENCE, set()
    while len(begun) < 2:
        assert time.monotonic() < until, "the second process does not answer"
        lines = httpx.get(f"{running.url}/metrics", timeout=60).text.splitlines()
        begun |= {line for line in lines if line.startswith("process_start_time_seconds")}


@contextmanager
def sockets(visitor: Visitor, topic: str) -> Iterator[list[Talk]]:
    """Many sockets of one browser, all listening."""
    with ExitStack() as stack:
        found = [stack.enter_context(visitor.talk()) for _ in range(MANY)]
        for one in found:
            one.ask("open", topic=topic)
        yield found


def test_a_message_reaches_the_sockets_of_both(address):
    with Visitor(address.url, "anna") as anna, Visitor(address.url, "clara") as clara, anna.talk() as sending:
        thread = sending.ask("thread.of", patient=HEINRICH)["thread"]
        with sockets(clara, f"thread:{thread}") as listening:
            seq = sending.ask("thread.send", thread=thread, cid=str(uuid.uuid4()), text="Ich bin da.")["seq"]
            assert [one.hear("thread.message")["seq"] for one in listening] == [seq] * MANY


def test_signing_out_closes_the_sockets_of_both(address):
    """Told to both. Were it not, each time would wait for the next look at all sockets, the third longer than this."""
    began = time.monotonic()
    for _ in range(3):
        with Visitor(address.url, "anna") as anna, sockets(anna, "me") as listening:
            assert anna.post("/sign-out/").status_code == 302
            assert {one.closed()[0] for one in listening} == {4401}
    assert time.monotonic() - began < 2 * RECHECK


def test_a_task_that_a_program_creates_is_heard_at_both(address):
    token = telecare("token", "clara", environment=address.environment).stdout.split()[-1]
    task = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "description": "Wundfoto machen",
        "for": {"reference": f"Patient/{HEINRICH}"},
        "owner": {"reference": f"Organization/{MOORLAND}"},
    }
    with Visitor(address.url, "anna") as anna, sockets(anna, f"worklist:{MOORLAND}") as listening:
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.post(f"{address.url}/fhir/Task", json=task, headers=headers, timeout=60)
        assert answer.status_code == 201, answer.text
        heard = {one.hear("task.new")["data"]["id"] for one in listening}
        assert heard == {answer.json()["id"]}
        for _ in range(6):  # whichever process is asked
            page = f"{address.url}/tasks/{answer.json()['id']}/"
            assert "Wundfoto machen" in httpx.get(page, cookies=anna.web.cookies, timeout=60).text


def test_a_session_holds_in_both(address):
    with Visitor(address.url, "clara") as clara:
        pages = [httpx.get(f"{address.url}/", cookies=clara.web.cookies, timeout=60) for _ in range(MANY)]
        assert {page.status_code for page in pages} == {200}


def test_an_embedded_server_shares_nothing(tmp_path):
    done = telecare("serve", "--share", environment={"DATA": str(tmp_path), "DATABASE_URL": "", "REDIS_URL": ""})
    assert done.returncode == 1
    assert "one process" in done.stdout


def in_both(address: Running, path: str, token: str) -> dict[str, httpx.Response]:
    """What either process answers, told apart by when it began: one connection stays with one process."""
    found: dict[str, httpx.Response] = {}
    until = time.monotonic() + PATIENCE
    while len(found) < 2:
        assert time.monotonic() < until, "the second process does not answer"
        with httpx.Client(base_url=address.url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as one:
            lines = one.get("/metrics").text.splitlines()
            process = next(line for line in lines if line.startswith("process_start_time_seconds"))
            found[process] = one.get(path)
    return found


def test_what_is_erased_opens_in_neither_even_if_its_rows_come_back(address):
    """Both had the key at hand: the destruction of a key reaches the memory of every process."""
    token = address.command("token", "clara").stdout.split()[-1]
    headers = {"Authorization": f"Bearer {token}"}
    bundle = httpx.get(f"{address.url}/fhir/Observation?_count=100", headers=headers, timeout=60).json()
    value = next(
        one["resource"]
        for one in bundle["entry"]
        if one["resource"]["subject"]["reference"] != f"Patient/{HEINRICH}" and "valueQuantity" in one["resource"]
    )
    patient, path = value["subject"]["reference"].removeprefix("Patient/"), f"/fhir/Observation/{value['id']}"
    assert {one.status_code for one in in_both(address, path, token).values()} == {200}
    with psycopg.connect(address.environment["DATABASE_URL"], autocommit=True) as link:
        document = link.execute("SELECT * FROM records_document WHERE logical_id = %s", [value["id"]]).fetchall()
        rights = link.execute("SELECT * FROM access_right WHERE patient = %s", [patient]).fetchall()
        done = address.command("erase-subject", patient)
        assert done.returncode == 0, done.stdout
        assert {one.status_code for one in in_both(address, path, token).values()} == {404}
        for table, rows in (("records_document", document), ("access_right", rights)):
            places = ", ".join(["%s"] * len(rows[0]))
            link.cursor().executemany(f"INSERT INTO {table} VALUES ({places})", rows)
    for answer in in_both(address, path, token).values():
        assert answer.status_code == 500
        assert value["id"] not in answer.text
        assert "valueQuantity" not in answer.text
