"""The pages of the care team."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from patients.access import Action, allowed
from patients.accounts.actor import Actor
from patients.network import services
from patients.network.queries.names import forget
from patients.network.resources import treatment
from tests.cast import HEINRICH, ident

pytestmark = [pytest.mark.django_db]

Browser = Callable[[Actor], Client]
SONNENHOF, MOORLAND, MARKT = (ident(one) for one in ("sonnenhof", "moorland", "markt"))


def at(name: str, *parts: str) -> str:
    return reverse(f"network:{name}", args=[HEINRICH, *parts])


def told(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def informed(by: Actor) -> dict[str, str]:
    return {"informed": "yes", "informed_on": timezone.localdate().isoformat(), "informed_by": str(by.person)}


def sees(actor: Actor) -> bool:
    return allowed(actor, Action.READ, patient=HEINRICH, category="nursing")


def test_everybody_of_the_team_reads_who_cares_since_when_and_on_which_basis(browser: Browser, cast: dict[str, Actor]):
    today = timezone.localdate().strftime("%d.%m.%Y")
    for name in ("anna", "clara", "mia", "heinrich", "ida"):
        page = told(browser(cast[name]), at("team"))
        for words in ("Pflegedienst Moorland", "Hausarztpraxis am Markt", "Dr. Clara Voss", "Linden-Apotheke"):
            assert words in page, (name, words)
        assert (
            f"Behandlung, die Person wurde informiert: am {today}, durch Anna Siemer" in page
            or "durch Anna Siemer" in page
        )
        assert f"seit {today}" in page


def test_heinrich_and_ida_are_led_to_his_team_and_data_from_their_start(browser: Browser, heinrich: Actor, ida: Actor):
    for actor in (heinrich, ida):
        page = told(browser(actor), "/")
        assert at("team") in page
        assert at("person") in page


def test_strangers_find_no_such_page(browser: Browser, cast: dict[str, Actor]):
    for name in ("bernd", "david", "wilma", "karl", "admin", "dora"):
        client = browser(cast[name])
        for page in (at("team"), at("team-invite"), at("hand-over"), at("team-end", MOORLAND)):
            assert client.get(page).status_code == 404, (name, page)


def test_anna_invites_the_second_service_and_bernd_accepts(browser: Browser, anna: Actor, bernd: Actor):
    sent = {"organisation": SONNENHOF, **informed(anna)}
    assert browser(anna).post(at("team-invite"), sent).status_code == 302
    assert sees(bernd)
    assert "Noch nicht angenommen" in told(browser(anna), at("team"))
    page = told(browser(bernd), at("team"))
    assert "Pflegedienst Moorland hat Ihre Einrichtung eingeladen" in page
    assert browser(bernd).post(at("team-accept")).status_code == 302
    assert "Noch nicht angenommen" not in told(browser(anna), at("team"))
    assert browser(bernd).post(at("team-accept")).status_code == 404


def test_without_having_been_informed_the_new_one_sees_nothing_of_others(browser: Browser, anna: Actor, bernd: Actor):
    assert browser(anna).post(at("team-invite"), {"organisation": SONNENHOF, "informed": "no"}).status_code == 302
    assert not sees(bernd)
    assert "Noch keine Rechtsgrundlage" in told(browser(anna), at("team"))


def test_a_substitute_is_invited_for_a_time(browser: Browser, clara: Actor, david: Actor):
    client = browser(clara)
    sent = {"organisation": ident("deichweg"), "stands_in_for": MARKT, **informed(clara)}
    assert client.post(at("team-invite"), sent).status_code == 422
    last = timezone.localdate() + timedelta(days=10)
    assert client.post(at("team-invite"), {**sent, "until": last.isoformat()}).status_code == 302
    page = told(client, at("team"))
    assert "vertritt Hausarztpraxis am Markt" in page
    assert f"bis {last:%d.%m.%Y}" in page
    assert sees(david)


@pytest.mark.parametrize(
    "wrong", [{"organisation": ""}, {"organisation": "nothing"}, {"informed": ""}, {"informed_on": "x"}]
)
def test_what_cannot_be_is_said_beside_the_field(browser: Browser, anna: Actor, wrong: dict[str, str]):
    sent = {"organisation": SONNENHOF, **informed(anna), **wrong}
    assert browser(anna).post(at("team-invite"), sent).status_code == 422


@pytest.mark.parametrize(
    ("until", "words"), [("2026-11-01", "Das Ende liegt in der Vergangenheit."), ("9999-12-31", "prüfen Sie das Jahr")]
)
def test_an_end_that_cannot_be_meant_is_told_in_plain_words(browser: Browser, anna: Actor, until: str, words: str):
    sent = {"organisation": SONNENHOF, "until": until, **informed(anna)}
    answer = browser(anna).post(at("team-invite"), sent)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_anna_hands_heinrich_over_on_a_day_to_come(browser: Browser, anna: Actor, bernd: Actor):
    day = timezone.localdate() + timedelta(days=7)
    sent = {"organisation": SONNENHOF, "on": day.isoformat(), **informed(anna)}
    assert browser(anna).post(at("hand-over"), {**sent, "on": timezone.localdate().isoformat()}).status_code == 422
    assert browser(anna).post(at("hand-over"), sent).status_code == 302
    assert (sees(anna), sees(bernd)) == (True, True)
    page = told(browser(anna), at("team"))
    assert f"bis {day - timedelta(days=1):%d.%m.%Y}" in page
    assert at("hand-over") not in page


def test_anna_ends_her_services_link_after_a_question(browser: Browser, anna: Actor, clara: Actor):
    client = browser(anna)
    assert "versorgt Heinrich Brandt nicht mehr" in told(client, at("team-end", MOORLAND))
    assert sees(anna)
    assert client.post(at("team-end", MOORLAND)).status_code == 302
    assert client.get(at("team")).status_code == 404
    page = told(browser(clara), at("team"))
    assert "Beendet" in page


def test_clara_cannot_end_what_others_began_but_heinrich_can(
    browser: Browser, clara: Actor, heinrich: Actor, anna: Actor
):
    assert browser(clara).get(at("team-end", MOORLAND)).status_code == 404
    assert browser(clara).post(at("team-end", MOORLAND)).status_code == 404
    assert sees(anna)
    assert browser(heinrich).post(at("team-end", MOORLAND)).status_code == 302
    assert not sees(anna)


def test_heinrich_invites_himself_and_ida_cannot(browser: Browser, heinrich: Actor, ida: Actor, bernd: Actor):
    assert browser(ida).get(at("team-invite")).status_code == 404
    assert at("team-invite") not in told(browser(ida), at("team"))
    assert (
        browser(heinrich).post(at("team-invite"), {"organisation": SONNENHOF, **informed(heinrich)}).status_code == 302
    )
    assert sees(bernd)


def test_the_team_reads_whom_to_call_and_that_clara_is_away(browser: Browser, anna: Actor, clara: Actor, mia: Actor):
    start = timezone.localtime()
    night = services.offer_on_call(anna, name="Rufbereitschaft Pflege", phone="04499 2299").logical_id
    services.take_turn(anna, service=night, person=str(anna.person), start=start, end=start + timedelta(hours=8))
    day = start.date()
    services.enter_absence(
        clara, person=str(clara.person), organisation=MARKT, since=day, until=day, substitute=str(mia.person)
    )
    page = told(browser(mia), at("team"))
    assert "Rufbereitschaft Pflege 04499 2299: Anna Siemer" in page
    assert f"Dr. Clara Voss ist bis {day:%d.%m.%Y} abwesend; Vertretung: Mia Thole" in page


@pytest.mark.storage
def test_the_pages_cost_few_statements_whatever_their_rows(
    browser: Browser, anna: Actor, clara: Actor, heinrich: Actor
):
    by = [treatment(timezone.localtime(), str(anna.person))]
    for place in ("sonnenhof", "deichweg", "klinikum", "gemeinde"):
        services.start_link(anna, HEINRICH, organisation=ident(place), bases=by)
        services.offer_on_call(clara, name=place, phone="1")
    for actor in (anna, heinrich):
        client = browser(actor)
        for address in (at("team"), at("team-invite")):
            forget()
            client.get(address)
            with CaptureQueriesContext(connection) as spent:
                assert client.get(address).status_code == 200
            statements = [one["sql"] for one in spent if "SAVEPOINT" not in one["sql"]]
            assert len(statements) <= 12, "\n".join(statements)
