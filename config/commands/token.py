"""Issue a bearer token for `/fhir` and `/ws/`. Demo mode and tests only. The last line printed is the token.

`telecare token system` makes a system client that is granted everything that was imported.
"""

from __future__ import annotations

import argparse
from typing import TextIO

from django.conf import settings

from patients.errors import Denied

HELP = "issue a bearer token for /fhir and /ws/ (demo mode and tests)"
INSIDE_LIVE_SERVER = True


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("user", help="a sign-in name, or `system`")


def run(options: argparse.Namespace, out: TextIO) -> int:
    if not settings.DEMO:
        raise Denied(
            "Tokens from the command line exist in demo mode only (TELECARE_DEMO=1). "
            "Elsewhere a client gets its token by signing in."
        )
    from patients.accounts import services

    out.write(services.token_for(options.user) + "\n")
    return 0
