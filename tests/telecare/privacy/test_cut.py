"""Whatever is taken back, by whatever way, is shut at once: on the open socket, in the call, for what is on its way, at
the FHIR edge and on the page. The table of all that ends and all that is open stands in messaging/realtime/README.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from patients.access import repository
from patients.access.categories import is_emergency_access
from patients.access.models import FOREVER, Right
from patients.access.representation import OF_HEALTH
from patients.accounts import services as accounts
from patients.accounts.actor import Actor
from patients.accounts.models import User
from patients.accounts.queries import actor_of
from patients.network import services
from patients.network.resources import Address, Name, person, treatment
from patients.records.models import Document
from tests.cast import HEINRICH, IDA, ident
from tests.messaging.conftest import Live, live, runs_out
from tests.messaging.talk import Refused, Talk
from tests.patients.attachments.conftest import storage
from tests.telecare.consultations.conftest import home_visit_call
from tests.telecare.privacy.opened import TOPIC, everything_open, long_letter

__all__ = ["home_visit_call", "live", "storage"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.realtime]

Cast = dict[str, Actor]
End = Callable[[Cast], Any]
MARKT, IDAS = f"Organization/{ident('markt')}", f"RelatedPerson/{IDA}"


def idas_consent() -> Document:
    """What Heinrich has allowed his daughter."""
    consents = Document.objects.filter(type="Consent", patient=HEINRICH)
    return next(one for one in consents if one.content["status"] == "active" and IDA in str(one.content))


def put_inactive(cast: Cast) -> None:
    """As a FHIR client sends it."""
    consent = idas_consent()
    token = accounts.issue_token(User.objects.get(pk=cast["heinrich"].account))
    answer = Client().put(
        f"/fhir/Consent/{consent.logical_id}",
        {**consent.content, "status": "inactive"},
        content_type="application/json",
        headers={"authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 200, answer.content


def represented(cast: Cast, **given: Any) -> None:
    """Ida acts for her father, and has no other right."""
    services.withdraw(cast["heinrich"], idas_consent().logical_id)
    scope = ["administrative", *OF_HEALTH]
    services.make_representative(cast["anna"], IDA, **({"kind": "attorney", "scope": scope, "evidence": "x"} | given))


def allowed_for_an_hour(cast: Cast) -> None:
    services.withdraw(cast["heinrich"], idas_consent().logical_id)
    until = timezone.now() + timedelta(hours=1)
    services.allow(cast["heinrich"], HEINRICH, whom=IDAS, categories=["administrative"], until=until)


def link_of(where: str) -> Document:
    return next(
        one for one in Document.objects.filter(type="CareTeam", patient=HEINRICH) if ident(where) in str(one.content)
    )


def in_an_emergency(cast: Cast) -> None:
    """Bernd found him and reads for half an hour."""
    address = Address("Lindenweg 4", "49377", "Lüttmoor")
    himself = person(Name("Brandt", "Heinrich"), date(1941, 3, 14), kvnr="X110411941", address=address)
    services.open_in_emergency(cast["bernd"], himself, kind="unresponsive", reason="Liegt bewusstlos vor der Haustür")


def emergency() -> Document:
    tasks = Document.objects.filter(type="Task", patient=HEINRICH)
    return next(one for one in tasks if is_emergency_access(one.content))


def time_is_over(**whose: str) -> None:
    """Of these rights, in a moment."""
    runs_out(Right.objects.filter(patient=HEINRICH, until__lt=FOREVER, **whose))


ENDS: dict[str, tuple[str, Callable[[Cast], None] | None, End]] = {
    "Heinrich withdraws what he allowed Ida": (
        "ida",
        None,
        lambda cast: services.withdraw(cast["heinrich"], idas_consent().logical_id),
    ),
    "his client puts the Consent as inactive": ("ida", None, put_inactive),
    "he sets Ida's switches off": (
        "ida",
        None,
        lambda cast: services.choose(cast["heinrich"], HEINRICH, whom=IDAS, categories=set()),
    ),
    "he objects to the practice": (
        "clara",
        None,
        lambda cast: services.object_to(cast["heinrich"], HEINRICH, whom=MARKT),
    ),
    "Anna records the objection from paper": (
        "clara",
        None,
        lambda cast: services.object_to(cast["anna"], HEINRICH, whom=MARKT),
    ),
    "the practice ends its care link": (
        "clara",
        None,
        lambda cast: services.end_link(cast["clara"], HEINRICH, organisation=ident("markt")),
    ),
    "he revokes Ida's power of attorney": (
        "ida",
        represented,
        lambda cast: services.end_representation(cast["heinrich"], IDA),
    ),
    "the court ends the guardianship": (
        "ida",
        lambda cast: represented(cast, kind="guardian"),
        lambda cast: services.end_representation(cast["anna"], IDA),
    ),
    "the paper counts for letters only, not for the record": (
        "ida",
        represented,
        lambda cast: services.make_representative(cast["anna"], IDA, kind="attorney", scope=[], evidence="x"),
    ),
    "Bernd ends his emergency access": (
        "bernd",
        in_an_emergency,
        lambda cast: services.end_emergency(cast["bernd"], emergency().logical_id),
    ),
    "the time of an emergency access is over": (
        "bernd",
        in_an_emergency,
        lambda cast: time_is_over(basis=Right.Basis.EMERGENCY),
    ),
    "the day is there on which Anna's service handed him over": (
        "anna",
        lambda cast: services.hand_over(
            cast["anna"], HEINRICH, to=ident("sonnenhof"), on=timezone.localdate() + timedelta(days=1),
            bases=[treatment(timezone.localtime(), str(cast["anna"].person))],
        ),
        lambda cast: time_is_over(organisation=ident("moorland")),
    ),
    "time ends what Ida represents": (
        "ida",
        lambda cast: represented(cast, until=timezone.localtime() + timedelta(hours=1)),
        lambda cast: time_is_over(person=IDAS),
    ),
    "time ends what he allowed her": (
        "ida",
        allowed_for_an_hour,
        lambda cast: time_is_over(person=IDAS),
    ),
}  # fmt: skip


@contextmanager
def socket_of(live: Live, token: str) -> Iterator[Talk]:
    with live.stranger(Authorization=f"Bearer {token}") as socket:
        yield socket


@pytest.fixture
def letter(cast: Cast) -> str:
    return long_letter(cast["clara"])


@pytest.mark.parametrize("how", ENDS)
def test_what_is_taken_back_is_shut_everywhere_at_once(
    live: Live, cast: Cast, home_visit_call: str, letter: str, how: str
):
    who, before, end = ENDS[how]
    if before:
        before(cast)
    actor = actor_of(User.objects.get(pk=cast[who].account))
    with everything_open(live, actor, home_visit_call, letter) as hers:
        end(cast)
        hers.is_out()
        assert hers.socket.hear("closed")["topic"] == TOPIC
        hers.is_broken_off()
        assert (hers.ask(), hers.look()) == (404, 404)
        with pytest.raises(Refused, match="missing"):
            hers.socket.ask("open", topic=TOPIC)


def test_a_switch_narrows_the_record_and_leaves_the_socket(live: Live, cast: Cast):
    clara = cast["clara"]
    token = accounts.issue_token(User.objects.get(pk=clara.account))
    knee = repository(clara).create(
        {"resourceType": "Condition", "subject": {"reference": f"Patient/{HEINRICH}"}, "code": {"text": "Knie"}}
    )
    address = f"/fhir/Condition/{knee.logical_id}"
    headers = {"authorization": f"Bearer {token}"}
    with socket_of(live, token) as socket:
        socket.ask("open", topic=TOPIC)
        assert Client().get(address, headers=headers).status_code == 200
        services.choose(cast["heinrich"], HEINRICH, whom=MARKT, categories={"medication", "nursing", "chat"})
        assert Client().get(address, headers=headers).status_code == 404
        services.choose(cast["heinrich"], HEINRICH, whom=MARKT, categories={*services.SWITCHED} - {"mental"})
        assert Client().get(address, headers=headers).status_code == 200
        assert socket.ask("ping") is not None
