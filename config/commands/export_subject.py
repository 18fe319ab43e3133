"""Write everything that is kept about one person into a folder: FHIR as NDJSON, the access log among it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TextIO

HELP = "write all that is kept about one patient into a folder"
INSIDE_LIVE_SERVER = True


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("patient", metavar="PATIENT", help="id of the Patient")
    parser.add_argument("--to", required=True, metavar="DIR", help="a new or empty folder; its content is in clear")


def run(options: argparse.Namespace, out: TextIO) -> int:
    from patients.accounts.actor import system
    from patients.fhir import subject

    folder = Path(options.to)
    counts = subject.save(system("export-subject"), options.patient.removeprefix("Patient/"), folder)
    for type_, count in sorted(counts.items()):
        out.write(f"{count:>7} {type_}\n")
    out.write(f"Written to {folder}. It is in clear: hand it to this person only, and delete it then.\n")
    return 0
