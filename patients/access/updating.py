"""Many updates: what stands there, and what the actor may do with it, asked for all together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from patients.access import writing
from patients.access.categories import category_of, stricter
from patients.access.ceilings import Action
from patients.access.rules import Row, decide_each
from patients.access.versions import Expected
from patients.accounts.actor import Actor
from patients.records import store
from patients.records.models import Document


@dataclass(frozen=True, slots=True)
class Update:
    """The next version of the document whose id stands in the resource."""

    prepared: store.Prepared
    if_match: Expected | None = None
    only_new: bool = False

    @property
    def ident(self) -> str:
        """The id that the resource names."""
        return str(self.prepared.content.get("id", ""))


@dataclass(frozen=True, slots=True)
class Leave:
    """Whether the actor sees what stands there, and may change it as it is and as it would be."""

    seen: bool = False
    may: bool = False
    category: str = ""  # as it would be


def found(wanted: Sequence[Update]) -> list[Document | None]:
    """What stands there now, or None; nobody else writes it until the end of this transaction."""
    by_type: dict[str, list[str]] = defaultdict(list)
    for one in wanted:
        by_type[one.prepared.type].append(one.ident)
    there = {type_: store.get_many(type_, by_type[type_], for_update=True) for type_ in sorted(by_type)}
    return [there[one.prepared.type].get(one.ident) for one in wanted]


def judged(actor: Actor, wanted: Sequence[Update], there: Sequence[Document | None]) -> list[Leave]:
    """What the actor may do with each."""
    known = [(number, one, document) for number, (one, document) in enumerate(zip(wanted, there, strict=True))
             if document is not None]  # fmt: skip
    rows: list[Row] = []
    whose: list[int] = []
    leaves = [Leave()] * len(wanted)
    seen = decide_each(actor, Action.READ, [document for _, _, document in known])
    categories = {}
    for number, one, document in known:
        categories[number] = stricter(document.category, category_of(one.prepared.content))
        judged_of: list[Row] = [document, *writing.becoming(document, categories[number], one.prepared.patients)]
        rows += judged_of
        whose += [number] * len(judged_of)
    allowed = decide_each(actor, Action.UPDATE, rows)
    refused = {number for number, may in zip(whose, allowed, strict=True) if not may}
    for (number, _, _), visible in zip(known, seen, strict=True):
        leaves[number] = Leave(visible, number not in refused, categories[number])
    return leaves
