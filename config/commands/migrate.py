"""Bring the database to the form that this version needs.

On PostgreSQL as the owner of the tables where DATABASE_OWNER_URL names one (deploy/postgres); the role of DATABASE_URL,
which serves, is then given its rights.
"""

from __future__ import annotations

import argparse
from typing import TextIO

from django.conf import settings
from django.core.management import call_command

HELP = "bring the database to the form that this version needs"
AS_OWNER = True


def arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(options: argparse.Namespace, out: TextIO) -> int:
    from config import roles

    settings.DATA.mkdir(parents=True, exist_ok=True, mode=0o700)
    call_command("migrate", interactive=False, verbosity=0)
    out.write("The database is up to date.\n")
    if settings.SERVING_ROLE:
        tables = roles.grant(settings.SERVING_ROLE)
        role = settings.SERVING_ROLE
        out.write(f"The role {role} may serve with {tables} tables; of the audit log it reads and adds.\n")
    return 0
