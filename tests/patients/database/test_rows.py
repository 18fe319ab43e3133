"""Many rows in one statement: what was given stands there, in its order, whatever their number and the database."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from enum import StrEnum

import pytest
from django.db import IntegrityError, connection

from patients.database import rows, write
from patients.records.index.rows import TABLES
from patients.records.store import COLUMNS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.storage]


class Kind(StrEnum):
    PULSE = "Observation"


def token(number: int) -> tuple[int, ...]:
    return (number, 1, 2, 3, 2**62, -(2**62), 0, number)


def document(ident: str, body: bytes = b"\x00\xff", patient: str | None = None) -> tuple[object, ...]:
    moment = connection.ops.adapt_datetimefield_value(datetime(2026, 11, 25, 8, 30, tzinfo=UTC))
    return (Kind.PULSE, ident, 1, moment, False, patient, None, "clinical", 5, 6, "a key", body)


def stored(text: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(text)
        return list(cursor.fetchall())


@pytest.mark.parametrize("number", [0, 1, 2, 7, 2501])  # 2,501 take two statements
def test_as_many_rows_as_were_given_are_there_once(number):
    with write():
        rows.insert("records_token", TABLES["records_token"], [token(each) for each in range(number)])
    found = stored("SELECT document_id, h_code, h_full, h_patient FROM records_token ORDER BY id")
    assert found == [(each, 2**62, -(2**62), each) for each in range(number)]


@pytest.mark.parametrize("number", [1, 3])
def test_bytes_empty_places_and_kinds_of_text_come_back_as_they_were(number):
    given = [document(f"o{each}", os.urandom(40), None if each else "heinrich") for each in range(number)]
    with write():
        returned = rows.insert("records_document", COLUMNS, given, returning="logical_id")
    assert returned == [(f"o{each}",) for each in range(number)]
    found = stored("SELECT type, logical_id, patient, custodian, body FROM records_document ORDER BY id")
    assert [(type_, ident, patient, custodian, bytes(body)) for type_, ident, patient, custodian, body in found] == [
        ("Observation", one[1], one[5], None, one[-1]) for one in given
    ]


def test_a_whole_number_among_fractions_is_stored_as_the_others():
    with write():
        rows.insert(
            "records_quantity", TABLES["records_quantity"], [(1, 1, 36.6, 37, 0, 0, 0), (2, 1, None, 5, 0, 0, 0)]
        )
    assert stored("SELECT lo, hi FROM records_quantity ORDER BY id") == [(36.6, 37.0), (None, 5.0)]


def test_what_is_taken_is_left_out_and_the_rest_is_told():
    taken = "ON CONFLICT (type, logical_id) DO NOTHING"
    with write():
        rows.insert("records_document", COLUMNS, [document("a")])
        assert rows.insert(
            "records_document", COLUMNS, [document("a"), document("b")], taken, returning="logical_id"
        ) == [("b",)]


@pytest.mark.parametrize("number", [1, 2])
def test_a_row_that_breaks_a_rule_fails_as_any_statement_does_and_nothing_of_it_stays(number):
    with pytest.raises(IntegrityError), write():
        rows.insert("records_document", COLUMNS, [document("a")])
        rows.insert("records_document", COLUMNS, [document("a"), document("b")][:number])
    assert stored("SELECT COUNT(*) FROM records_document") == [(0,)]


def test_rows_are_a_table_to_read_from_beside_other_values():
    text = "SELECT %s, r.column2 FROM {rows} r WHERE r.column1 > 1 ORDER BY r.column1"
    found = rows.select(text, ("bigint", "text"), [(3, "c"), (1, "a"), (2, "b")], before=[7])
    assert [(int(number), name) for number, name in found] == [(7, "b"), (7, "c")]


def test_nothing_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert rows.select("SELECT * FROM {rows} r", ("bigint",), []) == []
        assert rows.insert("records_token", TABLES["records_token"], []) == []


def test_each_statement_is_counted_like_any_other(django_assert_num_queries):
    with write(), django_assert_num_queries(2):
        rows.insert("records_token", TABLES["records_token"], [token(1), token(2)])
        rows.select("SELECT r.column1 FROM {rows} r", ("bigint",), [(1,)])


def test_statements_that_travel_together_are_all_carried_out_and_what_one_gives_can_be_read_between():
    with write(), rows.at_once():
        rows.insert("records_token", TABLES["records_token"], [token(1)])
        assert rows.insert("records_document", COLUMNS, [document("a")], returning="logical_id") == [("a",)]
        rows.insert("records_token", TABLES["records_token"], [token(2), token(3)])
    assert stored("SELECT document_id FROM records_token ORDER BY id") == [(1,), (2,), (3,)]


def test_what_was_sent_along_answers_when_it_is_asked_and_leaves_out_what_was_taken():
    unless = "ON CONFLICT (type, logical_id) DO NOTHING"
    with write():
        rows.insert("records_document", COLUMNS, [document("a")])
        with rows.at_once():
            one = rows.send("records_document", COLUMNS, [document("b")], unless, returning="logical_id")
            two = rows.send("records_document", COLUMNS, [document("a"), document("c")], unless, returning="logical_id")
            rows.insert("records_token", TABLES["records_token"], [token(1)])
        with write():  # a savepoint, before anybody has asked
            rows.insert("records_token", TABLES["records_token"], [token(2)])
        assert (one(), two()) == ([("b",)], [("c",)])
    assert stored("SELECT COUNT(*) FROM records_document") == [(3,)]


def test_a_mistake_among_statements_that_travel_together_undoes_all_of_them():
    with pytest.raises(IntegrityError), write(), rows.at_once():
        rows.insert("records_document", COLUMNS, [document("a")])
        rows.insert("records_document", COLUMNS, [document("a")])
        rows.insert("records_token", TABLES["records_token"], [token(1)])
    assert stored("SELECT COUNT(*) FROM records_document") == [(0,)]
    assert stored("SELECT COUNT(*) FROM records_token") == [(0,)]
    with write():
        rows.insert("records_document", COLUMNS, [document("a")])
    assert stored("SELECT COUNT(*) FROM records_document") == [(1,)]


def test_a_mistake_is_told_where_something_is_read_after_it():
    with pytest.raises(IntegrityError), write(), rows.at_once():
        rows.insert("records_document", COLUMNS, [document("a")])
        rows.insert("records_document", COLUMNS, [document("a")])
        rows.insert("records_document", COLUMNS, [document("b")], returning="id")
