"""Drop the oldest periods of the audit log: rows and the seals over them, as wholes. What is left stays provable.

Rows are kept for TELECARE_AUDIT_YEARS (10). On PostgreSQL it runs as the owner of the tables (DATABASE_OWNER_URL).
"""

from __future__ import annotations

import argparse
from datetime import date, datetime, time
from typing import TextIO

from django.conf import settings
from django.db import ProgrammingError

HELP = "drop periods of the audit log that are older than TELECARE_AUDIT_YEARS"
INSIDE_LIVE_SERVER = True
AS_OWNER = True
NOT_ALLOWED = "42501"  # https://www.postgresql.org/docs/current/errcodes-appendix.html


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--before", type=date.fromisoformat, metavar="DATE", help="keep more: drop only what is older than this day"
    )


def run(options: argparse.Namespace, out: TextIO) -> int:
    from django.utils import timezone

    from patients import audit
    from patients.accounts.actor import system
    from patients.audit import retention
    from patients.errors import Denied, Invalid

    now = timezone.localtime()
    latest = retention.years_before(now, settings.AUDIT_YEARS)
    before = latest
    if options.before:
        before = datetime.combine(options.before, time.min, now.tzinfo)
    if before > latest:
        raise Invalid(
            f"Rows are kept for {settings.AUDIT_YEARS} years (TELECARE_AUDIT_YEARS): choose {latest.date()} or earlier."
        )

    def tell(part: retention.Dropped) -> None:
        out.write(f"{part.rows} rows …\n")

    try:
        dropped = retention.drop(before, told=tell)
    except ProgrammingError as problem:
        if getattr(problem.__cause__, "sqlstate", "") != NOT_ALLOWED:
            raise
        raise Denied("Only the owner of the tables may drop periods: set DATABASE_OWNER_URL.") from problem
    if dropped.seals:
        audit.record(system("retention"), action="audit-retention", type="AuditEvent", detail=f"{dropped.rows} rows")
    out.write(f"{dropped.rows} rows under {dropped.seals} seals from before {before.date()} were dropped.\n")
    return 0
