"""The pages of admission and of personal data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from patients.access import repository
from patients.access.models import Right
from patients.accounts.actor import Actor
from patients.audit.models import AuditEvent
from patients.network.queries.names import forget
from patients.records.models import Document
from tests.cast import HEINRICH, ident
from tests.patients.network.conftest import Put

pytestmark = [pytest.mark.django_db]

Browser = Callable[[Actor], Client]
ADMIT, PERSON = reverse("network:admit"), reverse("network:person", args=[HEINRICH])
ERNA = {
    "given": "Erna Marie",
    "family": "Hinrichs",
    "birth_date": "1938-05-04",
    "gender": "female",
    "kvnr": "x110 051935",
    "line": "Am Sportplatz 2",
    "postal_code": "49377",
    "city": "Moordorf",
}
HEINRICH_AGAIN = {**ERNA, "given": "Heinrich", "family": "Brandt", "birth_date": "1941-03-14", "kvnr": "X110411941"}


def informed(by: Actor) -> dict[str, str]:
    return {"informed": "yes", "informed_on": timezone.localdate().isoformat(), "informed_by": str(by.person)}


def admitted(answer: Any) -> str:
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return str(answer.headers["Location"].split("/")[2])


def test_bernd_takes_erna_on_with_who_informed_her_and_when(browser: Browser, bernd: Actor):
    patient = admitted(browser(bernd).post(ADMIT, {**ERNA, **informed(bernd)}))
    content = repository(bernd).read("Patient", patient).content
    assert (content["name"][0]["family"], content["birthDate"]) == ("Hinrichs", "1938-05-04")
    assert content["identifier"][0]["value"] == "X110051935"
    bases = set(Right.objects.filter(patient=patient).values_list("organisation", "basis"))
    assert bases == {(ident("sonnenhof"), "own"), (ident("sonnenhof"), "treatment")}


def test_who_is_not_informed_yet_is_taken_on_with_a_link_that_opens_nothing(browser: Browser, bernd: Actor):
    patient = admitted(browser(bernd).post(ADMIT, {**ERNA, "informed": "no"}))
    assert set(Right.objects.filter(patient=patient).values_list("basis", flat=True)) == {"own"}


def test_an_admission_says_who_informed_and_when(browser: Browser, bernd: Actor):
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    for wrong in (
        {"informed_on": ""},
        {"informed_by": ""},
        {"informed_on": tomorrow},
        {"informed_by": "Practitioner/x"},
    ):
        assert browser(bernd).post(ADMIT, {**ERNA, **informed(bernd), **wrong}).status_code == 422, wrong
    for wrong in ({"kvnr": "X110051936"}, {"birth_date": tomorrow}, {"birth_date": "1938-13-01"}, {"family": ""}):
        assert browser(bernd).post(ADMIT, {**ERNA, **informed(bernd), **wrong}).status_code == 422, wrong
    assert Document.objects.filter(type="Patient").count() == 2


def test_a_known_person_is_told_in_one_sentence_and_nothing_more(browser: Browser, bernd: Actor, anna: Actor):
    answer = browser(bernd).post(ADMIT, {**HEINRICH_AGAIN, **informed(bernd)})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "im Netz bekannt" in page
    for secret in (HEINRICH, "Lindenweg", "Moorland", "04499 2206", "Hausarztpraxis"):
        assert secret not in page
    logged = AuditEvent.objects.filter(account=bernd.account, patient=HEINRICH, action="admission of a known person")
    assert [one.outcome for one in logged] == ["denied"]
    assert "schon versorgt" in browser(anna).post(ADMIT, {**HEINRICH_AGAIN, **informed(anna)}).content.decode()


def test_the_eleventh_question_of_an_hour_is_refused_and_what_was_typed_stays(browser: Browser, bernd: Actor):
    client = browser(bernd)
    for _ in range(10):
        assert client.post(ADMIT, {**HEINRICH_AGAIN, **informed(bernd)}).status_code == 409
    refused = client.post(ADMIT, {**HEINRICH_AGAIN, **informed(bernd)})
    assert "warten" in refused.content.decode()
    assert 'value="Brandt"' in refused.content.decode()


def test_who_is_like_one_of_annas_patients_is_compared_before_he_is_taken_on(browser: Browser, anna: Actor):
    like_him = {"given": "Heinrich", "family": "Brandt", "birth_date": "1941-03-14", "gender": "male", "informed": "no"}
    client, patients = browser(anna), Document.objects.filter(type="Patient")
    asked = client.post(ADMIT, like_him)
    page = asked.content.decode()
    assert (asked.status_code, patients.count()) == (409, 2)
    assert "schon versorgt" in page
    assert reverse("dashboards:patient", args=[HEINRICH]) in page
    assert 'name="another"' in page
    assert AuditEvent.objects.filter(account=anna.account, patient=HEINRICH, action="admission page").exists()
    admitted(client.post(ADMIT, {**like_him, "another": "on"}))
    assert patients.count() == 3


def test_who_is_like_a_patient_of_others_is_taken_on_without_a_word(browser: Browser, bernd: Actor):
    like_him = {"given": "Heinrich", "family": "Brandt", "birth_date": "1941-03-14", "gender": "male", "informed": "no"}
    admitted(browser(bernd).post(ADMIT, like_him))


def test_a_slip_in_the_year_is_told_beside_its_field(browser: Browser, anna: Actor):
    name = {"act": "name", "given": "Heinrich", "family": "Brandt"}
    place = {"act": "address", "line": "Am Deich 1", "postal_code": "49377", "city": "Lüttmoor"}
    for year in ("0001", "1000", "1879", "2200", "9999"):
        for sent in (name, place):
            answer = browser(anna).post(PERSON, {**sent, "since": f"{year}-12-31"})
            assert answer.status_code == 422, (year, sent)
            assert "Bitte prüfen Sie das Jahr." in answer.content.decode()
        born = browser(anna).post(ADMIT, {**ERNA, "informed": "no", "birth_date": f"{year}-12-31"})
        assert born.status_code == 422, year


def test_a_client_writes_names_of_any_time_and_the_page_opens(browser: Browser, anna: Actor, by_fhir: Put):
    person = repository(anna).read("Patient", HEINRICH).content
    for start, end in (("0001-01-01T00:00:00+14:00", "9999-12-31"), ("0001", "9999-12-31T23:59:59-12:00")):
        names = [{**person["name"][0], "period": {"start": start, "end": end}}]
        assert by_fhir(anna, {**person, "name": names}).status_code == 200
        assert "Heinrich Brandt" in browser(anna).get(PERSON).content.decode()


def test_by_fhir_the_same_person_is_known_as_well(browser: Browser, bernd: Actor, by_fhir: Put):
    resource = {
        "resourceType": "Patient",
        "name": [{"family": "Brandt", "given": ["Heinrich"]}],
        "birthDate": "1941-03-14",
        "identifier": [{"system": "http://fhir.de/sid/gkv/kvid-10", "value": "X110411941"}],
    }
    answer = by_fhir(bernd, resource)
    assert answer.status_code == 409
    assert "known in the network" in answer.content.decode()
    assert HEINRICH not in answer.content.decode()


def test_who_takes_nobody_on_has_no_such_page(browser: Browser, cast: dict[str, Actor]):
    for name in ("sabine", "karl", "admin", "dora", "heinrich", "ida"):
        assert browser(cast[name]).get(ADMIT).status_code == 404, name
    assert reverse("network:admit") not in browser(cast["sabine"]).get(reverse("dashboards:people")).content.decode()
    assert reverse("network:admit") in browser(cast["anna"]).get(reverse("dashboards:people")).content.decode()


def test_heinrich_moves_and_takes_a_new_name_on_the_page(browser: Browser, anna: Actor, heinrich: Actor):
    today = timezone.localdate().isoformat()
    name = {"act": "name", "given": "Heinrich", "family": "Ahlers", "since": today}
    place = {"act": "address", "line": "Am Deich 1", "postal_code": "49377", "city": "Lüttmoor", "since": today}
    for sent in (name, place, {"act": "contact", "phone": "04499 3", "kvnr": "X110411941"}):
        assert browser(anna).post(PERSON, sent).status_code == 302
    page = browser(heinrich).get(PERSON).content.decode()
    for words in ("Heinrich Ahlers", "Heinrich Brandt", "Am Deich 1", "Lindenweg 4", "04499 3"):
        assert words in page
    found = browser(anna).post(reverse("dashboards:people"), {"q": "Brandt"}).content.decode()
    assert "Heinrich Ahlers" in found


def test_on_his_own_page_heinrich_has_no_field_for_the_number(
    browser: Browser, heinrich: Actor, ida: Actor, sabine: Actor
):
    assert 'name="kvnr"' not in browser(heinrich).get(PERSON).content.decode()
    assert browser(heinrich).post(PERSON, {"act": "contact", "phone": "1", "kvnr": ""}).status_code == 302
    for reader in (ida, sabine):
        assert 'name="family"' not in browser(reader).get(PERSON).content.decode()
        assert browser(reader).post(PERSON, {"act": "contact", "phone": "9"}).status_code == 404
    assert "X110411941" in browser(sabine).get(PERSON).content.decode()


@pytest.mark.storage
def test_the_pages_cost_few_statements(browser: Browser, anna: Actor):
    client = browser(anna)
    for address in (ADMIT, PERSON):
        forget()
        client.get(address)
        with CaptureQueriesContext(connection) as spent:
            assert client.get(address).status_code == 200
        assert len([one for one in spent if "SAVEPOINT" not in one["sql"]]) <= 12, address
