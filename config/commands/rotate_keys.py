"""Put a new master key in force: all data keys are wrapped anew, no body is touched."""

from __future__ import annotations

import argparse
from typing import TextIO

HELP = "wrap all data keys with a new master key"
INSIDE_LIVE_SERVER = True


def arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(options: argparse.Namespace, out: TextIO) -> int:
    from patients.vault import services

    count = services.rotate_master()
    out.write(f"{count} data keys wrapped anew. Keep the old master key until the last backup made with it is gone.\n")
    return 0
