"""The reading half of a repository: what an actor may see, found by the one rule text, and logged.

What an actor may not see is Missing, exactly as what does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any, Self

from django.db import connection
from django.utils.translation import gettext as _

from patients import audit
from patients.access import past, writing
from patients.access.ceilings import Action
from patients.access.compartment import Wanted, Whole
from patients.access.looking import Look, Seen
from patients.access.refusals import answering
from patients.access.rules import Scope, scope
from patients.accounts.actor import Actor
from patients.database import Number
from patients.database.rows import places
from patients.errors import Conflict, Gone, Invalid
from patients.records import history, search, store
from patients.records.models import Document
from patients.records.search import Included, Includes, Other, Page, Query, included
from patients.records.search.last import last_of_each_code

Search = tuple[str, tuple[tuple[str, str], ...]]  # a type and the parameters of an address


class Reader:
    """Reads and searches documents as one actor. Every method raises Missing, Denied or Invalid."""

    def __init__(self, actor: Actor, *, source: str = "", gathered: Look | None = None) -> None:
        self.actor = actor
        self._source = source
        self._gathered = gathered
        self._ahead: dict[Search, list[Document]] = {}

    def read(self, type_: str, logical_id: str) -> Document:
        """The current version. Raises Gone for a deleted document that the actor was allowed to see."""
        with self._answering("read", type_, logical_id):
            document = self._unless_deleted("read", self._visible(type_, logical_id))
        self._saw("read", type_, [document])
        return document

    def read_many(self, type_: str, logical_ids: Iterable[str]) -> dict[str, Document]:
        """Those of these documents that the actor may see, by id, with one statement. Deleted ones are left out."""
        wanted = list(dict.fromkeys(logical_ids))
        if not wanted:
            return {}
        rule = scope(self.actor, Action.READ)
        found = store.where(
            f"d.type = %s AND d.logical_id IN ({places(len(wanted))}) AND NOT d.deleted AND ({rule.sql})",
            (type_, *wanted, *rule.params),
        )
        self._saw("read", type_, found)
        return {document.logical_id: document for document in found}

    def read_those(self, wanted: Mapping[str, Iterable[str]]) -> dict[tuple[str, str], Document]:
        """`read_many` for several types, by type and id, with one statement."""
        arms, params = [], list[Any]()
        for type_, idents in wanted.items():
            if ordered := sorted({*idents}):
                arms.append(f"(d.type = %s AND d.logical_id IN ({places(len(ordered))}))")
                params += [type_, *ordered]
        if not arms:
            return {}
        rule = scope(self.actor, Action.READ)
        found = store.where(f"({' OR '.join(arms)}) AND NOT d.deleted AND ({rule.sql})", (*params, *rule.params))
        self._saw("read", "", found)
        return {(document.type, document.logical_id): document for document in found}

    def of_patient(self, patient: str, types: Iterable[str]) -> list[Document]:
        """What the actor may see of these types under one patient, with one statement, the oldest first.

        For the few documents that head a page, not for measurements: there is no limit. Raises Missing if nothing.
        """
        wanted = sorted(types)
        rule = scope(self.actor, Action.READ, patient=patient)
        with self._answering("read", wanted[0], patient, (patient,)):
            found = store.where(
                f"d.type IN ({places(len(wanted))}) AND d.patient = %s AND NOT d.deleted AND ({rule.sql})"
                " ORDER BY d.id",
                (*wanted, patient, *rule.params),
            )
            if not found:
                raise writing.missing()
        self._saw("read", "", found)
        return found

    def whole(self, patient: str, wanted: Wanted, *, action: str = "everything") -> Whole:
        """A patient's record, to be read part by part. Raises Missing, and Gone as `read`.

        One log entry for the patient, under the name of `action`; it is written before anything is shown.
        """
        with self._answering(action, "Patient", patient):
            document = self._unless_deleted(action, self._visible("Patient", patient))
        audit.record(self.actor, action=action, patient=patient, type="Patient", ident=patient, source=self._source)
        return Whole(self.actor, document, wanted, action=action, source=self._source)

    def version(self, type_: str, logical_id: str, number: int) -> Document:
        """One version. Raises Gone where that version is a deletion."""
        with self._answering("version", type_, logical_id):
            current = self._visible(type_, logical_id)
            document = self._unless_deleted("version", history.version(current, number))
            if not all(past.seen(self.actor, [document])):
                raise history.no_version(current, number)
        self._saw("version", type_, [document])
        return document

    def changes(self, wanted: history.Wanted) -> history.Past:
        """A page of what became of one document, of those of a type, or of all: of what the actor may see now.

        A version is left out where it names somebody whom they may not see (`patients.access.past`).
        """
        if wanted.logical_id is None:
            page = past.within(self.actor, history.page(wanted, scope(self.actor, Action.READ), most=history.LOOKED_AT))
            self._saw("history", wanted.type or "", page.rows)
            return page
        with self._answering("history", str(wanted.type), wanted.logical_id):
            current = self._visible(str(wanted.type), wanted.logical_id)
        page = past.within(self.actor, history.page(wanted, Scope("d.id = %s", (current.pk,))))
        others = [one for one in page.rows if one.named - {current.patient}]
        self._saw("history", current.type, [*others, current])
        return page

    def peek_changes(self, wanted: history.Wanted) -> history.Past:
        """The same of a type or of all, for a caller who shows some of the rows only and tells them by `saw`."""
        return past.within(self.actor, history.page(wanted, scope(self.actor, Action.READ)))

    def search(self, type_: str, pairs: Sequence[tuple[str, str]] = (), *, count: int | None = None) -> Page:
        """The documents of a type that match and that the actor may see, page by page."""
        if count is None and (known := self._ahead.get((type_, tuple(pairs)))) is not None:
            return Page(known)
        wanted = [*pairs, ("_count", str(count))] if count is not None else list(pairs)
        page = self.peek([search.parse(type_, wanted)], weighs=False)
        self._saw("search", type_, page.rows)
        return page

    def peek(self, queries: Sequence[Query], *, weighs: bool = True) -> Page:
        """The page of one search, or of one across several types, for a caller who shows some of its rows only.

        What is shown is told by `saw`. Across types, what was changed last comes first. `weighs`: see `search.run`.
        """
        rule, beyond = self._within(queries)
        if len(queries) == 1:
            return search.run(queries[0], rule, beyond=beyond, weighs=weighs)
        return search.run_across(queries, rule, beyond=beyond)

    def peek_together(self, queries: Sequence[Query]) -> list[Document]:
        """What several searches find, each once and with one statement, for a caller who shows some of it only."""
        found = search.run_together(queries, scope(self.actor, Action.READ))
        return list({one.pk: one for rows in found for one in rows}.values())

    def ids(self, query: Query, *, most: int) -> list[str]:
        """The ids of all documents that the query finds, to look for what refers to them. Nothing of them is shown.

        Raises Invalid if there are more than `most`.
        """
        page = self.peek([replace(query, count=most, total="none")])
        if page.next is not None:
            raise Invalid(
                f"This leads to more than {most:,} resources of type {query.type}. Narrow it.", code="too-costly"
            )
        return [document.logical_id for document in page.rows]

    def last(self, type_: str, pairs: Sequence[tuple[str, str]], most: int) -> list[Document]:
        """Of each code the newest documents that match and that the actor may see. Only what is given is logged."""
        query = search.parse(type_, pairs)
        rule, beyond = self._within([query])
        found = last_of_each_code(query, rule, most, beyond=beyond)
        self._saw("search", type_, found, [query])
        return found

    def beside(self, matches: Sequence[Document], wanted: Includes, others: Sequence[Other] = ()) -> Included:
        """What `_include` and `_revinclude` name beside these documents, as far as the actor may see it.

        `others` are matches that come from tables of their own.
        """
        found = included(matches, wanted, scope(self.actor, Action.READ), others=others)
        may = past.seen(self.actor, found.documents)
        found = replace(found, documents=tuple(one for one, yes in zip(found.documents, may, strict=True) if yes))
        if found.documents:
            self._saw("search", "", found.documents)
        return found

    def ahead(self, searches: Iterable[Search]) -> None:
        """Run several searches with one statement; `search`, asked for one of them, answers from it.

        For a page within a look: the features keep their reading functions, and the page says first what will be read.
        Such an answer has neither a total nor a next page.
        """
        wanted = list(dict.fromkeys(searches))
        queries = [search.parse(type_, list(pairs)) for type_, pairs in wanted]
        for name, found in zip(wanted, search.run_together(queries, scope(self.actor, Action.READ)), strict=True):
            self._ahead[name] = found
            self._saw("search", name[0], found)

    def only_match(self, type_: str, pairs: Sequence[tuple[str, str]]) -> Document | None:
        """The one document that matches among those that the actor may see, if any. Raises Conflict if several do."""
        query = _of_two(type_, pairs)
        found = self.peek([query]).rows
        self._saw("search", type_, found, [query])
        if len(found) > 1:
            raise Conflict(_("Several match. Say more precisely which one is meant."), code="multiple-matches")
        return found[0] if found else None

    def matches_still(self, type_: str, pairs: Sequence[tuple[str, str]], document: Document | None) -> bool:
        """Whether it is as `only_match` found it: this document, or none. It tells nothing new and is not logged."""
        found = [one.pk for one in self.peek([_of_two(type_, pairs)]).rows]
        return found == ([document.pk] if document else [])

    def count(self, type_: str, pairs: Sequence[tuple[str, str]] = ()) -> int:
        """How many documents match that the actor may see. A number shows nobody's record: it is not logged."""
        query = search.parse(type_, [*pairs, ("_summary", "count")])
        return self.peek([query]).total or 0

    def number(self, type_: str, pairs: Sequence[tuple[str, str]] = ()) -> Number:
        """`count` as a statement that is not asked yet, for pages that show several figures."""
        query = search.parse(type_, pairs)
        rule, beyond = self._within([query])
        counted = search.number_of(query, rule, beyond=beyond)
        return Number(counted.text, counted.params)

    @contextmanager
    def look(self, name: str, *, type_: str | None = None) -> Iterator[Self]:
        """Gather all reads of one page (or one other whole) into one log entry per patient.

        With `type_`, a look that found nothing is logged as well: as one at this type.
        """
        gathered = Look()
        nothing: list[audit.Entry] = []
        try:
            yield type(self)(self.actor, source=self._source, gathered=gathered)
            nothing = [] if type_ is None else [audit.Entry(name, type=type_, source=self._source)]
        finally:
            if entries := gathered.entries(name, self._source) or nothing:
                audit.record_many(self.actor, entries)

    # -- what they share

    def _within(self, queries: Sequence[Query]) -> tuple[Scope, Scope]:
        """The scope of a search in the form that suits it, of one patient or of all; and that of its chains."""
        patients = {search.only_patient(query) for query in queries}
        patient = patients.pop() if len(patients) == 1 else None
        whole = scope(self.actor, Action.READ)
        return (whole if patient is None else scope(self.actor, Action.READ, patient=patient)), whole

    def _visible(self, type_: str, logical_id: str) -> Document:
        """The document, deleted or not, if the actor may see it: one statement whether it exists or not."""
        rule = scope(self.actor, Action.READ)
        found = store.where(f"d.type = %s AND d.logical_id = %s AND ({rule.sql})", (type_, logical_id, *rule.params))
        if not found:
            raise writing.missing()
        return found[0]

    def saw(self, action: str, shown: Sequence[Seen], found_by: Sequence[Query] = ()) -> None:
        """Log what was shown: of pages that were merged, and from tables of others' own.

        Where nothing was, that of those whom the searches name was told that there is none, or how many.
        """
        if shown or found_by:
            self._saw(action, "", shown, found_by)

    def _saw(self, action: str, type_: str, documents: Sequence[Seen], found_by: Sequence[Query] = ()) -> None:
        seen = self._gathered if self._gathered is not None else Look()
        seen.add(documents)
        if not documents and found_by:
            asked = {query.type: search.patients_asked_for(query) for query in found_by}
            known = self._known(frozenset().union(*asked.values()))
            for kind, patients in asked.items():
                seen.told_of(known & patients, kind)
        if self._gathered is None:
            nothing = [audit.Entry(action, type=type_, source=self._source)]
            audit.record_many(self.actor, seen.entries(action, self._source) or nothing)

    def _known(self, patients: frozenset[str]) -> frozenset[str]:
        """Those of these ids that are patients whom the actor may see."""
        if not patients:
            return patients
        rule = scope(self.actor, Action.READ)
        text = f"d.type = 'Patient' AND d.logical_id IN ({places(len(patients))}) AND ({rule.sql})"
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT d.logical_id FROM records_document d WHERE {text}", (*sorted(patients), *rule.params)
            )
            return frozenset(ident for (ident,) in cursor.fetchall())

    def _unless_deleted(self, action: str, document: Document) -> Document:
        """The document. Raises Gone, which carries a look to the edge: to be told that it was deleted is one."""
        if not document.deleted:
            return document
        told, problem = Look(), Gone(_("This was deleted."))
        told.add([document])
        problem.refused = tuple(told.entries(action, self._source))
        raise problem

    def _answering(
        self, action: str, type_: str, logical_id: str | None, patients: tuple[str, ...] = ()
    ) -> AbstractContextManager[None]:
        """A refusal inside goes into the log, see `patients.access.refusals`."""
        patient = patients[0] if patients else None
        return answering(audit.Entry(action, "denied", patient, type_, logical_id, source=self._source))


def _of_two(type_: str, pairs: Sequence[tuple[str, str]]) -> Query:
    return search.parse(type_, [*pairs, ("_count", "2"), ("_total", "none")])
