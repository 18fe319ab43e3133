from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from patients import vault
from patients.accounts import queries, services, sessions
from patients.accounts.actor import Purpose, Role
from patients.accounts.models import Membership, Session, User
from tests.patients.accounts.conftest import ADDRESS, PASSWORD, SYSTEM, account, member

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def test_anna_acts_as_nurse_of_her_service(anna: User) -> None:
    actor = queries.actor_of(anna, session="s1")
    assert (actor.role, actor.organisation, actor.person) == (Role.NURSE, "moorland", "Practitioner/anna")
    assert (actor.account, actor.session, actor.active, actor.purpose) == (anna.pk, "s1", True, Purpose.TREATMENT)


def test_heinrich_acts_for_himself(heinrich: User) -> None:
    actor = queries.actor_of(heinrich)
    assert (actor.role, actor.patient, actor.organisation) == (Role.PATIENT, "heinrich", None)
    assert (actor.purpose, actor.active) == (Purpose.PATIENT_REQUEST, True)


def test_ida_is_a_relative_until_she_represents_him(ida: User) -> None:
    assert queries.actor_of(ida).role is Role.RELATIVE
    assert queries.actor_of(ida).patient is None
    member("RelatedPerson/ida", "", Role.REPRESENTATIVE)
    assert queries.actor_of(ida).role is Role.REPRESENTATIVE


def test_a_function_counts_from_its_first_moment_to_before_its_last(anna: User) -> None:
    now = timezone.now()
    Membership.objects.update(since=now + timedelta(minutes=1))
    assert not queries.actor_of(anna).active
    Membership.objects.update(since=now - timedelta(minutes=1), until=now + timedelta(minutes=1))
    assert queries.actor_of(anna).role is Role.NURSE
    Membership.objects.update(until=now)
    ended = queries.actor_of(anna)
    assert (ended.active, ended.role, ended.organisation) == (False, Role.GUEST, None)


def test_the_function_that_was_chosen_counts_among_several(anna: User) -> None:
    other = member("Practitioner/anna", "wiesenkamp", Role.NURSING_LEAD)
    assert queries.actor_of(anna).organisation == "moorland"
    chosen = queries.actor_of(anna, membership=other.key)
    assert (chosen.role, chosen.organisation) == (Role.NURSING_LEAD, "wiesenkamp")


def test_a_chosen_function_that_ended_or_is_another_persons_is_not_taken(anna: User) -> None:
    member("Practitioner/bernd", "wiesenkamp", Role.NURSE)
    for key in ("wiesenkamp/nurse", "moorland/doctor", "", "/", "nonsense"):
        assert queries.actor_of(anna, membership=key).organisation == "moorland"


def test_an_account_without_a_person_has_no_function_of_others(anna: User) -> None:
    member("", "moorland", Role.DOCTOR)
    nobody = account("staff", "nobody", "")
    assert not queries.actor_of(nobody).active
    assert not queries.functions_of(nobody)
    token = services.issue_token(nobody)
    found = queries.actor_of_token(token)
    assert found is not None
    assert not found.active


def test_a_role_that_we_do_not_know_gives_nothing(anna: User) -> None:
    Membership.objects.update(role="wizard")
    assert not queries.actor_of(anna).active


def test_who_is_switched_off_is_not_active(anna: User) -> None:
    anna.is_active = False
    assert not queries.actor_of(anna).active


def test_a_token_is_its_account_in_one_statement(anna: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    token = services.issue_token(anna)
    with django_assert_num_queries(1):
        actor = queries.actor_of_token(token)
    assert actor is not None
    assert (actor.role, actor.organisation, actor.account) == (Role.NURSE, "moorland", anna.pk)
    assert actor.session is not None
    assert actor.session.startswith("token-")


def test_a_function_that_ends_ends_for_tokens_and_sessions_too(client: Client, anna: User) -> None:
    token = services.issue_token(anna)
    client.force_login(anna)
    key = client.cookies["telecare"].value

    def active() -> set[bool | None]:
        found = (queries.actor_of_token(token), queries.actor_of_session_key(key))
        return {actor.active if actor else None for actor in found}

    now = timezone.now()
    assert active() == {True}
    Membership.objects.update(until=now)
    assert active() == {False}
    Membership.objects.update(since=now + timedelta(minutes=1), until=None)
    assert active() == {False}
    Membership.objects.update(since=now)
    assert active() == {True}


@pytest.mark.parametrize("token", ["", "telecare_", "telecare_" + "A" * 43, "ä", "x" * 10_000])
def test_a_token_that_was_not_issued_is_nobodys(anna: User, token: str) -> None:
    services.issue_token(anna)
    assert queries.actor_of_token(token) is None


def test_a_token_that_is_over_is_nobodys(anna: User) -> None:
    token = services.issue_token(anna, days=0)
    assert queries.actor_of_token(token) is None


def test_a_session_is_its_account_in_two_statements(
    client: Client, anna: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(anna)
    key = client.cookies["telecare"].value
    with django_assert_num_queries(2):
        actor = queries.actor_of_session_key(key)
    assert actor is not None
    assert (actor.role, actor.account) == (Role.NURSE, anna.pk)
    assert actor.session == sessions.name_of(key)
    assert key not in str(actor)


def test_the_stored_session_key_signs_nobody_in(client: Client, anna: User) -> None:
    client.force_login(anna)
    kept = bytes(Session.objects.get().digest).hex()
    assert queries.actor_of_session_key(kept) is None
    assert queries.actor_of_session_key(kept[:32]) is None
    assert queries.actor_of_session_key("") is None


def test_deactivation_ends_sessions_and_tokens_at_once(client: Client, anna: User) -> None:
    client.force_login(anna)
    token = services.issue_token(anna)
    key = client.cookies["telecare"].value
    services.deactivate(SYSTEM, anna.pk)
    assert queries.actor_of_session_key(key) is None
    assert queries.actor_of_token(token) is None
    services.activate(SYSTEM, anna.pk)
    assert queries.actor_of_token(token) is None


def test_a_new_password_ends_sessions_and_tokens(client: Client, anna: User) -> None:
    client.force_login(anna)
    token = services.issue_token(anna)
    key = client.cookies["telecare"].value
    services.change_password(queries.actor_of(anna), PASSWORD, "noch ein gutes Kennwort", address=ADDRESS)
    assert queries.actor_of_session_key(key) is None
    assert queries.actor_of_token(token) is None


def test_only_the_hmac_of_a_token_is_stored(anna: User) -> None:
    token = services.issue_token(anna)
    assert bytes(anna.tokens.get().digest) == vault.mac("token", token)
