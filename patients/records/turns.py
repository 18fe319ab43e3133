"""Whose turn it is with a patient's records: what is withdrawn or erased must not be written to at the same moment.

On SQLite all writers come one after the other. On PostgreSQL a transaction sees nothing of another that has not ended:
a right could be used while it is taken away, rights be derived from half of what was just written, and a record that is
being erased would keep what comes in meanwhile. So who writes in a record comes `beside` others, and who changes rights
on it, or erases it, comes `alone`. The turn is taken before rights are asked and before any row is held.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from patients.database import Queue, in_turn

_ALL = ("",)


def needed() -> bool:
    """Whether several write at the same moment; else nobody need ask whose turn it is."""
    return connection.vendor == "postgresql"


def beside(patients: Iterable[str]) -> None:
    """Inside `write()`: write in these patients' records. Rights on them stay as they are until its end."""
    in_turn(patients, Queue.RECORD, beside=True)


def alone(patients: Iterable[str]) -> None:
    """Inside `write()`: change who may see these patients' records, or erase them. Nobody writes in them."""
    in_turn(_ALL, Queue.RIGHTS, beside=True)
    in_turn(patients, Queue.RECORD)


def of_all() -> None:
    """Inside `write()`: derive all rights anew. Nobody changes any meanwhile; records are written on."""
    in_turn(_ALL, Queue.RIGHTS)
