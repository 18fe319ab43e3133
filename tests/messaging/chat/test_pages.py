"""The thread as a page: without a script, for those who may, and in words when something is wrong."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from messaging.chat import services
from messaging.chat.models import Mark, Message
from messaging.chat.writer import writer
from tests.messaging.conftest import signed_in

pytestmark = pytest.mark.django_db(transaction=True)
THREAD = "/patients/heinrich/thread/"


@pytest.fixture(autouse=True)
def the_writer_ends_with_the_test():
    yield
    writer.stop()


def browser(person) -> Client:
    client = Client()
    client.cookies["telecare"] = signed_in(person)
    return client


def say(person, text="Guten Morgen"):
    thread = services.open_thread(person.actor, "heinrich")
    return services.send(person.actor, thread.pk, cid=uuid.uuid4(), text=text)


def test_anna_reads_and_has_read(anna, clara):
    say(clara, "Bitte heute ansehen.")
    page = browser(anna).get(THREAD)
    assert page.status_code == 200
    assert "Bitte heute ansehen." in page.text
    assert "Dr. Clara Voss" in page.text
    assert Mark.objects.get(account=anna.user).seq == 1


def test_anna_writes_without_a_script_and_a_second_click_says_nothing_twice(anna):
    fields = {"cid": str(uuid.uuid4()), "text": "Ich bin um 10:15 Uhr da."}
    for _ in range(2):
        answer = browser(anna).post(THREAD, fields)
        assert answer.status_code == 302
        assert answer["Location"] == f"{THREAD}#seq-1"
    assert Message.objects.count() == 1
    assert "Ich bin um 10:15 Uhr da." in browser(anna).get(THREAD).text


@pytest.mark.parametrize(
    ("text", "words"), [("", "Bitte schreiben Sie etwas."), ("x" * 4001, "höchstens 4000 Zeichen")]
)
def test_what_cannot_be_sent_comes_back_with_words(anna, text, words):
    answer = browser(anna).post(THREAD, {"cid": str(uuid.uuid4()), "text": text})
    assert answer.status_code == 422
    assert words in answer.text
    assert text in answer.text
    assert not Message.objects.exists()


@pytest.mark.parametrize("address", [THREAD, THREAD + "messages", THREAD + "messages?after=0"])
def test_bernd_sees_what_he_would_see_of_nobody(anna, bernd, address):
    say(anna, "secret words")
    of_heinrich = browser(bernd).get(address)
    of_nobody = browser(bernd).get(address.replace("heinrich", "nobody"))
    assert of_heinrich.status_code == of_nobody.status_code == 404
    assert "secret words" not in of_heinrich.text


def test_bernd_cannot_write(bernd):
    assert browser(bernd).post(THREAD, {"cid": str(uuid.uuid4()), "text": "x"}).status_code == 404
    assert not Message.objects.exists()


def test_a_stranger_is_sent_to_sign_in(rights):
    assert Client().get(THREAD)["Location"].startswith("/sign-in/")


def test_heinrich_sees_what_is_said_about_him(anna, heinrich):
    say(anna, "Ich komme um 10.")
    assert "Ich komme um 10." in browser(heinrich).get(THREAD).text


def test_where_sockets_are_blocked_news_are_fetched(anna, clara):
    for number in range(3):
        say(clara, str(number))
    answer = browser(anna).get(THREAD + "messages?after=1").json()
    assert [(one["on"], one.get("seq"), one["data"].get("text")) for one in answer["events"]] == [
        ("thread.message", 2, "1"), ("thread.message", 3, "2"), ("thread.read", None, None)
    ]  # fmt: skip
    assert answer["events"][-1]["data"] == {"person": "Practitioner/clara", "seq": 3}
    assert answer["head"] == 3


@pytest.mark.parametrize("after", ["", "-1", "x", "1e9", "9" * 30, "٣"])
def test_a_broken_after_gives_all(anna, clara, after):
    say(clara)
    answer = browser(anna).get(THREAD + "messages", {"after": after})
    message, _mark = answer.json()["events"]
    assert message["seq"] == 1


def test_and_sent_by_the_same_way(anna):
    fields = {"cid": str(uuid.uuid4()), "text": "x"}
    answer = browser(anna).post(THREAD, fields, headers={"accept": "application/json"})
    assert answer.json() == {"seq": 1, "cid": fields["cid"]}


def test_the_list_shows_threads_with_something_in_them(anna, clara, bernd):
    say(clara, "Bitte heute ansehen.")
    assert "Bitte heute ansehen." in browser(anna).get("/messages/").text
    assert "Bitte heute ansehen." not in browser(bernd).get("/messages/").text


def test_what_people_wrote_is_text_and_nothing_else(anna, clara):
    say(clara, "<img src=x onerror=alert(1)>")
    page = browser(anna).get(THREAD).text
    assert "<img" not in page
    assert "&lt;img" in page


def test_earlier_messages_are_one_page_away(anna, clara):
    thread = services.open_thread(clara.actor, "heinrich")
    for number in range(60):
        services.line_up(clara.actor, thread.pk, cid=uuid.uuid4(), text=f"Wort {number + 1}.").result()
    page = browser(anna).get(THREAD).text
    assert "Wort 60." in page
    assert "Wort 5." not in page
    assert "?before=11" in page
    assert "Wort 5." in browser(anna).get(THREAD + "?before=11").text


def test_the_pages_cost_few_statements_whatever_they_show(anna, clara, django_assert_max_num_queries):
    for number in range(55):
        say((anna, clara)[number % 2])
    client = browser(anna)
    client.get(THREAD)
    with django_assert_max_num_queries(19):
        client.get(THREAD)
    with django_assert_max_num_queries(12):
        client.get("/messages/")
