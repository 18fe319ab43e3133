"""Strangers: in a browser, and at the FHIR edge."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.test import Client
from django.test.client import ClientHandler

from patients.accounts import queries, services
from patients.accounts.actor import Actor
from patients.accounts.models import User
from patients.accounts.sessions import SessionStore
from patients.fhir.jsonpatch import JSON_PATCH
from patients.records import wire
from tests.house.whole import Whole, words

FHIR = "application/fhir+json"
Json = dict[str, Any]
Answer = Any  # Django's test client gives a HttpResponse with more on it


@dataclass
class Stranger:
    """Somebody with nothing to do with Heinrich. `actor` is None for a guest and for nobody."""

    name: str
    actor: Actor | None
    session: str  # the value of the cookie, "" without
    _handler: ClientHandler = field(default_factory=lambda: Client().handler, repr=False)

    def browser(self) -> Client:
        """A browser of theirs without any other cookie, whose forms need no CSRF token."""
        client = Client()
        client.handler = self._handler  # else each would build all middleware anew
        if self.session:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.session
        return client

    def signed_in(self) -> bool:
        """Whether their session still says who they are."""
        known = queries.in_session(SessionStore(self.session))
        return known is not None and known.actor is not None


class Caller:
    """A stranger at the edge: with a token, or a guest with nothing but a cookie, or with nothing."""

    def __init__(self, who: Stranger) -> None:
        self.name = who.name
        self.client = who.browser()
        self.headers: dict[str, str] = {}
        if who.actor:
            token = services.issue_token(User.objects.get(pk=who.actor.account or 0))
            self.client, self.headers = Client(), {"authorization": f"Bearer {token}"}

    def ask(self, method: str, address: str, body: Json | None = None, **headers: str) -> Answer:
        sent = b"" if body is None else wire.text(body)
        more = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.generic(method, f"/fhir/{address}", sent, FHIR, headers=more)

    def patch(self, address: str, steps: bytes) -> Answer:
        return self.client.generic("PATCH", f"/fhir/{address}", steps, JSON_PATCH, headers=self.headers)


def told(answer: Answer, *ids: str) -> tuple[int, str]:
    text = re.sub(r'"lastUpdated":"[^"]+"', "", answer.content.decode())
    for one in ids:
        text = text.replace(one, "·") if len(one) > 8 else text
    return answer.status_code, text


def leaks(answer: Answer, his: Whole, asked: str) -> list[str]:
    text = answer.content.decode() + str(dict(answer.headers))
    return [one for one in (*words(), *his.names()) if one in text and one not in asked]


def swapped(text: str, none: dict[str, str]) -> str:
    """The same text about nobody."""
    for one in sorted(none, key=len, reverse=True):
        if len(one) > 8:
            text = text.replace(one, none[one])
    return text
