"""Every topic and every command of the gateway, asked by strangers for what is Heinrich's."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from messaging.chat import services as chat
from messaging.realtime import commands, topics
from patients.accounts import services
from patients.accounts.actor import Actor
from patients.accounts.models import User
from telecare.consultations import services as consultations
from telecare.vitals import services as vitals
from telecare.vitals.kinds import WEIGHT
from tests.cast import HEINRICH, ident
from tests.conftest import Tell
from tests.house.edge import Stranger
from tests.house.whole import Whole, nobody, words
from tests.messaging.conftest import Live, live
from tests.messaging.talk import Refused, Talk

__all__ = ["live"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.realtime]
_OWN = ("open", "close", "ping")  # the gateway's own: `open` is tried with every topic


def connected(live: Live, who: Stranger) -> Talk:
    """A socket: by token, or by the cookie of a guest."""
    if who.actor is None:
        return live.stranger(origin=f"http://{live.address}", Cookie=f"{settings.SESSION_COOKIE_NAME}={who.session}")
    token = services.issue_token(User.objects.get(pk=who.actor.account or 0))
    return live.stranger(Authorization=f"Bearer {token}")


def asked(socket: Talk, do: str, fields: dict[str, Any]) -> tuple[str, str]:
    """How a command is answered."""
    try:
        return "ok", str(socket.ask(do, **fields))
    except Refused as refused:
        return refused.kind, refused.text


def names(kind: str, whole: Whole, peer: str, account: int | None) -> Iterator[str]:
    """The topics of a kind that concern somebody: each of their ids, whatever the kind calls for."""
    yield from (f"{kind}:{one}" for one in whole.ids.values())
    yield from (f"{kind}:{whole.ids['consultation']}/{peer}", f"{kind}:{account}")
    yield from (f"{kind}:{ident(place)}" for place in ("markt", "moorland", "linden"))


def fields(ids: dict[str, str], peer: str) -> dict[str, Any]:
    """All that commands ask for, in one."""
    return {
        "room": ids["consultation"],
        "thread": ids["thread"],
        "patient": ids["patient"],
        "peer": peer,
        "token": "x",
        "to": peer,
        "visitor": f"invitation:{ids['invitation']}",
        "cid": str(uuid.uuid4()),
        "text": "x",
        "seq": 1,
        "kind": "offer",
        "description": {"type": "offer", "sdp": "v=0", "number": 1},
    }


def test_no_socket_of_a_stranger_hears_or_does_anything_of_heinrichs(
    tell: Tell,
    live: Live,
    his: Whole,
    hers: Whole,
    strangers: list[Stranger],
    anna: Actor,
    clara: Actor,
    heinrich: Actor,
) -> None:
    none, peer, tried = nobody(his), "0a0b0c0d0e0f", 0
    consultations.join(clara, his.ids["consultation"], line="l", new_peer=peer, new_token="t")
    there = {name: none.get(value, value) for name, value in his.ids.items()}
    with ExitStack() as open_sockets:
        sockets = []
        for who in strangers:
            socket = open_sockets.enter_context(connected(live, who))
            if who.name == "nobody":
                assert socket.closed()[0] == 4401
                continue
            sockets.append((who, socket))
        for (who, socket), kind in itertools.product(sockets, topics._kinds):
            for topic in names(kind, his, peer, heinrich.account):
                if who.actor and topic.partition(":")[2] == who.actor.organisation:
                    continue  # Dora works at the practice itself: what she hears of its lists are ids
                tried += 1
                nothing = asked(socket, "open", {"topic": f"{kind}:{uuid.uuid4()}"})
                assert asked(socket, "open", {"topic": topic, "after": 0}) == nothing, (who.name, topic)
                assert nothing[0] == "missing"
        for (who, socket), do in itertools.product(sockets, commands._commands):
            if do in _OWN:
                continue
            tried += 1
            theirs = asked(socket, do, fields(his.ids, peer))
            assert theirs == asked(socket, do, fields(there, "x")), (who.name, do)
            assert theirs[0] == "missing" or theirs == ("ok", "{}"), (who.name, do, theirs)
        chat.send(anna, uuid.UUID(his.ids["thread"]), cid=uuid.uuid4(), text="Zwetschge noch einmal")
        vitals.record_measurement(
            anna, HEINRICH, kind=WEIGHT, values=[Decimal("84.6")], taken_at=timezone.localtime(), confirmed=True
        )
        consultations.end_call(clara, his.ids["consultation"])
        for who, socket in sockets:
            asked(socket, "ping", {})
            heard = [str(event) for event in socket._events if event["on"] != "heads"]
            assert not heard, (who.name, heard)
            assert not any(word in event for event in heard for word in words())
    tell(f"sockets: {tried} cases, 0 leaks")


def test_anna_hears_what_strangers_do_not(live: Live, his: Whole, anna: Actor) -> None:
    with connected(live, Stranger("anna", anna, "")) as socket:
        assert socket.ask("open", topic=f"thread:{his.ids['thread']}", after=0)["head"] == 1
        assert "Zwetschge" in str(socket.hear("thread.message"))
