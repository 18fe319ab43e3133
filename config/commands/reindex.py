"""Rebuild all that is derived from the documents: search index, rights, cards."""

from __future__ import annotations

import argparse
from typing import TextIO

HELP = "rebuild search index, rights and cards from the documents"
INSIDE_LIVE_SERVER = True


def arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(options: argparse.Namespace, out: TextIO) -> int:
    from patients.records.reindex import reindex

    done = reindex()
    out.write(f"{done.documents} documents indexed anew.\n")
    if done.unreadable:
        out.write(f"{done.unreadable} of them cannot be read: their keys were destroyed.\n")
    return 0
