"""Icons: the inner part of Lucide's SVG files, read once. Only icons that lie in `static/vendor/lucide/icons` exist."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "static" / "vendor" / "lucide" / "icons"
INNER = re.compile(r"<svg\b[^>]*>(.*)</svg>", re.DOTALL)


@cache
def shapes(name: str) -> str:
    """The paths of one icon, drawn on 24 × 24. Raises LookupError for an icon that is not vendored."""
    try:
        text = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    except OSError as problem:
        raise LookupError(
            f"There is no icon “{name}”. Copy it from lucide-static (see static/vendor/README.md)."
        ) from problem
    found = INNER.search(text)
    if not found:
        raise LookupError(f"The icon “{name}” is not an SVG file.")
    return re.sub(r"\s*\n\s*", "", found[1])
