"""On which ground: who acts for Heinrich, whether he can decide, why each place may see something."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.access import Action, allowed, repository
from patients.access.models import Right
from patients.accounts.actor import Actor, Role, system
from patients.accounts.models import User
from patients.accounts.queries import actor_of
from patients.errors import Denied, Invalid
from patients.network import documents, resources, services
from patients.network import queries as network
from patients.network.resources import Basis
from patients.records.models import Document
from telecare.privacy.queries.grounds import search_of_statements
from telecare.privacy.resources import Finding, capacity
from telecare.privacy.services import state_capacity
from tests.cast import HEINRICH, IDA, WILMA, ident

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

TODAY = timezone.localdate()  # when the run began: midnight may come before a test does
MARKT, SONNENHOF = (f"Organization/{ident(one)}" for one in ("markt", "sonnenhof"))


def address(name: str, *parts: str) -> str:
    return reverse(f"privacy:{name}", args=[HEINRICH, *parts])


def words(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def card(**given: object) -> dict[str, object]:
    """The guardian's card that Anna has seen."""
    return {
        "relative": IDA,
        "kind": "guardian",
        "health": "yes",
        "evidence": "Betreuerausweis, 3 XVII 12/26",
        "seen_date": TODAY.isoformat(),
    } | given


# -- who acts in the person's name


def test_anna_enters_idas_guardianship_and_ends_it(browser, anna, ida):
    answer = browser(anna).post(address("representative"), card(), follow=True)
    for what in ("Ida Brandt Handelt jetzt", "Rechtliche Betreuung", "Mit Gesundheit", "gesehen von Anna Siemer am"):
        assert what in words(answer)
    assert actor_of(User.objects.get(pk=ida.account)).role is Role.REPRESENTATIVE
    answer = browser(anna).post(address("end-representation", IDA), follow=True)
    assert "Ida Brandt Abgelaufen" in words(answer)
    assert actor_of(User.objects.get(pk=ida.account)).role is Role.RELATIVE


def test_without_health_the_paper_opens_name_and_appointments_only(browser, anna):
    browser(anna).post(address("representative"), card(health="no", mental="on"))
    held = set(Right.objects.filter(basis="representation").values_list("category", flat=True))
    assert held == {"administrative"}
    browser(anna).post(address("representative"), card(mental="on"))
    assert "mental" in set(Right.objects.filter(basis="representation").values_list("category", flat=True))


def test_somebody_who_is_not_in_the_list_is_entered_with_the_paper(browser, anna):
    answer = browser(anna).post(
        address("representative"), card(relative="", given="Onno", family="Harms", kind="attorney"), follow=True
    )
    assert "Onno Harms Handelt jetzt" in words(answer)


@pytest.mark.parametrize(
    "given",
    [
        {"evidence": ""},
        {"relative": "", "family": ""},
        {"relative": WILMA},
        {"kind": "neighbour"},
        {"seen_date": (TODAY + timedelta(days=2)).isoformat()},
        {"until_date": (TODAY - timedelta(days=1)).isoformat()},
        {"kind": "spouse", "until_date": (TODAY + timedelta(days=300)).isoformat()},
        {"health": ""},
    ],
)
def test_what_no_paper_says_is_not_entered(browser, anna, given):
    assert browser(anna).post(address("representative"), card(**given)).status_code == 422
    assert not Right.objects.filter(basis="representation").exists()


def test_heinrich_sees_who_acts_for_him_and_revokes_his_power_of_attorney(browser, anna, heinrich, ida):
    browser(anna).post(address("representative"), card(kind="attorney"))
    page = words(browser(heinrich).get(reverse("privacy:own-consents")))
    assert "Wer in meinem Namen handelt" in page
    assert "Vorsorgevollmacht" in page
    assert browser(heinrich).post(address("end-representation", IDA)).status_code == 302
    assert actor_of(User.objects.get(pk=ida.account)).role is Role.RELATIVE


@pytest.mark.parametrize("who", ["clara", "bernd", "wilma", "karl", "ida"])
def test_others_neither_enter_nor_end_a_representation(browser, cast, anna, who):
    browser(anna).post(address("representative"), card(kind="attorney", relative="", given="Onno", family="Harms"))
    onno = Document.objects.filter(type="RelatedPerson", patient=HEINRICH).exclude(logical_id=IDA).get().logical_id
    for name, *parts in (("representative",), ("end-representation", onno)):
        assert browser(cast[who]).post(address(name, *parts), card()).status_code in (403, 404)
    assert Right.objects.filter(basis="representation", person=f"RelatedPerson/{onno}").exists()


# -- one guardian of several


@pytest.fixture
def guarded(browser, anna, bernd, ida) -> str:
    """Ida guards Heinrich, and with her number Wilma, too. Gives the number."""
    browser(anna).post(address("representative"), card())
    number = re.search(r"[A-Z2-7]{5}-[A-Z2-7]{5}", words(browser(ida).get(reverse("privacy:wards"))))[0]
    given = card(relative="", given="Ida", family="Brandt", number=number.lower())
    answer = browser(bernd).post(reverse("privacy:representative", args=[WILMA]), given, follow=True)
    assert "Ida Brandt Handelt jetzt" in words(answer)
    return number


def test_ida_sees_both_with_one_sign_in(browser, ida, guarded):
    page = words(browser(ida).get(reverse("privacy:wards")))
    for name in ("Heinrich Brandt", "Wilma Dettmer"):
        assert name in page
    for patient, name in ((HEINRICH, "Heinrich"), (WILMA, "Wilma")):
        assert browser(ida).get(reverse("dashboards:patient", args=[patient])).status_code == 200
        shown = words(browser(ida).get(reverse("privacy:consents", args=[patient])))
        assert f"Sie entscheiden für {name}" in shown
    said = {"act": "video", "says": "no"}
    assert browser(ida).post(reverse("privacy:say", args=[WILMA]), said).status_code == 302
    assert network.refused(WILMA, "video")
    assert not network.refused(HEINRICH, "video")


def test_wilmas_people_learn_nothing_of_heinrich(browser, bernd, wilma, guarded):
    for actor in (bernd, wilma):
        page = browser(actor).get(reverse("privacy:consents", args=[WILMA])).content.decode()
        assert "Heinrich" not in page
        assert HEINRICH not in page


def test_a_number_without_its_name_opens_nothing(browser, bernd, guarded):
    for family, number in (("Harms", guarded), ("Brandt", "AAAAA-AAAAA"), ("Brandt", "x")):
        given = card(relative="", given="Ida", family=family, number=number)
        answer = browser(bernd).post(reverse("privacy:representative", args=[WILMA]), given)
        assert answer.status_code == 422
        assert "gehören nicht zusammen" in words(answer)


@pytest.mark.parametrize("who", ["heinrich", "anna", "clara", "karl"])
def test_others_have_no_such_page(browser, cast, who):
    assert browser(cast[who]).get(reverse("privacy:wards")).status_code == 404


# -- whether the person can decide


def test_clara_states_that_heinrich_cannot_decide_on_the_surgery(browser, clara, anna, mia):
    stated = {"finding": "unable", "matter": "Hüftoperation, heute nicht orientiert", "stated_date": TODAY.isoformat()}
    answer = browser(clara).post(address("capacity"), stated, follow=True)
    for what in ("Kann zurzeit nicht entscheiden", "Hüftoperation", "Dr. Clara Voss"):
        assert what in words(answer)
    assert "Kann zurzeit nicht entscheiden" in words(browser(anna).get(address("consents")))
    assert allowed(anna, Action.READ, patient=HEINRICH)  # nothing follows from it by itself
    later = (TODAY + timedelta(days=2)).isoformat()
    assert browser(clara).post(address("capacity"), stated | {"stated_date": later}).status_code == 422
    assert browser(clara).post(address("capacity"), stated | {"finding": "42"}).status_code == 422
    for actor, status in ((anna, 403), (mia, 403)):
        assert browser(actor).post(address("capacity"), stated).status_code == status


def test_by_whatever_way_it_is_a_doctor_who_states_it_in_their_own_name(clara, anna, david, heinrich):
    given = {"finding": Finding.ABLE, "matter": "Umzug", "stated_date": TODAY}
    made = state_capacity(clara, HEINRICH, **given)
    sent = capacity(HEINRICH, **given, by=str(clara.person), word=made.content["valueCodeableConcept"]["text"])
    assert {key: value for key, value in made.content.items() if key not in ("id", "meta")} == sent
    for actor, by in ((clara, anna), (anna, clara), (anna, anna), (heinrich, heinrich)):
        with pytest.raises(Denied):
            repository(actor).create({**sent, "performer": [{"reference": str(by.person)}]})
    vital = {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]
    }
    with pytest.raises(Denied, match="Ärztin"):  # what a nurse may write, with a code that she may not
        repository(anna).create({**sent, "category": [vital], "performer": [{"reference": str(anna.person)}]})
    with pytest.raises(Denied):
        repository(clara).create({key: value for key, value in sent.items() if key != "performer"})
    assert repository(system("import")).create(sent, custodian="Import")


def test_a_statement_that_was_taken_back_is_shown_no_more(browser, clara):
    made = state_capacity(clara, HEINRICH, finding=Finding.PARTLY, matter="Geld", stated_date=TODAY)
    assert "Kann teilweise entscheiden" in words(browser(clara).get(address("consents")))
    repository(clara).update({**made.content, "status": "entered-in-error"})
    assert "Kann teilweise entscheiden" not in words(browser(clara).get(address("consents")))
    kind, pairs = search_of_statements(HEINRICH)
    assert len(repository(clara).search(kind, pairs).rows) == 1


# -- why a care link opens something


def test_each_place_is_listed_with_who_informed_heinrich_and_when(browser, anna):
    page = words(browser(anna).get(address("consents")))
    day = TODAY.strftime("%d.%m.%Y")
    assert f"Gemeinsame Behandlung, die Person wurde informiert: Anna Siemer, {day}" in page
    assert f"Gemeinsame Behandlung, die Person wurde informiert: Dr. Clara Voss, {day}" in page


def without_basis() -> None:
    """Sonnenhof came by import: it sees what it recorded itself."""
    services.start_link(system("import"), HEINRICH, organisation=ident("sonnenhof"))


def basis(**given: object) -> dict[str, object]:
    return {
        "organisation": SONNENHOF,
        "kind": "treatment",
        "by": f"Practitioner/{ident('anna')}",
        "on_date": TODAY.isoformat(),
    } | given


def test_anna_informs_heinrich_of_the_other_service_and_it_sees(browser, anna, bernd):
    without_basis()
    assert "Ohne Grundlage" in words(browser(anna).get(address("consents")))
    assert not allowed(bernd, Action.READ, patient=HEINRICH)
    assert browser(anna).post(address("basis"), basis()).status_code == 302
    assert allowed(bernd, Action.READ, patient=HEINRICH)
    assert "Ohne Grundlage" not in words(browser(anna).get(address("consents")))


def test_a_presumed_will_is_claras_has_a_reason_and_ends_after_fourteen_days(browser, clara, anna, mia, bernd):
    without_basis()
    will = basis(kind="presumed", by=str(clara.person), reason="Demenz, noch keine Betreuung")
    assert browser(clara).post(address("basis"), will | {"reason": " "}).status_code == 422
    assert browser(anna).post(address("basis"), will).status_code == 403
    assert browser(clara).post(address("basis"), will | {"by": str(mia.person)}).status_code == 403
    answer = browser(clara).post(address("basis"), will, follow=True)
    end = (timezone.localtime() + timedelta(days=14)).strftime("%d.%m.%Y")
    assert f"Mutmaßlicher Wille, ärztlich beurteilt: Dr. Clara Voss, {TODAY:%d.%m.%Y}" in words(answer)
    assert f"Demenz, noch keine Betreuung (bis {end})" in words(answer)
    later = timezone.now() + timedelta(days=15)
    assert allowed(bernd, Action.READ, patient=HEINRICH)
    assert not allowed(bernd, Action.READ, patient=HEINRICH, at=later)


def test_a_presumed_will_in_anothers_name_is_refused_to_a_client_as_well(clara, anna):
    link = resources.care_link(
        HEINRICH,
        ident("sonnenhof"),
        manager=str(clara.organisation),
        bases=[Basis("presumed", timezone.localtime(), str(ident("david")), "unconscious")],
    )
    link["participant"][0]["extension"][0]["extension"][2]["valueReference"]["reference"] = str(anna.person)
    with pytest.raises(Denied):
        documents.write(clara, link)


def test_nobody_founds_their_own_access(browser, bernd, anna):
    without_basis()
    answer = browser(bernd).post(address("basis"), basis(by=str(bernd.person)))
    assert answer.status_code in (403, 404)
    with pytest.raises(Denied):
        services.add_basis(
            anna,
            HEINRICH,
            organisation=str(anna.organisation),
            basis=Basis("representative", timezone.localtime(), f"RelatedPerson/{IDA}"),
        )
    assert not allowed(bernd, Action.READ, patient=HEINRICH)


def test_a_basis_is_not_of_tomorrow_nor_for_a_place_that_does_not_care(browser, anna):
    later = (TODAY + timedelta(days=2)).isoformat()
    assert browser(anna).post(address("basis"), basis(organisation=MARKT, on_date=later)).status_code == 422
    assert browser(anna).post(address("basis"), basis()).status_code == 422


def test_the_date_of_a_statement_is_not_of_tomorrow(clara: Actor):
    with pytest.raises(Invalid):
        state_capacity(clara, HEINRICH, finding=Finding.ABLE, matter="x", stated_date=TODAY + timedelta(days=2))
