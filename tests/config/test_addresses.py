"""Every address that a template names exists, with as many parts as the template gives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.urls import get_resolver

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"""{% (?:to|url) ["']([\w:-]+)["']((?: (?!as )[^\s%]+)*)(?: as \w+)? %}""")


def known() -> dict[str, set[int]]:
    """Names of pages, each with the numbers of parts that it takes."""
    found: dict[str, set[int]] = {}

    def walk(resolver, prefix: str) -> None:
        for name in resolver.reverse_dict:
            if isinstance(name, str):
                numbers = {len(parts) for way in resolver.reverse_dict.getlist(name) for _, parts in way[0]}
                found.setdefault(prefix + name, set()).update(numbers)
        for space, (_, inner) in resolver.namespace_dict.items():
            walk(inner, f"{prefix}{space}:")

    walk(get_resolver(), "")
    return found


@pytest.mark.parametrize("path", sorted(ROOT.glob("*/**/templates/**/*.html")), ids=lambda path: path.name)
def test_every_address_in_a_template_exists(path):
    pages = known()
    rooms = {name.split(":")[0] for name in pages if ":" in name}
    for name, parts in NAMED.findall(path.read_text("utf-8")):
        room = "dashboards" if name == "start" else name.split(":")[0]
        if room not in rooms | set(pages):
            continue  # an app without pages: the link is left out
        assert len(parts.split()) in pages.get(name, set()), f"{name} with {len(parts.split())} parts"
