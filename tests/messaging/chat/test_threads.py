"""A thread keeps what was confirmed: places without gaps, resends recognised, the wrong people kept out."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection

from messaging.chat import commit, queries, services
from messaging.chat.commit import Draft
from messaging.chat.models import Mark, Message, Thread
from messaging.chat.writer import writer
from patients.access.models import Right
from patients.audit.models import AuditEvent
from patients.database import numbers
from patients.errors import Conflict, Invalid, Missing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def the_writer_ends_with_the_test():
    yield
    writer.stop()


@pytest.fixture
def thread(anna) -> Thread:
    return services.open_thread(anna.actor, "heinrich")


def say(person, thread, text="Guten Morgen", cid=None) -> int:
    return services.send(person.actor, thread.pk, cid=cid or uuid.uuid4(), text=text).seq


@pytest.mark.storage
def test_the_team_shares_one_thread(anna, clara, thread):
    assert services.open_thread(clara.actor, "heinrich") == thread


@pytest.mark.storage
def test_two_who_open_it_at_once_get_the_same(anna, clara):
    found = []

    def open_it(person):
        found.append(services.open_thread(person.actor, "heinrich").pk)
        connection.close()

    both = [threading.Thread(target=open_it, args=[person]) for person in (anna, clara)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(found) == 2
    assert len(set(found)) == 1


def test_bernd_cannot_open_it_and_it_looks_as_if_it_were_not_there(bernd, anna, thread):
    with pytest.raises(Missing) as of_heinrich:
        services.open_thread(bernd.actor, "heinrich")
    with pytest.raises(Missing) as of_nobody:
        services.open_thread(bernd.actor, "nobody")
    assert of_heinrich.value.text == of_nobody.value.text


def test_heinrich_reads_and_writes_in_his_own_thread(heinrich, thread):
    assert services.open_thread(heinrich.actor, "heinrich") == thread
    assert say(heinrich, thread) == 1


@pytest.mark.storage
def test_places_follow_each_other_without_gaps(anna, clara, thread):
    assert [say(anna, thread), say(clara, thread), say(anna, thread)] == [1, 2, 3]
    assert Thread.objects.get().head == 3


@pytest.mark.storage
def test_a_resend_gets_the_first_place_and_says_nothing_twice(anna, thread):
    cid = uuid.uuid4()
    assert say(anna, thread, cid=cid) == say(anna, thread, cid=cid) == 1
    assert Message.objects.count() == 1


def test_two_people_may_choose_the_same_cid(anna, clara, thread):
    cid = uuid.uuid4()
    assert [say(anna, thread, cid=cid), say(clara, thread, cid=cid)] == [1, 2]


@pytest.mark.storage
def test_the_same_cid_twice_in_one_batch_is_one_message(anna, thread):
    cid = uuid.uuid4()
    drafts = [Draft(thread.pk, anna.actor, cid, "x"), Draft(thread.pk, anna.actor, cid, "x")]
    assert [outcome.seq for outcome in commit.store(drafts)] == [1, 1]
    assert Message.objects.count() == 1


def test_a_cid_of_another_thread_is_a_conflict(anna, thread):
    right = Right.objects.filter(patient="heinrich", organisation="moorland", category="chat").get()
    right.pk, right.patient = None, "erna"
    right.save()
    cid = uuid.uuid4()
    say(anna, thread, cid=cid)
    other = services.open_thread(anna.actor, "erna")
    with pytest.raises(Conflict):
        say(anna, other, cid=cid)


def test_bernd_cannot_write_and_nothing_is_stored(bernd, thread):
    with pytest.raises(Missing):
        say(bernd, thread)
    assert not Message.objects.exists()
    assert Thread.objects.get().head == 0


@pytest.mark.storage
def test_in_a_batch_only_what_is_not_allowed_is_refused(anna, bernd, thread):
    drafts = [
        Draft(thread.pk, bernd.actor, uuid.uuid4(), "x"),
        Draft(thread.pk, anna.actor, uuid.uuid4(), "x"),
        Draft(uuid.uuid4(), anna.actor, uuid.uuid4(), "x"),
    ]
    refused, sent, nowhere = commit.store(drafts)
    assert isinstance(refused, Missing)
    assert sent.seq == 1
    assert isinstance(nowhere, Missing)


def test_a_right_that_ended_counts_at_the_next_message(anna, thread):
    say(anna, thread)
    Right.objects.filter(organisation="moorland").delete()
    with pytest.raises(Missing):
        say(anna, thread)


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\0", "x" * 4001])
def test_nothing_and_too_much_are_refused_with_words(anna, thread, text):
    with pytest.raises(Invalid) as refused:
        say(anna, thread, text)
    assert refused.value.findings[0].where == "text"


@pytest.mark.parametrize("text", ["x" * 4000, "Grüße 🌿 an alle\nzweite Zeile", "<b>fett</b>", "' OR 1=1 --"])
def test_what_was_said_is_read_as_it_was_said(anna, thread, text):
    say(anna, thread, text)
    assert queries.since(str(thread.pk), 0, 10)[0].data["text"] == text


def test_words_are_sealed_in_the_database(anna, thread):
    say(anna, thread, "Papa hat dicke Knöchel")
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM chat_message")
        assert "Knöchel".encode() not in bytes(cursor.fetchone()[0])


def test_a_message_that_was_moved_to_another_place_does_not_open(anna, thread):
    say(anna, thread, "first")
    say(anna, thread, "second")
    one, two = Message.objects.order_by("seq")
    Message.objects.filter(pk=one.pk).update(body=two.body)
    assert [event.data["text"] for event in queries.since(str(thread.pk), 0, 10)] == ["", "second"]


@pytest.mark.storage
def test_many_at_once_share_commits_and_lose_nothing(anna, clara, thread):
    with ThreadPoolExecutor(8) as people:
        futures = [
            people.submit(lambda person: services.line_up(
                person.actor, thread.pk, cid=uuid.uuid4(), text="x").result(), (anna, clara)[number % 2]
            )
            for number in range(200)
        ]  # fmt: skip
    assert sorted(future.result().seq for future in futures) == list(range(1, 201))


def test_a_batch_that_fails_is_tried_one_by_one(anna, thread, monkeypatch):
    whole = commit.store

    def store(drafts):
        if len(drafts) > 1 or drafts[0].text == "bad":
            raise IntegrityError("a rule of the database")
        return whole(drafts)

    monkeypatch.setattr(commit, "store", store)
    drafts = [Draft(thread.pk, anna.actor, uuid.uuid4(), text) for text in ("good", "bad", "good")]
    good, bad, other = commit.one_by_one(drafts)
    assert (good.seq, other.seq) == (1, 2)
    assert isinstance(bad, IntegrityError)


def test_a_message_inside_a_larger_change_is_undone_with_it(anna, thread):
    from patients.database import write

    with pytest.raises(ZeroDivisionError), write():
        assert say(anna, thread) == 1
        raise ZeroDivisionError
    assert Thread.objects.get().head == 0


# -- reading


def test_what_one_wrote_one_has_read(anna, clara, thread):
    say(anna, thread)
    assert numbers(queries.unread(anna.actor)) == [0]
    assert numbers(queries.unread(clara.actor)) == [1]


@pytest.mark.storage
def test_a_mark_never_goes_back_nor_beyond_the_last_message(anna, clara, thread):
    say(anna, thread)
    say(anna, thread)
    thread.refresh_from_db()
    assert services.read_up_to(clara.actor, thread, 99) == 2
    assert services.read_up_to(clara.actor, thread, 1) == 1
    assert Mark.objects.get(account=clara.user).seq == 2
    assert numbers(queries.unread(clara.actor)) == [0]


@pytest.mark.storage
def test_the_list_shows_what_is_new_to_whom_and_only_to_the_team(anna, clara, bernd, thread):
    say(anna, thread, "Bitte heute ansehen.")
    (entry,) = queries.inbox(clara.actor)
    assert (entry.text, entry.author, entry.unread, entry.own) == ("Bitte heute ansehen.", "Anna Siemer", 1, False)
    assert queries.inbox(anna.actor)[0].own
    assert queries.inbox(bernd.actor) == []
    assert numbers(queries.unread(bernd.actor)) == [0]


def test_the_page_says_who_has_read(anna, clara, thread):
    say(anna, thread)
    thread.refresh_from_db()
    assert queries.thread_page(anna.actor, thread).messages[0].read_by == ""
    services.read_up_to(clara.actor, thread, 1)
    page = queries.thread_page(anna.actor, thread)
    assert page.messages[0].read_by == "Gelesen von allen"
    assert [one.name for one in page.people] == ["Anna Siemer", "Dr. Clara Voss"]


@pytest.mark.storage
def test_the_page_is_as_dear_with_fifty_messages_as_with_one(anna, clara, thread, django_assert_max_num_queries):
    for number in range(60):
        say((anna, clara)[number % 2], thread)
    thread.refresh_from_db()
    with django_assert_max_num_queries(6):
        page = queries.thread_page(anna.actor, thread)
    assert [message.seq for message in page.messages] == list(range(11, 61))
    assert page.earlier == 11
    assert queries.thread_page(anna.actor, thread, before=11).messages[0].seq == 1


# -- the log


@pytest.mark.storage
def test_sending_looking_and_being_refused_stand_in_the_log(anna, bernd, thread):
    say(anna, thread)
    services.look(anna.actor, thread)
    services.look(anna.actor, thread)  # one look, however often the line breaks
    acts = list(
        AuditEvent.objects.filter(type="Communication")
        .order_by("id")
        .values_list("person", "action", "patient", "type")
    )
    assert acts == [
        ("Practitioner/anna", "create", "heinrich", "Communication"),
        ("Practitioner/anna", "read", "heinrich", "Communication"),
    ]
    with pytest.raises(Missing) as refused:
        say(bernd, thread)
    assert refused.value.refused[0].outcome == "denied"
