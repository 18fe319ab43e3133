"""Every sentence of these apps has a German one, in whichever catalogue it stands."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.utils.translation import templatize

from config import words

APPS = ("dashboards", "privacy", "tasks", "visits", "vitals")
CALLS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "now", "pgettext", "npgettext"}
PIECE = re.compile(r"""(?:\b|(?<=\s))(?:_|gettext|ngettext)\(\s*(u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*")""", re.DOTALL)


def of_code(path: Path) -> Iterator[str]:
    """The first argument of each call that translates."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def of_template(path: Path) -> Iterator[str]:
    """What Django's own extraction finds: tags, blocks, and constants in other tags."""
    for found in PIECE.finditer(templatize(path.read_text("utf-8"), origin=str(path))):
        yield ast.literal_eval(found.group(1))


def sentences(app: str) -> set[str]:
    """All English sentences of an app."""
    folder = words.ROOT / "telecare" / app
    found = {text for path in folder.rglob("*.py") for text in of_code(path)}
    return found | {text for path in folder.rglob("*.html") for text in of_template(path)}


@pytest.mark.parametrize("app", APPS)
def test_every_sentence_has_a_german_one(app: str):
    known = {entry.msgid for source in words.sources() for entry in polib.pofile(str(source))}
    found = sentences(app)
    assert len(found) > 10  # the extraction finds something
    assert sorted(found - known) == []
