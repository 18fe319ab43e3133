"""The newest documents of each code: what `Observation/$lastn` asks for.

Which code a document has is known from the index, so that only what is shown is opened; one that has only words for its
code is opened to compare them. Two are of the same code when they share a coding, or are linked by others that do.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from django.db import connection

from patients.database.rows import places
from patients.errors import Invalid
from patients.records.index.slots import parameters
from patients.records.models import Document
from patients.records.search.parse import LARGEST_PAGE
from patients.records.search.query import Query, Scope
from patients.records.search.run import run

MOST: Final = 20_000  # documents that are compared


def last_of_each_code(query: Query, scope: Scope, most: int, *, beyond: Scope | None = None) -> list[Document]:
    """Of each code the newest `most` documents among those that match; the code with the newest one first.

    Raises Invalid where more than 20,000 match.
    """
    groups = _Groups(most)
    cursor = None
    for _ in range(MOST // LARGEST_PAGE):
        asked = replace(query, cursor=cursor, sort=(), total="none")
        page = run(asked, scope, count=LARGEST_PAGE, beyond=beyond)
        codes = _codes(query.type, page.rows)
        for document in page.rows:
            groups.add(document, codes.get(document.pk) or [_words(document)])
        if page.next is None:
            return groups.documents()
        cursor = page.next
    raise Invalid(f"More than {MOST:,} match. Name a code, a category or a time.", code="too-costly")


class _Groups:
    """Documents that come the newest first, grouped by keys; groups that turn out to be one are joined."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._number = 0
        self._leads: dict[Hashable, Hashable] = {}  # from each key towards the one that stands for its group
        self._kept: dict[Hashable, list[tuple[int, Document]]] = {}

    def add(self, document: Document, keys: Iterable[Hashable]) -> None:
        """The next document, older than all before, with what it is grouped by."""
        first, *others = dict.fromkeys(self._leading(key) for key in keys)
        for other in others:
            self._leads[other] = first
            self._kept.setdefault(first, []).extend(self._kept.pop(other, []))
        self._number += 1
        held = self._kept.setdefault(first, [])
        held.append((self._number, document))
        held.sort(key=lambda each: each[0])
        del held[self._most :]

    def documents(self) -> list[Document]:
        """What was kept, group by group, the one with the newest document first."""
        groups = sorted(self._kept.values(), key=lambda held: held[0][0])
        return [document for held in groups for _, document in held]

    def _leading(self, key: Hashable) -> Hashable:
        while (lead := self._leads.get(key, key)) != key:
            key = lead
        return key


def _codes(type_: str, documents: Sequence[Document]) -> dict[int, list[Hashable]]:
    """The hashes of system and code together, by document; one without a coding has none."""
    found: dict[int, list[Hashable]] = {}
    if documents:
        slots = parameters(type_)["code"].numbers
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT t.document_id, t.h_full FROM records_token t WHERE t.document_id IN ({places(len(documents))})"
                f" AND t.slot IN ({places(len(slots))}) AND t.h_full <> 0",
                [*(document.pk for document in documents), *slots],
            )
            for pk, code in cursor.fetchall():
                found.setdefault(pk, []).append(code)
    return found


def _words(document: Document) -> Hashable:
    """What a document without a coding is grouped by: its words, or nothing but itself."""
    words = document.content.get("code", {}).get("text")
    return " ".join(words.split()).casefold() if isinstance(words, str) and words.strip() else document.pk
