"""The classes that pages use exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "config" / "static"
OURS = re.compile(r"\btc-[a-z0-9]+(?:(?:--|__|-)[a-z0-9]+)*")


def defined() -> set[str]:
    """Class names in our stylesheets."""
    return {name for path in (STATIC / "telecare").glob("*.css")
            for name in re.findall(r"\.(tc-[\w-]+)", path.read_text("utf-8"))}  # fmt: skip


def used() -> dict[str, set[str]]:
    """Class names in templates, code and scripts, with where."""
    found: dict[str, set[str]] = {}
    paths = [path for top in ("config", "telecare", "messaging", "patients") for path in (ROOT / top).rglob("*")]
    for path in paths:
        if path.suffix in {".html", ".py", ".js"} and "vendor" not in path.parts and "static_built" not in path.parts:
            for name in OURS.findall(path.read_text("utf-8")):
                found.setdefault(name, set()).add(path.name)
    return found


def test_no_page_names_a_class_that_does_not_exist():
    unknown = {name: where for name, where in used().items() if name not in defined()}
    assert not unknown
