"""Whose turn it is at the FHIR edge: nobody takes all threads, and whoever is refused waits before the next request.

A program in error, or an attacker, sends what is refused again and again. Each refusal is charged with the time that
it took; that account's next request begins when several times as long has passed, so refused work takes a small part
of the server and others hardly notice. Nobody is locked out: an honest client gets its answer, some moments later.
Beyond so many requests a minute (`TELECARE_FHIR_RATE`), whatever they are, an account is told when to come back. The
entries of a Bundle are requests. A secret that was never an account's counts for the address from which it comes, so
whoever tries tokens waits, however many there are.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings

from patients.accounts import attempts
from patients.fhir.charging import REFUSALS, Charged

TOGETHER: Final = 4  # requests of one account that are worked at; a server has eight threads
WAITING: Final = 64  # requests of one account that may wait their turn
STRANGERS: Final = 256  # the same of those at one address who are not known yet: a whole house may begin at once
TIMES: Final = 19  # as long as the refused work took: at most a twentieth of the time goes into it
LONGEST: Final = 2.0  # seconds that one refusal makes wait
MINUTE: Final = 60.0  # seconds; so long may a client send faster than its rate, if it sent nothing before
PAUSE: Final = 5.0  # seconds after which whoever sent too many at a time may come back
NOBODY: Final = 401  # the status
MOST: Final = 10_000  # accounts of which something is remembered


class Crowded(Exception):
    """An account sends more than it may: it reads `words`, and comes back after so many `seconds`."""

    def __init__(self, words: str, seconds: float) -> None:
        super().__init__(words)
        self.words, self.seconds = words, math.ceil(seconds)


@dataclass(slots=True)
class Bill:
    """What one request came to."""

    seconds: float = 0.0  # of work
    wasted: float = 0.0  # of these, on what was refused
    requests: int = 1  # for which it stands
    account: str = ""  # who asked, as far as somebody was signed in
    nobody: bool = False  # what was sent as a secret is none

    def answered(self, status: int, charged: Charged) -> None:
        """What the client is told, and what the edge says of it. Of a Bundle only what is refused is wasted."""
        self.account, self.requests, self.nobody = charged.account, charged.requests, status == NOBODY
        whole = self.nobody or status in REFUSALS or charged.refused
        self.wasted = self.seconds if whole else charged.wasted


@dataclass(slots=True)
class _Standing:
    """Of one account, as long as it has requests or owes time."""

    until: float = 0.0
    spent: float = 0.0  # the moment at which all its requests so far would have come, evenly at the rate
    present: int = 0
    waiting: int = 0
    seats: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(TOGETHER))
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)  # who owes time comes in one by one

    def owes_nothing(self, now: float) -> bool:
        """Whether it may be forgotten."""
        return not self.present and max(self.until, self.spent) <= now


class Turnstile:
    """Belongs to one loop, and to one process: with several, each counts what it has seen."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._all: dict[bytes, _Standing] = {}
        self._accounts: OrderedDict[bytes, bytes] = OrderedDict()  # whose a token or session is

    @asynccontextmanager
    async def passing(self, sender: bytes, address: bytes = b"") -> AsyncIterator[Bill]:
        """Wait for the turn of this sender's account. `sender`: see `sender_of`; whose it is says the first bill, and
        until then it is anybody's at this address.

        Raises Crowded where too many of its requests wait already, or have come within a minute.
        """
        account = self._accounts.get(sender)
        who = account or address or sender
        standing = self._all.setdefault(who, _Standing())
        self._count(standing, WAITING if account or not address else STRANGERS)
        standing.present += 1
        standing.waiting += 1
        bill, inside = Bill(), False
        try:
            async with standing.seats, self._one_by_one(standing):
                if (owed := standing.until - self._clock()) > 0:
                    await asyncio.sleep(owed)
                standing.waiting -= 1
                inside = True
                yield bill
        finally:
            standing.waiting -= not inside
            standing.present -= 1
            payer, named = self._payer(bill, sender, standing)
            self._charge(bill, payer)
            self._leave(who, standing)
            self._leave(named or who, payer)

    @property
    def known(self) -> int:
        """Of how many accounts something is remembered."""
        return len(self._all)

    def _count(self, standing: _Standing, most: int) -> None:
        if standing.waiting >= most:
            raise Crowded("Too many of your requests wait. Send fewer at a time.", PAUSE)
        if not (rate := settings.FHIR_RATE):
            return
        now = self._clock()
        next_one = max(standing.spent, now) + MINUTE / rate
        if (early := next_one - now - MINUTE) > 1e-6:  # so little is lost in computing
            raise Crowded(f"More than {rate:,} requests within a minute. Please send fewer.", early)
        standing.spent = next_one

    def _charge(self, bill: Bill, payer: _Standing) -> None:
        """What was refused makes wait; what a Bundle stood for counts as if it had come one by one."""
        now = self._clock()
        if bill.wasted:
            payer.until = max(payer.until, now) + min(LONGEST, TIMES * bill.wasted)
        if (rate := settings.FHIR_RATE) and bill.requests > 1:
            payer.spent = max(payer.spent, now) + (bill.requests - 1) * MINUTE / rate

    def _payer(self, bill: Bill, sender: bytes, standing: _Standing) -> tuple[_Standing, bytes]:
        """Who pays: an account is recognised, and what it sends, with whatever token, counts as one from now on."""
        if bill.nobody:
            self._accounts.pop(sender, None)  # it has ended
        if not bill.account:
            return standing, b""
        account = b"account %b" % bill.account.encode()
        self._accounts[sender] = account
        self._accounts.move_to_end(sender)
        if len(self._accounts) > MOST:
            self._accounts.popitem(last=False)
        own = self._all.setdefault(account, _Standing())
        if own is not standing and (rate := settings.FHIR_RATE):  # it was counted for the address
            standing.spent -= MINUTE / rate
            own.spent = max(own.spent, self._clock()) + MINUTE / rate
        return own, account

    def _one_by_one(self, standing: _Standing) -> asyncio.Lock | nullcontext[None]:
        return standing.turn if standing.until > self._clock() else nullcontext()

    def _leave(self, who: bytes, standing: _Standing) -> None:
        now = self._clock()
        if standing.owes_nothing(now):
            self._all.pop(who, None)
        if len(self._all) > MOST:
            for name in [name for name, one in self._all.items() if one.owes_nothing(now)]:
                del self._all[name]


def address_of(scope: Mapping[str, Any]) -> bytes:
    """From where it comes: one home has a whole /64 of IPv6 addresses, and counts as one."""
    return attempts.network((scope.get("client") or ("",))[0]).encode()


def sender_of(scope: Mapping[str, Any]) -> bytes:
    """Who asks, before anybody has looked: a hash of the token or session, or the address where none is sent."""
    told = {name: value for name, value in scope["headers"] if name in (b"authorization", b"cookie")}
    if secret := told.get(b"authorization", b"").partition(b" ")[2].strip() or _session(told.get(b"cookie", b"")):
        return hashlib.sha256(secret).digest()
    return address_of(scope)


def _session(cookies: bytes) -> bytes:
    named = (one.strip().partition(b"=") for one in cookies.split(b";"))
    name = settings.SESSION_COOKIE_NAME.encode()
    return next((value for found, _equals, value in named if found == name), b"")
