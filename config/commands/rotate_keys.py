"""Put a new master key in force: all data keys are wrapped anew, no body is touched.

With --index, put a new key of the search index in force: every document is hashed anew while everybody goes on. It
takes as long as two runs of `telecare reindex`; stopped, it goes on from there when it is run again.
"""

from __future__ import annotations

import argparse
from typing import TextIO

HELP = "wrap all data keys with a new master key, or hash the index with a new key"
INSIDE_LIVE_SERVER = True


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--index", action="store_true", help="the key of the search index instead of the master")


def run(options: argparse.Namespace, out: TextIO) -> int:
    if options.index:
        from patients.records.rotation import rotate_index

        done = rotate_index()
        out.write(f"{done.documents} documents hashed with a new key of the index; the old one is gone.\n")
        return 0
    from patients.vault import services

    count = services.rotate_master()
    out.write(f"{count} data keys wrapped anew. Keep the old master key until the last backup made with it is gone.\n")
    return 0
