"""Collected files: named by content, compressed, and light enough for a weak line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.core.management import call_command
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.test import override_settings

GUEST_BUDGET = 120_000  # bytes over the wire, first visit (DESIGN §11)


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """A folder as `telecare serve` makes it."""
    folder = tmp_path_factory.mktemp("collected")
    with override_settings(STATIC_ROOT=folder):
        storages._storages.clear()
        call_command("collectstatic", interactive=False, verbosity=0)
        yield folder
    storages._storages.clear()


def named(folder: Path, name: str) -> Path:
    return folder / json.loads((folder / "staticfiles.json").read_text("utf-8"))["paths"][name]


def weight(folder: Path, name: str) -> int:
    """Bytes of a file as the smallest form that lies there."""
    path = named(folder, name)
    return min(form.stat().st_size for form in path.parent.glob(f"{path.name}*"))


def test_without_collecting_names_are_plain():
    assert static("telecare/base.css") == "/static/telecare/base.css"


def test_names_carry_a_digest_and_lie_there_compressed(collected):
    path = named(collected, "telecare/base.css")
    assert re.fullmatch(r"base\.[0-9a-f]{12}\.css", path.name)
    assert path.with_name(path.name + ".br").is_file()
    assert path.with_name(path.name + ".gz").is_file()


def test_modules_import_each_other_by_digest(collected):
    text = named(collected, "telecare/page.js").read_text("utf-8")
    imports = re.findall(r'import\s*"\./([^"]+)"', text)
    assert imports
    for name in imports:
        assert (collected / "telecare" / name).is_file()
        assert re.search(r"\.[0-9a-f]{12}\.js$", name)


def modules(folder: Path, name: str) -> set[str]:
    """A module and all that it imports, by plain name."""
    text = (folder / name).read_text("utf-8")
    found = {name}
    for other in re.findall(r'(?:from|import)\s*"\./([^"]+)"', text):
        found |= modules(folder, f"telecare/{other}")
    return found


def test_a_guest_page_is_light(collected):
    page = render_to_string("page_guest.html", {"csrf_token": "x" * 64, "district": "Ahrental"})
    files = [name.removeprefix("/static/") for name in re.findall(r'(?:href|src)="(/static/[^"]+)"', page)]
    plain = {re.sub(r"\.[0-9a-f]{12}\.", ".", name) for name in files}
    whole = plain | {part for name in plain if name.endswith(".js") for part in modules(collected, name)}
    bytes_sent = sum(weight(collected, name) for name in whole) + len(page.encode())
    assert "htmx" not in page
    assert "fonts" not in page
    assert bytes_sent < GUEST_BUDGET / 2  # the join page itself and its own modules need the other half


def test_no_stylesheet_asks_anything_of_others(collected):
    for path in collected.rglob("*.css"):
        assert not re.search(r"url\(\s*[\"']?(https?:)?//", path.read_text("utf-8")), path.name
