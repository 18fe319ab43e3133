"""One search among documents of several types."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients.database import write
from patients.errors import Invalid
from patients.records import search, store
from tests.patients.records.conftest import ERNA, HEINRICH, Store, person, pulse
from tests.patients.records.search import oracle
from tests.patients.records.search.test_oracle import Ours
from tests.patients.records.search.test_run import condition
from tests.patients.records.search.worlds import OF_TYPE, changed, ids, whose

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

Json = dict[str, Any]
TYPES = ("Condition", "Observation", "Appointment")


def across(types: tuple[str, ...], asked: str = "", scope: search.Scope | None = None) -> search.Page:
    pairs = parse_qsl(asked, keep_blank_values=True)
    return search.run_across([search.parse(type_, pairs) for type_ in types], scope or search.Everything())


def all_of(types: tuple[str, ...], asked: str, scope: search.Scope | None = None) -> tuple[list[str], int | None]:
    found: list[str] = []
    page = across(types, asked, scope)
    while True:
        found += [row.reference for row in page.rows]
        if page.next is None:
            return found, page.total
        page = across(types, f"{asked}&_cursor={page.next}", scope)


asked_for = (
    st.tuples(st.just("_id"), ids) | st.tuples(st.just("_lastUpdated"), changed) | st.tuples(st.just("patient"), whose)
)
orders = st.sampled_from(["_lastUpdated,_id", "-_lastUpdated,-_id", "_id,_lastUpdated", "-_id"])
documents = st.sampled_from(TYPES).flatmap(lambda each: OF_TYPE[each])
searched = st.tuples(st.lists(asked_for, max_size=2), orders, st.sampled_from([1, 2, 50]))


def test_it_finds_what_a_naive_look_at_each_type_finds(db: None) -> None:
    @settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(documents, min_size=3, max_size=9), st.lists(searched, min_size=3))
    def all_searches(resources: list[Json], searches: list[tuple[list[tuple[str, str]], str, int]]) -> None:
        with transaction.atomic():
            visible = []
            for number, resource in enumerate(resources):
                custodian = "theirs" if number % 4 == 3 else "ours"
                with write():
                    made = store.create(resource, custodian=custodian, category="clinical", logical_id=f"d{number}")
                if custodian == "ours":
                    visible.append(made.content)
            for pairs, order, size in searches:
                matching = [each for each in visible if all(oracle.matches(each, *pair) for pair in pairs)]
                for key in reversed(order.split(",")):
                    matching.sort(key=lambda each: oracle.sort_key(each, key.strip("-"), False), reverse=key[0] == "-")
                expected = [f"{each['resourceType']}/{each['id']}" for each in matching]
                asked = "&".join(f"{name}={value}" for name, value in [*pairs, ("_sort", order)])
                found, total = all_of(TYPES, f"{asked}&_count={size}&_total=accurate", Ours())
                assert (found, total) == (expected, len(expected)), asked
            transaction.set_rollback(True)

    all_searches()


def test_what_was_changed_last_comes_first(stored: Store) -> None:
    stored(person(), logical_id=HEINRICH)
    stored(pulse(), logical_id="first")
    stored(condition(), logical_id="second")
    stored(pulse(of=ERNA), logical_id="third")
    found, total = all_of(("Observation", "Condition", "Patient"), "_count=2")
    assert found == ["Observation/third", "Condition/second", "Observation/first", f"Patient/{HEINRICH}"]
    assert total is None  # it is not counted unasked
    assert across(("Observation", "Condition"), "").total == 3  # but known where all stand on one page
    assert across(("Observation", "Condition"), "_summary=count").total == 3
    assert across(("Observation", "Condition"), f"patient={HEINRICH}&code=I10,8867-4&_count=1").total == 2


def test_all_types_at_once_are_one_statement(stored: Store, django_assert_num_queries: Any) -> None:
    from patients.records import definitions

    stored(pulse(meta={"tag": [{"code": "demo"}]}), logical_id="one")
    stored(condition(meta={"tag": [{"code": "demo"}]}), logical_id="two")
    everything = tuple(sorted(definitions.SERVED))
    with django_assert_num_queries(1):
        assert len(across(everything).rows) == 2
    assert all_of(everything, "_tag=demo&_count=1")[0] == ["Condition/two", "Observation/one"]


def test_no_type_at_all_finds_nothing() -> None:
    assert search.run_across([], search.Everything()).rows == []


def test_a_cursor_does_not_fit_other_types(stored: Store) -> None:
    for _ in range(3):
        stored(pulse())
    cursor = across(("Observation", "Condition"), "_count=1").next
    for other in (("Observation", "Patient"), ("Observation",), ("Condition", "Observation")):
        with pytest.raises(Invalid, match="another search"):
            across(other, f"_count=1&_cursor={cursor}")


def test_a_parameter_that_one_of_the_types_does_not_know_is_refused(stored: Store) -> None:
    with pytest.raises(Invalid, match="not known for Patient"):
        across(("Observation", "Patient"), "code=8867-4")
