"""The pages of an organisation: data, staff, absences, on-call duty."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from patients.access import repository
from patients.accounts.actor import Actor, Role
from patients.accounts.models import Membership
from patients.network import resources, services
from patients.network.identifiers import BSNR, IK, of
from patients.network.queries.names import forget
from patients.network.resources import Name
from tests.cast import ident

pytestmark = [pytest.mark.django_db]

MARKT, MOORLAND, DEICHWEG = ident("markt"), ident("moorland"), ident("deichweg")
Browser = Callable[[Actor], Client]


def at(name: str, *parts: str) -> str:
    return reverse(f"network:{name}", args=parts)


def told(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_mia_finds_her_own_organisation_and_who_works_there(browser: Browser, mia: Actor):
    client = browser(mia)
    assert client.get(at("own")).headers["Location"] == at("organisation", MARKT)
    page = told(client, at("organisation", MARKT))
    for words in ("Hausarztpraxis am Markt", "Clara Voss", "Hausärztin", "Mia Thole", ", Sie"):
        assert words in page
    assert at("organisation-details", MARKT) not in page
    assert client.get(at("organisation-details", MARKT)).status_code == 404
    assert client.get(at("colleague-new", MARKT)).status_code == 404


def test_patients_and_relatives_have_no_such_page(browser: Browser, heinrich: Actor, ida: Actor):
    for actor in (heinrich, ida):
        assert browser(actor).get(at("organisation", MARKT)).status_code == 404
        assert browser(actor).get(at("rota")).status_code == 404


def test_jonas_corrects_the_data_and_a_wrong_ik_is_refused_beside_its_field(browser: Browser, jonas: Actor):
    client = browser(jonas)
    data = {"name": "Praxis am Markt", "phone": "04499 21", "ik": "109519006", "bsnr": ""}
    refused = client.post(at("organisation-details", MARKT), data)
    assert refused.status_code == 422
    assert "keine gültige IK" in refused.content.decode()
    client.post(at("organisation-details", MARKT), {**data, "ik": "109 519 005", "bsnr": "179999900"})
    content = repository(jonas).read("Organization", MARKT).content
    assert (content["name"], of(content, IK), of(content, BSNR)) == ("Praxis am Markt", "109519005", "179999900")
    assert resources.phone_of(content) == "04499 21"
    assert client.get(at("organisation-details", DEICHWEG)).status_code == 404


def test_the_practice_moves_and_its_old_address_stays_known(browser: Browser, jonas: Actor):
    today = timezone.localdate()
    for line, since in (("Am Markt 4", today - timedelta(days=900)), ("Hafenstraße 1", today)):
        place = {"line": line, "postal_code": "49377", "city": "Lüttmoor", "since": since.isoformat()}
        assert browser(jonas).post(at("organisation-address", MARKT), place).status_code == 302
    content = repository(jonas).read("Organization", MARKT).content
    assert str(resources.address_of(content)).startswith("Hafenstraße 1")
    assert str(resources.address_of(content, today - timedelta(days=1))).startswith("Am Markt 4")
    assert "Am Markt 4" in told(browser(jonas), at("organisation", MARKT))


def test_jonas_enters_a_colleague_gives_a_function_and_ends_it(browser: Browser, jonas: Actor):
    client = browser(jonas)
    new = {"given": "Insa", "family": "Harms", "honorific": "Dr.", "role": "doctor", "title": "", "lanr": "123456601"}
    made = client.post(at("colleague-new", MARKT), new)
    where = made.headers["Location"]
    insa = f"Practitioner/{where.rstrip('/').rpartition('/')[2]}"
    assert "Dr. Insa Harms" in told(client, where)
    assert client.post(where, {"act": "function", "role": "data-protection-officer"}).status_code == 302
    assert {one.role for one in Membership.objects.filter(person=insa)} == {"doctor", "data-protection-officer"}
    assert "Insa Harms" in told(client, reverse("accounts:colleagues"))
    assert reverse("accounts:colleagues") in told(client, at("organisation", MARKT))
    function = Membership.objects.get(person=insa, role="doctor").document
    assert client.post(where, {"act": "end-function", "id": function}).status_code == 302
    assert {one.role for one in Membership.objects.filter(person=insa)} == {"data-protection-officer"}
    assert client.post(where, {"act": "function", "role": "operator"}).status_code == 422


def test_the_head_of_nursing_gives_nursing_functions_and_no_others(browser: Browser, jens: Actor, anna: Actor):
    client, where = browser(jens), at("colleague", MOORLAND, ident("anna"))
    page = told(client, where)
    assert "Pflegehilfskraft" in page or "nursing-assistant" in page
    assert 'value="administrator"' not in page
    assert client.post(where, {"act": "function", "role": "administrator"}).status_code == 422
    assert client.post(where, {"act": "function", "role": "nursing-assistant"}).status_code == 302
    assert Membership.objects.filter(person=anna.person, role="nursing-assistant").exists()


def test_anna_enters_her_holiday_on_her_own_page_and_nothing_else(browser: Browser, anna: Actor, jens: Actor):
    client, where = browser(anna), at("colleague", MOORLAND, ident("anna"))
    today = timezone.localdate()
    days = {"since": today.isoformat(), "until": (today + timedelta(days=3)).isoformat()}
    assert client.post(where, {"act": "absence", **days, "substitute": str(jens.person)}).status_code == 302
    page = told(browser(jens), at("organisation", MOORLAND))
    assert "Abwesend" in page
    assert "Vertretung: Jens Okken" in page
    backwards = {"since": days["until"], "until": days["since"], "substitute": ""}
    assert client.post(where, {"act": "absence", **backwards}).status_code == 422
    assert 'value="function"' not in told(client, where)
    other = at("colleague", MOORLAND, ident("jens"))
    assert 'value="absence"' not in told(client, other)


def test_the_rota_is_kept_on_its_page(browser: Browser, anna: Actor, jens: Actor):
    client = browser(anna)
    client.post(at("rota"), {"act": "service", "name": "Rufbereitschaft", "phone": "04499 2299"})
    service = services.offer_on_call(anna, name="Palliativruf", phone="04499 2298").logical_id
    start = timezone.localtime() - timedelta(hours=1)
    turn = {
        "act": "turn",
        "service": service,
        "person": str(jens.person),
        "start": start.strftime("%Y-%m-%dT%H:%M"),
        "end": (start + timedelta(hours=12)).strftime("%Y-%m-%dT%H:%M"),
    }
    assert client.post(at("rota"), {**turn, "end": turn["start"]}).status_code == 422
    assert client.post(at("rota"), turn).status_code == 302
    page = told(client, at("rota"))
    assert "Rufbereitschaft" in page
    assert "Jens Okken" in page


def test_the_operator_creates_an_organisation_and_others_find_no_such_page(
    browser: Browser, admin: Actor, jonas: Actor, clara: Actor
):
    for other in (jonas, clara):
        assert browser(other).get(at("organisation-new")).status_code == 404
    client = browser(admin)
    asked = {"name": "Praxis Hafen", "kind": "practice", "line": "Hafen 1", "postal_code": "49377", "city": "Hafen"}
    assert client.post(at("organisation-new"), {**asked, "bsnr": "12"}).status_code == 422
    where = client.post(at("organisation-new"), asked).headers["Location"]
    new = {"given": "Uwe", "family": "Janssen", "role": "administrator"}
    assert client.post(f"{where}staff/new/", new).status_code == 302
    page = told(client, where)
    for words in ("Praxis Hafen", "Hafen 1", "Uwe Janssen"):
        assert words in page
    assert "Praxis Hafen" in told(browser(clara), at("organisations"))


@pytest.mark.storage
def test_the_pages_cost_few_statements_whatever_their_rows(browser: Browser, anna: Actor, jens: Actor):
    night = services.offer_on_call(anna, name="Nacht", phone="1").logical_id
    start = timezone.localtime()
    for number in range(12):
        made = services.add_practitioner(
            jens, name=Name(f"Nachname{number}", "Vorname"), organisation=MOORLAND, role=Role.NURSE
        )
        services.take_turn(
            anna, service=night, person=made.reference, start=start, end=start + timedelta(hours=number + 1)
        )
    client = browser(anna)
    for address in (
        at("organisations"),
        at("organisation", MOORLAND),
        at("colleague", MOORLAND, ident("jens")),
        at("rota"),
    ):
        forget()
        client.get(address)
        with CaptureQueriesContext(connection) as spent:
            assert client.get(address).status_code == 200
        assert len([one for one in spent if "SAVEPOINT" not in one["sql"]]) <= 12, address
