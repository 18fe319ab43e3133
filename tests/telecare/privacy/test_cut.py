"""Whatever is taken back, by whatever way, is shut at once: on the open socket, at the FHIR edge and on the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients.access import repository
from patients.access.representation import OF_HEALTH
from patients.accounts import services as accounts
from patients.accounts.actor import Actor
from patients.accounts.models import User
from patients.network import services
from patients.records.models import Document
from tests.cast import HEINRICH, IDA, ident
from tests.messaging.conftest import Live, live
from tests.messaging.talk import Refused, Talk

__all__ = ["live"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.realtime]

Cast = dict[str, Actor]
End = Callable[[Cast], Any]
MARKT, IDAS = f"Organization/{ident('markt')}", f"RelatedPerson/{IDA}"
TOPIC = f"patient:{HEINRICH}"


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


def link_of(where: str) -> Document:
    return next(
        one for one in Document.objects.filter(type="CareTeam", patient=HEINRICH) if ident(where) in str(one.content)
    )


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
    "time ends what Ida represents": (
        "ida",
        lambda cast: represented(cast, until=timezone.localtime() + timedelta(seconds=3)),
        lambda cast: None,
    ),
    "time ends what he allowed her": (
        "ida",
        lambda cast: (
            services.withdraw(cast["heinrich"], idas_consent().logical_id),
            services.allow(
                cast["heinrich"],
                HEINRICH,
                whom=IDAS,
                categories=["administrative"],
                until=timezone.now() + timedelta(seconds=3),
            ),
        )[0],
        lambda cast: None,
    ),
}  # fmt: skip


@contextmanager
def socket_of(live: Live, token: str) -> Iterator[Talk]:
    with live.stranger(Authorization=f"Bearer {token}") as socket:
        yield socket


@pytest.mark.parametrize("how", ENDS)
def test_what_is_taken_back_is_shut_everywhere_at_once(live: Live, cast: Cast, how: str):
    who, before, end = ENDS[how]
    if before:
        before(cast)
    user = User.objects.get(pk=cast[who].account)
    token = accounts.issue_token(user)
    client, page = Client(), reverse("dashboards:patient", args=[HEINRICH])
    client.force_login(user)

    def fhir() -> int:
        return Client().get(f"/fhir/Patient/{HEINRICH}", headers={"authorization": f"Bearer {token}"}).status_code

    with socket_of(live, token) as socket:
        socket.ask("open", topic=TOPIC)
        assert (fhir(), client.get(page).status_code) == (200, 200)
        end(cast)
        assert socket.hear("closed")["topic"] == TOPIC
        assert (fhir(), client.get(page).status_code) == (404, 404)
        with pytest.raises(Refused, match="missing"):
            socket.ask("open", topic=TOPIC)


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
