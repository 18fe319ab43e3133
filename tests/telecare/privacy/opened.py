"""What one person has open at once: a socket, a seat in a call, an export and a file on their way, a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from patients.access import Deed, allowed
from patients.accounts.actor import Actor
from patients.accounts.models import User
from patients.attachments import services as attachments
from patients.errors import Missing
from telecare.consultations import services, state
from telecare.consultations.queries import parties
from tests.cast import HEINRICH
from tests.messaging.conftest import Live
from tests.messaging.talk import Refused, Talk
from tests.patients.attachments.conftest import PDF

TOPIC = f"patient:{HEINRICH}"
LONG = PDF + b"%" + b" " * (3 * 1024 * 1024) + b"\n%%EOF\n"  # on its way it is asked for the right more than once


def long_letter(actor: Actor) -> str:
    """A letter of three megabytes in Heinrich's record; its id."""
    return attachments.put(actor, HEINRICH, code="11488-4", title="Arztbrief", data=LONG).logical_id


@dataclass
class Opened:
    """Everything that one person has open about Heinrich, with the sign-in of one browser."""

    socket: Talk
    page: Client
    room: str
    seat: dict[str, Any] | None = None
    running: dict[str, Iterator[bytes]] = field(default_factory=dict)

    def look(self) -> int:
        """Ask for the patient's page; what may not be kept is said to be so."""
        answer = self.page.get(reverse("dashboards:patient", args=[HEINRICH]))
        assert answer.status_code >= 300 or "no-store" in answer.headers["Cache-Control"]
        return int(answer.status_code)

    def ask(self) -> int:
        """Ask the FHIR edge for Heinrich."""
        return int(self.page.get(f"/fhir/Patient/{HEINRICH}").status_code)

    def run(self, name: str, answer: Any) -> None:
        """An answer in parts has begun."""
        if answer.status_code == 200:
            self.running[name] = iter(answer.streaming_content)
            assert next(self.running[name])

    def is_broken_off(self) -> None:
        """Nothing that was on its way arrives whole."""
        assert self.running
        for name, parts in self.running.items():
            with pytest.raises(Missing):
                pytest.fail(f"{name} arrived whole: {sum(len(part) for part in parts)} more bytes")

    def is_out(self) -> None:
        """The seat in the call is gone, and is told so."""
        if self.seat is not None:
            assert self.socket.hear("room.withdrawn")["topic"] == f"room:{self.room}/{self.seat['peer']}"
            assert self.seat["peer"] not in state.seen(self.room).members


@contextmanager
def everything_open(live: Live, actor: Actor, room: str, letter: str) -> Iterator[Opened]:
    """All that this person may open, open; the others in the call see them there."""
    user = User.objects.get(pk=actor.account)
    page = Client()
    page.force_login(user)
    cookie = f"{settings.SESSION_COOKIE_NAME}={page.cookies[settings.SESSION_COOKIE_NAME].value}"
    with ExitStack() as stack:
        socket = stack.enter_context(live.stranger(origin=f"http://{live.address}", Cookie=cookie))
        socket.ask("open", topic=TOPIC)
        opened = Opened(socket, page, room)
        if allowed(actor, Deed.CONSULT, patient=HEINRICH):
            opened.seat = _seated(socket, actor, room)
        opened.run("$everything", page.get(f"/fhir/Patient/{HEINRICH}/$everything"))
        opened.run("a file", page.get(reverse("exchange:file", args=[letter])))
        assert (opened.look(), opened.ask()) == (200, 200)
        yield opened


def _seated(socket: Talk, actor: Actor, room: str) -> dict[str, Any] | None:
    """A seat in the call; the family is let in from the waiting room by whoever is inside."""
    card, visitor = parties.taking_part(actor, room)
    if not visitor.host:
        services.wait(actor, room)
        with state.changing(card) as rules:
            rules.admitted.add(visitor.key)
    try:
        return socket.ask("room.join", room=room)
    except Refused:
        return None
