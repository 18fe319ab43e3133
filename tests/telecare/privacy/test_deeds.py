"""What people do is said in words on the pages of the log: an action that is written there has a name on screen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from telecare.privacy import deeds

ROOT = Path(__file__).resolve().parents[3]
MODULES = sorted(path for package in ("patients", "messaging", "telecare") for path in (ROOT / package).rglob("*.py"))


def constants(tree: ast.Module) -> dict[str, str]:
    """Texts that have a name in a module."""
    found: dict[str, str] = {}
    for node in tree.body:
        names = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        value = getattr(node, "value", None)
        if names and isinstance(value, ast.Constant) and isinstance(value.value, str):
            found |= {name.id: value.value for name in names if isinstance(name, ast.Name)}
    return found


def named(node: ast.expr, tree: ast.Module) -> Iterator[str]:
    """The texts that an expression can be: itself, a constant, or what callers hand to the function it stands in."""
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.Name) and node.id in constants(tree):
        yield constants(tree)[node.id]
    elif isinstance(node, ast.Name):
        for maker in (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)):
            places = [at for at, one in enumerate(maker.args.args) if one.arg == node.id]
            for call in (one for one in ast.walk(tree) if isinstance(one, ast.Call) and places):
                if getattr(call.func, "id", "") == maker.name and len(call.args) > places[0]:
                    given = call.args[places[0]]
                    yield from [str(given.value)] if isinstance(given, ast.Constant) else []


def actions() -> dict[str, str]:
    """Every action that the code writes into the log, and a module that does."""
    found: dict[str, str] = {}
    for path in MODULES:
        tree = ast.parse(path.read_text())
        for call in (one for one in ast.walk(tree) if isinstance(one, ast.Call)):
            called = getattr(call.func, "attr", "")
            said = call.args[:1] if called == "look" else []
            said += [one.value for one in call.keywords if one.arg == "action"] if called == "record" else []
            for node in said:
                found |= dict.fromkeys(named(node, tree), path.name)
    return found


def test_every_action_of_the_log_has_a_name_on_screen_in_german_too() -> None:
    known = actions()
    assert len(known) > 60
    assert {name: where for name, where in known.items() if name not in deeds.WORDS} == {}
    with translation.override("de"):
        german = {name: deeds.word(name) for name in known}
    with translation.override("en"):
        assert {name for name, word in german.items() if word == deeds.word(name)} == set()


@pytest.mark.parametrize("name", ["joined records", "print-code", "emergency check"])
def test_doras_page_says_it_in_german(name: str) -> None:
    with translation.override("de"):
        assert name not in deeds.word(name)
