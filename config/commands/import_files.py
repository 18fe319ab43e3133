"""Take FHIR R4 JSON, Bundles or NDJSON, files and folders, into the records. Repeatable without duplicates."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final, TextIO

from django.conf import settings
from django.core.management import call_command

HELP = "take FHIR JSON, Bundles or NDJSON into the records"
INSIDE_LIVE_SERVER = True

WIDTH: Final = 40  # of the bar, in characters


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="FILE", help="files or folders")
    parser.add_argument(
        "--as",
        dest="organisation",
        metavar="ORGANISATION",
        help="name or id of the organisation that answers for the records; its staff see the patients",
    )


def run(options: argparse.Namespace, out: TextIO) -> int:
    from patients.fhir import ingest

    if settings.EMBEDDED:  # an empty folder becomes a database; a live server has brought its own up to date
        settings.DATA.mkdir(parents=True, exist_ok=True, mode=0o700)
        call_command("migrate", interactive=False, verbosity=0)
    paths = [Path(path) for path in options.paths]
    report = ingest.run(paths, custodian=options.organisation, progress=bar(out))
    out.write("\n")
    ingest.print_report(report, out)
    return 0 if report.complete else 1


def bar(out: TextIO) -> Callable[[float], None]:
    """A progress bar that only ever adds to its line, so that it also looks right in a log."""
    drawn = -1

    def draw(share: float) -> None:
        nonlocal drawn
        if drawn < 0:
            out.write("importing ")
            drawn = 0
        if (wanted := int(share * WIDTH)) > drawn:
            out.write("█" * (wanted - drawn))
            drawn = wanted
            out.flush()

    return draw
