"""The disk is full: people read that nothing was saved, what was confirmed stays, all goes on once there is room."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.backends.signals import connection_created
from django.test import Client

from messaging.chat import queries as threads
from messaging.chat import services as chat
from patients.accounts import services as accounts
from patients.accounts.models import User
from tests.messaging.conftest import Live
from tests.messaging.conftest import live as live
from tests.messaging.talk import Refused, Talk

pytestmark = pytest.mark.django_db(transaction=True)

MUCH = "Bitte lesen. " * 300  # characters that soon fill what is left


class Disk:
    """The room that SQLite has, as each of its connections knows it."""

    def __init__(self) -> None:
        self.links: list[Any] = [connection.connection]

    def opened(self, sender: object, connection: Any, **more: object) -> None:
        self.links.append(connection.connection)

    def fill(self) -> None:
        """Let the file grow no more, and take the pages that earlier tests gave back."""
        link = self.links[0]
        link.execute("CREATE TABLE IF NOT EXISTS filler (bytes BLOB)")
        (unused,) = link.execute("PRAGMA freelist_count").fetchone()
        (page,) = link.execute("PRAGMA page_size").fetchone()
        link.execute("INSERT INTO filler VALUES (zeroblob(?))", [unused * page])
        for each in self.links:
            (size,) = each.execute("PRAGMA page_count").fetchone()
            each.execute(f"PRAGMA max_page_count = {size}")

    def free(self) -> None:
        for link in self.links:
            link.execute("PRAGMA max_page_count = 1000000")


@pytest.fixture
def disk(cast: Any) -> Iterator[Disk]:
    connection.ensure_connection()
    found = Disk()
    connection_created.connect(found.opened)
    yield found
    connection_created.disconnect(found.opened)
    connection.close()  # the next test has all room again
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS filler")


def until_full(write: Any) -> int:
    """Write until it is refused; how often it went well."""
    for number in range(400):
        if not write():
            return number
    raise AssertionError("the disk never was full")


def test_a_page_says_that_nothing_was_saved_and_goes_on_when_there_is_room(disk, anna, heinrich):
    browser = Client()
    browser.force_login(User.objects.get(pk=anna.account))
    address = f"/patients/{heinrich.patient}/measure/pulse/"

    def measured() -> Any:
        return browser.post(address, {"value0": "71", "confirmed": "yes"})

    assert measured().status_code == 302
    disk.fill()
    answers: list[Any] = []
    until_full(lambda: answers.append(measured()) or answers[-1].status_code == 302)
    assert answers[-1].status_code == 503
    assert "Der Speicher ist voll. Es wurde nichts gespeichert." in answers[-1].content.decode()
    disk.free()
    assert measured().status_code == 302


def test_a_program_reads_an_outcome_and_may_send_again(disk, anna, heinrich):
    token = accounts.issue_token(User.objects.get(pk=anna.account))
    headers = {"authorization": f"Bearer {token}"}
    task = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "description": MUCH,
        "for": {"reference": f"Patient/{heinrich.patient}"},
        "owner": {"reference": f"Organization/{anna.organisation}"},
    }

    def created() -> Any:
        return Client().post("/fhir/Task", task, "application/fhir+json", headers=headers)

    assert created().status_code == 201
    disk.fill()
    answers: list[Any] = []
    until_full(lambda: answers.append(created()) or answers[-1].status_code == 201)
    assert answers[-1].status_code == 503
    assert answers[-1].headers["Retry-After"]
    issue = answers[-1].json()["issue"][0]
    assert (answers[-1].json()["resourceType"], issue["code"]) == ("OperationOutcome", "transient")
    assert "full" in issue["diagnostics"]
    disk.free()
    assert created().status_code == 201


def test_a_thread_refuses_keeps_what_it_confirmed_and_goes_on(disk, live: Live, anna, heinrich):
    thread = chat.open_thread(anna, heinrich.patient)
    token = accounts.issue_token(User.objects.get(pk=anna.account))
    with live.stranger(Authorization=f"Bearer {token}") as socket:
        assert said(socket, thread.pk) == 1
        disk.fill()
        confirmed: list[int] = []
        with pytest.raises(Refused, match="Speicher ist voll") as refusal:
            until_full(lambda: confirmed.append(said(socket, thread.pk)) or True)
        assert refusal.value.kind == "unavailable"
        assert socket.ask("thread.of", patient=heinrich.patient)["head"] == 1 + len(confirmed)  # reading goes on
        disk.free()
        assert said(socket, thread.pk) == 2 + len(confirmed)
    kept = threads.since(str(thread.pk), 0, 1000)
    assert [event.seq for event in kept] == list(range(1, 3 + len(confirmed)))


def said(socket: Talk, thread: uuid.UUID) -> int:
    answer = socket.ask("thread.send", thread=str(thread), cid=str(uuid.uuid4()), text=MUCH)
    return int(answer["seq"])
