"""Names, addresses and numbers of a patient, changed by our services and by FHIR."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from patients.access import repository
from patients.accounts.actor import Actor
from patients.errors import Denied, Invalid, Missing
from patients.network import queries, resources, services
from patients.network.resources import Address, Name
from tests.cast import HEINRICH, WILMA
from tests.patients.network.conftest import Put

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

HEIM = Address("Am Deich 1", "49377", "Lüttmoor")
NEW = Name("Brandt-Ahlers", "Heinrich")


def person(actor: Actor, patient: str = HEINRICH) -> resources.Resource:
    return repository(actor).read("Patient", patient).content


def named(actor: Actor, word: str) -> list[str]:
    return [one.id for one in queries.patients_of(actor, named=word)]


def test_a_search_finds_the_former_name_and_shows_the_new_one(anna: Actor):
    services.rename_person(anna, HEINRICH, name=Name("Ahlers", "Heinrich"), since=timezone.localdate())
    assert named(anna, "Brandt") == named(anna, "Ahlers") == [HEINRICH]
    assert queries.patients_of(anna, named="Brandt")[0].name == "Heinrich Ahlers"


def test_what_was_written_before_keeps_the_name_of_then(anna: Actor):
    today = timezone.localdate()
    services.rename_person(anna, HEINRICH, name=NEW, since=today)
    then = queries.person(repository(anna), HEINRICH, on=today - timedelta(days=1))
    assert (then.name, then.name_now) == ("Heinrich Brandt", "Heinrich Brandt-Ahlers")
    now = queries.person(repository(anna), HEINRICH)
    assert (now.name, now.name_now) == ("Heinrich Brandt-Ahlers", "")


def test_heinrich_moves_next_month_and_lives_here_until_then(anna: Actor):
    moves = timezone.localdate() + timedelta(days=30)
    services.move_person(anna, HEINRICH, address=HEIM, since=moves)
    assert str(resources.address_of(person(anna))).startswith("Lindenweg 4")
    assert str(resources.address_of(person(anna), moves)).startswith("Am Deich 1")


def test_he_changes_name_address_and_telephone_himself_but_no_number(heinrich: Actor, anna: Actor):
    services.rename_person(heinrich, HEINRICH, name=NEW, since=timezone.localdate())
    services.move_person(heinrich, HEINRICH, address=HEIM, since=timezone.localdate())
    services.change_contact(heinrich, HEINRICH, phone="04499 1")
    with pytest.raises(Invalid):
        services.change_contact(heinrich, HEINRICH, phone="04499 1", kvnr="")
    after = person(anna)
    assert (str(resources.name_of(after)), resources.phone_of(after)) == ("Heinrich Brandt-Ahlers", "04499 1")
    assert resources.kvnr_of(after) == "X110411941"


def test_strangers_and_those_who_only_read_change_nothing(bernd: Actor, sabine: Actor, ida: Actor, anna: Actor):
    for actor, problem in ((bernd, Missing), (sabine, Denied), (ida, Denied)):
        with pytest.raises(problem):
            services.rename_person(actor, HEINRICH, name=NEW, since=timezone.localdate())
    assert str(resources.name_of(person(anna))) == "Heinrich Brandt"


def test_a_wrong_insurance_number_is_refused_and_none_is_needed(anna: Actor):
    with pytest.raises(Invalid, match="Versichertennummer"):
        services.change_contact(anna, HEINRICH, phone="", kvnr="X110411942")
    services.change_contact(anna, HEINRICH, phone="", kvnr="")
    assert resources.kvnr_of(person(anna)) == ""


def test_a_name_sent_by_fhir_is_the_same(anna: Actor, david: Actor, by_fhir: Put):
    today = timezone.localdate()
    services.rename_person(anna, HEINRICH, name=NEW, since=today)
    wilma = person(david, WILMA)
    sent = {**wilma, "name": resources.followed(wilma["name"], Name("Renken", "Wilma").resource(), today)}
    assert by_fhir(david, sent).status_code == 200
    assert named(david, "Dettmer") == named(david, "Renken") == [WILMA]
    assert [one.get("period") for one in person(david, WILMA)["name"]] == [
        one.get("period") for one in person(anna)["name"]
    ]
