"""JSON Patch: a list of steps that change a JSON document. https://www.rfc-editor.org/rfc/rfc6902

Numbers keep their digits: what no step touches is what it was. `test` compares numbers by value, as the RFC says.
The work is bounded: so many steps, so many bytes, so deep, and so much that is copied.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from patients.errors import Invalid
from patients.records import wire

JSON_PATCH: Final = "application/json-patch+json"
MOST_STEPS: Final = 500
MOST_BYTES: Final = 1024 * 1024  # of a patch
MOST_COPIED: Final = wire.MOST_BYTES  # by all steps of a patch together: each `copy` could double what is there
MOST_TOKENS: Final = wire.MOST_DEPTH  # of a path

_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,8}")
_STRAY: Final = re.compile(r"~(?![01])")
_NEEDS: Final = {
    "add": ("path", "value"),
    "remove": ("path",),
    "replace": ("path", "value"),
    "move": ("from", "path"),
    "copy": ("from", "path"),
    "test": ("path", "value"),
}

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of a patch. `number`: its place, for what is said about it."""

    number: int
    op: str
    path: Path
    source: Path = ()
    value: Any = None


def steps(given: list[Any]) -> list[Step]:
    """The steps of a patch. Raises Invalid, naming the step."""
    if len(given) > MOST_STEPS:
        raise Invalid(f"A patch may have {MOST_STEPS} steps, this one has {len(given):,}.", code="too-costly")
    return [_step(number, each) for number, each in enumerate(given)]


def applied(document: Any, patch: list[Step]) -> Any:
    """The document after all steps. It is changed in place: give a copy. Raises Invalid; then nothing is of use."""
    root, copied = {"": document}, 0
    for step in patch:
        if step.op == "copy":
            copied += len(wire.text([_at(root, ("", *step.source), step)]))
            if copied > MOST_COPIED:
                raise _refused(step, "copies too much", "too-costly")
        _APPLY[step.op](root, step)
    return root[""]


def _step(number: int, given: Any) -> Step:
    op = given.get("op") if isinstance(given, dict) else None
    step = Step(number, op if isinstance(op, str) else "", ())
    if not isinstance(op, str) or op not in _NEEDS:
        raise _refused(step, f"needs an op: {', '.join(_NEEDS)}", "structure")
    for name in _NEEDS[op]:
        if name not in given:
            raise _refused(step, f"needs {name}", "required")
    path = _pointer(step, given["path"])
    source = _pointer(step, given["from"]) if "from" in _NEEDS[op] else ()
    if op == "move" and path[: len(source)] == source and path != source:
        raise _refused(step, "moves a value into itself")
    return Step(number, op, path, source, given.get("value"))


def _pointer(step: Step, given: Any) -> Path:
    """https://www.rfc-editor.org/rfc/rfc6901"""
    if not isinstance(given, str) or (given and not given.startswith("/")) or _STRAY.search(given):
        raise _refused(step, "has a path that is no JSON Pointer, such as /name/0/family")
    tokens = given.split("/")[1:]
    if len(tokens) > MOST_TOKENS:
        raise _refused(step, "has a path that is too deep", "too-costly")
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in tokens)


def _add(root: Any, step: Step) -> None:
    _insert(root, step, step.path, _copy(step.value, step))


def _remove(root: Any, step: Step) -> None:
    if not step.path:
        raise _refused(step, "would remove everything")
    _take(root, step, step.path)


def _replace(root: Any, step: Step) -> None:
    holder, key = _place(root, step, step.path)
    holder[key] = _copy(step.value, step)


def _move(root: Any, step: Step) -> None:
    if step.path == step.source:
        _at(root, ("", *step.source), step)
        return
    _insert(root, step, step.path, _take(root, step, step.source))


def _copied(root: Any, step: Step) -> None:
    _insert(root, step, step.path, _copy(_at(root, ("", *step.source), step), step))


def _test(root: Any, step: Step) -> None:
    if not _equal(_at(root, ("", *step.path), step), step.value):
        raise _refused(step, "tests for another value than the one that stands there", "conflict")


_APPLY: Final[dict[str, Callable[[Any, Step], None]]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copied,
    "test": _test,
}


def _insert(root: Any, step: Step, path: Path, value: Any) -> None:
    holder = _at(root, ("", *path)[:-1], step)
    key = path[-1] if path else ""
    if isinstance(holder, list):
        holder.insert(len(holder) if key == "-" else _index(key, len(holder), step), value)
    elif isinstance(holder, dict):
        holder[key] = value
    else:
        raise _refused(step, "names a place inside a value that has no inside")


def _take(root: Any, step: Step, path: Path) -> Any:
    holder, key = _place(root, step, path)
    return holder.pop(key)


def _place(root: Any, step: Step, path: Path) -> tuple[Any, Any]:
    """Where an existing value stands: what holds it, and its key or number there."""
    whole = ("", *path)
    holder = _at(root, whole[:-1], step)
    _at({"": holder}, ("", whole[-1]), step)
    return holder, int(whole[-1]) if isinstance(holder, list) else whole[-1]


def _at(root: Any, path: Path, step: Step) -> Any:
    node = root
    for token in path:
        if isinstance(node, dict) and token in node:
            node = node[token]
        elif isinstance(node, list):
            node = node[_index(token, len(node) - 1, step)]
        else:
            raise _refused(step, f"names “{token[:64]}”, which is not there", "not-found")
    return node


def _index(token: str, most: int, step: Step) -> int:
    if _INDEX.fullmatch(token) is None or int(token) > most:
        raise _refused(step, f"names “{token[:64]}” in a list, which is no place there", "not-found")
    return int(token)


def _copy(value: Any, step: Step) -> Any:
    """A value of its own: two places never share one."""
    if not isinstance(value, dict | list):
        return value
    if wire.deeper_than(value, wire.MOST_DEPTH):
        raise _refused(step, "nests values too deeply", "too-costly")
    return wire.opened(wire.text(value))


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | Decimal) and isinstance(other, int | Decimal):
        return one == other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return type(one) is type(other) and bool(one == other)


def _refused(step: Step, why: str, code: str = "value") -> Invalid:
    name = f" ({step.op})" if step.op else ""
    return Invalid(f"Step {step.number + 1} of the patch{name} {why}.", code=code, where=f"patch[{step.number}]")
