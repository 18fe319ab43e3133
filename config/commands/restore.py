"""Fill an empty deployment from a backup. Whoever was erased after it was made stays gone: the ledger says who.

Set the master key first (TELECARE_KEY_FILE, or as this deployment is given it), then restore, then serve.
"""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path
from typing import TextIO

from django.conf import settings

HELP = "fill an empty deployment from a backup"
AS_OWNER = True


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", help="what `telecare backup` wrote")
    parser.add_argument("--keys-from", metavar="DIR", help="where its key table is (default DIR/keys)")
    parser.add_argument(
        "--ledger",
        action="append",
        default=[],
        metavar="FILE",
        help="a further copy of the erasure ledger",
    )


def run(options: argparse.Namespace, out: TextIO) -> int:
    from config import backup, roles, serve

    with serve.only_one_process() if settings.EMBEDDED else contextlib.nullcontext():
        done = backup.restore(
            Path(options.folder),
            Path(options.keys_from) if options.keys_from else None,
            ledgers=[Path(one) for one in options.ledger],
        )
    if settings.SERVING_ROLE:
        roles.grant(settings.SERVING_ROLE)
    out.write(f"{done.documents:>9,} documents and {done.keys:,} keys, as of {done.made_at}\n")
    out.write(f"{done.erased:>9,} erasures since then carried out again\n")
    if not Path(settings.ERASURES).exists():
        out.write(
            f"There is no erasure ledger in {settings.ERASURES}. If anybody was erased since the backup was made,\n"
        )
        out.write("bring the ledger there before you serve: the start follows it.\n")
    if done.fault:
        out.write(f"{done.fault} Run `telecare verify-audit`.\n")
        return 1
    out.write(f"{done.log:>9,} rows of the log, all as they were written. Everybody signs in again.\n")
    return 0
