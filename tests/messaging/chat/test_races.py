"""Messages, and what ends the right to send them, in two transactions at the same moment."""

from __future__ import annotations

import uuid

import pytest

from messaging.chat import commit, services
from messaging.chat.models import Message, Thread
from patients.access.models import Right
from patients.database import write
from patients.errors import Missing
from patients.records import turns
from tests.meanwhile import Other

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.storage]


def test_nothing_is_said_with_a_right_that_ends_at_the_same_moment(anna):
    thread = services.open_thread(anna.actor, "heinrich")
    draft = commit.Draft(thread.pk, anna.actor, uuid.uuid4(), "Guten Morgen")
    with write():
        turns.alone(["heinrich"])
        Right.objects.filter(organisation="moorland").delete()
        other = Other(lambda: commit.store([draft]))
        assert other.comes()
    (outcome,) = other.ends()
    assert isinstance(outcome, Missing)
    assert not Message.objects.exists()


def test_what_is_being_said_while_the_record_is_erased_goes_with_it(anna):
    thread = services.open_thread(anna.actor, "heinrich")

    def erase():
        with write():
            turns.alone(["heinrich"])
            services.forget_thread("heinrich", "")

    with write():
        commit.store([commit.Draft(thread.pk, anna.actor, uuid.uuid4(), "Guten Morgen")])
        other = Other(erase)
        assert other.comes()
    other.ends()
    assert not Thread.objects.exists()


def test_no_thread_is_begun_of_whom_is_being_erased(anna):
    with write():
        turns.alone(["heinrich"])
        Right.objects.filter(patient="heinrich").delete()
        other = Other(lambda: services.open_thread(anna.actor, "heinrich"))
        assert other.comes()
    with pytest.raises(Missing):
        other.ends()
    assert not Thread.objects.exists()
