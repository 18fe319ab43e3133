"""Print roots of the audit log, one JSON line each: the newest seal, which binds everything before it.

Keep them where nobody who runs Telecare can change them: another machine, a mail to the data protection officer, print.
"""

from __future__ import annotations

import argparse
from typing import TextIO

HELP = "print the newest root of the audit log, to be kept elsewhere"
INSIDE_LIVE_SERVER = True


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--after", type=int, metavar="SEAL", help="all seals behind this number instead (0: all)")


def run(options: argparse.Namespace, out: TextIO) -> int:
    from patients.audit import roots

    for line in roots.newest() if options.after is None else roots.after(options.after):
        out.write(line + "\n")
    return 0
