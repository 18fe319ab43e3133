"""batch: each entry on its own; one that fails does not touch the others. https://hl7.org/fhir/R4/http.html#brules"""

from __future__ import annotations

from patients.errors import Problem
from patients.fhir import edge, outcome
from patients.fhir.bundles import answers
from patients.fhir.bundles.entries import ORDER, Entry


def carry_out(entries: list[Entry]) -> bytes:
    """The batch-response. Deletions are done first and reads last, as in a transaction."""
    answered: dict[int, bytes] = {}
    for entry in sorted(entries, key=lambda one: ORDER.index(one.method)):
        answered[entry.number] = _alone(entry)
    return answers.bundle("batch", (answered[number] for number in sorted(answered)))


def _alone(entry: Entry) -> bytes:
    if entry.problem is not None or entry.asked is None:
        return answers.refusal(entry.told(entry.problem or outcome.Refused(400, "There is nothing to do.")))
    try:
        return answers.of(edge.answered(entry.asked, entry.shape), alone=entry.method == "HEAD")
    except Problem as problem:
        return answers.refusal(entry.told(problem))
