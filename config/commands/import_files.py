"""Take FHIR R4 JSON, Bundles or NDJSON, files and folders, into the records. Repeatable without duplicates."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TextIO

HELP = "take FHIR JSON, Bundles or NDJSON into the records"
INSIDE_LIVE_SERVER = True


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

    report = ingest.run([Path(path) for path in options.paths], organisation=options.organisation, out=out)
    return 0 if report.complete else 1
