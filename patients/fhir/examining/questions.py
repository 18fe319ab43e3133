"""What is asked of a body: is it JSON, and what this address takes? Pure CPU: no database, no settings, no keys.

The same function answers in the serving process and in the examiner.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal

from msgspec import Struct

from patients.errors import Finding, Invalid
from patients.fhir import jsonpatch, mergepatch
from patients.fhir.bundles import shape, soundness
from patients.records import validation, wire
from patients.records.wire import Json

Kind = Literal["object", "steps", "merge", "change", "bundle", "sent", "resource", "new"]


class Question(Struct, frozen=True):
    """What a body should be. `type` and `ident`: what the address says; `most`: bytes.

    object: any JSON object · steps: JSON Patch · merge: JSON Merge Patch · change: one of both · bundle: a batch or
    transaction, and what a transaction writes, up to the first that is not valid · sent: a resource of this type and
    id, not validated · resource: the same, validated · new: validated, its id not used.
    """

    kind: Kind
    type: str = ""
    ident: str = ""
    most: int = wire.MOST_BYTES


class Fault(Struct, frozen=True):
    """Why an entry is refused."""

    text: str
    findings: tuple[Finding, ...]


class Verdict(Struct, frozen=True):
    """What came of it. `findings`: why it is refused. `parsed`: it is a resource of the right type, see `Asked`.

    `carefully`: how it is to be read again. `failed`: places in the code, where the fault is ours.
    """

    text: str = ""
    findings: tuple[Finding, ...] = ()
    parsed: bool = False
    carefully: bool = False
    failed: str = ""
    entries: int = 0  # of a transaction: so many were looked at; of these, the last may have a `fault`
    fault: Fault | None = None

    def refuse(self) -> None:
        """Raise what was found."""
        if self.failed:
            raise RuntimeError(f"A body could not be examined: {self.failed}")
        if self.findings:
            raise Invalid(self.text, *self.findings)

    def on_entry(self, number: int) -> bool:
        """Whether the resource in this entry of a transaction was found valid. Raises Invalid if it is not."""
        if self.fault is not None and number == self.entries - 1:
            raise Invalid(self.fault.text, *self.fault.findings)
        return number < self.entries


def judge(question: Question, data: bytes) -> tuple[Any, Verdict]:
    """The value in a body, with its id gone where it is not used, and what is to be said of it."""
    parsed = False
    try:
        value, carefully = wire.read(data, most=question.most)
        if patch := _PATCHES.get(question.kind):
            patch(value)
            return value, Verdict(carefully=carefully)
        wire.an_object(value)
        if named := _NAMED.get(question.kind):
            named(value, question)
            parsed = True
        if asked := _ASKED.get(question.kind):
            asked(value)
        if question.kind == "bundle":
            entries, problem = soundness.first_fault(value)
            fault = Fault(problem.text, problem.findings) if problem else None
            return value, Verdict(parsed=parsed, carefully=carefully, entries=entries, fault=fault)
    except Invalid as problem:
        return None, Verdict(problem.text, problem.findings or (Finding(problem.text),), parsed)
    return value, Verdict(parsed=parsed, carefully=carefully)


def _is_the_one(resource: Json, question: Question) -> None:
    kind = resource.get("resourceType")
    if kind != question.type:
        text = f"The body is a {kind}, the address says {question.type}." if kind else "resourceType is missing."
        raise Invalid(text, code="structure" if kind is None else "invalid", where="resourceType")
    if question.ident and resource.get("id") != question.ident:
        raise Invalid("The id in the body must be the id in the address.", code="value", where=f"{question.type}.id")


def _is_a_bundle(bundle: Json, question: Question) -> None:
    shape.check_type(bundle)


def _check_new(resource: Json) -> None:
    """An id that is not used may be any id; what cannot be one is refused as in any other place."""
    validation.check(resource)
    resource.pop("id", None)


def _check_steps(given: Any) -> None:
    jsonpatch.steps(wire.an_array(given))


def _check_merge(given: Any) -> None:
    mergepatch.check(wire.an_object(given))


def _check_change(given: Any) -> None:
    (_check_merge if isinstance(given, dict) else _check_steps)(given)


_PATCHES: Final[dict[str, Callable[[Any], None]]] = {
    "steps": _check_steps,
    "merge": _check_merge,
    "change": _check_change,
}
_NAMED: Final[dict[str, Callable[[Json, Question], None]]] = {  # is it what the address speaks of?
    "bundle": _is_a_bundle,
    "sent": _is_the_one,
    "resource": _is_the_one,
    "new": _is_the_one,
}
_ASKED: Final[dict[str, Callable[[Json], None]]] = {  # what it says
    "bundle": shape.check,
    "resource": validation.check,
    "new": _check_new,
}
