"""batch: each entry on its own; one that fails does not touch the others. https://hl7.org/fhir/R4/http.html#brules"""

from __future__ import annotations

import time

from patients.errors import Invalid, Problem
from patients.fhir import edge, outcome
from patients.fhir.bundles import answers
from patients.fhir.bundles.entries import ORDER, Entry
from patients.fhir.bundles.references import named
from patients.fhir.charging import REFUSALS, Charged


def carry_out(entries: list[Entry], charged: Charged) -> bytes:
    """The batch-response. Deletions are done first and reads last, as in a transaction. What was refused is charged."""
    answered: dict[int, bytes] = {}
    made = {one.full_url for one in entries if one.method == "POST" and one.full_url}
    for entry in entries:
        entry.problem = entry.problem or _linked(entry, made)
    for entry in sorted(entries, key=lambda one: ORDER.index(one.method)):
        began = time.thread_time()
        status, answered[entry.number] = _alone(entry)
        if status in REFUSALS or (entry.asked is not None and entry.asked.refused):
            charged.wasted += time.thread_time() - began
    return answers.bundle("batch", (answered[number] for number in sorted(answered)))


def _linked(entry: Entry, made: set[str]) -> Problem | None:
    """What is wrong with an entry that refers to what another one creates: nobody would follow such a link later."""
    if not made or entry.resource is None or made.isdisjoint(named(entry.resource)):
        return None
    text = "A batch follows no links between its entries. Send it as a transaction."
    return Invalid(text, code="business-rule", where="resource")


def _alone(entry: Entry) -> tuple[int, bytes]:
    """The status, and the entry that tells it."""
    if entry.problem is not None or entry.asked is None:
        return _refused(entry, entry.problem or outcome.Refused(400, "There is nothing to do."))
    try:
        response = edge.answered(entry.asked)
        return response.status_code, answers.of(response, alone=entry.method == "HEAD")
    except Problem as problem:
        return _refused(entry, problem)


def _refused(entry: Entry, problem: Problem) -> tuple[int, bytes]:
    told = entry.told(problem)
    return told.status, answers.refusal(told)
