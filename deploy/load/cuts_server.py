"""The server side of `deploy.load.cuts`: `python -m deploy.load.cuts_server FOLDER`.

Prints where it listens and which events it knows as one line of JSON, then obeys lines of JSON: `ready` gives who has
something open in this event and how they sign in, `act` lets it happen and tells the moment (monotonic seconds).
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from deploy.load import world
from deploy.load.orders import obey

SOON: Final = 1.2  # seconds until a right ends by itself
WORDS: Final = ("kitchen table at seven", "ein ganz anderer langer Satz")

Act = Callable[[], Any]

_keys: dict[int, str] = {}  # of the newest session of each account


@dataclass(frozen=True)
class Event:
    """Who has something open, what must be so before, and what happens. `waits`: seconds from the act to the end."""

    who: str
    before: Act
    act: Act
    whole: bool = False  # the socket closes, not only the topic
    waits: float = 0.0


def main(folder: Path) -> None:
    world.at(folder)
    world.set_up()
    from config import serve
    from tests import cast

    actors = cast.build()
    events = _events(actors)
    server = serve.Server(serve.configured())
    listening = serve.listen("127.0.0.1", 0)
    told = {"port": listening.getsockname()[1], "patient": cast.HEINRICH, "events": _shown(events)}
    carry_out = partial(_carry_out, events=events, actors=actors)
    threading.Thread(target=obey, args=(server, told, carry_out), daemon=True).start()
    server.run(sockets=[listening])


def _shown(events: dict[str, Event]) -> dict[str, bool]:
    return {name: event.whole for name, event in events.items()}


def _carry_out(words: dict[str, Any], events: dict[str, Event], actors: dict[str, Any]) -> str:
    event = events[words["event"]]
    if words["do"] == "ready":
        event.before()
        answer: dict[str, Any] = {"cookie": _signed_in(actors[event.who].account)}
    else:
        began = time.monotonic()
        event.act()
        answer = {"at": began + event.waits}
    return json.dumps(answer)


def _signed_in(account: int) -> str:
    """The cookie of a new session."""
    from django.conf import settings

    from tests.cast import signed_in

    _keys[account] = signed_in(account)
    return f"{settings.SESSION_COOKIE_NAME}={_keys[account]}"


def _events(actors: dict[str, Any]) -> dict[str, Event]:
    return {**_of_accounts(actors["clara"]), **_of_rights(actors)}


def _of_accounts(clara: Any) -> dict[str, Event]:
    from patients.accounts import services, sessions
    from patients.accounts.actor import system
    from patients.accounts.models import Membership, User
    from patients.accounts.sessions import SessionStore
    from patients.database import write

    def change(**values: Any) -> None:
        with write():
            Membership.objects.filter(person=clara.person).update(**values)

    def old_password() -> None:
        with write():
            user = User.objects.get(pk=clara.account)
            user.set_password(WORDS[0])
            user.save()

    def sign_out() -> None:
        SessionStore(session_key=_keys[clara.account]).flush()
        services.sign_out(replace(clara, session=sessions.name_of(_keys[clara.account])))

    maker = system("load")
    return {
        "sign-out": Event("clara", lambda: None, sign_out, whole=True),
        "sign-out everywhere": Event("clara", lambda: None, lambda: services.sign_out_everywhere(clara), whole=True),
        "password change": Event(
            "clara", old_password, lambda: services.change_password(clara, *WORDS, address="127.0.0.1"), whole=True
        ),
        "deactivation": Event(
            "clara",
            lambda: services.activate(maker, clara.account),
            lambda: services.deactivate(maker, clara.account),
            whole=True,
        ),
        "a function that runs out": Event(
            "clara",
            lambda: (services.activate(maker, clara.account), change(until=None)),
            lambda: change(until=_soon()),
            whole=True,
            waits=SOON,
        ),
    }


def _of_rights(actors: dict[str, Any]) -> dict[str, Event]:
    from django.utils import timezone

    from patients.access.models import FOREVER, Right
    from patients.access.representation import OF_HEALTH
    from patients.database import write
    from patients.network import services
    from patients.network.resources import Address, Name, person, treatment
    from tests.cast import HEINRICH, IDA, ident

    anna, bernd, clara, heinrich = (actors[name] for name in ("anna", "bernd", "clara", "heinrich"))
    markt, idas = ident("markt"), f"RelatedPerson/{IDA}"
    made: dict[str, Any] = {}

    def back() -> None:
        """Clara's function and link hold."""
        from patients.accounts.models import Membership

        with write():
            Membership.objects.filter(person=clara.person).update(until=None)
            Right.objects.filter(patient=HEINRICH, organisation=markt).update(until=FOREVER)

    def linked() -> None:
        back()
        if made.pop("ended", None):
            basis = treatment(timezone.localtime(), str(anna.person))
            services.start_link(anna, HEINRICH, organisation=markt, bases=[basis], contact=str(clara.person))

    def end_link() -> None:
        services.end_link(anna, HEINRICH, organisation=markt)
        made["ended"] = True

    def unobjected() -> None:
        linked()
        if objection := made.pop("objection", None):
            services.withdraw(heinrich, objection.logical_id)

    def object_to() -> None:
        made["objection"] = services.object_to(heinrich, HEINRICH, whom=f"Organization/{markt}")

    def allow() -> None:
        made["consent"] = services.allow(heinrich, HEINRICH, whom=idas, categories=["administrative", "clinical"])

    def represent() -> None:
        scope = ["administrative", *OF_HEALTH]
        services.make_representative(anna, IDA, kind="attorney", scope=scope, evidence="Vollmacht")

    def nothing_of_hers() -> None:
        services.choose(heinrich, HEINRICH, whom=idas, categories=set())

    def emergency() -> None:
        address = Address("Lindenweg 4", "49377", "Lüttmoor")
        himself = person(Name("Brandt", "Heinrich"), date(1941, 3, 14), kvnr="X110411941", address=address)
        made["emergency"] = services.open_in_emergency(
            bernd, himself, kind="unresponsive", reason="Liegt bewusstlos vor der Haustür"
        )[0]

    def run_out() -> None:
        with write():
            Right.objects.filter(patient=HEINRICH, organisation=markt).update(until=_soon())

    return {
        "withdrawal of consent": Event(
            "ida",
            lambda: (nothing_of_hers(), allow()),
            lambda: services.withdraw(heinrich, made["consent"].logical_id),
        ),
        "end of a representation": Event(
            "ida", lambda: (nothing_of_hers(), represent()), lambda: services.end_representation(heinrich, IDA)
        ),
        "end of a care link": Event("clara", linked, end_link),
        "objection": Event("clara", unobjected, object_to),
        "end of break-glass": Event(
            "bernd", emergency, lambda: services.end_emergency(bernd, made["emergency"].logical_id)
        ),
        "a right that runs out": Event("clara", unobjected, run_out, waits=SOON),
    }


def _soon() -> Any:
    from django.utils import timezone

    return timezone.now() + timedelta(seconds=SOON)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
