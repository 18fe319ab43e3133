"""Compiles the translations: every `locale/*/LC_MESSAGES/*.po` of ours to the `.mo` that gettext reads.

polib does it, in Python alone, so that a machine without the gettext tools gives the same words. Compiled files are not
committed; `make run`, `make test` and the tests' conftest call `compile_all()`, which costs nothing when all is fresh.
"""

from __future__ import annotations

import gettext
import tempfile
from pathlib import Path

import polib
from django.utils.translation import trans_real

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("config", "telecare", "messaging", "patients")


def sources() -> list[Path]:
    """All catalogues of ours."""
    return sorted(path for package in PACKAGES for path in (ROOT / package).glob("**/locale/*/LC_MESSAGES/*.po"))


def compile_all() -> int:
    """Compile every catalogue that is newer than its compiled form; returns how many were."""
    done = 0
    for source in sources():
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".part", delete=False) as part:
            part.write(polib.pofile(str(source)).to_binary())
        Path(part.name).replace(target)  # never a half-written file, however many processes start
        done += 1
    if done:
        _forget_what_was_missing()
    return done


def _forget_what_was_missing() -> None:
    """`django.setup()` has asked for a translation already, and Django remembers the catalogues it did not find.

    As `django.utils.translation.reloader` does it when a catalogue changes.
    """
    gettext._translations = {}  # type: ignore[attr-defined]
    trans_real._translations = {}  # type: ignore[attr-defined]
    trans_real._default = None  # type: ignore[attr-defined]


if __name__ == "__main__":
    compile_all()
