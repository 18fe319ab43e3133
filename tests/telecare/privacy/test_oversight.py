"""Dora reads what her practice did; its administrator that without content; nobody else reads any of it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from patients import audit
from patients.access import repository
from patients.accounts import services as accounts
from patients.accounts.actor import Actor, Purpose, Role, system
from patients.accounts.queries import actor_of
from patients.audit.models import AuditEvent
from patients.database import write
from patients.network import services as network
from patients.network.resources import Name
from telecare.privacy.queries import oversight
from telecare.privacy.queries.oversight import Asked, oversight_page
from tests.cast import HEINRICH, WILMA, ident

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
LOG = "/oversight/"


@pytest.fixture
def a_morning(clara, mia, anna, david):
    """Clara read Heinrich's record, in an emergency too; Mia was refused Wilma's; Anna and David work elsewhere."""
    repository(clara, source="page").read("Patient", HEINRICH)
    in_an_emergency = Actor(
        Role.DOCTOR, account=clara.account, person=clara.person, organisation=clara.organisation,
        purpose=Purpose.EMERGENCY,
    )  # fmt: skip
    audit.record(in_an_emergency, action="read", patient=WILMA, type="Patient", ident=WILMA, source="page")
    audit.record(mia, action="read", outcome="denied", patient=WILMA, type="Patient", ident=WILMA, source="page")
    repository(anna, source="page").read("Patient", HEINRICH)
    repository(david, source="page").read("Patient", WILMA)


@pytest.fixture
def verena(cast) -> Actor:
    """Administrator of Clara's practice."""
    maker = system("test")
    who = network.add_practitioner(
        maker, name=Name("Ott", "Verena"), organisation=ident("markt"), role=Role.ADMINISTRATOR, title="Verwaltung"
    )
    return actor_of(accounts.create_account(maker, kind="staff", username="verena", person=who.reference, name="Ott"))


def names(page: oversight.OversightPage) -> list[str]:
    return [row.name for row in page.rows]


def test_dora_reads_what_her_practice_did_and_nothing_of_others(dora, a_morning):
    page = oversight_page(dora, Asked())
    assert names(page) == ["Mia Thole", "Dr. Clara Voss", "Dr. Clara Voss"]
    assert [row.patient for row in page.rows] == [WILMA, WILMA, HEINRICH]
    assert [row.emergency for row in page.rows] == [False, True, False]
    assert page.rows[0].state == "watch"


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ({"patient": HEINRICH}, 1),
        ({"patient": "nobody"}, 0),
        ({"purpose": "BTG"}, 1),
        ({"outcome": "denied"}, 1),
        ({"kind": "looks"}, 3),
        ({"kind": "changes"}, 0),
        ({"kind": "accounts"}, 0),
        ({"first": timezone.localdate() + timedelta(days=1)}, 0),
        ({"last": timezone.localdate() - timedelta(days=1)}, 0),
        ({"first": timezone.localdate() - timedelta(days=1), "last": timezone.localdate()}, 3),
        ({"before": 1}, 0),
    ],
)
def test_dora_narrows_it(dora, a_morning, asked, number):
    assert len(oversight_page(dora, Asked(**asked)).rows) == number


def test_dora_asks_for_one_colleague(dora, mia, a_morning):
    assert oversight.staff_of(dora)[mia.person] == "Mia Thole"
    assert names(oversight_page(dora, Asked(staff=str(mia.person)))) == ["Mia Thole"]


def test_that_dora_looked_is_in_the_log_once_for_each_patient(dora, heinrich, a_morning):
    oversight_page(dora, Asked())
    looks = AuditEvent.objects.filter(person=dora.person, type="AuditEvent")
    assert sorted(looks.values_list("patient", flat=True)) == sorted([HEINRICH, WILMA])
    page = oversight_page(dora, Asked(kind="log"))
    assert names(page) == ["Dora Wilke", "Dora Wilke"]


def test_an_empty_answer_is_in_the_log_too(dora, a_morning):
    oversight_page(dora, Asked(patient="nobody"))
    assert AuditEvent.objects.filter(person=dora.person, type="AuditEvent", patient="").count() == 1


def test_the_administrator_reads_it_without_content(verena, a_morning):
    page = oversight_page(verena, Asked())
    assert names(page) == ["Mia Thole", "Dr. Clara Voss", "Dr. Clara Voss"]
    assert {(row.patient, row.what) for row in page.rows} == {("", "")}
    assert len(oversight_page(verena, Asked(patient=HEINRICH)).rows) > 3  # narrows nothing: it would tell


@pytest.mark.parametrize("who", ["clara", "mia", "anna", "bernd", "heinrich", "ida", "karl", "admin", "sabine"])
@pytest.mark.parametrize("name", ["oversight", "oversight-export", "oversight-person"])
def test_nobody_else_has_such_a_page(browser, cast, a_morning, who, name):
    client = browser(cast[who])
    given = {"kvnr": "X110411941", "birth_date": "1941-03-14"}
    answer = client.post(f"{LOG}person/", given) if name.endswith("person") else client.get(reverse(f"privacy:{name}"))
    assert answer.status_code == 404


def test_the_page_shows_words_and_short_numbers_and_no_name_of_a_patient(browser, dora, a_morning):
    page = browser(dora).get(LOG).content.decode()
    for words in (
        "Dr. Clara Voss",
        "Mia Thole",
        "Notfallzugriff",
        "Abgelehnt",
        HEINRICH[:8],
        "Hausarztpraxis am Markt",
    ):
        assert words in page
    for words in ("Brandt", "Dettmer", "X110411941"):
        assert words not in page


def test_the_administrators_page_shows_no_patient(browser, verena, a_morning):
    page = browser(verena).get(LOG).content.decode()
    assert "Dr. Clara Voss" in page
    for words in (HEINRICH, HEINRICH[:8], WILMA[:8], "Patient</"):
        assert words not in page
    assert browser(verena).post(f"{LOG}person/", {"kvnr": "X110411941", "birth_date": "1941-03-14"}).status_code == 404


def test_somebody_asks_dora_who_has_read_his_record(browser, dora, a_morning):
    client = browser(dora)
    found = client.post(f"{LOG}person/", {"kvnr": "x110 411 941", "birth_date": "1941-03-14"})
    assert found.headers["Location"] == f"{LOG}?patient={HEINRICH}"
    page = client.get(found.headers["Location"]).content.decode()
    assert "Dr. Clara Voss" in page
    assert "Mia Thole</th" not in page


def test_a_person_of_others_is_answered_like_one_who_does_not_exist(browser, dora, david):
    repository(david, source="page").read("Patient", WILMA)
    client = browser(dora)
    answers = [
        client.post(f"{LOG}person/", {"kvnr": kvnr, "birth_date": born}, follow=True)
        for kvnr, born in (("X110811940", "1944-08-02"), ("A123456780", "1944-08-02"))
    ]
    assert [answer.redirect_chain for answer in answers] == [[(LOG, 302)], [(LOG, 302)]]
    assert all("enthält nichts zu dieser Person" in answer.content.decode() for answer in answers)


@pytest.mark.parametrize(
    "given", [{}, {"kvnr": "X110411942", "birth_date": "1941-03-14"}, {"kvnr": "X110411941", "birth_date": "soon"}]
)
def test_an_identity_that_cannot_be_one_is_said_beside_the_field(browser, dora, given):
    answer = browser(dora).post(f"{LOG}person/", given)
    assert answer.status_code == 422
    assert "kern-form-input--error" in answer.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "first=yesterday",
        "before=x",
        "patient=Heinrich+Brandt",
        f"before={2**70}",
        "kind=x'",
        "staff=Practitioner/x",
        "patient=%00",
        "first=9999-99-99",
    ],
)
def test_a_filter_that_cannot_be_read_is_left_out_and_said(browser, dora, a_morning, query):
    answer = browser(dora).get(f"{LOG}?{query}")
    assert answer.status_code == 200
    assert answer.content.decode().count("<tr") == 1 + 3  # the head, and what happened in the morning


def test_the_file_has_whole_ids_and_begins_no_formula(browser, dora, clara, a_morning):
    audit.record(clara, action="read", type="Patient", ident="x", detail="=1+1", source="page")
    answer = browser(dora).get(f"{LOG}export/")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["patient"] for row in rows] == ["", WILMA, WILMA, HEINRICH]
    assert rows[0]["detail"] == "'=1+1"
    assert rows[3]["id"].startswith("audit-")
    assert AuditEvent.objects.filter(person=dora.person, action="export").count() == 2


def test_the_administrators_file_has_no_content(browser, verena, a_morning):
    text = browser(verena).get(f"{LOG}export/").content.decode("utf-8-sig")
    assert "Dr. Clara Voss" in text
    assert HEINRICH not in text


def test_a_file_that_would_be_too_long_is_refused_with_words(browser, dora, a_morning, monkeypatch):
    monkeypatch.setattr("telecare.privacy.views.oversight.MOST_EXPORTED", 2)
    answer = browser(dora).get(f"{LOG}export/")
    assert answer.status_code in (400, 422)
    assert "kürzeren Zeitraum" in answer.content.decode()
    assert len(oversight_page(dora, Asked(outcome="denied")).rows) == 1


def test_page_after_page_shows_every_row_once(browser, dora, clara):
    with write():
        audit.record_many(clara, [audit.Entry("read", patient=f"patient-{n}") for n in range(120)])
    seen, before = [], None
    while True:
        page = oversight_page(dora, Asked(staff=str(clara.person), before=before))
        seen += [row.patient for row in page.rows]
        before = page.next
        if before is None:
            break
    assert seen == [f"patient-{n}" for n in reversed(range(120))]
    assert f"before={page.rows[0].id}" not in browser(dora).get(f"{LOG}?kind=looks").content.decode()
    assert 'rel="next"' in browser(dora).get(f"{LOG}?kind=looks").content.decode()


def test_the_page_costs_few_statements_whatever_stands_on_it(browser, dora, clara, a_morning):
    client = browser(dora)
    client.get(LOG)
    with write():
        audit.record_many(clara, [audit.Entry("read", patient=f"patient-{n}") for n in range(50)])
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(LOG).status_code == 200
    assert len(caught) <= 12, [one["sql"][:90] for one in caught]


def test_days_beyond_all_years_narrow_nothing_and_break_nothing(browser, dora, a_morning):
    for day in ("0001-01-01", "9999-12-31"):
        for asked in (f"first={day}", f"last={day}", f"first={day}&last={day}"):
            assert browser(dora).get(f"{LOG}?{asked}").status_code == 200, asked
            assert browser(dora).get(f"{LOG}export/?{asked}").status_code == 200, asked
