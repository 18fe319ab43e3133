"""Observation/$lastn: of each code the newest, exactly as a naive look at every document finds them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients.access import repository
from patients.accounts.actor import Actor
from patients.audit.models import AuditEvent
from patients.records import search
from patients.records.models import Document
from tests.cast import HEINRICH, WILMA, ident
from tests.patients.fhir.conftest import Json, Person, found, issue, pulse, stored
from tests.patients.fhir.operations.conftest import names, parameters

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

LOINC = "http://loinc.org"
MARKT = ident("markt")


def measured(*codings: tuple[str, str], day: int = 1, text: str = "", **more: Any) -> Json:
    code: Json = {"coding": [{"system": system, "code": code} for system, code in codings]} if codings else {}
    if text:
        code["text"] = text
    return pulse(HEINRICH, taken=f"2026-10-{day:02}T08:00:00Z", code=code, **more)


def ids(found: list[Document]) -> list[str]:
    return [one.logical_id for one in found]


def keep(*resources: Json) -> list[str]:
    return [stored(one, custodian=MARKT).logical_id for one in resources]


def told(who: Person, asked: str) -> list[str]:
    return [str(one["id"]) for one in found(who.get(f"Observation/$lastn?{asked}"))]


def test_clara_sees_the_newest_of_each_kind(clara: Person, cast: dict[str, Actor]) -> None:
    old, new, warm = keep(
        measured((LOINC, "8867-4"), day=1), measured((LOINC, "8867-4"), day=3), measured((LOINC, "8310-5"), day=2)
    )
    assert told(clara, f"patient={HEINRICH}") == [new, warm]
    assert told(clara, f"subject=Patient/{HEINRICH}&max=2") == [new, old, warm]
    assert told(clara, f"patient={HEINRICH}&code={quote(LOINC + '|8310-5')}") == [warm]
    assert told(clara, f"patient={HEINRICH}&date=lt2026-10-02") == [old]
    assert told(clara, f"patient={HEINRICH}&category=laboratory") == []
    assert told(clara, f"patient={HEINRICH}&code:not=8310-5") == [new]


def test_two_systems_for_one_thing_are_one_kind_and_words_count_where_there_is_no_code(
    clara: Person, cast: dict[str, Actor]
) -> None:
    _loinc, _ours, both, _walk, walk, lone = keep(
        measured((LOINC, "8867-4"), day=1),
        measured(("https://ours.example", "puls"), day=2),
        measured((LOINC, "8867-4"), ("https://ours.example", "puls"), day=3),
        measured(text="Gehstrecke  im Flur", day=4),
        measured(text="gehstrecke im Flur", day=5),
        measured(text="Gehstrecke im Garten", day=6),
    )
    assert told(clara, f"patient={HEINRICH}") == [lone, walk, both]


def test_the_same_code_of_another_system_is_another_kind(clara: Person, cast: dict[str, Actor]) -> None:
    one, other = keep(measured((LOINC, "1"), day=1), measured(("https://ours.example", "1"), day=2))
    assert told(clara, f"patient={HEINRICH}") == [other, one]


def test_the_kinds_are_those_that_one_may_see(anna: Person, clara: Person, bernd: Person, hearts: Document) -> None:
    (hidden,) = keep(
        measured(
            (LOINC, "44261-6"), day=28,
            meta={"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]},
        )
    )  # fmt: skip
    assert hidden in told(clara, f"patient={HEINRICH}")
    assert told(anna, f"patient={HEINRICH}") == [hearts.logical_id]
    for patient in (HEINRICH, "nobody"):
        answer = bernd.get(f"Observation/$lastn?patient={patient}")
        assert found(answer) == []
        assert HEINRICH.encode() not in answer.content.replace(f"patient={HEINRICH}".encode(), b"")


def test_only_what_is_shown_is_logged(clara: Person, cast: dict[str, Actor]) -> None:
    _old, new = keep(measured((LOINC, "8867-4"), day=1), measured((LOINC, "8867-4"), day=3))
    before = AuditEvent.objects.count()
    told(clara, f"patient={HEINRICH}")
    (row,) = AuditEvent.objects.order_by("id")[before:]
    assert (row.action, row.patient, row.ident) == ("search", HEINRICH, new)


def test_the_same_by_post(clara: Person, cast: dict[str, Actor]) -> None:
    old, new = keep(measured((LOINC, "8867-4"), day=1), measured((LOINC, "8867-4"), day=3))
    given = parameters(max={"valuePositiveInt": 2}, patient=HEINRICH, code="8867-4")
    assert names(found(clara.post("Observation/$lastn", given))) == {f"Observation/{one}" for one in (old, new)}


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ("", "patient"), ("code=8867-4", "patient"), (f"patient={HEINRICH},{WILMA}", "patient"),
        (f"patient={HEINRICH}&max=0", "max"), (f"patient={HEINRICH}&max=101", "max"),
        (f"patient={HEINRICH}&_count=3", "_count"), (f"patient={HEINRICH}&max:not=3", "max:not"),
        (f"patient={HEINRICH}&colour=red", "colour"),
    ],
)  # fmt: skip
def test_what_is_asked_wrongly_is_refused_by_name(clara: Person, asked: str, place: str) -> None:
    assert issue(clara.get(f"Observation/$lastn?{asked}"))["expression"] == [place]


def test_too_many_to_compare_are_refused(clara: Person, hearts: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search.last, "MOST", 1)
    monkeypatch.setattr(search.last, "LARGEST_PAGE", 1)
    repository(clara.actor).create(pulse(HEINRICH))
    assert issue(clara.get(f"Observation/$lastn?patient={HEINRICH}"))["code"] == "too-costly"


CODES = st.lists(st.sampled_from("abcde"), max_size=3, unique=True)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kinds=st.lists(CODES, max_size=12), most=st.integers(1, 3), page=st.integers(1, 4))
def test_any_mixture_of_codes_is_grouped_as_a_naive_look_groups_it(
    kinds: list[list[str]], most: int, page: int, clara: Person
) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    kept = []
    for number, codes in enumerate(kinds):
        resource = measured(*[(LOINC, code) for code in codes], text="" if codes else "words")
        resource["effectiveDateTime"] = (start + timedelta(days=number)).isoformat()
        kept.append(stored(resource, custodian=MARKT))
    pairs = [("patient", HEINRICH), ("_id", ",".join(ids(kept)) or "none")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search.last, "LARGEST_PAGE", page)
        assert ids(repository(clara.actor).last("Observation", pairs, most)) == naive(kept, kinds, most)


def naive(kept: list[Document], kinds: list[list[str]], most: int) -> list[str]:
    """Groups by hand: joined as long as any two share a code."""
    groups = [({*codes} or {""}, [number]) for number, codes in enumerate(kinds)]
    while pair := next(((one, two) for one in groups for two in groups if one is not two and one[0] & two[0]), None):
        one, two = pair
        groups = [each for each in groups if each is not one and each is not two]
        groups.append((one[0] | two[0], sorted(one[1] + two[1])))
    groups.sort(key=lambda each: -each[1][-1])
    return [kept[number].logical_id for _, numbers in groups for number in numbers[::-1][:most]]
