"""During Clara's holiday David's practice stands in for all her patients: by service and by page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients.access import Action, allowed
from patients.accounts.actor import Actor
from patients.errors import Denied, Invalid, Missing
from patients.network import queries, services
from patients.network.resources import Basis, Name, treatment
from tests.cast import HEINRICH, ident

pytestmark = [pytest.mark.django_db]

DEICHWEG, MARKT = ident("deichweg"), ident("markt")
TODAY = timezone.localdate()
FIRST, LAST = TODAY + timedelta(days=3), TODAY + timedelta(days=10)
Browser = Callable[[Actor], Client]


def informed(by: Actor) -> list[Basis]:
    return [treatment(timezone.localtime(), str(by.person))]


def sees(actor: Actor, patient: str, day: date) -> bool:
    at = datetime.combine(day, time(12), timezone.get_current_timezone())
    return allowed(actor, Action.READ, patient=patient, category="clinical", at=at)


@pytest.fixture
def others(clara: Actor, anna: Actor) -> list[str]:
    """Three further patients of Clara's practice."""
    return [
        services.admit_patient(
            clara,
            name=Name("Quer", given),
            birth_date=date(1950, 1, day),
            gender="female",
            basis=informed(clara)[0],
        ).logical_id
        for day, given in enumerate(("Alma", "Berta", "Cilly"), start=1)
    ]


def test_david_sees_all_her_patients_from_the_first_day_to_the_last(clara: Actor, david: Actor, others: list[str]):
    done = services.stand_in_for_all(clara, organisation=DEICHWEG, since=FIRST, until=LAST, bases=informed(clara))
    assert (done.made, done.stood, done.refused, done.left) == (4, 0, (), 0)
    for patient in (HEINRICH, *others):
        days = [FIRST - timedelta(days=1), FIRST, LAST, LAST + timedelta(days=1)]
        assert [sees(david, patient, day) for day in days] == [False, True, True, False]
    (link,) = [one for one in queries.team_page(clara, HEINRICH).links if one.id == DEICHWEG]
    assert (link.since, link.until, link.stands_in_for) == (FIRST, LAST, "Hausarztpraxis am Markt")


def test_asked_again_it_goes_on_where_it_ended_and_doubles_nothing(clara: Actor, others: list[str]):
    asked = {"organisation": DEICHWEG, "since": FIRST, "until": LAST, "bases": informed(clara)}
    told = [services.stand_in_for_all(clara, most=3, **asked) for _time in range(3)]
    assert [(one.made, one.stood, one.left) for one in told] == [(3, 0, 1), (1, 3, 0), (0, 4, 0)]
    assert [one.id for one in queries.team_page(clara, HEINRICH).links].count(DEICHWEG) == 1


def test_where_nobody_stated_a_basis_for_us_we_pass_nothing_on(clara: Actor, david: Actor, others: list[str]):
    bare = services.admit_patient(clara, name=Name("Quer", "Dörte"), birth_date=date(1950, 1, 9), gender="female")
    done = services.stand_in_for_all(clara, organisation=DEICHWEG, since=FIRST, until=LAST, bases=informed(clara))
    assert (done.made, done.refused) == (4, (bare.logical_id,))
    assert not sees(david, bare.logical_id, FIRST)


def test_without_word_that_they_were_informed_david_sees_only_his_own(clara: Actor, david: Actor, others: list[str]):
    services.stand_in_for_all(clara, organisation=DEICHWEG, since=FIRST, until=LAST)
    assert not sees(david, HEINRICH, FIRST)
    assert DEICHWEG in [one.id for one in queries.team_page(clara, HEINRICH).links]


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (TODAY - timedelta(days=1), LAST),
        (LAST, FIRST),
        (FIRST, FIRST + timedelta(days=91)),
    ],
)
def test_days_that_cannot_be_are_refused_with_words(clara: Actor, since: date, until: date):
    with pytest.raises(Invalid) as problem:
        services.stand_in_for_all(clara, organisation=DEICHWEG, since=since, until=until)
    assert problem.value.findings[0].where in ("since", "until")


def test_who_takes_on_nobody_asks_nobody_to_stand_in(browser: Browser, cast: dict[str, Actor]):
    for name in ("admin", "karl", "dora", "heinrich", "ida", "sabine"):
        with pytest.raises((Missing, Denied)):
            services.stand_in_for_all(cast[name], organisation=DEICHWEG, since=FIRST, until=LAST)
        assert browser(cast[name]).get(reverse("network:stand-in")).status_code == 404, name
    with pytest.raises(Invalid):
        services.stand_in_for_all(cast["clara"], organisation=MARKT, since=FIRST, until=LAST)


def test_mia_does_it_on_the_page_and_reads_for_how_many(
    browser: Browser, mia: Actor, clara: Actor, david: Actor, others: list[str]
):
    services.admit_patient(clara, name=Name("Quer", "Dörte"), birth_date=date(1950, 1, 9), gender="female")
    client, address = browser(mia), reverse("network:stand-in")
    assert f'href="{address}"' in client.get(reverse("network:organisation", args=[MARKT])).content.decode()
    asked = client.get(address).content.decode()
    assert "Ihre 5 Personen" in asked
    assert "Wurden alle informiert" in asked
    given = {"organisation": DEICHWEG, "since": FIRST.isoformat(), "until": LAST.isoformat(), "informed": "yes"}
    given |= {"informed_on": TODAY.isoformat(), "informed_by": str(mia.person)}
    page = client.post(address, given).content.decode()
    assert "Sie vertritt bei 4 Personen." in page
    assert "Eine Person fehlt: Ihre Einrichtung hat dort keine Rechtsgrundlage" in page
    assert sees(david, HEINRICH, FIRST)
    again = client.post(address, {**given, "until": TODAY.isoformat()})
    assert again.status_code == 422
    assert "Der letzte Tag liegt vor dem ersten" in again.content.decode()


def test_the_administrators_page_of_a_colleague_leads_to_the_sign_ins(browser: Browser, cast: dict[str, Actor]):
    address = reverse("network:colleague", args=[str(cast["admin"].organisation), ident("karl")])
    leads = {name: 'href="/sign-ins/"' in browser(cast[name]).get(address).content.decode().split("<main")[1]
             for name in ("admin", "karl")}  # fmt: skip
    assert leads == {"admin": True, "karl": False}
