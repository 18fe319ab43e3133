from __future__ import annotations

import threading

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from patients import vault
from patients.database import write
from patients.vault import Unreadable, state
from patients.vault.models import DataKey
from patients.vault.state import Bounded

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def sealed_for(**slot: str) -> tuple[str, bytes]:
    key = vault.key_for(**slot)
    return key, vault.seal(key, "Observation", "pulse", 1, b"72")


def test_each_patient_has_a_key_at_each_custodian_and_one_shared() -> None:
    keys = {
        vault.key_for(patient="heinrich", custodian="moorland"),
        vault.key_for(patient="heinrich", custodian="markt"),
        vault.key_for(patient="heinrich"),
        vault.key_for(patient="erna", custodian="moorland"),
        vault.key_for(custodian="moorland"),
        vault.key_for(thread="heinrich"),
    }
    assert len(keys) == 6 == DataKey.objects.count()
    assert vault.key_for(patient="heinrich", custodian="moorland") in keys
    assert DataKey.objects.count() == 6


def test_names_that_run_together_are_still_apart() -> None:
    assert vault.key_for(patient="ab", custodian="c") != vault.key_for(patient="a", custodian="bc")


def test_the_database_keeps_one_living_key_per_place() -> None:
    key = DataKey.objects.get(id=vault.key_for(patient="heinrich"))
    key.id = "another"
    with pytest.raises(IntegrityError), transaction.atomic():
        key.save(force_insert=True)


def test_a_wrapped_key_moved_to_another_patient_does_not_open() -> None:
    mine, _ = sealed_for(patient="heinrich")
    theirs, sealed = sealed_for(patient="bernds-patient")
    wrapped = DataKey.objects.get(id=theirs).wrapped
    DataKey.objects.filter(id=mine).update(wrapped=wrapped)
    state.forget()
    with pytest.raises(Unreadable):
        vault.seal(mine, "Observation", "pulse", 1, b"72")
    assert vault.unseal(theirs, "Observation", "pulse", 1, sealed) == b"72"


def test_a_key_row_relabelled_to_another_patient_does_not_open() -> None:
    key, sealed = sealed_for(patient="heinrich", custodian="moorland")
    DataKey.objects.filter(id=key).update(custodian="markt")
    state.forget()
    with pytest.raises(Unreadable):
        vault.unseal(key, "Observation", "pulse", 1, sealed)


def test_nothing_in_the_key_table_is_a_key() -> None:
    key, sealed = sealed_for(patient="heinrich")
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    wrapped = bytes(DataKey.objects.get(id=key).wrapped)
    for at in range(len(wrapped) - 31):
        with pytest.raises(InvalidTag):
            AESGCM(wrapped[at : at + 32]).decrypt(sealed[1:13], sealed[13:], None)


def test_many_keys_are_opened_with_one_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    made = [sealed_for(patient=f"patient-{n}") for n in range(30)]
    state.forget()
    vault.mac("warm", b"")
    with django_assert_num_queries(1):
        vault.open_keys([key for key, _ in made])
    with django_assert_num_queries(0):
        for key, sealed in made:
            assert vault.unseal(key, "Observation", "pulse", 1, sealed) == b"72"
        vault.open_keys([key for key, _ in made])


def test_keys_that_are_gone_are_left_out_of_many() -> None:
    key, sealed = sealed_for(patient="heinrich")
    destroyed, _ = sealed_for(patient="erna")
    vault.destroy_keys(patient="erna")
    vault.open_keys(["unknown", destroyed, key])
    assert vault.unseal(key, "Observation", "pulse", 1, sealed) == b"72"


def test_a_known_key_costs_no_statement_within_a_transaction(
    transactional_db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    sealed_for(patient="heinrich")
    with write():
        vault.mac("first use compares the epoch", b"")
        with django_assert_num_queries(0):
            sealed_for(patient="heinrich")


def test_a_key_made_in_a_transaction_that_was_undone_is_not_handed_out(transactional_db: None) -> None:
    with pytest.raises(ZeroDivisionError), write():
        undone = vault.key_for(patient="heinrich")
        raise ZeroDivisionError
    key = vault.key_for(patient="heinrich")
    assert key != undone
    assert DataKey.objects.get().id == key


def test_two_threads_that_need_the_same_key_get_one(transactional_db: None) -> None:
    found: list[str] = []
    ready = threading.Barrier(2)

    def need() -> None:
        ready.wait()
        try:
            with write():
                found.append(vault.key_for(patient="heinrich", custodian="moorland"))
        finally:
            connection.close()

    threads = [threading.Thread(target=need) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert set(found) == {DataKey.objects.get().id}


def test_what_was_used_least_lately_is_forgotten_first() -> None:
    kept: Bounded[str, int] = Bounded(2)
    kept.put("a", 1)
    kept.put("b", 2)
    kept.get("a")
    kept.put("c", 3)
    assert (kept.get("a"), kept.get("b"), kept.get("c"), len(kept)) == (1, None, 3, 2)
