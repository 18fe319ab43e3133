"""Pages: why somebody is not seen, asking, answering; reading in an emergency, and looking at it afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from messaging.jobs.runner import run_due
from patients import events
from patients.access import Action, allowed
from patients.accounts.actor import Actor
from patients.audit.models import AuditEvent
from patients.network import resources, services
from patients.network.queries.names import forget
from patients.network.resources import Name
from patients.records.models import Document
from telecare.privacy import news
from tests.cast import HEINRICH, WILMA
from tests.cast import ident as known_by

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

Browser = Callable[[Actor], Client]
HIMSELF = {
    "family": "Brandt",
    "given": "Heinrich",
    "birth_date": "1941-03-14",
    "kvnr": "X110411941",
    "line": "",
    "postal_code": "",
}
WORDS = {"kind": "unresponsive", "reason": "Gestürzt, nicht ansprechbar."}
OVER = timedelta(minutes=31)


def asked(page: Client, **other: str) -> str:
    answer = page.post(reverse("privacy:why"), HIMSELF | {"reason": "Kommt ab Montag."} | other, follow=True)
    assert answer.status_code == 200
    run_due()
    return re.sub(r'csrf[a-z]*"?(?: value| content)?="[^"]+', "", answer.content.decode())


def opened(page: Client) -> Document:
    answer = page.post(reverse("privacy:emergency"), HIMSELF | WORDS)
    assert answer.headers["Location"] == reverse("dashboards:patient", args=[HEINRICH])
    return Document.objects.filter(type="Task", patient=HEINRICH, category="consent").latest("pk")


def test_david_asks_anna_allows_and_he_sees_heinrich(browser: Browser, david: Actor, anna: Actor) -> None:
    page = browser(david)
    assert page.get(reverse("dashboards:patient", args=[HEINRICH])).status_code == 404
    assert "Ihre Anfrage ist unterwegs" in asked(page)
    shown = browser(anna).get(reverse("privacy:requests")).content.decode()
    assert "Praxis Deichweg" in shown
    assert "Kommt ab Montag." in shown
    task = Document.objects.get(type="Task", patient=HEINRICH).logical_id
    day = timezone.localdate().isoformat()
    answer = browser(anna).post(reverse("privacy:answer", args=[task]), {"act": "grant", "on": day}, follow=True)
    assert "sieht diese Person ab jetzt" in answer.content.decode()
    assert page.get(reverse("dashboards:patient", args=[HEINRICH])).status_code == 200
    assert "Erlaubt" in page.get(reverse("privacy:why")).content.decode()


def test_the_request_stands_on_annas_worklist_and_leads_to_its_own_page(
    browser: Browser, david: Actor, anna: Actor
) -> None:
    asked(browser(david))
    page, task = browser(anna), Document.objects.get(type="Task", patient=HEINRICH).logical_id
    shown = page.get(reverse("tasks:worklist")).content.decode()
    assert "Kommt ab Montag." in shown
    assert reverse("privacy:requests") in shown
    assert page.get(reverse("tasks:task", args=[task])).headers["Location"] == reverse("privacy:requests")
    refused = page.post(reverse("tasks:move", args=[task]), {"act": "complete", "outcome": ""})
    assert refused.status_code == 403, refused.content.decode()[-2500:]


def test_heinrich_says_no_in_his_own_words(browser: Browser, david: Actor, heinrich: Actor) -> None:
    asked(browser(david))
    task = Document.objects.get(type="Task", patient=HEINRICH).logical_id
    said = {"act": "refuse", "words": "Ich kenne diese Praxis nicht."}
    browser(heinrich).post(reverse("privacy:answer", args=[task]), said)
    assert "Ich kenne diese Praxis nicht." in browser(david).get(reverse("privacy:why")).content.decode()
    assert not allowed(david, Action.READ, patient=HEINRICH)


def test_the_page_answers_alike_for_known_and_unknown_people(browser: Browser, david: Actor) -> None:
    known = asked(browser(david))
    unknown = asked(browser(david), family="Nirgends", kvnr="", line="Weg 1", postal_code="49377")
    rest = [re.sub(r"Heinrich (Brandt|Nirgends)", "·", text) for text in (known, unknown)]
    assert rest[0].split("Anfragen Ihrer Einrichtung")[0] == rest[1].split("Anfragen Ihrer Einrichtung")[0]
    assert browser(david).get(reverse("privacy:why")).content.decode().count("Gesendet") == 2


def test_in_an_emergency_david_reads_under_a_banner_on_every_page_until_he_ends_it(
    browser: Browser, david: Actor
) -> None:
    page = browser(david)
    task = opened(page)
    for where in ("start", "dashboards:people", "tasks:worklist", "help"):
        shown = page.get(reverse(where)).content.decode()
        assert "Notfallzugriff</span>: Heinrich Brandt" in shown, where
    record = page.get(reverse("dashboards:patient", args=[HEINRICH])).content.decode()
    assert "Sie lesen diese Akte im Notfall" in record
    assert "Video beginnen" not in record
    page.post(reverse("privacy:end-emergency", args=[task.logical_id]))
    assert page.get(reverse("dashboards:patient", args=[HEINRICH])).status_code == 404
    assert "Notfallzugriff</span>" not in page.get(reverse("start")).content.decode()


def test_every_page_read_under_it_is_logged_as_an_emergency(browser: Browser, david: Actor) -> None:
    page = browser(david)
    opened(page)
    page.get(reverse("dashboards:patient", args=[HEINRICH]))
    page.get(reverse("vitals:measurements", args=[HEINRICH]))
    rows = AuditEvent.objects.filter(account=david.account, patient=HEINRICH).exclude(role="system")
    assert len(rows) >= 3
    assert {row.purpose for row in rows} == {"BTG"}


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("consultations:start", {"kind": "video"}),
        ("vitals:measure", {"value0": "84", "confirmed": "yes"}),
        ("vitals:limits", {}),
        ("tasks:new", {"text": "Wiegen", "organisation": "x"}),
        ("chat:thread", {"text": "Guten Tag"}),
    ],
)
def test_no_page_lets_him_write_or_call(browser: Browser, david: Actor, name: str, sent: dict[str, str]) -> None:
    page = browser(david)
    opened(page)
    before = set(Document.objects.values_list("type", "logical_id", "version"))
    answer = page.post(reverse(name, args=[HEINRICH, "weight"] if name == "vitals:measure" else [HEINRICH]), sent)
    assert answer.status_code in (302, 403, 404, 405, 422), answer.status_code
    assert set(Document.objects.values_list("type", "logical_id", "version")) == before


def test_heinrich_reads_who_it_was_and_anna_reviews_it(
    browser: Browser, david: Actor, heinrich: Actor, anna: Actor
) -> None:
    task = opened(browser(david)).logical_id
    shown = browser(heinrich).get(reverse("privacy:emergencies")).content.decode()
    for word in ("Dr. David Renner", "Praxis Deichweg", "Gestürzt, nicht ansprechbar.", "Jetzt offen"):
        assert word in shown
    sent = {"verdict": "in-order", "words": "Danke für die Hilfe."}
    assert browser(anna).post(reverse("privacy:review", args=[task]), sent).status_code == 302
    assert "Danke für die Hilfe." in browser(heinrich).get(reverse("privacy:emergencies")).content.decode()


def test_it_stands_on_heinrichs_start_page(browser: Browser, david: Actor, heinrich: Actor) -> None:
    opened(browser(david))
    shown = browser(heinrich).get(reverse("start")).content.decode()
    assert "Dr. David Renner hat diese Akte im Notfall gelesen" in shown
    assert "Gestürzt, nicht ansprechbar." in shown


def test_dora_finds_what_her_practice_read(browser: Browser, clara: Actor, dora: Actor) -> None:
    wilma = {"family": "Dettmer", "given": "Wilma", "birth_date": "1944-08-02", "kvnr": "X110811940"}
    browser(clara).post(reverse("privacy:emergency"), wilma | WORDS)
    page = browser(dora)
    assert "Wilma Dettmer" in page.get(reverse("privacy:emergencies")).content.decode()
    task = Document.objects.get(type="Task", patient=WILMA).logical_id
    refused = page.post(reverse("privacy:review", args=[task]), {"verdict": "not-in-order", "words": ""})
    assert refused.status_code == 422
    assert page.post(reverse("privacy:review", args=[task]), {"verdict": "in-order", "words": ""}).status_code == 302


def test_what_nobody_has_reviewed_stands_on_doras_start_page_until_it_is_settled(
    browser: Browser, clara: Actor, dora: Actor, django_assert_max_num_queries: Any
) -> None:
    said = resources.person(Name("Dettmer", "Wilma"), date(1944, 8, 2), kvnr="X110811940")
    [reading] = services.open_in_emergency(clara, said, kind="cover", reason="Vertretung, ruft an wegen Luftnot.")
    task = reading.logical_id
    page = browser(dora)
    with django_assert_max_num_queries(12):
        shown = page.get(reverse("start")).content.decode()
    for word in (
        "Notfallzugriffe, die zu prüfen sind",
        "Dr. Clara Voss",
        "Jetzt offen",
        reverse("privacy:emergencies"),
    ):
        assert word in shown
    assert "Wilma" not in shown
    assert "Luftnot" not in shown
    services.end_emergency(clara, task)
    services.review_emergency(dora, task, verdict="to-clarify", words="Ich frage nach.")
    assert "Noch zu klären" in page.get(reverse("start")).content.decode()
    services.review_emergency(dora, task, verdict="in-order", words="")
    assert "die zu prüfen sind" not in page.get(reverse("start")).content.decode()


def test_it_ends_by_itself_when_the_time_is_over(browser: Browser, david: Actor, settings: Any) -> None:
    settings.EMERGENCY_MINUTES = 0
    task = opened(browser(david))
    assert task.content["status"] == "in-progress"
    told: list[str] = []
    events.on("emergency.ended", heard := lambda **ids: told.append(str(ids["task"])), when="inside")
    try:
        run_due()
        run_due()
    finally:
        events.forget("emergency.ended", heard)
    assert told == [task.logical_id]
    assert Document.objects.get(pk=task.pk).content["status"] == "completed"


@pytest.mark.parametrize("who", ["mia", "sabine", "karl", "heinrich", "ida", "dora"])
def test_others_find_no_form_for_emergencies(browser: Browser, cast: dict[str, Actor], who: str) -> None:
    assert browser(cast[who]).post(reverse("privacy:emergency"), HIMSELF | WORDS).status_code == 403


def test_what_is_missing_is_said_at_the_field_and_kept(browser: Browser, david: Actor) -> None:
    answer = browser(david).post(reverse("privacy:emergency"), HIMSELF | {"kind": "danger", "reason": "kurz"})
    assert answer.status_code == 422
    assert "X110411941" in answer.content.decode()


def test_a_stranger_answers_reviews_and_ends_nothing(browser: Browser, david: Actor, bernd: Actor) -> None:
    asked(browser(david))
    request = Document.objects.get(type="Task", patient=HEINRICH).logical_id
    task = opened(browser(david)).logical_id
    page = browser(bernd)
    for name, ident in (("answer", request), ("end-emergency", task), ("review", task)):
        sent = {"act": "grant", "on": "2026-11-01", "verdict": "in-order", "words": "x"}
        assert page.post(reverse(f"privacy:{name}", args=[ident]), sent).status_code == 404, name


@pytest.mark.parametrize(("who", "name"), [("anna", "requests"), ("anna", "emergencies"), ("david", "why")])
def test_the_pages_cost_few_statements(
    browser: Browser, cast: dict[str, Actor], david: Actor, who: str, name: str
) -> None:
    asked(browser(david))
    opened(browser(david))
    page = browser(cast[who])
    page.get(reverse(f"privacy:{name}"))
    forget()
    with CaptureQueriesContext(connection) as spent:
        assert page.get(reverse(f"privacy:{name}")).status_code == 200
    assert len([one for one in spent if "SAVEPOINT" not in one["sql"]]) <= 12


def test_those_who_answer_for_a_house_are_told(clara: Actor, dora: Actor, anna: Actor) -> None:
    assert news.officers(str(clara.organisation)) == [dora.person]
    assert news.officers(str(anna.organisation)) == []


def test_a_page_that_is_not_theirs_leads_staff_to_the_reasons_whether_the_person_is_known_or_not(
    cast: dict[str, Actor], heinrich: Actor, browser: Browser
) -> None:
    why = reverse("privacy:why")
    for name, led in {"bernd": True, "david": True, "karl": False, "dora": False, "wilma": False}.items():
        page = browser(cast[name])
        answers = [
            page.get(reverse("dashboards:patient", args=[one])) for one in (heinrich.patient, known_by("nobody"))
        ]
        assert [one.status_code for one in answers] == [404, 404]
        assert [why in one.content.decode() for one in answers] == [led, led], name
