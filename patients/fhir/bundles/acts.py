"""The writes of a transaction, looked up and validated before anything is held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from patients import vault
from patients.access import Repository
from patients.access.versions import Expected
from patients.errors import Conflict, Invalid, Problem
from patients.fhir import asking, conditions, criteria, registry
from patients.fhir.asking import Asked
from patients.fhir.bundles.entries import Entry
from patients.fhir.bundles.meanings import Meanings
from patients.fhir.bundles.references import Links
from patients.fhir.criteria import Match
from patients.fhir.examining.questions import Verdict
from patients.fhir.interactions import create, patch, update
from patients.fhir.outcome import Refused, Told
from patients.records import definitions, store
from patients.records.models import Document
from patients.records.wire import Json


@dataclass(slots=True)
class Act:
    """One write. `key`: the type and id that it is about; `change`: what a patch does to `before`."""

    entry: Entry
    asked: Asked
    change: patch.Change | None = None
    seen: Expected | None = None
    only_new: bool = False
    match: Match | None = None
    anew: bool = False  # what matches is deleted by the same transaction
    key: tuple[str, str] = ("", "")
    before: Document | None = None
    prepared: store.Prepared | None = None
    result: Document | None = None

    @property
    def method(self) -> str:
        """The verb of the entry."""
        return self.entry.method

    @property
    def resource(self) -> Json:
        """What is sent; empty where nothing is."""
        return self.entry.resource or {}

    @property
    def found(self) -> Document | None:
        """The document that criteria have found, if they did."""
        return self.match.document if self.match and not self.anew else None

    @property
    def reference(self) -> str:
        """Type and id of what it is about, as a relative reference."""
        return "/".join(self.key)

    @property
    def stays(self) -> bool:
        """Whether nothing is to be written: it exists already, or there is nothing to delete."""
        if self.method == "POST":
            return self.found is not None
        return self.method == "DELETE" and self.match is not None and self.found is None


@contextmanager
def about(entry: Entry) -> Iterator[None]:
    """A problem inside is told with the place of this entry."""
    try:
        yield
    except Told:
        raise
    except Problem as problem:
        raise Told(entry.told(problem), problem) from problem


@contextmanager
def about_one_of(acts: Sequence[Act]) -> Iterator[None]:
    """A problem inside says by `number` which of them it is about."""
    try:
        yield
    except Problem as problem:
        raise Told(acts[problem.number or 0].entry.told(problem), problem) from problem


def read(entry: Entry) -> Act:
    """The write that an entry asks for. Raises Problem."""
    if entry.problem is not None:
        raise entry.problem
    assert entry.asked is not None
    asked, shapes = entry.asked, (registry.TYPE,) if entry.method == "POST" else (registry.TYPE, registry.INSTANCE)
    if entry.shape not in shapes:
        text = f"A transaction creates, updates, patches and deletes; {entry.method} does none of it at this address."
        raise Invalid(text, code="not-supported", where="request.url")
    if asked.type not in definitions.SERVED:
        raise Refused(404, f"{asked.type[:64]} is no type that is served here.")
    registry.refuse_what_is_read_only(asked.type, asked.ident)
    interaction = registry.methods_of(entry.shape)[entry.method]
    conditions.refuse_others(asked, interaction.conditions)
    if interaction.parameters is not None:
        asking.refuse_unknown(asked, interaction.parameters)
    act = Act(entry, asked, seen=conditions.if_match(asked))
    if entry.method == "PUT":
        act.only_new = conditions.only_new(asked)
    if entry.method == "PATCH":
        act.change = patch.read(asked)
    elif entry.method != "DELETE":
        asked.sent()
    asked.parsed = True
    return act


def look_up(records: Repository, act: Act) -> Act:
    """Find what the write means, where criteria name it."""
    asked = act.asked
    with about(act.entry):
        if act.method == "POST" and (wanted := create.condition(asked, "request.ifNoneExist", "request.url")):
            act.match = criteria.match(records, wanted)
        elif act.method != "POST" and not asked.ident:
            act.match = criteria.match(records, criteria.of(asked.type, asked.pairs, where="request.url"))
        act.key = (asked.type, _ident(act))
    return act


def _ident(act: Act) -> str:
    """The id that it is about; a new one for what is created under an id of ours."""
    if act.asked.ident:
        return act.asked.ident
    if act.found is not None:
        return act.found.logical_id
    named = act.resource.get("id")
    return named if act.method == "PUT" and isinstance(named, str) else vault.random_id()


def refuse_twice(acts: Sequence[Act]) -> None:
    """No resource is written twice, and no criteria create twice. https://hl7.org/fhir/R4/http.html#trules"""
    seen: dict[object, int] = {}
    for one in acts:
        creating = one.match if one.match and (one.method == "POST" or one.found is None) else None
        first = seen.setdefault(creating.criteria.name if creating else one.key, one.entry.number)
        if first != one.entry.number:
            with about(one.entry):
                text = f"Bundle.entry[{first}] is about the same resource."
                raise Refused(400, text, "duplicate", where="request.url")


def deletions_first(acts: Sequence[Act]) -> None:
    """What another entry deletes does not stand in the way of a creation: deletions are carried out before."""
    gone = {one.key for one in acts if one.method == "DELETE" and not one.stays}
    for one in acts:
        if one.method == "POST" and one.key in gone:
            one.anew, one.key = True, (one.asked.type, vault.random_id())


def links(records: Repository, acts: Sequence[Act]) -> Links:
    """Where links inside this transaction lead to."""
    leads = {one.entry.full_url: one.reference for one in acts if one.method in ("POST", "PUT")}
    versions = {one.reference: one.found.version if one.found else 1 for one in acts if one.method == "POST"}
    return Links(leads, _conditional(records, acts), versions)


def _conditional(records: Repository, acts: Sequence[Act]) -> dict[str, str]:
    """Where conditional references lead to."""
    meanings = Meanings(records)
    for one in acts:
        if one.match is not None and one.method != "DELETE":
            meanings.under(one.match.criteria, one.reference)
        if one.method == "DELETE":
            meanings.without(one.reference)
        elif one.method in ("POST", "PUT") and not one.stays:
            meanings.written(one.reference, one.resource)
    for one in acts:
        if one.method in ("POST", "PUT") and not one.stays:
            with about(one.entry):
                meanings.find(one.resource)
    return meanings.leads


def prepare(records: Repository, act: Act, links: Links, verdict: Verdict) -> None:
    """Validate what is to be written, its links followed, as far as `verdict` does not know. Raises Problem."""
    if act.stays or act.method == "DELETE":
        return
    if act.method == "PATCH":
        if act.match is not None and act.found is None:
            raise Refused(404, "Nothing matches: there is nothing to patch.", "not-found")
        act.before = act.found or records.read(*act.key)
        conditions.hold_to(act.seen, act.before)
        assert act.change is not None
        act.prepared = patch.prepared(act.before, act.change, lambda after: links.followed(after, act.entry.full_url))
        return
    resource = act.resource
    if act.method == "POST":
        resource = {name: value for name, value in resource.items() if name != "id"}
    elif act.match is not None:
        resource = update.meant_for(act.found, resource)
        if act.found is None and act.seen is not None:
            raise Conflict("Nothing matches, so there is no version of it. Send it without ifMatch to create it.")
    followed = links.followed(resource, act.entry.full_url)
    act.prepared = store.prepare(followed, valid=verdict.on_entry(act.entry.number))
