"""Write a consistent copy of all data into a new folder while the server goes on: `data` and, apart from it, `keys`.

Keep both in different places, and the master key in a third: it is in neither. Destroy `keys` after the days that are
named; an erasure is complete when the last keys made before it are gone.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TextIO

HELP = "write a copy of data and keys into a new folder"
INSIDE_LIVE_SERVER = True


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", help="a new or empty folder")
    parser.add_argument("--keys-to", metavar="DIR", help="where the key table goes (default DIR/keys)")


def run(options: argparse.Namespace, out: TextIO) -> int:
    from config import backup
    from patients import vault

    vault.unlock()
    folder, keys = Path(options.folder), Path(options.keys_to) if options.keys_to else None
    saved = backup.save(folder, keys)
    out.write(f"data  {saved.data:>14,} bytes in {folder / 'data'}\n")
    out.write(f"keys  {saved.keys:>14,} bytes in {keys or folder / 'keys'}: keep them in another place than the data\n")
    out.write(f"The master key is in neither. Destroy the keys of this backup after {saved.expires}.\n")
    return 0
