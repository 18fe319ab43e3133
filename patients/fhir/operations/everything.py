"""$everything: the whole record of a patient, with the people, places and medication that it refers to.

https://hl7.org/fhir/R4/patient-operation-everything.html

Without `_count` the answer is one Bundle that is written as it is read, in parts. With `_count` there are pages.
`start` and `end` are about the date of care; what has none (allergies, diagnoses, consents) is always in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice
from typing import Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from patients import vault
from patients.access import compartment
from patients.access.compartment import Wanted, Whole
from patients.errors import Invalid, Missing
from patients.fhir import authentication, parameters, registry, responses, streaming
from patients.fhir.asking import Asked
from patients.fhir.operations import beside, record
from patients.fhir.operations.beside import Mark
from patients.fhir.operations.referring import Reference, references
from patients.fhir.parameters import Given, Parameter
from patients.fhir.provided import Place, Provided
from patients.fhir.subset import Subset
from patients.records.definitions import SERVED
from patients.records.index import dates
from patients.records.models import Document
from patients.records.search import CURSOR, LARGEST_PAGE

DEFINITION: Final = "http://hl7.org/fhir/OperationDefinition/Patient-everything"
MOST_PATIENTS: Final = 50  # whose records are given at once

_ALL: Final = Subset()  # of each resource

_TOKEN: Final = "fhir everything"  # noqa: S105  what the cursor is sealed as
_EXPECTED: Final = (
    Parameter("start", "date"),
    Parameter("end", "date"),
    Parameter("_since", "instant"),
    Parameter("_type", "code", many=True),
    Parameter("_count", "integer"),
    Parameter(CURSOR, "string"),
)


def of_one(asked: Asked) -> HttpResponseBase:
    """`Patient/{id}/$everything`. Whom the actor may not see does not exist."""
    given = parameters.read(asked, *_EXPECTED)
    wanted, most, after = _wanted(given), _count(given), _after(given, asked.ident)
    if most is not None:
        return _page(asked, given, asked.records.whole(asked.ident, wanted), most, after)
    whole = asked.records.whole(asked.ident, wanted)
    return _stream(asked, given, [whole], whole.is_in_sight)


def of_all(asked: Asked) -> HttpResponseBase:
    """`Patient/$everything`: one's own record, or the records of all whom the actor may see, if they are few."""
    given = parameters.read(asked, *_EXPECTED)
    wanted = _wanted(given)
    if _count(given) is not None or given.text(CURSOR) is not None:
        raise _refused("_count", "goes with one patient: Patient/{id}/$everything", "not-supported")
    assert asked.actor is not None
    patients = compartment.patients_in_sight(asked.actor, MOST_PATIENTS + 1)
    if len(patients) > MOST_PATIENTS:
        raise Invalid(
            f"You may see more than {MOST_PATIENTS} patients. Name one: Patient/{{id}}/$everything.", code="too-costly"
        )
    return _stream(asked, given, _each(asked, patients, wanted))


def register() -> None:
    """Offer it for one patient, and for all whom one may see."""
    for level, answer in ((registry.INSTANCE, of_one), (registry.TYPE, of_all)):
        registry.operation(
            "everything",
            answer,
            level=level,
            types=frozenset({"Patient"}),
            definition=DEFINITION,
            methods=("GET", "POST"),
            expected=_EXPECTED,
        )


# -- what is asked


def _wanted(given: Given) -> Wanted:
    types = frozenset(name for listed in given.texts("_type") for name in listed.split(","))
    if unknown := sorted(types - SERVED):
        raise _refused("_type", f"names {unknown[0][:40]}, which is no type that is served here", "not-supported")
    since, start, end = (given.text(name) for name in ("_since", "start", "end"))
    moments = [dates.span(text) if text else None for text in (since, start, end)]
    for name, text, found in zip(("_since", "start", "end"), (since, start, end), moments, strict=True):
        if text and found is None:
            raise _refused(name, f"holds “{text[:40]}”, which is no date", "value")
    return Wanted(
        types=types or SERVED,
        since=moments[0][0] if moments[0] else None,
        start=moments[1][0] if moments[1] else None,
        end=moments[2][1] if moments[2] else None,
    )


def _count(given: Given) -> int | None:
    count = given.number("_count")
    if count is not None and count < 1:
        raise _refused("_count", "is 1 or more", "value")
    return None if count is None else min(count, LARGEST_PAGE)


def _after(given: Given, patient: str) -> tuple[int | None, Mark | None]:
    """Behind which number the page begins, None for the first page, and behind what of the rest."""
    token = given.text(CURSOR)
    if token is None:
        return None, None
    try:
        opened = vault.opened_token(_TOKEN, token)
    except vault.Unreadable:
        opened = {}
    if opened.get("patient") != patient:
        raise _refused(CURSOR, "belongs to another question. Begin again without it", "invalid")
    source, *place = opened["mark"] or [None]
    return int(opened["after"]), None if source is None else Mark(source, Place(*place))


# -- what is answered


def _page(asked: Asked, given: Given, whole: Whole, most: int, after: tuple[int | None, Mark | None]) -> HttpResponse:
    """Documents as long as there are any, then what is served beside them."""
    number, mark = after
    numbers = whole.numbers if number is None else whole.after(number)
    shown = numbers[:most]
    documents = whole.read(shown)
    room = most - len(shown)
    rows = [] if len(numbers) > most else _first(asked, whole, mark, room + 1)
    entries = [_entry(one, "match") for one in documents]
    entries += [_entry(row, "match") for _mark, row in rows[:room]]
    entries += [_entry(one, "include") for part in _referred_to(whole, documents) for one in part]
    links = [("self", _address(asked, given))]
    if len(numbers) > most or len(rows) > room:
        ends, _row = rows[room - 1] if room and rows else (mark, None)
        cursor = vault.sealed_token(
            _TOKEN,
            {
                "patient": asked.ident,
                "after": max(number or 0, whole.last(shown)),
                "mark": [ends.source, *ends.place] if ends is not None else None,
            },
        )
        links.append(("next", _address(asked, given, cursor)))
    return responses.answer(responses.bundle("searchset", entries, links=links), 200, asked)


def _first(asked: Asked, whole: Whole, mark: Mark | None, most: int) -> list[tuple[Mark, Provided]]:
    parts = beside.told(asked.records, whole.patient, whole.wanted, mark, at_once=most)
    return list(islice(chain.from_iterable(parts), most))


def _stream(
    asked: Asked, given: Given, wholes: Iterable[Whole], in_sight: Callable[[], bool] = lambda: True
) -> HttpResponseBase:
    """It is broken off when whoever asks is not there any more, or `in_sight` says no."""
    assert asked.actor is not None
    entitled = authentication.entitled(asked.request, asked.actor, in_sight)
    links = [("self", _address(asked, given))]
    told = streaming.bundle("searchset", _entries(asked, wholes), links=links, pretty=asked.pretty)
    return streaming.streamed(asked, streaming.while_entitled(told, entitled, after=0))


def _each(asked: Asked, patients: Iterable[str], wanted: Wanted) -> Iterator[Whole]:
    for patient in patients:
        with suppress(Missing):  # withdrawn since the answer began
            yield asked.records.whole(patient, wanted)


def _entries(asked: Asked, wholes: Iterable[Whole]) -> Iterator[list[bytes]]:
    """The entries of the Bundle, part by part; what several refer to comes once, at the end of the first."""
    told: set[Reference] = set()
    for whole in wholes:
        for mode, part in record.parts(asked.records, whole, told):
            yield [_entry(one, mode) for one in part]


def _referred_to(whole: Whole, documents: list[Document]) -> Iterator[list[Document]]:
    return record.closure(whole, set(references(documents)), {(one.type, one.logical_id) for one in documents})


def _entry(served: responses.Served, mode: str) -> bytes:
    return responses.entry(served, mode, _ALL)


def _address(asked: Asked, given: Given, cursor: str = "") -> str:
    pairs = given.pairs(CURSOR)
    if cursor:
        pairs.append((CURSOR, cursor))
    elif own := given.text(CURSOR):  # the page itself
        pairs.append((CURSOR, own))
    place = "/".join(part for part in (responses.base(), asked.type, asked.ident, "$everything") if part)
    return f"{place}?{urlencode(pairs)}" if pairs else place


def _refused(name: str, why: str, code: str) -> Invalid:
    return Invalid(f"The parameter “{name}” {why}.", code=code, where=name)
