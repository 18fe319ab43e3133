"""transaction: all entries, or none. https://hl7.org/fhir/R4/http.html#trules

Three steps: what the entries mean is looked up and validated without holding anything; then all is written in one
transaction, deletions first, reads last; then the answers are joined. What was looked up is held to be still so inside
the transaction; where it is not, all begins again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from typing import Final

from patients.access import Repository, Update, turns
from patients.database import write
from patients.errors import Invalid
from patients.fhir import criteria, edge, responses, writers
from patients.fhir.asking import READING, Asked
from patients.fhir.bundles import acts, answers
from patients.fhir.bundles.acts import Act, about, about_one_of
from patients.fhir.bundles.entries import Entry
from patients.fhir.bundles.references import named
from patients.fhir.criteria import Moved
from patients.fhir.examining.questions import Verdict
from patients.records import store

MOST_READS: Final = 100  # they run while the transaction is open


def carry_out(asked: Asked, entries: Sequence[Entry], verdict: Verdict) -> bytes:
    """The transaction-response. `verdict`: what was found about the resources in it.

    Raises Told with the first problem; nothing of it all is written but the log.
    """
    wanted, reads = [], []
    for entry in entries:
        with about(entry):
            if entry.method not in READING:
                wanted.append(acts.read(entry))
            elif entry.problem is not None:
                raise entry.problem
            else:
                reads.append(entry)
    if len(reads) > MOST_READS:
        text = f"A transaction may read {MOST_READS} times; read the rest apart from it."
        raise Invalid(text, code="too-costly", where="Bundle.entry")
    return criteria.settled(lambda: _attempt(asked.records, [copy(one) for one in wanted], reads, verdict))


def _attempt(records: Repository, wanted: list[Act], reads: list[Entry], verdict: Verdict) -> bytes:
    with records.look("search") as looking:
        for one in wanted:
            acts.look_up(looking, one)
        acts.deletions_first(wanted)
        acts.refuse_twice(wanted)
        links = acts.links(looking, wanted)
        for one in wanted:
            with about(one.entry):
                acts.prepare(looking, one, links, verdict)
    with write():
        criteria.hold(records, [one.match for one in wanted if one.match])
        gone = [one.key for one in wanted if one.method == "DELETE" and not one.stays]
        turns.to_write([one.prepared for one in wanted if one.prepared], gone)
        _delete(records, wanted)
        _create(records, wanted)
        _update(records, wanted)
        answered = {entry.number: _read(entry) for entry in reads}
    answered |= {one.entry.number: _answer(one) for one in wanted}
    return answers.bundle("transaction", (answered[number] for number in sorted(answered)))


def _delete(records: Repository, wanted: Iterable[Act]) -> None:
    for one in sorted((one for one in wanted if one.method == "DELETE" and not one.stays), key=lambda one: one.key):
        with about(one.entry):
            one.result = writers.delete(records, *one.key, if_match=one.seen)


def _create(records: Repository, wanted: Sequence[Act]) -> None:
    """What is new: what others refer to before those that refer to it."""
    taken = _taken(one for one in wanted if one.method == "PUT")
    waiting = {one.reference: one for one in wanted if one.prepared and one.method != "PATCH" and one.key not in taken}
    needs = {
        reference: (named(one.prepared.content) & waiting.keys()) - {reference}
        for reference, one in waiting.items()
        if one.prepared
    }
    while waiting:
        ready = [name for name in waiting if not needs[name] & waiting.keys()] or list(waiting)  # or they form a circle
        together = [waiting.pop(name) for name in ready]
        news = [(one.prepared, one.key[1]) for one in together if one.prepared]
        with about_one_of(together):
            for one, document in zip(together, writers.create_many(records, news), strict=True):
                one.result = document


def _taken(updates: Iterable[Act]) -> set[tuple[str, str]]:
    """The keys that are no new ones: something stands there, or the client says that it has seen a version."""
    taken, by_type = set(), dict[str, list[str]]()
    for one in updates:
        if one.seen is not None:
            taken.add(one.key)
        by_type.setdefault(one.key[0], []).append(one.key[1])
    for type_, idents in by_type.items():
        taken.update((type_, ident) for ident in store.existing(type_, idents))
    return taken


def _update(records: Repository, wanted: Iterable[Act]) -> None:
    """The next versions; in the same order for everybody, so that two transactions do not wait in a circle."""
    left = sorted((one for one in wanted if one.prepared and one.result is None), key=lambda one: one.key)
    updates = []
    for one in left:
        assert one.prepared is not None
        if one.before is not None and not store.is_current(one.before):
            raise Moved
        seen = one.before.version if one.before else one.seen
        only_new = one.only_new or (one.match is not None and one.found is None)
        updates.append(Update(one.prepared, seen, only_new))
    with about_one_of(left):
        for one, document in zip(left, writers.update_many(records, updates), strict=True):
            one.result = document


def _read(entry: Entry) -> bytes:
    with about(entry):
        assert entry.asked is not None
        return answers.of(edge.run(entry.asked), alone=entry.method == "HEAD")


def _answer(one: Act) -> bytes:
    if one.method == "DELETE":
        return answers.of(responses.deleted(one.asked, one.result))
    document = one.result or one.found
    assert document is not None
    return answers.of(responses.written(one.asked, document, created=not one.stays and document.begins))
