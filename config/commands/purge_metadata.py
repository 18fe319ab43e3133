"""Take out what is kept for a while only: call metadata, expired sessions, tokens, tickets, counts of failed tries,
and sealed files that no record names.

Servers do so by themselves once a day. Records, notes and the audit log are not touched.
"""

from __future__ import annotations

import argparse
from datetime import timedelta
from typing import TextIO

from django.conf import settings

HELP = "take out call metadata and expired sessions, tokens and tickets"
INSIDE_LIVE_SERVER = True


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--days", type=int, help="keep call metadata so many days (default TELECARE_CALL_DAYS, at most 90)"
    )


def run(options: argparse.Namespace, out: TextIO) -> int:
    from config import purge
    from patients.errors import Invalid

    days = settings.CALL_DAYS if options.days is None else options.days
    if not 1 <= days <= settings.CALL_DAYS:
        raise Invalid(f"Call metadata are kept 1 to {settings.CALL_DAYS} days (TELECARE_CALL_DAYS); choose so many.")
    for name, rows in purge.purge(keep=timedelta(days=days)).items():
        out.write(f"{rows:>7} {name}\n")
    return 0
