"""The cast at their sockets: Anna (nurse) and Clara (doctor) care for Heinrich, Bernd and David do not."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from config import serve
from messaging.chat.writer import writer
from messaging.realtime import hub, vigil
from patients.access.models import EVERYTHING, FOREVER, Right
from patients.accounts import queries, services
from patients.accounts.actor import Actor, Role
from patients.accounts.models import Membership, User
from patients.database import stop_pool
from tests import cast
from tests.messaging.talk import PATIENCE, Talk
from tests.process import LOOKS, NEVER

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
CARED_FOR_BY = {"moorland": "heinrich", "markt": "heinrich", "elsewhere": "josef", "other-practice": "josef"}


@dataclass(frozen=True)
class Person:
    """Somebody of the cast, who can act and connect."""

    user: User
    actor: Actor
    token: str


@pytest.fixture
def rights(transactional_db: None) -> None:
    """What follows from the care teams, written as `patients.access` derives it."""
    for organisation, patient in CARED_FOR_BY.items():
        for category in ("chat", "administrative"):
            Right.objects.create(
                patient=patient, organisation=organisation, person="", category=category, custodian="",
                actions=EVERYTHING, since=SINCE, until=FOREVER, basis=Right.Basis.TREATMENT, document="CareTeam/test",
            )  # fmt: skip


def staff(username: str, name: str, organisation: str, role: Role) -> Person:
    person = f"Practitioner/{username}"
    Membership.objects.create(person=person, organisation=organisation, role=role, document=username)
    return signed_up(User(username=username, kind="staff", person=person, name=name))


def signed_up(user: User) -> Person:
    user.created_at = timezone.now()
    user.set_unusable_password()
    user.save()
    return Person(user, queries.actor_of(user), services.issue_token(user))


@pytest.fixture
def anna(rights: None) -> Person:
    return staff("anna", "Anna Siemer", "moorland", Role.NURSE)


@pytest.fixture
def clara(rights: None) -> Person:
    return staff("clara", "Dr. Clara Voss", "markt", Role.DOCTOR)


@pytest.fixture
def bernd(rights: None) -> Person:
    return staff("bernd", "Bernd Kolbe", "elsewhere", Role.NURSE)


@pytest.fixture
def david(rights: None) -> Person:
    return staff("david", "Dr. David Renner", "other-practice", Role.DOCTOR)


@pytest.fixture
def heinrich(rights: None) -> Person:
    return signed_up(User(username="h" * 64, kind="patient", person="Patient/heinrich"))


class Live:
    """The real server on a thread of this process, so that it shares the test's database."""

    def __init__(self) -> None:
        self._listening = serve.listen("127.0.0.1", 0)
        self.port = self._listening.getsockname()[1]
        self.server = serve.Server(serve.configured())
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        with self._listening:
            self.server.run(sockets=[self._listening])

    def start(self) -> None:
        self._thread.start()
        while not self.server.started:
            assert self._thread.is_alive()
            self._thread.join(0.01)

    def stop(self) -> None:
        self.server.should_exit = True
        self._thread.join()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def connect(self, person: Person, *, path: str = "/ws/", origin: str | None = None) -> Talk:
        """A socket of this person, by bearer token."""
        return self.stranger(path=path, origin=origin, Authorization=f"Bearer {person.token}")

    def stranger(self, *, path: str = "/ws/", origin: str | None = None, **headers: str) -> Talk:
        """A socket with these headers."""
        return Talk(f"ws://{self.address}{path}", headers, origin=origin)

    def on_loop(self, call: Callable[..., Any], *args: object) -> Any:
        """Call a function of the hub where it lives."""
        here = hub.running()
        assert here is not None
        assert here.loop is not None
        return asyncio.run_coroutine_threadsafe(_called(call, *args), here.loop).result(PATIENCE)

    def settled(self) -> None:
        """Wait until the hub has done what it was handed. From any thread but the loop's."""
        self.on_loop(_all_done)


async def _all_done() -> None:
    here = hub.running()
    assert here is not None
    await asyncio.gather(*here._tasks)


async def _called(call: Callable[..., Any], *args: object) -> Any:
    result = call(*args)
    return await result if asyncio.iscoroutine(result) else result


@pytest.fixture
def live(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    for name in LOOKS:
        monkeypatch.setattr(vigil, name, NEVER)
    server = Live()
    server.start()
    yield server
    server.stop()
    writer.stop()
    stop_pool()


def runs_out(rows: QuerySet[Any]) -> None:
    """The moment in which these rows end is nearly there: written before it has come, and nobody is told."""
    until = timezone.now()
    while until <= timezone.now():
        until = timezone.now() + timedelta(seconds=1.5)
        assert rows.update(until=until)


def signed_in(person: Person) -> str:
    """The cookie of a session of this person."""
    return cast.signed_in(person.user.pk)
