"""Page by page while others write: each match once, and none twice."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl

import pytest
from django.db import connection

from patients.database import write
from patients.records import search, store
from patients.records.models import Document
from tests.patients.records.conftest import ERNA, HEINRICH, Json, Store, pulse
from tests.patients.records.search.test_run import condition, found

pytestmark = [pytest.mark.storage]

MATCHES = 1_200
SIZE = 60
ORDERS = [
    "",
    "_sort=date",
    "_sort=-date,_id",
    "_sort=_id",
    "_sort=-_lastUpdated",
    "_sort=_lastUpdated",
    "_sort=value-date,-_id",
]


def taken(number: int) -> str:
    return f"{2020 + number % 6}-{number // 31 % 12 + 1:02}-{number % 28 + 1:02}"


def measured(number: int, value: str = "72") -> Json:
    return pulse(value, at=taken(number), of=(HEINRICH, ERNA)[number % 2])


def _filled() -> None:
    for begin in range(0, MATCHES, 200):
        prepared = [(number, store.prepare(measured(number))) for number in range(begin, begin + 200)]
        with write():
            store.create_many([store.New(one, "m", "clinical", logical_id=f"o{number}") for number, one in prepared])


class Writers:
    """Two people who go on writing; `after(n)` waits until they have done n things more."""

    def __init__(self) -> None:
        self.failed: list[BaseException] = []
        self._done = 0
        self._news = threading.Condition()
        self._stopped = threading.Event()

    def after(self, more: int) -> None:
        with self._news:
            target = self._done + more
            assert self._news.wait_for(lambda: self._done >= target or self.failed, timeout=60)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._work, args=(seed,)) for seed in (1, 2)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            for thread in threads:
                thread.join()
        assert not self.failed, self.failed

    def _work(self, seed: int) -> None:
        chance = random.Random(seed)
        try:
            while not self._stopped.is_set():
                self._write(chance, seed)
                with self._news:
                    self._done += 1
                    self._news.notify_all()
        except BaseException as problem:
            self.failed.append(problem)
            with self._news:
                self._news.notify_all()
        finally:
            connection.close()

    def _write(self, chance: random.Random, seed: int) -> None:
        """Of six documents, each of the two changes one and moves one; two are left alone."""
        stays, number = chance.randrange(2) == 0, chance.randrange(MATCHES // 6) * 6 + seed - 1
        if not stays:
            number += 4
        document = store.get("Observation", f"o{number}")
        if document.deleted:
            return
        after = measured(number, str(chance.randrange(60, 80)))
        if not stays:
            after["effectiveDateTime"] = taken(chance.randrange(MATCHES))
        with write():
            if not stays and chance.randrange(10) == 0:
                store.delete(document)
                store.create(after, custodian="m", category="clinical")
            else:
                store.update(document, after, category="clinical")


def walked(asked: str, between: Callable[[], None], type_: str = "Observation") -> list[str]:
    """The ids on all pages, one after the other."""
    seen: list[str] = []
    cursor = ""
    while True:
        page = found(type_, "&".join(part for part in (asked, f"_count={SIZE}", cursor) if part))
        seen += [row.logical_id for row in page.rows]
        if page.next is None:
            return seen
        cursor = f"_cursor={page.next}"
        between()


@pytest.mark.django_db(transaction=True)
def test_each_match_is_shown_once_while_others_write() -> None:
    """Two people change, move, delete and create; a third of the documents is never touched.

    None is shown twice. Each that goes on matching is shown once, also where it was moved meanwhile. Only of a date
    that is not the main one it is not known what it was: who pages by it may miss what is written meanwhile.
    """
    _filled()
    everything = {f"o{number}" for number in range(MATCHES)}
    untouched = {f"o{number}" for number in range(MATCHES) if number % 6 in (2, 3)}
    writers = Writers()
    with writers.at_work():
        for order in ORDERS:
            seen = Counter(walked(f"code=8867-4&{order}".strip("&"), lambda: writers.after(12)))
            assert max(seen.values()) == 1, order
            assert untouched <= seen.keys(), order
            if "value-date" not in order:
                assert everything - set(_deleted()) <= seen.keys(), order


def _deleted() -> list[str]:
    return list(Document.objects.filter(deleted=True).values_list("logical_id", flat=True))


@pytest.mark.django_db(transaction=True)
def test_what_was_moved_behind_the_page_is_not_shown_again(stored: Store) -> None:
    for day in range(10, 20):
        stored(pulse(at=f"2026-03-{day}"), logical_id=f"d{day}")
    first = found("Observation", "_sort=-date&_count=3")
    assert [row.logical_id for row in first.rows] == ["d19", "d18", "d17"]
    _again("d18", "2026-03-01")  # shown, and now at the end
    _again("d12", "2026-03-25")  # not shown yet, and now before what was shown; and twice
    _again("d12", "2026-03-01")
    with write():
        store.delete(store.get("Observation", "d11"))
    rest = found("Observation", f"_sort=-date&_count=50&_cursor={first.next}")
    assert [row.logical_id for row in rest.rows] == ["d16", "d15", "d14", "d13", "d12", "d10"]
    assert rest.rows[4].content["effectiveDateTime"] == "2026-03-01"  # in its place, as it is now
    fresh = found("Observation", "_sort=-date&_count=50")
    assert {row.logical_id for row in fresh.rows[-2:]} == {"d12", "d18"}  # who begins anew finds it in its place


def _again(ident: str, at: str) -> None:
    with write():
        store.update(store.get("Observation", ident), pulse(at=at), category="clinical")


@pytest.mark.django_db
def test_a_change_without_a_move_is_shown_as_it_is_now(stored: Store) -> None:
    for day in range(10, 14):
        stored(pulse(at=f"2026-03-{day}"), logical_id=f"d{day}")
    first = found("Observation", "_sort=-date&_count=2")
    with write():
        store.update(store.get("Observation", "d11"), pulse("99", at="2026-03-11"), category="clinical")
    rest = found("Observation", f"_sort=-date&_count=2&_cursor={first.next}")
    assert [(row.logical_id, int(row.content["valueQuantity"]["value"])) for row in rest.rows] == [
        ("d11", 99),
        ("d10", 72),
    ]


@pytest.mark.django_db
def test_pages_across_types_hold_their_place_too(stored: Store) -> None:
    for number in range(6):
        stored(pulse(), logical_id=f"o{number}")
        stored(condition(), logical_id=f"c{number}")
    seen: list[str] = []
    cursor: list[tuple[str, str]] = []
    while True:
        queries = [search.parse(type_, [("_count", "5"), *cursor]) for type_ in ("Observation", "Condition")]
        page = search.run_across(queries, search.Everything())
        seen += [row.logical_id for row in page.rows]
        if page.next is None:
            break
        cursor = parse_qsl(f"_cursor={page.next}")
        stored(pulse())
    assert sorted(seen) == sorted([f"{kind}{number}" for kind in "oc" for number in range(6)])
