"""Anna's way through a visit: begin, measure, call the doctor in, hand over, finish."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from messaging.chat import queries as chat
from patients.accounts.actor import Actor
from telecare.visits import queries

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

Browser = Callable[[Actor], Client]


@pytest.fixture
def visit(anna: Actor, a_day: None) -> str:
    """Heinrich's visit of today."""
    (planned,) = queries.tour(anna, timezone.localdate())
    return planned.id


def test_anna_begins_measures_and_comes_back_to_the_visit(browser: Browser, anna: Actor, heinrich: Actor, visit: str):
    client = browser(anna)
    assert reverse("visits:begin", args=[visit]) in client.get(reverse("start")).content.decode()
    begun = client.post(reverse("visits:begin", args=[visit]))
    assert begun["Location"] == reverse("vitals:measure-first", args=[heinrich.patient])
    measure = client.get(begun["Location"]).content.decode()
    assert f"Hausbesuch seit {timezone.localtime():%H:}" in measure
    assert reverse("visits:visit", args=[visit]) in measure
    last = client.post(reverse("vitals:measure", args=[heinrich.patient, "pain"]), {"value0": "3"})
    assert last["Location"] == reverse("visits:visit", args=[visit])
    page = client.get(last["Location"]).content.decode()
    for words in ("Heinrich Brandt", "Wiegen", "Schmerz", "Wundfoto machen"):
        assert words in page


def test_without_a_visit_measuring_ends_at_the_values(browser: Browser, clara: Actor, heinrich: Actor, a_day: None):
    last = browser(clara).post(reverse("vitals:measure", args=[heinrich.patient, "pain"]), {"value0": "3"})
    assert last["Location"] == reverse("vitals:measurements", args=[heinrich.patient])


def test_the_hand_over_stands_in_the_thread_once(
    browser: Browser, anna: Actor, heinrich: Actor, ida: Actor, visit: str
):
    said = {"text": "Wunde trocken, bitte morgen wiegen.", "cid": "0d6ac7b1-9a52-4a33-a3e2-0a6c2b3c4d5e"}
    client = browser(anna)
    for _again in range(2):
        assert client.post(reverse("visits:visit", args=[visit]), said).status_code == 302
    entry = chat.entry_of(ida, str(heinrich.patient))
    assert entry is not None
    assert (entry.text, entry.author) == ("Übergabe: Wunde trocken, bitte morgen wiegen.", "Anna Siemer")
    assert entry.unread == 1


def test_an_empty_hand_over_is_asked_for_again(browser: Browser, anna: Actor, visit: str):
    assert browser(anna).post(reverse("visits:visit", args=[visit]), {"text": " "}).status_code == 422


def test_a_finished_visit_offers_nothing_more(browser: Browser, anna: Actor, visit: str):
    client = browser(anna)
    client.post(reverse("visits:begin", args=[visit]))
    assert client.post(reverse("visits:finish", args=[visit]))["Location"] == reverse("start")
    page = client.get(reverse("visits:visit", args=[visit])).content.decode()
    assert "Beendet um" in page
    assert reverse("visits:finish", args=[visit]) not in page
    assert client.post(reverse("visits:begin", args=[visit])).status_code == 409


@pytest.mark.parametrize("who", ["bernd", "david", "wilma", "karl"])
@pytest.mark.parametrize("name", ["visits:visit", "visits:begin", "visits:finish", "visits:cancel"])
def test_the_visit_of_others_is_missing(browser: Browser, cast: dict[str, Actor], visit: str, who: str, name: str):
    client = browser(cast[who])
    ask = client.get if name == "visits:visit" else client.post
    assert ask(reverse(name, args=[visit])).status_code == 404
