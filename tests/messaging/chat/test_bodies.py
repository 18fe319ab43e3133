"""A message that somebody exchanged or took out under the database is found by what the log says."""

from __future__ import annotations

import uuid

import pytest

from messaging.chat import bodies, services
from messaging.chat.models import Message, Thread
from tests.cast import HEINRICH

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


@pytest.fixture
def spoken(cast) -> Thread:
    """Anna and Clara have written three messages to each other."""
    thread = services.open_thread(cast["anna"], HEINRICH)
    for who, text in (("anna", "Bitte kommen."), ("clara", "Ich komme."), ("anna", "Danke.")):
        services.send(cast[who], thread.pk, cid=uuid.uuid4(), text=text)
    return thread


def test_messages_that_nobody_touched_are_as_the_log_says(spoken):
    assert bodies.compare() == bodies.Compared(good=3)


def test_an_exchanged_message_is_named(spoken):
    other = Message.objects.get(thread=spoken, seq=1)
    Message.objects.filter(thread=spoken, seq=2).update(body=other.body)
    found = bodies.compare()
    assert found.fault == f"The message chat-{spoken.pk.hex}-2 was exchanged."
    assert found.good == 1


@pytest.mark.parametrize("seq", [1, 3])
def test_a_message_that_was_taken_out_is_named(spoken, seq):
    Message.objects.filter(thread=spoken, seq=seq).delete()
    assert bodies.compare().fault == f"The message chat-{spoken.pk.hex}-{seq} was taken out."


def test_a_thread_that_was_erased_is_no_fault(spoken):
    services.forget_thread(HEINRICH, "")
    assert bodies.compare() == bodies.Compared()
