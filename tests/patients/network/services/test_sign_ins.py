"""Codes on paper for Heinrich and Ida."""

from __future__ import annotations

from time import time

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from patients.access.models import READ, Right
from patients.accounts import queries as accounts
from patients.accounts import services as sign_ins
from patients.accounts.actor import Actor, Role
from patients.accounts.models import OneTimeCode, User
from patients.audit.models import AuditEvent
from patients.errors import Denied, Missing
from patients.network import services
from patients.network.resources import Name
from tests.cast import HEINRICH, IDA, WILMA, ident

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

NEW = "Ofen Gurke Fahrrad Nebel"
HIM, HER = f"Patient/{HEINRICH}", f"RelatedPerson/{IDA}"
PAGE = f"/patients/{HEINRICH}/sign-ins/"


@pytest.fixture(autouse=True)
def passwords_are_checked_fast(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["tests.patients.accounts.conftest.Fast"]


def browser(actor: Actor) -> Client:
    """Somebody who has just signed in."""
    client = Client()
    client.force_login(User.objects.get(pk=actor.account))
    session = client.session
    session[accounts.CONFIRMED] = int(time())
    session.save()
    return client


def test_anna_hands_heinrich_a_code_and_he_signs_in_with_a_name_of_his_own(anna: Actor, heinrich: Actor) -> None:
    printed = services.print_sign_in(anna, HEINRICH, HIM)
    sign_ins.redeem(printed.code, "Opa Heinrich", NEW, address="192.0.2.1")
    user = sign_ins.sign_in("opa heinrich", NEW, address="192.0.2.1")
    assert user.pk == heinrich.account
    assert accounts.actor_of(user).patient == HEINRICH
    row = AuditEvent.objects.filter(action="print-code").latest("id")
    assert (row.patient, row.person) == (HEINRICH, anna.person)


def test_a_relative_without_an_account_gets_one(anna: Actor) -> None:
    otto = services.add_relative(anna, HEINRICH, name=Name("Brandt", "Otto"), relationship="SON")
    printed = services.print_sign_in(anna, HEINRICH, otto.reference)
    assert printed.username == ""
    sign_ins.redeem(printed.code, "otto", NEW, address="192.0.2.1")
    actor = accounts.actor_of(sign_ins.sign_in("otto", NEW, address="192.0.2.1"))
    assert (actor.role, actor.person) == (Role.RELATIVE, otto.reference)


def test_strangers_find_nobody_and_others_of_the_team_may_not(
    bernd: Actor, david: Actor, karl: Actor, ida: Actor, sabine: Actor, heinrich: Actor, cast: dict[str, Actor]
) -> None:
    for actor in (bernd, david, karl):
        with pytest.raises(Missing):
            services.print_sign_in(actor, HEINRICH, HIM)
        assert browser(actor).get(PAGE).status_code == 404
        assert browser(actor).post(PAGE, {"person": HIM}).status_code == 404
    for actor in (ida, sabine, heinrich):
        with pytest.raises(Denied):
            services.print_sign_in(actor, HEINRICH, HIM)
        assert browser(actor).get(PAGE).status_code == 404
    assert not OneTimeCode.objects.exists()


def test_nobody_of_another_patients_side_gets_a_code_here(anna: Actor, wilma: Actor) -> None:
    for person in (f"Patient/{WILMA}", "RelatedPerson/nobody", f"Practitioner/{ident('clara')}", ""):
        with pytest.raises(Missing):
            services.print_sign_in(anna, HEINRICH, person)
        assert browser(anna).post(PAGE, {"person": person}).status_code == 404


def test_reading_in_an_emergency_is_not_enough(anna: Actor) -> None:
    Right.objects.filter(patient=HEINRICH, organisation=ident("moorland")).update(actions=READ)
    with pytest.raises(Denied):
        services.print_sign_in(anna, HEINRICH, HIM)


def test_the_page_names_them_and_prints_a_sheet(
    anna: Actor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = browser(anna)
    with django_assert_max_num_queries(12):  # the page has no rail: who prints a sheet does nothing else meanwhile
        page = client.get(PAGE).content.decode()
    assert "Heinrich Brandt" in page
    assert "Ida Brandt" in page
    sheet = client.post(PAGE, {"person": HER, "act": "code"}).content.decode()
    assert "Wählen Sie einen Anmeldenamen" in sheet
    assert "Für Ida Brandt" in sheet
    assert 'aria-label="Die Adresse als QR-Code"' in sheet
    assert OneTimeCode.objects.get().user.person == HER
    assert f'href="{PAGE}"' in client.get(f"/patients/{HEINRICH}/").content.decode()
