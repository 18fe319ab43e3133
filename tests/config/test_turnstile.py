"""Whoever is refused waits before the next request, and nobody takes all threads. Others hardly notice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import pytest
from django.conf import settings

from config import turnstile
from config.pages import Pages
from config.turnstile import Crowded, Turnstile, address_of, sender_of
from patients.fhir.charging import REFUSALS, Charged

BERND, CLARA = b"bernd", b"clara"
COST = 0.01  # seconds of a refused request's work


async def passes(gate: Turnstile, who: bytes, *, status: int = 200, where: bytes = b"", **charged: Any) -> None:
    async with gate.passing(who, where) as bill:
        bill.seconds = COST
        bill.answered(status, Charged(**charged))


async def order_of(gate: Turnstile, *names: bytes) -> list[bytes]:
    """In which order their requests were answered, all sent at once."""
    done: list[bytes] = []

    async def one(name: bytes) -> None:
        await passes(gate, name)
        done.append(name)

    await asyncio.gather(*(one(name) for name in names))
    return done


@pytest.mark.parametrize("status", sorted({*REFUSALS, 401}))
async def test_bernds_program_was_refused_and_waits_while_clara_reads(status: int) -> None:
    gate = Turnstile()
    await passes(gate, BERND, status=status)
    assert await order_of(gate, BERND, CLARA) == [CLARA, BERND]


@pytest.mark.parametrize("status", [200, 201, 304, 403, 404, 409, 412])
async def test_what_is_missing_or_forbidden_makes_nobody_wait(status: int) -> None:
    gate = Turnstile()
    await passes(gate, BERND, status=status)
    assert await order_of(gate, BERND, CLARA) == [BERND, CLARA]


async def test_who_owes_time_comes_in_one_by_one() -> None:
    gate, inside, most = Turnstile(), 0, 0

    async def one() -> None:
        nonlocal inside, most
        async with gate.passing(BERND) as bill:
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            bill.seconds = COST / 10
            bill.answered(400, Charged())
            inside -= 1

    await passes(gate, BERND, status=400)
    await asyncio.gather(*(one() for _ in range(5)))
    assert most == 1


async def test_of_a_flood_some_are_worked_at_more_wait_and_the_rest_is_turned_away() -> None:
    gate, goes_on = Turnstile(), asyncio.Event()
    inside = 0

    async def one() -> None:
        nonlocal inside
        async with gate.passing(BERND):
            inside += 1
            await goes_on.wait()

    flood = [asyncio.create_task(one()) for _ in range(turnstile.TOGETHER + turnstile.WAITING + 3)]
    _done, pending = await asyncio.wait(flood, return_when=asyncio.FIRST_EXCEPTION)
    assert inside == turnstile.TOGETHER
    await passes(gate, CLARA)
    goes_on.set()
    answers = await asyncio.gather(*flood, return_exceptions=True)
    assert sum(isinstance(one, Crowded) for one in answers) == 3
    assert inside == turnstile.TOGETHER + turnstile.WAITING
    await passes(gate, BERND)
    assert pending


async def test_a_request_that_breaks_leaves_its_seat() -> None:
    gate = Turnstile()
    for _ in range(turnstile.TOGETHER + turnstile.WAITING):
        with pytest.raises(ConnectionError):
            async with gate.passing(BERND):
                raise ConnectionError
    await passes(gate, BERND)


async def test_a_program_that_reads_without_end_is_told_when_to_come_back(settings: Any) -> None:
    settings.FHIR_RATE = 3
    now = 1_000.0
    gate = Turnstile(lambda: now)
    for _ in range(3):
        await passes(gate, BERND)
    with pytest.raises(Crowded, match="More than 3 requests within a minute") as told:
        await passes(gate, BERND)
    assert told.value.seconds == 20
    await passes(gate, CLARA)
    now += told.value.seconds
    await passes(gate, BERND)
    with pytest.raises(Crowded):
        await passes(gate, BERND)


async def test_a_deployment_may_set_no_bound(settings: Any) -> None:
    settings.FHIR_RATE = 0
    gate = Turnstile(lambda: 0.0)
    for _ in range(20_000):
        await passes(gate, BERND)
    assert not gate.known


@pytest.mark.parametrize("charged", [{"refused": True}, {"wasted": COST}])
async def test_what_is_refused_inside_an_answer_makes_wait_as_well(charged: dict[str, Any]) -> None:
    """A batch and a judgement are answered 200."""
    gate = Turnstile()
    await passes(gate, BERND, **charged)
    assert await order_of(gate, BERND, CLARA) == [CLARA, BERND]


async def test_of_a_batch_only_what_was_refused_is_charged() -> None:
    now = 0.0
    gate = Turnstile(lambda: now)
    await passes(gate, BERND, wasted=COST / 5)
    await passes(gate, CLARA, refused=True)
    owed = [gate._all[who].until for who in (BERND, CLARA)]
    assert owed == pytest.approx([turnstile.TIMES * COST / 5, turnstile.TIMES * COST])


async def test_a_bundle_counts_as_what_is_in_it(settings: Any) -> None:
    settings.FHIR_RATE = 60
    now = 1_000.0
    gate = Turnstile(lambda: now)
    await passes(gate, BERND, account="7", requests=59)
    await passes(gate, BERND, account="7")
    with pytest.raises(Crowded) as told:
        await passes(gate, BERND, account="7")
    assert told.value.seconds == 1
    now += 1
    await passes(gate, BERND, account="7", requests=100)
    with pytest.raises(Crowded) as told:
        await passes(gate, BERND, account="7")
    assert told.value.seconds == 100
    await passes(gate, CLARA, account="8")


async def test_whoever_tries_tokens_waits_however_many_there_are() -> None:
    """It counts for the address. Who is known there already does not notice, nor does anybody elsewhere."""
    gate, here = Turnstile(), b"192.0.2.7"
    await passes(gate, CLARA, where=here, account="8")
    await passes(gate, b"guess 1", where=here, status=401)
    done: list[str] = []

    async def one(name: str, who: bytes, where: bytes, **charged: Any) -> None:
        await passes(gate, who, where=where, **charged)
        done.append(name)

    await asyncio.gather(
        one("guess", b"guess 2", here, status=401),
        one("clara", CLARA, here, account="8"),
        one("bernd", BERND, b"192.0.2.8", account="7"),
    )
    assert done == ["clara", "bernd", "guess"]


async def test_guesses_are_counted_and_known_people_are_not_held_to_them(settings: Any) -> None:
    settings.FHIR_RATE = 3
    gate, here = Turnstile(lambda: 1_000.0), b"192.0.2.7"
    for number, who in enumerate([CLARA, BERND, b"anna"]):  # each is counted for the account as soon as it is known
        await passes(gate, who, where=here, account=str(number))
    for number in range(3):
        await passes(gate, b"guess %d" % number, where=here)
    with pytest.raises(Crowded):
        await passes(gate, b"guess 3", where=here)
    await passes(gate, CLARA, where=here, account="0")


async def test_a_whole_house_may_begin_at_once() -> None:
    gate, here = Turnstile(), b"192.0.2.7"
    house = [passes(gate, b"person %d" % number, where=here, account=str(number)) for number in range(200)]
    await asyncio.gather(*house)
    assert len(gate._accounts) == 200


async def test_a_token_that_has_ended_is_anybodys_again() -> None:
    gate, here = Turnstile(), b"192.0.2.7"
    await passes(gate, CLARA, where=here, account="8")
    await passes(gate, CLARA, where=here, status=401)
    assert CLARA not in gate._accounts


async def test_many_tokens_of_one_account_count_as_one(settings: Any) -> None:
    settings.FHIR_RATE = 4
    gate = Turnstile(lambda: 0.0)
    for token in (b"phone", b"desk", b"phone", b"desk"):
        await passes(gate, token, account="7")
    for token in (b"phone", b"desk"):
        with pytest.raises(Crowded):
            await passes(gate, token, account="7")
    await passes(gate, CLARA, account="8")


async def test_bernd_was_refused_and_waits_with_his_other_token_as_well() -> None:
    gate = Turnstile()
    for token in (b"phone", b"desk"):
        await passes(gate, token, account="7")
    await passes(gate, b"phone", status=422, account="7")
    assert await order_of(gate, b"desk", CLARA) == [CLARA, b"desk"]


async def test_of_tokens_no_more_are_remembered_than_of_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turnstile, "MOST", 10)
    now = 0.0
    gate = Turnstile(lambda: now)
    for number in range(30):
        await passes(gate, b"token %d" % number, account=str(number))
        now += 1
    assert gate.known <= 11
    assert len(gate._accounts) == 10


async def test_nothing_is_remembered_of_who_owes_nothing(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.FHIR_RATE = 0
    monkeypatch.setattr(turnstile, "MOST", 10)
    now = 0.0
    gate = Turnstile(lambda: now)
    await passes(gate, CLARA)
    assert not gate.known
    for number in range(10):
        await passes(gate, b"address %d" % number, status=400)
    assert gate.known == 10
    now = 60.0
    await passes(gate, BERND, status=400)
    assert gate.known == 1


def test_the_same_account_is_known_however_it_spells_its_secret() -> None:
    name = settings.SESSION_COOKIE_NAME.encode()

    def sender(**headers: bytes) -> bytes:
        told = [(key.encode(), value) for key, value in headers.items()]
        return sender_of({"headers": told, "client": ("192.0.2.7", 4711)})

    token = {sender(authorization=one) for one in (b"Bearer abc", b"bearer   abc ", b"BEARER abc")}
    cookie = {
        sender(cookie=one) for one in (name + b"=abcd", b"x=1; " + name + b"=abcd;y=2", b"x=2;" + name + b"=abcd")
    }
    assert (len(token), len(cookie)) == (1, 1)
    assert token.isdisjoint(cookie)
    assert sender() == sender(cookie=b"x=1") == b"192.0.2.7"


def test_one_home_is_one_address() -> None:
    assert {address_of({"client": (f"2001:db8:1:2::{host}", 4711)}) for host in (1, 2)} == {b"2001:db8:1:2::/64"}
    assert address_of({"client": None}) == address_of({}) == b""


@pytest.mark.parametrize("too_many", ["at a time", "within a minute"])
async def test_a_program_that_floods_reads_an_outcome_and_when_to_come_back(
    monkeypatch: pytest.MonkeyPatch, settings: Any, too_many: str
) -> None:
    asked = []

    def told(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        asked.append(environ)
        start("200 OK", [("Content-Type", "text/plain")])
        return [b""]

    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "http_version": "1.1", "method": "GET", "path": "/fhir/Patient", "query_string": b"",
             "headers": []}  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    pages = Pages(told)
    if too_many == "at a time":
        monkeypatch.setattr(turnstile, "WAITING", 0)
    else:
        settings.FHIR_RATE = 1
        await pages(scope, receive, send)
    del asked[:], sent[:]
    await pages(scope, receive, send)
    assert not asked
    assert sent[0]["status"] == 429
    assert 0 < int(dict(sent[0]["headers"])[b"retry-after"]) <= 60
    assert too_many in sent[1]["body"].decode()
    assert json.loads(sent[1]["body"])["issue"][0]["code"] == "throttled"
