"""Rebuild all that is derived from the documents: search index, rights, cards."""

from __future__ import annotations

import argparse
from typing import TextIO

HELP = "rebuild search index, rights and cards from the documents"
INSIDE_LIVE_SERVER = True


def arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(options: argparse.Namespace, out: TextIO) -> int:
    from patients.records import store

    count = store.reindex()
    out.write(f"{count} documents indexed anew.\n")
    return 0
