"""The district of Ahrental, fictitious: written once into an empty folder, through the services that everybody uses."""

from __future__ import annotations

from typing import TextIO

from config.demo.cast import SIGN_INS

__all__ = ["SIGN_INS", "write_once"]


def write_once(out: TextIO) -> None:
    """Write the district unless there is one; say how far it is."""
    from config.demo.writing import write_once as write

    write(out)
