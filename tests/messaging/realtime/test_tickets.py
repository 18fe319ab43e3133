"""Tickets that were used, stolen, changed, are too old, or whose owner may not come in any more."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

import httpx
import pytest
from django.db import connections
from django.utils import timezone

from messaging.realtime import services
from messaging.realtime.authentication import Credential
from messaging.realtime.models import Ticket
from patients import vault
from patients.accounts import services as accounts
from patients.accounts.actor import system
from patients.accounts.models import Session
from tests.messaging.conftest import signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.realtime]


def ticket_of(live, **headers: str) -> str:
    answer = httpx.post(f"http://{live.address}/ws/ticket", headers=headers, timeout=60)
    assert answer.status_code == 201
    return str(answer.json()["ticket"])


def by_token(live, person) -> str:
    return ticket_of(live, Authorization=f"Bearer {person.token}")


def by_cookie(live, person) -> str:
    return ticket_of(live, Cookie=f"telecare={signed_in(person)}")


def refused(live, ticket: str) -> bool:
    with live.stranger(path=f"/ws/?ticket={ticket}") as socket:
        return bool(socket.closed()[0] == 4401)


def test_a_ticket_is_over_after_a_minute(live, anna):
    ticket = by_token(live, anna)
    row = Ticket.objects.get()
    assert timedelta(0) < row.expires_at - timezone.now() <= timedelta(seconds=60)
    Ticket.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert refused(live, ticket)


def test_a_ticket_is_worth_no_more_than_what_it_was_given_for(live, anna):
    """The token was taken back, the session signed out, the account switched off: within the minute, too."""
    by_a_token, by_a_cookie, third = by_token(live, anna), by_cookie(live, anna), by_token(live, anna)
    anna.user.tokens.all().delete()
    Session.objects.all().delete()
    assert refused(live, by_a_token)
    assert refused(live, by_a_cookie)
    accounts.deactivate(system("test"), anna.user.pk)
    assert refused(live, third)


def test_of_many_who_show_the_same_ticket_at_once_one_is_let_in(anna):
    ticket = services.issue(Credential("token", anna.token))
    start, found = threading.Barrier(8), []

    def hurry() -> None:
        try:
            start.wait()
            found.append(services.redeem(ticket))
        finally:
            connections.close_all()

    hurried = [threading.Thread(target=hurry) for _ in range(8)]
    for one in hurried:
        one.start()
    for one in hurried:
        one.join()
    assert [one for one in found if one] == [Credential("token", anna.token)]


def test_a_stolen_ticket_opens_nothing_for_a_page_of_another_site_and_is_not_spent_by_it(live, anna):
    ticket = by_token(live, anna)
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        with live.stranger(path=f"/ws/?ticket={ticket}", origin=origin) as socket:
            assert socket.closed()[0] == 4403
    with live.stranger(path=f"/ws/?ticket={ticket}") as socket:
        assert socket.ask("ping") == {}


def test_a_ticket_is_no_token_and_a_token_of_another_purpose_no_ticket(live, anna):
    ticket = by_token(live, anna)
    headers = {"Authorization": f"Bearer {ticket}"}
    answer = httpx.get(f"http://{live.address}/fhir/Patient", headers=headers, timeout=60)
    assert answer.status_code == 401
    number = {"number": "x", "kind": "token", "value": anna.token}
    assert refused(live, vault.sealed_token("search", number))
    assert refused(live, vault.sealed_token(services.PURPOSE, number))  # sealed by us, never issued
    assert refused(live, anna.token)
    assert refused(live, ticket[:-2] + ("AA" if ticket[-2:] != "AA" else "BB"))


def test_the_table_of_tickets_opens_nothing(anna):
    services.issue(Credential("token", anna.token))
    row = Ticket.objects.get()
    for stolen in (bytes(row.digest).hex(), vault.sealed_token(services.PURPOSE, {"number": bytes(row.digest).hex()})):
        assert services.redeem(stolen) is None
    assert anna.token.encode() not in bytes(row.digest)


def test_no_ticket_stands_in_the_log(live, anna, caplog):
    caplog.set_level(logging.DEBUG)
    ticket = by_token(live, anna)
    path = f"/ws/?ticket={ticket}"
    with live.stranger(path=path) as socket:
        socket.ask("ping")
    assert refused(live, ticket)
    httpx.get(f"http://{live.address}{path}", timeout=60)
    httpx.get(f"http://{live.address}/nowhere/?ticket={ticket}", timeout=60)
    ours = [
        record for record in caplog.records if not record.name.startswith(("websockets.client", "httpx", "httpcore"))
    ]
    assert not [record for record in ours if ticket in record.getMessage() or anna.token in record.getMessage()]
