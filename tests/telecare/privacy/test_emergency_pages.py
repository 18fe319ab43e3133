"""Who reads in an emergency finds no page on which to write, order or call."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from patients.accounts.actor import Actor
from patients.accounts.models import User
from patients.accounts.queries import actor_of
from patients.network import services as network
from tests.cast import HEINRICH
from tests.house.test_strangers import addresses, filled
from tests.house.whole import Whole, everything
from tests.patients.network.test_emergencies import WORDS, heinrich_himself

pytestmark = [pytest.mark.django_db]

PART = re.compile(r"<(?:\w+:)?(\w+)>")
WRITING = ("measure/", "measure/pulse/", "tasks/new/", "consultation/")


@pytest.mark.parametrize("page", WRITING)
def test_david_reads_in_an_emergency_and_is_offered_no_form(
    page: str, david: Actor, anna: Actor, clara: Actor, heinrich: Actor, browser: Callable[[Actor], Client]
) -> None:
    network.open_in_emergency(david, heinrich_himself(), kind="danger", reason=WORDS)
    reader = actor_of(User.objects.get(pk=david.account or 0))
    address = f"/patients/{heinrich.patient}/"
    assert browser(reader).get(address).status_code == 200
    for answer in (browser(reader).get(address + page), browser(reader).post(address + page, {"value0": "71"})):
        assert answer.status_code == 404
    for colleague in (anna, clara):
        assert browser(colleague).get(address + page).status_code == 200


FORM = re.compile(r'<form[^>]*method="post"[^>]*>')
OF_EVERY_PAGE = re.compile(r'action="(/access/emergencies/[^"]+/end/|/language|/sign-out/)"')


def shown(client: Client, whole: Whole) -> dict[str, str]:
    """What this reader gets at every address about Heinrich, typed by hand: pages by address."""
    found = {}
    for route in addresses():
        asked = PART.findall(route)
        if not asked or not all(one in whole.ids for one in asked):
            continue
        address = filled(route, whole.ids)
        answer = client.get(address)
        if answer.streaming:
            b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        elif answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
            found[address] = answer.content.decode()
    return found


@pytest.mark.parametrize("who", ["david", "bernd"])
def test_no_page_at_any_address_offers_a_form_to_who_only_reads_in_an_emergency(
    who: str, cast: dict[str, Actor], anna: Actor, clara: Actor, browser: Callable[[Actor], Client]
) -> None:
    whole = everything(HEINRICH, anna, clara, "Zwetschge", weight="84.6", pressure=(158, 92))
    network.open_in_emergency(cast[who], heinrich_himself(), kind="danger", reason=WORDS)
    client = browser(actor_of(User.objects.get(pk=cast[who].account or 0)))
    pages = shown(client, whole)
    assert len(pages) > 8
    offered = {
        address: forms
        for address, page in pages.items()
        if (forms := [one for one in FORM.findall(page.partition("<main")[2]) if not OF_EVERY_PAGE.search(one)])
    }
    assert offered == {}
    assert FORM.findall(browser(anna).get(f"/visits/{whole.ids['visit_id']}/").content.decode().partition("<main")[2])


def test_in_an_emergency_no_appointment_is_offered_for_the_person(
    david: Actor, heinrich: Actor, browser: Callable[[Actor], Client]
) -> None:
    network.open_in_emergency(david, heinrich_himself(), kind="danger", reason=WORDS)
    page = browser(actor_of(User.objects.get(pk=david.account or 0))).get(reverse("consultations:offer"))
    assert page.status_code == 200
    assert f'value="{heinrich.patient}"' not in page.content.decode()
