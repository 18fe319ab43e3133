from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from patients import audit
from patients.accounts.models import User
from patients.accounts.queries import actor_of
from patients.fhir import ingest
from patients.network import services
from patients.network.services import choose, make_representative
from telecare.dashboards.queries import own
from telecare.privacy.services import scope_of
from tests.cast import HEINRICH


def test_anna_sees_her_tour_the_order_and_what_ida_wrote(browser, anna, a_day):
    page = browser(anna).get(reverse("start")).content.decode()
    for words in ("Heinrich Brandt", "10:15", "Wiegen", "84,6", "Wundfoto machen", "Papa hat dicke Knöchel."):
        assert words in page


def test_clara_sees_the_review(browser, clara, a_day):
    page = browser(clara).get(reverse("start")).content.decode()
    assert "Heinrich Brandt" in page
    assert "84,6" in page
    assert "Dr. Clara Voss" in page


def test_heinrich_sees_his_own_page(browser, heinrich, a_day):
    page = browser(heinrich).get(reverse("start")).content.decode()
    assert "84,6" in page
    assert "Pflegedienst Moorland" in page


def test_ida_sees_her_fathers_page(browser, ida, a_day):
    page = browser(ida).get(reverse("start")).content.decode()
    assert "84,6" in page


@pytest.mark.parametrize("who", ["anna", "clara", "mia"])
def test_the_patient_page_says_who_may_see_it_and_why(browser, cast, heinrich, a_day, who):
    page = browser(cast[who]).get(reverse("dashboards:patient", args=[heinrich.patient])).content.decode()
    for words in ("Heinrich Brandt", "1941", "84,6", "Hausarztpraxis am Markt", "Pflegedienst Moorland"):
        assert words in page


def test_who_came_in_without_a_name_is_called_so_where_a_name_would_stand(browser, clara, tmp_path):
    file = tmp_path / "nameless.json"
    file.write_text('{"resourceType": "Patient", "id": "nameless", "birthDate": "1966-04-04"}')
    assert not ingest.run([file], custodian=str(clara.organisation)).refusals
    for address in (reverse("dashboards:people"), reverse("dashboards:patient", args=["nameless"])):
        page = browser(clara).get(address).content.decode()
        assert "Ohne Namen" in page
        assert "04.04.1966" in page


@pytest.mark.parametrize("who", ["bernd", "david", "karl", "admin", "dora", "wilma"])
@pytest.mark.parametrize("name", ["dashboards:patient", "vitals:measurements", "vitals:measure-first", "tasks:new"])
def test_who_does_not_care_for_heinrich_gets_what_nobody_gets(browser, cast, heinrich, a_day, who, name):
    client = browser(cast[who])
    foreign = client.get(reverse(name, args=[heinrich.patient]))
    nobody = client.get(reverse(name, args=["6c0f6ac4-4d5f-4d9a-9d5c-0e5f9e0a1b2c"]))
    assert foreign.status_code == nobody.status_code == 404
    assert "Brandt" not in foreign.content.decode()


@pytest.mark.parametrize("who", ["bernd", "david"])
def test_start_pages_of_others_show_nothing_of_heinrich(browser, cast, a_day, who):
    page = browser(cast[who]).get(reverse("start")).content.decode()
    assert "Brandt" not in page


@pytest.mark.parametrize("who", ["karl", "admin", "dora"])
def test_functions_without_patients_have_a_page_too(browser, cast, who):
    assert browser(cast[who]).get(reverse("start")).status_code == 200


def test_a_name_is_found_by_its_first_letters_and_only_among_ones_own(browser, clara, david, heinrich):
    found = browser(clara).post(reverse("dashboards:people"), {"q": "Bran"}).content.decode()
    assert "Heinrich Brandt" in found
    assert "Heinrich Brandt" not in browser(david).post(reverse("dashboards:people"), {"q": "Brandt"}).content.decode()


def test_heinrich_reads_who_has_looked_at_his_record(browser, anna, heinrich, a_day):
    browser(anna).get(reverse("dashboards:patient", args=[heinrich.patient]))
    assert "Anna Siemer" in browser(heinrich).get(reverse("privacy:accesses")).content.decode()


def test_heinrich_and_ida_are_told_when_a_code_was_printed_for_a_sign_in(browser, anna, clara, heinrich, ida):
    printed = services.print_sign_in(anna, HEINRICH, str(heinrich.person))
    assert printed.name == "Heinrich Brandt", "the sheet says whose it is"
    his, hers = (browser(one).get("/").content.decode() for one in (heinrich, ida))
    assert "Anna Siemer hat einen Code für Ihren Zugang gedruckt" in his
    assert "einen Code" not in hers, "it is not for her sign-in"
    services.print_sign_in(anna, HEINRICH, str(ida.person))
    for number in range(210):  # whoever looks much does not push the notice away
        audit.record(clara, action="search", patient=HEINRICH, type="Observation", ident=str(number))
    his, hers = (browser(one).get("/").content.decode() for one in (heinrich, ida))
    assert "Anna Siemer hat einen Code für den Zugang einer oder eines Angehörigen gedruckt" in his
    assert "Anna Siemer hat einen Code für Ihren Zugang gedruckt" in hers


def test_a_notice_of_a_code_is_gone_after_two_weeks(browser, anna, heinrich, monkeypatch):
    services.print_sign_in(anna, HEINRICH, str(heinrich.person))
    monkeypatch.setattr(own, "TOLD", timedelta(0))
    assert "einen Code" not in browser(heinrich).get("/").content.decode()


def test_ida_reads_whose_values_she_sees(browser, ida, heinrich, a_day):
    hers, his = (browser(one).get("/").content.decode() for one in (ida, heinrich))
    assert "Werte von Heinrich Brandt" in hers
    assert "Versorgungsteam von Heinrich Brandt" in hers
    assert "Meine Werte" not in hers
    assert "Meine Werte" in his


@pytest.mark.parametrize(
    ("who", "addresses"),
    [
        ("admin", ["/sign-ins/"]),
        ("dora", ["/oversight/", "/erasures/"]),
        ("karl", []),
    ],
)
def test_the_start_of_an_office_leads_to_what_it_is_for(browser, cast, who, addresses):
    main = browser(cast[who]).get("/").content.decode().split("<main")[1]
    led = [one for one in ("/sign-ins/", "/oversight/", "/erasures/") if f'href="{one}"' in main]
    assert led == addresses


def test_strangers_are_sent_to_sign_in(client, heinrich):
    answer = client.get(reverse("dashboards:patient", args=[heinrich.patient]))
    assert answer.status_code == 302
    assert "sign-in" in answer["Location"]


def test_ida_is_told_in_plain_words_when_nobody_lets_her_see_anything_and_can_sign_out(browser, ida, heinrich, a_day):
    choose(heinrich, str(heinrich.patient), whom=str(ida.person), categories=set())
    page = browser(ida).get(reverse("start"), follow=True)
    words = page.content.decode()
    assert page.status_code == 200
    assert "Zurzeit niemand" in words
    assert reverse("accounts:sign-out") in words
    assert "Heinrich" not in words


def test_a_guardian_is_led_to_the_log_of_each_person_for_health_and_to_none_without(browser, cast, anna, ida, heinrich):
    def acts_for(health: bool) -> Any:
        scope = scope_of(health=health, mental=False)
        make_representative(anna, str(ida.person).partition("/")[2], scope=scope, kind="guardian", evidence="Urkunde")
        return browser(actor_of(User.objects.get(pk=ida.account))).get(
            reverse("dashboards:patient", args=[heinrich.patient])
        )

    log = reverse("privacy:accesses-of", args=[heinrich.patient])
    assert log in acts_for(True).content.decode()
    assert log not in acts_for(False).content.decode()
