"""Where a browser is, behind proxies of ours and without: what it claims itself changes no count of failed tries."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from pytest_django import Settings

from patients.accounts.models import Attempt
from tests.messaging.conftest import Live
from tests.messaging.conftest import live as live

pytestmark = pytest.mark.django_db(transaction=True)
HERS, OTHER = "198.51.100.7", "203.0.113.9"
ONE_PLACE = 3  # rows: for code and address, for the code, for the address


@pytest.fixture
def proxied(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Live]:
    """Behind a proxy that runs on this machine, and one at 10.0.0.2 before it."""
    settings.PROXIES = ["127.0.0.1", "10.0.0.0/24"]
    yield request.getfixturevalue("live")


def guesses(live: Live, *forwarded: list[tuple[str, str]]) -> int:
    """The same wrong code once with each of these headers; how many rows are counted then."""
    for headers in forwarded:
        with httpx.Client(base_url=f"http://{live.address}", timeout=60) as browser:
            browser.get("/sign-in/first/")
            form = {"code": "AAAA-AAAA-AAAA-AAAA", "username": "anna", "password": "Ofen Gurke Fahrrad Nebel"}
            form["csrfmiddlewaretoken"] = browser.cookies["csrftoken"]
            answer = browser.post("/sign-in/first/", data=form, headers=headers)
            assert answer.status_code == 422, answer.text
    return Attempt.objects.count()


def said(*values: str) -> list[tuple[str, str]]:
    """One header of the kind that proxies write for each of these."""
    return [("X-Forwarded-For", value) for value in values]


def test_without_a_proxy_nothing_that_a_browser_says_counts(live: Live) -> None:
    claims = [said(f"10.1.2.{n}") for n in range(3)] + [[("Forwarded", "for=10.1.2.9"), ("X-Real-IP", "10.1.2.9")]]
    assert guesses(live, *claims) == ONE_PLACE


def test_behind_ours_the_last_address_counts_that_no_proxy_of_ours_has(proxied: Live) -> None:
    claims = [said(HERS), said(f"10.1.2.3, {HERS}"), said("10.1.2.4", HERS), said(f"10.1.2.5, {HERS}, 10.0.0.2")]
    assert guesses(proxied, *claims) == ONE_PLACE


def test_and_another_person_behind_them_is_another_place(proxied: Live) -> None:
    assert guesses(proxied, said(HERS), said(OTHER)) == ONE_PLACE + 2


def test_who_claims_to_be_a_proxy_of_ours_is_still_where_ours_saw_them(proxied: Live) -> None:
    assert guesses(proxied, said(HERS), said(f"127.0.0.1, 10.0.0.7, {HERS}"), said(f"unknown, {HERS}")) == ONE_PLACE


def test_what_is_no_address_is_one_place_for_all(proxied: Live) -> None:
    assert guesses(proxied, said("nonsense"), said("_hidden"), said("999.1.1.1")) == ONE_PLACE
