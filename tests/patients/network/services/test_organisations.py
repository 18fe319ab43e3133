"""Organisations and those who work there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patients import events
from patients.access import repository
from patients.accounts.actor import Actor, Role
from patients.accounts.models import Membership, User
from patients.accounts.queries import actor_of
from patients.errors import Denied, Invalid
from patients.network import documents, services
from patients.network.resources import Name
from tests.cast import ident

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

MARKT = ident("markt")


@pytest.fixture
def head(mia: Actor) -> Actor:
    """Mia as administrator of her practice."""
    return replace(mia, role=Role.ADMINISTRATOR)


def test_the_operator_creates_an_organisation_which_answers_for_itself(admin: Actor, bernd: Actor):
    made = services.create_organisation(admin, name="Praxis Hafen", kind="practice", phone="04499 1")
    assert made.custodian == made.logical_id
    assert repository(bernd).read("Organization", made.logical_id).content["name"] == "Praxis Hafen"


def test_others_create_none(clara: Actor, head: Actor, heinrich: Actor, karl: Actor):
    for actor in (clara, head, heinrich, karl):
        with pytest.raises(Denied):
            services.create_organisation(actor, name="Praxis Hafen", kind="practice")


def test_an_organisation_is_of_a_known_kind(admin: Actor):
    with pytest.raises(Invalid):
        services.create_organisation(admin, name="Zoo", kind="zoo")


def test_its_administrator_changes_it_and_nobody_elses(head: Actor, clara: Actor):
    markt = repository(head).read("Organization", MARKT)
    changed = {**markt.content, "name": "Hausarztpraxis am alten Markt"}
    assert documents.write(head, changed).version == 2
    with pytest.raises(Denied):
        documents.write(clara, changed)
    other = repository(head).read("Organization", ident("deichweg"))
    with pytest.raises(Denied):
        documents.write(head, {**other.content, "name": "Unsere"})


def test_the_administrator_lets_a_new_colleague_in(head: Actor, admin: Actor):
    person = services.add_practitioner(
        head, name=Name("Eilers", "Jan", "Dr."), organisation=MARKT, role=Role.DOCTOR, title="Arzt"
    )
    assert person.custodian == MARKT
    (membership,) = Membership.objects.filter(person=person.reference)
    assert (membership.organisation, membership.role) == (MARKT, "doctor")


def test_nobody_gives_functions_elsewhere_to_themselves_or_above_their_own(head: Actor, clara: Actor, karl: Actor):
    with pytest.raises(Denied):
        services.add_practitioner(head, name=Name("X", "Y"), organisation=ident("deichweg"), role=Role.DOCTOR)
    with pytest.raises(Denied):
        services.add_function(head, person=str(head.person), organisation=MARKT, role=Role.DOCTOR)
    with pytest.raises(Denied):
        services.add_function(head, person=str(clara.person), organisation=MARKT, role=Role.OPERATOR)
    for actor in (clara, karl):
        with pytest.raises(Denied):
            services.add_function(actor, person="Practitioner/x", organisation=MARKT, role=Role.DOCTOR)


def test_a_function_that_ends_is_over_and_cuts_open_sockets(head: Actor, anna: Actor, admin: Actor):
    cut: list[int] = []

    def remember(*, account: int, session: str | None) -> None:
        cut.append(account)

    role = services.add_function(admin, person=str(anna.person), organisation=MARKT, role=Role.PRACTICE_NURSE)
    user = User.objects.get(pk=anna.account)
    assert actor_of(user, membership=f"{MARKT}/practice-nurse").organisation == MARKT
    events.on("account.cut", remember, when="inside")
    documents.write(head, {**role.content, "active": False})
    events.forget("account.cut", remember)
    assert cut == [anna.account]
    assert actor_of(user, membership=f"{MARKT}/practice-nurse").organisation == ident("moorland")
