"""The pages on which two records of one person are compared, joined and parted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients.access.joining import joined
from patients.accounts.actor import Actor
from tests.cast import HEINRICH, WILMA, ident
from tests.patients.network.services.test_joining import twice

pytestmark = [pytest.mark.django_db]

Browser = Callable[[Actor], Client]
__all__ = ["twice"]


def at(name: str, *parts: str) -> str:
    return reverse(f"network:{name}", args=[HEINRICH, *parts])


def test_anna_finds_the_second_record_compares_joins_and_parts(browser: Browser, anna: Actor, twice: str):
    client = browser(anna)
    page = client.get(at("records")).content.decode()
    assert "Lindenweg 44" in page
    assert at("records-join", twice) in page
    compared = client.get(at("records-join", twice)).content.decode()
    assert "X110411941" in compared
    assert client.post(at("records-join", twice), {"compared": ""}).status_code == 422
    assert joined(HEINRICH) == []
    assert client.post(at("records-join", twice), {"compared": "on"}).status_code == 302
    assert joined(HEINRICH) == [twice]
    assert at("records-part", twice) in client.get(at("records")).content.decode()
    assert client.get(at("records-join", twice)).status_code == 404
    assert client.get(at("records-part", twice)).status_code == 200
    assert joined(HEINRICH) == [twice]
    assert client.post(at("records-part", twice)).status_code == 302
    assert joined(HEINRICH) == []


def test_strangers_readers_and_heinrich_have_no_such_page(browser: Browser, cast: dict[str, Actor], twice: str):
    for name in ("bernd", "david", "sabine", "ida", "heinrich", "karl", "admin"):
        client = browser(cast[name])
        for page in (at("records"), at("records-join", twice), at("records-part", twice)):
            assert client.get(page).status_code == 404, (name, page)
            assert client.post(page, {"compared": "on"}).status_code in (404, 405), (name, page)
    assert joined(HEINRICH) == []


def test_a_record_that_one_does_not_see_answers_like_none(browser: Browser, anna: Actor):
    client = browser(anna)
    answers = {
        client.get(at("records-join", other)).content.replace(other.encode(), b"").decode().count("X11")
        for other in (WILMA, ident("nobody"))
    }
    assert answers == {0}
    assert {client.get(at("records-join", other)).status_code for other in (WILMA, ident("nobody"))} == {404}


@pytest.mark.storage
def test_the_page_costs_few_statements(browser: Browser, anna: Actor, twice: str):
    client = browser(anna)
    client.get(at("records"))
    with CaptureQueriesContext(connection) as spent:
        assert client.get(at("records")).status_code == 200
    assert len([one for one in spent if "SAVEPOINT" not in one["sql"]]) <= 12
