"""Pages of consents: Heinrich's switches, the list of the team, papers, the form."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.access import Action, allowed
from patients.accounts.models import User
from patients.accounts.queries import actor_of
from patients.network import documents, queries, resources, services
from patients.records.models import Document
from tests.cast import HEINRICH, IDA, WILMA, ident

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

MARKT = f"Organization/{ident('markt')}"
BUT_MENTAL = ["clinical", "medication", "nursing", "chat"]
TODAY = timezone.localdate()  # when the run began: midnight may come before a test does


def address(name: str, *parts: str) -> str:
    return reverse(f"privacy:{name}", args=[HEINRICH, *parts])


def words(answer) -> str:
    """What stands on a page, without marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def paper(**given: object) -> dict[str, object]:
    """What Anna fills in."""
    return {
        "says": "permit",
        "about": "record",
        "whom": MARKT,
        "categories": ["mental"],
        "signed_date": TODAY.isoformat(),
        "informed_by": f"Practitioner/{ident('clara')}",
        "scan": "Ordner 4, Blatt 12",
    } | given


# -- the person


def test_heinrich_switches_the_practice_off_and_sees_it(browser, heinrich, clara):
    page = browser(heinrich).get(reverse("privacy:own-consents")).content.decode()
    for name in ("Hausarztpraxis am Markt", "Pflegedienst Moorland", "Linden-Apotheke", "Ida Brandt"):
        assert name in page
    answer = browser(heinrich).post(
        address("choose"), {"whom": MARKT, "categories": ["medication", "nursing", "chat"]}, follow=True
    )
    assert "Ihre Wahl gilt ab jetzt." in words(answer)
    assert "Hausarztpraxis am Markt darf nicht sehen: Werte und Befunde" in words(answer)
    assert not allowed(clara, Action.READ, patient=HEINRICH, category="clinical")
    browser(heinrich).post(address("choose"), {"whom": MARKT, "categories": BUT_MENTAL})
    assert allowed(clara, Action.READ, patient=HEINRICH, category="clinical")


def test_heinrich_says_no_to_video_and_takes_it_back(browser, heinrich):
    answer = browser(heinrich).post(address("say"), {"act": "video", "says": "no"}, follow=True)
    assert "Das Nein ist erfasst." in words(answer)
    assert queries.refused(HEINRICH, "video")
    browser(heinrich).post(address("say"), {"act": "video", "says": "yes"})
    assert not queries.refused(HEINRICH, "video")
    assert browser(heinrich).post(address("say"), {"act": "video", "says": "maybe"}).status_code == 422
    assert browser(heinrich).post(address("say"), {"act": "gossip", "says": "no"}).status_code == 422


def test_an_objection_to_everybody_stands_on_top_and_is_taken_back_there(browser, heinrich):
    objection = services.object_to(heinrich, HEINRICH, categories=["chat"])
    page = words(browser(heinrich).get(reverse("privacy:own-consents")))
    assert "Niemand darf sehen: Gespräch im Team" in page
    browser(heinrich).post(address("withdraw", objection.logical_id))
    assert Document.objects.get(logical_id=objection.logical_id).content["status"] == "inactive"


def test_idas_representation_gives_her_the_switches_within_it(browser, anna, ida):
    assert browser(ida).get(reverse("privacy:own-consents")).status_code == 404
    services.make_representative(
        anna, IDA, scope=["administrative", "clinical", "chat", "consent"], evidence="Vorsorgevollmacht"
    )
    page = words(browser(ida).get(reverse("privacy:own-consents")))
    assert "Sie entscheiden für Heinrich Brandt." in page
    within = {"whom": MARKT, "categories": ["clinical", "medication", "nursing"]}
    assert browser(ida).post(address("choose"), within).status_code == 302
    beyond = browser(ida).post(address("choose"), {"whom": MARKT, "categories": ["clinical"]})
    assert beyond.status_code == 403
    assert actor_of(User.objects.get(pk=ida.account)).role == "representative"


# -- the team


def test_anna_records_a_paper_and_finds_all_of_it_in_the_list(browser, anna, clara):
    page = browser(anna).get(address("paper")).content.decode()
    assert "Dr. Clara Voss" in page
    answer = browser(anna).post(address("paper"), paper(), follow=True)
    for what in (
        "Hausarztpraxis am Markt darf sehen: Seelische Gesundheit",
        "Einwilligung gilt",
        "Ablage: Ordner 4, Blatt 12",
        "aufgeklärt durch Dr. Clara Voss",
        "Papier bei: Pflegedienst Moorland",
    ):
        assert what in words(answer)
    assert allowed(clara, Action.READ, patient=HEINRICH, category="mental")


@pytest.mark.parametrize(
    "given",
    [
        {"whom": "everybody"},
        {"whom": ""},
        {"categories": []},
        {"categories": ["gossip"]},
        {"whom": f"Organization/{ident('deichweg')}"},
        {"signed_date": (TODAY + timedelta(days=2)).isoformat()},
        {"until_date": (TODAY - timedelta(days=1)).isoformat()},
        {"informed_by": f"Practitioner/{ident('david')}"},
        {"says": ""},
        {"about": "gossip"},
    ],
)
def test_what_a_paper_cannot_say_is_said_so_and_nothing_is_stored(browser, anna, given):
    before = Document.objects.filter(type="Consent").count()
    assert browser(anna).post(address("paper"), paper(**given)).status_code == 422
    assert Document.objects.filter(type="Consent").count() == before


def test_anna_records_an_objection_to_everybody_and_a_no_to_photos_from_paper(browser, anna, clara):
    browser(anna).post(address("paper"), paper(says="deny", whom="everybody", categories=["nursing"]))
    assert not allowed(clara, Action.READ, patient=HEINRICH, category="nursing")
    browser(anna).post(address("paper"), paper(says="deny", about="photo", whom="", categories=[]))
    assert queries.refused(HEINRICH, "photo")


def test_anna_enters_the_day_of_a_withdrawal(browser, anna, heinrich):
    consent = services.allow(heinrich, HEINRICH, whom=MARKT, categories=["mental"])
    later = (TODAY + timedelta(days=2)).isoformat()
    assert browser(anna).post(address("withdraw", consent.logical_id), {"on": later}).status_code == 422
    assert browser(anna).post(address("withdraw", consent.logical_id), {"on": "x"}).status_code == 422
    answer = browser(anna).post(address("withdraw", consent.logical_id), {"on": TODAY.isoformat()}, follow=True)
    assert "erfasst durch Anna Siemer" in words(answer)
    assert "Verlauf" in words(answer)


def test_clara_reads_consents_and_records_only_a_no(browser, clara, heinrich):
    page = words(browser(clara).get(address("consents")))
    assert "Ida Brandt darf sehen" in page
    assert "Vom Papier erfassen" not in page
    assert browser(clara).get(address("paper")).status_code == 403
    assert browser(clara).post(address("say"), {"act": "photo", "says": "no"}).status_code == 302
    assert queries.refused(HEINRICH, "photo")
    assert browser(clara).post(address("say"), {"act": "photo", "says": "yes"}).status_code == 403


def test_mia_records_papers_without_reading_consents(browser, mia, heinrich):
    page = words(browser(mia).get(address("consents")))
    assert "lesen sie aber nicht" in page
    assert "Ida Brandt darf sehen" not in page
    assert browser(mia).post(address("paper"), paper(informed_by=f"Practitioner/{ident('mia')}")).status_code == 302


def test_what_another_system_says_is_listed_to_be_read_by_hand(browser, anna, heinrich):
    sent = resources.consent(
        HEINRICH,
        permit=False,
        whom=[],
        categories=["chat"],
        on=timezone.localtime(),
        by=str(heinrich.person),
        recorded_by=None,
    )
    (provision,) = sent["provision"]["provision"]
    provision["purpose"] = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "TREAT"}]
    documents.write(heinrich, sent)
    page = words(browser(anna).get(address("consents")))
    assert "Nicht angewendet, bitte selbst lesen" in page
    assert "Bedingungen, die wir nicht verstehen. Wo sie nein sagt, gilt sie als Widerspruch." in page


@pytest.mark.parametrize("who", ["anna", "clara", "mia"])
def test_the_form_has_the_team_and_lines_to_sign(browser, cast, who):
    page = words(browser(cast[who]).get(address("print")))
    for what in ("Heinrich Brandt", "14.03.1941", "Hausarztpraxis am Markt", "Ida Brandt", "Unterschrift der Person"):
        assert what in page


@pytest.mark.parametrize("who", ["bernd", "david", "karl", "admin", "dora", "wilma", "ida"])
def test_strangers_and_relatives_find_no_consents(browser, cast, who):
    consent = Document.objects.filter(type="Consent", patient=HEINRICH).first()
    client = browser(cast[who])
    for name, *parts in (("consents",), ("paper",), ("choose",), ("say",), ("withdraw", consent.logical_id)):
        assert client.post(address(name, *parts), paper(says="no", act="video")).status_code in (403, 404, 405), name
        if who != "ida":
            assert client.get(address(name, *parts)).status_code in (404, 405), name
    assert not queries.refused(HEINRICH, "video")


def test_a_consent_is_not_taken_back_under_another_persons_name(browser, heinrich, wilma):
    consent = services.allow(heinrich, HEINRICH, whom=MARKT, categories=["mental"])
    elsewhere = reverse("privacy:withdraw", args=[WILMA, consent.logical_id])
    assert browser(heinrich).post(elsewhere).status_code == 404
    assert browser(wilma).post(elsewhere).status_code == 404
    assert Document.objects.get(logical_id=consent.logical_id).content["status"] == "active"


@pytest.mark.parametrize("who", ["anna", "clara"])
def test_the_patient_page_says_what_heinrich_does_not_want(browser, cast, heinrich, who):
    page = reverse("dashboards:patient", args=[HEINRICH])
    assert "Möchte kein" not in words(browser(cast[who]).get(page))
    services.refuse(heinrich, HEINRICH, act="video")
    services.refuse(heinrich, HEINRICH, act="photo")
    assert "Möchte kein Video Möchte keine Fotos" in words(browser(cast[who]).get(page))
    services.agree_to(heinrich, HEINRICH, act="video")
    assert "Möchte kein Video" not in words(browser(cast[who]).get(page))


def test_a_paper_until_a_year_that_nobody_means_is_asked_back(browser, anna):
    for field in ("until_date", "signed_date"):
        for year in ("0001", "9999"):
            answer = browser(anna).post(address("paper"), paper(**{field: f"{year}-12-31"}))
            assert answer.status_code == 422
            assert "Bitte prüfen Sie das Jahr." in words(answer)
