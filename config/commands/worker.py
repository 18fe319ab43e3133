"""Run the jobs (effects that leave the system, timers, retries) and seal the audit log.

Beside `telecare serve` on PostgreSQL and Redis; any number of them.
"""

from __future__ import annotations

import argparse
from typing import TextIO

from django.conf import settings

from patients import vault

HELP = "run the jobs and seal the log (beside `serve` on PostgreSQL; an embedded server runs its own)"


def arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(options: argparse.Namespace, out: TextIO) -> int:
    if settings.EMBEDDED:
        out.write("telecare: the embedded server runs its own jobs. A worker needs DATABASE_URL and REDIS_URL.\n")
        return 1
    from messaging.jobs import run_worker
    from patients.audit.sealer import Sealer
    from patients.audit.witness import Witness

    vault.unlock()
    sealer, witness = Sealer(), Witness()
    sealer.start()
    witness.start()
    run_worker()
    witness.stop()
    sealer.stop()
    return 0
