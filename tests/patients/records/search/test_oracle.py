"""A search finds exactly what a naive look at every document finds."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings

from patients.database import write
from patients.records import search, store
from patients.records.models import Document
from patients.records.search import predicates, ways
from tests.patients.records.search import oracle
from tests.patients.records.search.worlds import OF_TYPE, worlds_and_searches

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

Json = dict[str, Any]


class Ours:
    """The scope of somebody who sees one custodian's documents only."""

    sql = "d.custodian = %s"
    params = ("ours",)


@pytest.mark.parametrize("type_", sorted(OF_TYPE))
def test_a_search_finds_what_a_naive_look_finds(db: None, type_: str) -> None:
    _all_searches(type_, 70)


def test_a_search_finds_the_same_where_too_many_have_a_value(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that nothing leads but a walk along the documents, or one code."""
    monkeypatch.setattr(predicates, "MOST_LED", -1)
    monkeypatch.setattr(predicates, "MOST_SORTED", -1)
    for name in ("MOST_LED", "MOST_CHANGED", "MOST_SORTED"):
        monkeypatch.setattr(ways, name, -1)
    for type_ in ("Observation", "Condition"):
        _all_searches(type_, 25)


def _all_searches(type_: str, worlds: int) -> None:
    @settings(max_examples=worlds, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(worlds_and_searches(type_))
    def all_searches(world: tuple[list[Json], list[tuple[list[tuple[str, str]], int]]]) -> None:
        resources, searches = world
        with transaction.atomic():
            visible = [document.content for document in _stored(resources) if document.custodian == "ours"]
            for pairs, size in searches:
                expected = oracle.search(type_, pairs, visible)
                assert _all_pages(type_, pairs, size) == (expected, len(expected)), pairs
            transaction.set_rollback(True)

    all_searches()


def _stored(resources: list[Json]) -> list[Document]:
    made = []
    for number, resource in enumerate(resources):
        custodian = "theirs" if number % 4 == 3 else "ours"
        with write():
            made.append(store.create(resource, custodian=custodian, category="clinical", logical_id=f"d{number}"))
    return made


def _all_pages(type_: str, pairs: list[tuple[str, str]], size: int) -> tuple[list[str], int | None]:
    found: list[str] = []
    cursor: list[tuple[str, str]] = []
    total = None
    for _ in range(20):
        query = search.parse(type_, [*pairs, ("_count", str(size)), ("_total", "accurate"), *cursor])
        page = search.run(query, Ours())
        found += [document.logical_id for document in page.rows]
        total = page.total
        if page.next is None:
            return found, total
        cursor = [("_cursor", page.next)]
    raise AssertionError("the pages have no end")
