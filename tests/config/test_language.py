"""German first, English by choice."""

from __future__ import annotations

import pytest
from django.test import Client

from patients.accounts.models import User

COOKIE = "django_language"


@pytest.fixture
def browser() -> Client:
    return Client(headers={"accept-language": "en-US,en;q=0.9"})


def test_a_page_is_german_whatever_the_browser_wishes(browser):
    answer = browser.get("/help/")
    assert '<html lang="de">' in answer.text
    assert "Telecare ist kein Notruf." in answer.text
    assert answer.headers["Content-Language"] == "de"


def test_a_reader_who_chose_english_stays_in_english(browser):
    chosen = browser.post("/language", {"language": "en", "next": "/help/"})
    assert (chosen.status_code, chosen.headers["Location"]) == (302, "/help/")
    assert "Telecare is no emergency call." in browser.get("/help/").text
    browser.post("/language", {"language": "de"})
    assert "Telecare ist kein Notruf." in browser.get("/help/").text


def test_a_language_that_does_not_exist_changes_nothing(browser):
    browser.post("/language", {"language": "xx"})
    assert COOKIE not in browser.cookies
    browser.cookies[COOKIE] = "../../etc"
    assert '<html lang="de">' in browser.get("/help/").text


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example"]
)
def test_choosing_a_language_never_leads_elsewhere(browser, elsewhere):
    assert browser.post("/language", {"language": "en", "next": elsewhere}).headers["Location"] == "/"


def test_a_link_alone_changes_no_language(browser):
    assert browser.get("/language?language=en").status_code == 405


@pytest.mark.django_db
def test_the_account_remembers_the_language_on_every_device(anna):
    """Anna chooses English at the desk and reads English on the tablet, where nobody chose anything."""
    account = User.objects.get(pk=anna.account)
    desk, tablet = Client(), Client()
    desk.force_login(account)
    desk.post("/language", {"language": "en"})
    tablet.force_login(account)
    assert '<html lang="en">' in tablet.get("/help/").text
