"""A new key of the index: whenever it is stopped and whatever is written meanwhile, everything is found."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from patients import vault
from patients.database import write
from patients.records import search, store
from patients.records.index.rows import TABLES
from patients.records.models import Token
from patients.records.reindex import BATCH
from patients.records.rotation import older_transactions, rotate_index
from patients.vault import index_key
from patients.vault.models import State
from tests.patients.records.conftest import HEINRICH, MOORLAND, Store, person, pulse

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
MANY = BATCH + 5


@pytest.fixture(autouse=True)
def nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is one process: nobody has to be given time to compare the epoch."""
    monkeypatch.setattr("patients.records.rotation.SECONDS_OUTSIDE_OF_WRITES", 0)


@pytest.fixture
def pulses(stored: Store) -> int:
    stored(person(), logical_id=HEINRICH)
    with write():
        store.create_many(
            [store.New(store.prepare(pulse(str(60 + n % 40))), MOORLAND, "clinical") for n in range(MANY)]
        )
    return MANY


def found(type_: str = "Observation", *pairs: tuple[str, str]) -> int | None:
    asked = [*(pairs or [("code", "http://loinc.org|8867-4")]), ("_total", "accurate")]
    return search.run(search.parse(type_, asked), search.Everything()).total


def all_found(pulses: int) -> bool:
    return (
        found() == pulses
        and found("Observation", ("value-quantity", "gt50||/min")) == pulses
        and found("Observation", ("code-value-quantity", "8867-4$gt50")) == pulses
        and found("Patient", ("name", "Brandt")) == 1
        and found("Patient", ("birthdate", "1941-03-14")) == 1
    )


def hashed() -> dict[str, set[tuple[Any, ...]]]:
    """The index without what is no hash."""
    rows = {}
    with connection.cursor() as cursor:
        for table, columns in TABLES.items():
            names = [one for one in columns if one.startswith(("h_", "u_", "o_"))]
            if names:
                cursor.execute(f"SELECT document_id, slot, {', '.join(names)} FROM {table}")
                rows[table] = {row for row in cursor.fetchall() if any(row[2:])}
    return rows


def test_everything_is_found_afterwards_and_no_old_hash_is_left(pulses: int) -> None:
    assert all_found(pulses)
    before = hashed()
    assert rotate_index().documents == pulses + 1
    after = hashed()
    assert {table: len(rows) for table, rows in before.items()} == {table: len(rows) for table, rows in after.items()}
    for table, rows in before.items():
        assert rows
        assert not rows & after[table]
    assert all_found(pulses)
    assert not vault.two_indexes()


def test_a_second_rotation_is_another_key(pulses: int) -> None:
    rotate_index()
    before = hashed()
    rotate_index()
    assert not before["records_token"] & hashed()["records_token"]
    assert all_found(pulses)


def test_meanwhile_everything_is_found_and_what_is_written_is_found_too(pulses: int, stored: Store) -> None:
    told: list[str] = []
    documents = [stored(pulse("77"))]

    def look(done: int) -> None:
        assert all_found(pulses + len(documents))
        told.append(index_key.stage())
        if len(told) > 2:
            return
        documents.append(stored(pulse("78")))
        with write():
            documents[0] = store.update(documents[0], pulse(str(80 + len(documents))), category="clinical")
        assert all_found(pulses + len(documents))

    rotate_index(look)
    assert set(told) == {"filling", "cleaning"}
    assert all_found(pulses + len(documents))
    assert found("Observation", ("code-value-quantity", "8867-4$77")) == sum(60 + n % 40 == 77 for n in range(MANY))


def test_a_writer_of_before_is_waited_for_until_it_ends(db: None) -> None:
    writer = connection.copy()
    with writer.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT 1")
    step = timezone.now()
    assert older_transactions(step) == (connection.vendor == "postgresql")  # SQLite has no second writer
    writer.close()
    assert older_transactions(step) == 0


@pytest.mark.parametrize("stop", ["filling", "switched", "cleaning"])
def test_a_rotation_that_was_stopped_goes_on_with_the_same_key(
    pulses: int, stop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = {"filling": "switch", "switched": "drop", "cleaning": "end"}[stop]
    with monkeypatch.context() as broken, pytest.raises(ZeroDivisionError):
        broken.setattr(index_key, step, lambda: 1 / 0)
        rotate_index()
    assert index_key.stage() == stop
    assert all_found(pulses)
    row = State.objects.get()
    fresh = bytes(row.index_beside if stop == "filling" else row.index_root)
    rotate_index()
    assert bytes(State.objects.get().index_root) == fresh
    assert all_found(pulses)
    assert Token.objects.count() == len(set(Token.objects.values_list("document_id", "slot", "h_code", "h_full")))


def test_what_was_prepared_under_the_old_key_and_written_under_the_new_one_is_found(pulses: int) -> None:
    early = store.prepare(pulse("79"))
    late = None

    def look(done: int) -> None:
        nonlocal late
        late = late or store.prepare(pulse("79"))

    rotate_index(look)
    assert late is not None
    with write():
        store.create_many([store.New(one, MOORLAND, "clinical") for one in (early, late)])
    assert all_found(pulses + 2)


def test_the_master_may_change_in_the_middle(pulses: int, monkeypatch: pytest.MonkeyPatch) -> None:
    index_key.begin()
    both = {row: vault.blind("Patient", "name", "brandt", beside=row) for row in (False, True)}
    assert both[False] != both[True]
    row = State.objects.get()
    before = bytes(row.index_beside)
    from patients.vault import master, services, state

    ring = master.Ring([master.Master(b"n" * 32), *master.ring().masters], "test")
    monkeypatch.setattr(services, "_with_new_master", lambda: ring)
    monkeypatch.setattr(services, "_drop_old_masters", lambda: None)
    monkeypatch.setattr(master, "_ring", ring)
    vault.rotate_master()
    state.forget()
    assert bytes(State.objects.get().index_beside) != before
    assert {row: vault.blind("Patient", "name", "brandt", beside=row) for row in (False, True)} == both
    rotate_index()
    assert all_found(pulses)
    state.forget()
