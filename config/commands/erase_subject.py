"""Make unreadable, for good, what is kept about one patient: at one custodian, or at all of them.

Rows go and keys are destroyed; the log, which holds ids only, stays and stays valid. What must be kept until a day (a
hold) is postponed. Backups made before still hold the sealed data and their keys: the erasure is complete when the last
of them is gone, and a restored one is brought in line by the ledger.
"""

from __future__ import annotations

import argparse
from typing import TextIO

from django.conf import settings

HELP = "make unreadable what is kept about one patient"
INSIDE_LIVE_SERVER = True


def arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("patient", nargs="?", metavar="PATIENT", help="id of the Patient")
    what.add_argument("--due", action="store_true", help="carry out what waited for holds that are over")
    what.add_argument("--ledger", action="store_true", help="write the ledger's missing lines to its file again")
    parser.add_argument(
        "--custodian", metavar="ORGANISATION", help="name or id of one organisation: only what it keeps"
    )


def run(options: argparse.Namespace, out: TextIO) -> int:
    from patients.accounts.actor import system
    from patients.network import services
    from patients.network.queries import organisation_called
    from patients.records import ledger

    if options.ledger:
        out.write(f"{ledger.export()} lines were missing in the ledger and are written.\n")
        return 0
    if options.due:
        services.carry_out_postponed()
        out.write("What waited for holds that are over is erased.\n")
        return 0
    patient = options.patient.removeprefix("Patient/")
    actor = system("erase-subject")
    custodian = organisation_called(actor, options.custodian, option="--custodian")[0] if options.custodian else None
    answers = services.erase(actor, patient, custodian=custodian)
    for answer in answers:
        where = f"at {answer.custodian}" if answer.custodian else "that all share"
        if answer.erased:
            out.write(f"{answer.documents:>7} documents {where} erased, {answer.keys} keys destroyed.\n")
        else:
            out.write(f"        {where}: kept until {answer.until} ({answer.reason}); erased after that day.\n")
        if answer.mentions:
            out.write(f"{answer.mentions:>7} documents of other patients mention this one: look at them by hand.\n")
    if any(answer.erased for answer in answers):
        out.write(f"Complete when the last backup made before today is gone, after {settings.BACKUP_DAYS} days.\n")
    return 0
