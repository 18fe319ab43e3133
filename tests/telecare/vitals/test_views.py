"""Pages of limits and reviews."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from patients.accounts.actor import Actor
from telecare.tasks import queries as tasks
from telecare.tasks.resources import Kind
from telecare.vitals import queries

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

Browser = Callable[[Actor], Client]


def test_clara_sets_changes_and_ends_a_limit(browser: Browser, clara: Actor, heinrich: Actor, a_day: None):
    client, patient = browser(clara), str(heinrich.patient)
    assert "bis 84" in client.get(reverse("vitals:limits", args=[patient])).content.decode()
    page = reverse("vitals:limit", args=[patient, "blood-pressure"])
    assert client.get(page).status_code == 200
    sent = client.post(page, {"low0": "", "high0": "150", "low1": "60", "high1": ""})
    assert sent["Location"] == reverse("vitals:limits", args=[patient])
    shown = client.get(sent["Location"]).content.decode()
    assert "Systolisch bis 150, Diastolisch ab 60 mmHg" in shown
    assert 'value="150"' in client.get(page).content.decode()
    client.post(page, {"act": "end"})
    assert set(queries.limits_of(clara, patient)) == {"weight"}


@pytest.mark.parametrize("typed", [{}, {"high0": "viel"}, {"low0": "90", "high0": "80"}, {"high0": "9000"}])
def test_a_limit_that_cannot_be_is_asked_for_again(
    browser: Browser, clara: Actor, heinrich: Actor, a_day: None, typed: dict[str, str]
):
    page = reverse("vitals:limit", args=[heinrich.patient, "weight"])
    assert browser(clara).post(page, {"low0": "", **typed}).status_code == 422
    assert queries.limits_of(clara, str(heinrich.patient))["weight"].bounds[0].high == Decimal(84)


def test_nurses_read_limits_and_set_none(browser: Browser, anna: Actor, heinrich: Actor, a_day: None):
    client, patient = browser(anna), heinrich.patient
    page = client.get(reverse("vitals:limits", args=[patient]))
    assert reverse("vitals:limit", args=[patient, "weight"]) not in page.content.decode()
    assert client.get(reverse("vitals:limit", args=[patient, "weight"])).status_code == 403
    assert client.post(reverse("vitals:limit", args=[patient, "weight"]), {"high0": "90"}).status_code == 403


@pytest.mark.parametrize("who", ["bernd", "david", "wilma"])
def test_limits_of_others_are_missing(browser: Browser, cast: dict[str, Actor], heinrich: Actor, a_day: None, who: str):
    client = browser(cast[who])
    for address in (
        reverse("vitals:limits", args=[heinrich.patient]),
        reverse("vitals:limit", args=[heinrich.patient, "weight"]),
    ):
        assert client.get(address).status_code == 404


def test_a_review_shows_the_value_the_trend_and_whose_limit(browser: Browser, clara: Actor, david: Actor, a_day: None):
    (waiting,) = tasks.worklist(clara, kinds=[Kind.REVIEW])
    address = reverse("vitals:review", args=[waiting.id])
    client = browser(clara)
    for place in (reverse("start"), reverse("tasks:worklist")):
        assert address in client.get(place).content.decode()
    page = client.get(address).content.decode()
    for words in ("Heinrich Brandt", "84,6", "Anna Siemer", "Dr. Clara Voss", "Gewicht, 14 Tage"):
        assert words in page
    done = {"act": "complete", "outcome": "Angerufen, trinkt weniger.", "version": waiting.version, "next": "start"}
    assert client.post(reverse("tasks:move", args=[waiting.id]), done)["Location"] == reverse("start")
    assert "Angerufen, trinkt weniger." in client.get(address).content.decode()
    assert tasks.worklist(clara, kinds=[Kind.REVIEW]) == []
    assert browser(david).get(address).status_code == 404


def test_an_order_is_no_review(browser: Browser, anna: Actor, a_day: None):
    (waiting,) = tasks.worklist(anna, kinds=[Kind.ORDER])
    assert browser(anna).get(reverse("vitals:review", args=[waiting.id])).status_code == 404
