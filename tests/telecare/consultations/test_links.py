"""The link of an invitation on its way: scanners that open it, and places where its token must never stand."""

from __future__ import annotations

import logging
import re

import pytest
from django.test import Client
from django.urls import reverse

from patients.accounts.models import Session
from telecare.consultations.models import Invitation
from telecare.consultations.services import Issued
from tests.telecare.consultations.conftest import token_of, wrong

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
SCANNERS = (
    {"User-Agent": "Mozilla/5.0 (compatible; SafeLinks)", "Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender", "X-Moz": "prefetch"},
    {},
)


def test_a_scanner_of_mails_opens_the_link_in_every_way_and_consumes_nothing(issued: Issued, consultation: str) -> None:
    """Even one with a script, which sends the token as a page of ours would: it stands before the number."""
    before = Invitation.objects.values().get()
    for headers in SCANNERS:
        scanner = Client(headers=headers)
        for method in ("get", "head", "options", "put", "delete"):
            assert getattr(scanner, method)("/j/").status_code in (200, 405)
        assert scanner.post("/j/", {"token": token_of(issued)}).status_code == 302
        assert scanner.get("/j/").status_code == 200
        assert scanner.get("/j/knock/").status_code == 405
        assert scanner.get(reverse("consultations:check", args=[consultation])).status_code == 302
    assert Invitation.objects.values().get() == before
    browser = Client()
    browser.post("/j/", {"token": token_of(issued)})
    assert browser.post("/j/", {"pin": issued.pin}).status_code == 302


def test_a_token_in_an_address_is_not_read(issued: Issued) -> None:
    """It would stand in the logs of every proxy: only the body of a form is looked at."""
    browser = Client()
    for address in (f"/j/?token={token_of(issued)}", f"/j/?{token_of(issued)}"):
        assert "pin" not in browser.get(address).content.decode()
        assert browser.post(address, {"pin": issued.pin}).status_code == 200
    assert browser.get(f"/j/{token_of(issued)}").status_code == 404
    assert not Session.objects.exists()


def test_neither_token_nor_number_come_back_in_any_answer_or_leave_with_a_link_or_stand_in_the_log(
    issued: Issued, consultation: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token, pin, slip = token_of(issued), issued.pin.replace(" ", ""), wrong(issued.pin)
    browser, strict = Client(), Client(enforce_csrf_checks=True)
    answers = [
        strict.post("/j/", {"token": token}),
        browser.post("/j/", {"token": token[:-1]}),
        browser.post("/j/", {"token": token}),
        browser.get("/j/"),
        browser.post("/j/", {"pin": slip}),
        browser.post("/j/", {"pin": pin}),
        browser.get(reverse("consultations:check", args=[consultation])),
        browser.get(reverse("consultations:room", args=[consultation])),
        browser.get(f"/j/nowhere/{token}"),
    ]
    assert [one.status_code for one in answers] == [403, 404, 302, 200, 422, 302, 200, 200, 404]
    for answer in answers[:-1]:
        assert token not in answer.content.decode() + str(answer.headers)
    for answer in answers:
        assert answer.headers["Referrer-Policy"] == "same-origin"  # no other site learns even the path
        text = re.sub(r'(value|content)="[A-Za-z0-9]{64}"', "", answer.content.decode())
        assert pin not in text
    told = "\n".join(f"{record.getMessage()} {record.args} {record.exc_text}" for record in caplog.records)
    assert pin not in told
    assert token not in told.replace(f"/j/nowhere/{token}", "")
