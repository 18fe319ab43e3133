"""When no page answers, words do: German, calm, in the frame of the product, and without the database."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client, RequestFactory
from django.urls import path

from config import failures
from config.urls import handler400, handler403, handler404, handler500, urlpatterns  # noqa: F401
from patients.accounts.actor import Actor, Opened, Role


def broken(request):
    raise RuntimeError("for a test")


urlpatterns = [*urlpatterns, path("broken/", broken)]


def test_an_unknown_address_says_no_more_than_a_forbidden_one():
    answer = Client().get("/patients/no-such-page/at-all/")
    assert answer.status_code == 404
    assert "Diese Seite gibt es nicht, oder sie ist nicht für Sie bestimmt." in answer.text


@pytest.mark.urls("tests.config.test_failures")
def test_a_mistake_of_ours_gives_a_number_that_stands_in_the_log(caplog):
    answer = Client(raise_request_exception=False).get("/broken/")
    assert answer.status_code == 500
    (number,) = re.findall(r"500-[0-9A-F]{4}", answer.text)
    assert number in caplog.text
    assert "for a test" not in answer.text


def test_a_mistake_of_ours_asks_no_database_even_while_somebody_reads_in_an_emergency():
    request = RequestFactory().get("/")
    until = datetime.now(UTC) + timedelta(minutes=9)
    request.actor = Actor(Role.DOCTOR, person="Practitioner/d", emergencies=(Opened("p", "t", until),))
    assert failures.server_error(request).status_code == 500


def test_a_form_without_its_token_is_refused_in_words():
    answer = Client(enforce_csrf_checks=True).post("/language", {"language": "en"})
    assert answer.status_code == 403
    assert "Nichts wurde gespeichert." in answer.text


@pytest.mark.parametrize(("show", "status"), [(failures.forbidden, 403), (failures.bad_request, 400)])
def test_other_refusals_are_pages_too(show, status):
    answer = show(RequestFactory().get("/"))
    assert answer.status_code == status
    assert b"kern-heading-large" in answer.content
