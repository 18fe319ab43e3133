"""Whether the stored bodies are those that the log says were written: an old one that was put back is found.

The log keeps version and SHA-256 of every sealed body that was written here. What came in by import is logged once per
patient and run, without digests: such a document is compared from its first change on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from django.db import connection

LOGGED: Final = 0  # rows of the log come before those of the bodies
_STATEMENT: Final = """
SELECT a.type, a.ident, a.version, 0 AS source, a.digest, a.id FROM audit_event a
WHERE a.digest IS NOT NULL AND a.version IS NOT NULL AND a.outcome = 'done'
UNION ALL SELECT d.type, d.logical_id, d.version, 1, sha256(d.body), 0 FROM records_document d
UNION ALL SELECT d.type, d.logical_id, v.version, 2, sha256(v.body), 0
FROM records_version v JOIN records_document d ON d.id = v.document_id
ORDER BY 1, 2, 3, 4, 6
"""
# a document is sealed with the key of its patient and custodian: a row moved into another record keeps its key
_MOVED: Final = """
SELECT d.type, d.logical_id FROM records_document d LEFT JOIN vault_datakey k ON k.id = d.key
WHERE NOT d.deleted AND (k.id IS NULL OR k.patient <> COALESCE(d.patient, '')
OR k.custodian NOT IN ('', COALESCE(d.custodian, '')))
ORDER BY 1, 2 LIMIT 1
"""
_PAGE: Final = 2000

Line = tuple[str, str, int, int, bytes, int]


@dataclass(frozen=True, slots=True)
class Compared:
    """How many bodies are as the log says; `unlogged`: written by import only; `gone`: documents that were erased.

    `fault` names the first document whose body is not the one that was written.
    """

    good: int = 0
    unlogged: int = 0
    gone: int = 0
    fault: str = ""


def compare() -> Compared:
    """Compare all bodies with the log, in one statement: what is written meanwhile is seen whole or not at all.

    Then whether each document stands in the record whose key sealed it, in another statement.
    """
    good = unlogged = gone = 0
    for (type_, ident), found in groupby(_lines(), key=lambda line: line[:2]):
        lines = list(found)
        logged = {version: digest for _, _, version, source, digest, _ in lines if source == LOGGED}
        stored = {version: digest for _, _, version, source, digest, _ in lines if source != LOGGED}
        if not stored:
            gone += 1
            continue
        for version, digest in stored.items():
            if version not in logged:
                unlogged += 1
            elif logged[version] != digest:
                return Compared(good, unlogged, gone, f"The body of {type_}/{ident} version {version} was exchanged.")
            else:
                good += 1
        newest, latest = max(logged, default=0), _latest(lines)
        if newest > max(stored) != latest:
            words = f"{type_}/{ident}: version {newest} was written, version {max(stored)} is stored"
            return Compared(good, unlogged, gone, f"{words}: an old body was put back.")
        if lost := sorted(_expected(lines) - stored.keys()):
            return Compared(good, unlogged, gone, f"{type_}/{ident} version {lost[0]} was taken out of its history.")
    return Compared(good, unlogged, gone, _moved())


def _moved() -> str:
    """Which document, if any, stands in the record of another patient or custodian than it was written for."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVED)
        found = cursor.fetchone()
    return f"{found[0]}/{found[1]} was moved into another record." if found else ""


def _expected(lines: list[Line]) -> set[int]:
    """The versions that were written since it last began with version 1: it may have been erased and come in anew."""
    expected: set[int] = set()
    for _row, version in sorted((row, version) for _, _, version, source, _, row in lines if source == LOGGED):
        expected = {1} if version == 1 else {*expected, version}
    return expected


def _latest(lines: list[Line]) -> int:
    """The version that was written last: a lower one than before, where a document was erased and came in anew."""
    _row, version = max(((row, version) for _, _, version, source, _, row in lines if source == LOGGED), default=(0, 0))
    return version


def _lines() -> Iterator[Line]:
    """Type, id, version, source, digest and the row of the log, in that order."""
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        connection.connection.create_function("sha256", 1, _sha256, deterministic=True)
    with connection.chunked_cursor() as cursor:
        cursor.execute(_STATEMENT)
        while page := cursor.fetchmany(_PAGE):
            for type_, ident, version, source, digest, row in page:
                yield type_, ident, version, source, bytes(digest), row


def _sha256(body: Any) -> bytes:
    return hashlib.sha256(bytes(body)).digest()
