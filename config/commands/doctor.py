"""Look at this deployment and say what is good, what is missing and what to do about it."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import TextIO

from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connection
from django.utils import timezone

from patients.errors import Problem

LONGEST_WAIT = timedelta(minutes=1)
HELP = "look at this deployment and say what to do"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--production", action="store_true", help="hold it against what real patients need, demo or not"
    )


def run(options: argparse.Namespace, out: TextIO) -> int:
    from config import health, roles
    from config.checks import clocks

    bad = 0
    strict = options.production or not settings.DEMO
    for part in health.parts():
        out.write(f"{'ok  ' if part.up else 'DOWN'} {part.name}{': ' + part.words if part.words else ''}\n")
        bad += not part.up
    for words in _unsealed():
        out.write(f"BAD  {words}\n")
        bad += 1
    for words in _keys():
        out.write(f"BAD  {words}\n")
        bad += 1
    for words in _nobody():
        out.write(f"note {words}\n")
    for line in _room():
        out.write(f"ok   {line}\n")
    if connection.vendor == "postgresql" and roles.may_change_log():
        out.write(
            f"{_word(options.production)} The role of DATABASE_URL could change the audit log: see deploy/postgres.\n"
        )
        bad += options.production
    for message in [*checks.run_checks(include_deployment_checks=strict), *clocks()]:
        if message.is_silenced():
            continue
        wrong = message.level >= checks.ERROR
        out.write(f"{_word(wrong)} {message.msg} {message.hint or ''}".rstrip() + "\n")
        bad += wrong
    if options.production:
        out.write(f"{bad} must be mended before real patients.\n" if bad else "Nothing stands against real patients.\n")
    return 1 if bad else 0


def _unsealed() -> Iterator[str]:
    """What is wrong with the seals of the audit log."""
    from patients.audit import sealer

    try:
        waited = sealer.behind(timezone.now())
    except (sealer.Broken, DatabaseError) as problem:
        yield f"The audit log cannot be sealed: {problem}"
        return
    if waited and waited > LONGEST_WAIT:
        yield f"Rows of the audit log wait for a seal since {waited}: a server (embedded) or `telecare worker` seals."


def _keys() -> Iterator[str]:
    """What is wrong with the erasure ledger, and a change of the index key that was stopped."""
    from patients.records import ledger
    from patients.vault import index_key

    try:
        if missing := ledger.behind():
            yield f"{missing} erasures are missing in {settings.ERASURES}: run `telecare erase-subject --ledger`."
        if stage := index_key.stage():
            yield f"A change of the index key was stopped ({stage}): run `telecare rotate-keys --index` again."
    except (Problem, DatabaseError) as problem:
        yield f"The erasure ledger cannot be compared: {problem}"


def _nobody() -> Iterator[str]:
    """Whether anybody runs this network."""
    from patients.accounts.actor import Role
    from patients.accounts.models import Membership

    with suppress(DatabaseError):
        if not Membership.objects.filter(role=Role.OPERATOR).exists():
            yield "Nobody runs this network yet: `telecare operator --help` lets the first person in."


def _word(wrong: bool) -> str:
    return "BAD " if wrong else "note"


def _room() -> Iterator[str]:
    if settings.EMBEDDED:
        free = shutil.disk_usage(settings.DATA if settings.DATA.exists() else settings.DATA.parent).free
        yield f"disk: {free // 2**20:,} MiB free in the data folder"
