"""history: what became of one resource, of those of a type, or of all. https://hl7.org/fhir/R4/http.html#history

The newest first, page by page; deletions are entries without a resource. Told is what may be seen now. What is served
from other tables (chat messages, the log) never changes: it was created once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from django.http import HttpResponse

from patients.fhir import asking, merging, registry, responses, subset
from patients.fhir.asking import Asked
from patients.fhir.registry import HISTORY, SYSTEM_HISTORY, TYPE_HISTORY, Interaction
from patients.fhir.responses import Served
from patients.records.definitions import SERVED
from patients.records.history import Wanted
from patients.records.index import dates
from patients.records.search import CURSOR, LARGEST_PAGE, refused

NARROWING: Final = ("_since", "_at", "_count", CURSOR)
TOLD: Final = (*asking.ABOUT_THE_ANSWER, *subset.PARAMETERS)  # what speaks of the answer


def answer(asked: Asked) -> HttpResponse:
    """At all three levels."""
    wanted = _wanted(asked)
    part = subset.of_each(asked.pairs, [asked.type] if asked.type else SERVED)
    if provider := registry.provider_of(asked.type, asked.ident):
        rows: Sequence[Served] = [provider.read(asked.records, asked.ident)]
        total: int | None = len(rows)
        after = None
    else:
        rows, total, after = _page(asked, wanted)
    links = [("self", _address(asked, wanted.cursor))]
    if after is not None:
        links.append(("next", _address(asked, after)))
    entries = [responses.past(one, part) for one in rows]
    return responses.answer(responses.bundle("history", entries, total=total, links=links), 200, asked)


def _page(asked: Asked, wanted: Wanted) -> tuple[Sequence[Served], int | None, str | None]:
    """What is told, its number on all pages where it is known, and the cursor of what follows."""
    if wanted.logical_id is not None or (wanted.type and not registry.providers(wanted.type)):
        past = asked.records.changes(wanted)
        return past.rows, past.total, past.next
    with asked.records.look("history", type_=wanted.type or "") as records:
        page = merging.changes(records, wanted)
    return page.rows, page.total, page.next


def _wanted(asked: Asked) -> Wanted:
    """Raises Invalid for what is no parameter of a history, unless its client would have that ignored."""
    given: dict[str, str] = {}
    for name, value in asked.pairs:
        if name not in NARROWING:
            if name not in TOLD and not asked.lenient:
                raise refused(name, "is not supported in a history", "not-supported")
            continue
        if name in given:
            raise refused(name, "is given twice")
        given[name] = value
    since, during = _span("_since", given), _span("_at", given)
    return Wanted(
        asked.type or None,
        asked.ident or None,
        since=since[0] if since else None,
        during=during,
        count=_count(given.get("_count")),
        cursor=given.get(CURSOR),
    )


def _span(name: str, given: dict[str, str]) -> tuple[int, int] | None:
    if name not in given:
        return None
    found = dates.span(given[name].replace(" ", "+"))  # a plus sign that nobody escaped
    if found is None:
        raise refused(name, f"holds “{given[name][:40]}”, which is no moment such as 2026-11-25T08:00:00+01:00")
    return found


def _count(given: str | None) -> int | None:
    if given is None:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) <= 9):
        raise refused("_count", "is a whole number")
    return min(int(given), LARGEST_PAGE)


def _address(asked: Asked, cursor: str | None) -> str:
    told = [pair for pair in asked.pairs if pair[0] in (*NARROWING, *subset.PARAMETERS) and pair[0] != CURSOR]
    if cursor is not None:
        told.append((CURSOR, cursor))
    place = "/".join(part for part in (responses.base(), asked.type, asked.ident, "_history") if part)
    return f"{place}?{urlencode(told)}" if told else place


INTERACTIONS = (
    Interaction("history-instance", "GET", HISTORY, answer, parameters=None),
    Interaction("history-type", "GET", TYPE_HISTORY, answer, parameters=None),
    Interaction("history-system", "GET", SYSTEM_HISTORY, answer, parameters=None),
)
