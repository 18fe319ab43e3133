"""What few have leads a search to it; what many have is met in the order that is asked for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patients.records import search
from patients.records.search import predicates, ways
from tests.patients.records.conftest import ERNA, HEINRICH, Store, person, pulse
from tests.patients.records.search.test_plans import told
from tests.patients.records.search.test_run import condition, found, ids

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def component(value: str) -> dict[str, Any]:
    systolic = {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}
    return {"code": systolic, "valueQuantity": {"value": Decimal(value), "unit": "mmHg"}}


def ways_of(type_: str, asked: str) -> list[str]:
    """How the database means to count what may lead, and to find the page."""
    with CaptureQueriesContext(connection) as statements:
        found(type_, f"{asked}&_total=none")
    return [told(each["sql"]) for each in statements.captured_queries]


def way_of(type_: str, asked: str) -> str:
    """How it means to find the page alone."""
    return ways_of(type_, asked)[-1]


def walks_along(index: str, plan: str) -> bool:
    """Whether the page is a walk along this index; PostgreSQL may take any for so few rows, and sorts them if not."""
    return index in plan and "Sort Key" not in plan.partition("records_document d_1")[0]


@pytest.fixture
def ward(stored: Store) -> None:
    """Heinrich and Erna, each with a pulse and a diagnosis; another pulse names an insurance number only."""
    for patient, value in ((HEINRICH, "71"), (ERNA, "180")):
        stored(person(), logical_id=patient)
        stored(pulse(value, of=patient, component=[component(value)]), logical_id=f"pulse-{value}")
        stored(condition(of=patient))
    stored(pulse(subject={"identifier": {"system": "urn:kvnr", "value": "A1"}}, status="amended"), logical_id="named")


@pytest.mark.usefixtures("ward")
@pytest.mark.parametrize(
    ("type_", "asked", "index", "expected"),
    [
        ("Observation", "value-quantity=9999", "quantity_by_value", []),
        ("Observation", "value-quantity=180", "quantity_by_value", ["pulse-180"]),
        ("Observation", "value-quantity=180,71", "quantity_by_value", ["pulse-180", "pulse-71"]),
        ("Observation", "value-quantity=lt72", "quantity_by_value", ["pulse-71"]),
        ("Observation", "value-quantity=gt100", "quantity_by_value", ["pulse-180"]),
        ("Observation", "value-quantity=ap175", "quantity_by_value", ["pulse-180"]),
        ("Observation", "value-quantity=180|http://unitsofmeasure.org|/min", "quantity_by_value", ["pulse-180"]),
        ("Observation", "value-quantity=180|http://unitsofmeasure.org|kg", "quantity_by_value", []),
        ("Observation", "code=8867-4&value-quantity=180", "quantity_by_value", ["pulse-180"]),
        ("Observation", "component-value-quantity=71", "quantity_by_value", ["pulse-71"]),
        ("Observation", "code-value-quantity=8867-4$180", "quantity_by_value", ["pulse-180"]),
        ("Observation", "component-code-value-quantity=8480-6$180", "quantity_by_value", ["pulse-180"]),
        ("Observation", "component-code-value-quantity=8867-4$180", "quantity_by_value", []),
        ("Observation", "value-quantity:missing=false&status=amended", "quantity_by_value", ["named"]),
        ("Observation", "subject:identifier=urn:kvnr|A1", "token_by_code", ["named"]),
        ("Observation", "subject:identifier=A2", "token_by_code", []),
        ("Patient", "_has:Observation:patient:value-quantity=180", "quantity_by_value", [ERNA]),
        ("Patient", "_has:Observation:subject:date=lt1950", "document_by_moment", []),
    ],
)
def test_a_value_that_few_have_leads_to_them(type_: str, asked: str, index: str, expected: list[str]) -> None:
    assert index in "".join(ways_of(type_, asked))
    assert sorted(ids(type_, asked)) == expected


@pytest.mark.usefixtures("ward")
def test_a_code_that_nobody_has_leads_before_whom_many_name(stored: Store) -> None:
    """Anna measured all of it. The code is counted, though a reference is expected to find fewer."""
    stored(pulse(performer=[{"reference": "Practitioner/anna"}]), logical_id="by-anna")
    for asked in ("performer=Practitioner/anna&code=8480-6", "code=8480-6&date=ge2020"):
        assert ids("Observation", asked) == []
    with CaptureQueriesContext(connection) as statements:
        found("Observation", "code=8480-6&date=ge2020&_total=none")
    assert "FROM records_token t" in statements.captured_queries[-1]["sql"]


@pytest.mark.usefixtures("ward")
def test_a_search_of_our_own_is_not_weighed(django_assert_num_queries: Any) -> None:
    """Pages ask what is known to lead to few, and keep to their number of statements."""
    asked = search.parse("Observation", [("performer", "Practitioner/anna"), ("status", "final"), ("_total", "none")])
    with django_assert_num_queries(2):
        search.run(asked, search.Everything())
    for weighed in (False, True):
        assert search.run(asked, search.Everything(), weighs=weighed).rows == []
    with django_assert_num_queries(1):
        search.run(asked, search.Everything(), weighs=False)


@pytest.mark.usefixtures("ward")
def test_where_many_have_a_value_it_is_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predicates, "MOST_LED", 1)
    monkeypatch.setattr(ways, "MOST_LED", 1)
    assert "quantity_by_value" not in way_of("Observation", "value-quantity=lt1000")
    assert ids("Observation", "value-quantity=lt1000&_sort=_id") == ["named", "pulse-180", "pulse-71"]


@pytest.mark.usefixtures("ward")
@pytest.mark.parametrize(
    ("asked", "other"),
    [
        (f"_id={HEINRICH},{ERNA}", "document_by_moment"),
        (f"_id={HEINRICH},{ERNA}&_sort=-_lastUpdated", "document_by_change"),
    ],
)
def test_ids_are_not_looked_for_along_everybodys_order(asked: str, other: str) -> None:
    assert not walks_along(other, way_of("Patient", asked))
    assert sorted(ids("Patient", asked)) == sorted([HEINRICH, ERNA])


@pytest.mark.usefixtures("ward")
def test_one_patients_documents_are_not_looked_for_along_everybodys_order() -> None:
    for order, other in (("_lastUpdated", "document_by_change"), ("_id", "one_per_type_and_id")):
        assert not walks_along(other, way_of("Observation", f"patient={HEINRICH}&_sort={order}"))
        assert ids("Observation", f"patient={HEINRICH}&_sort={order}") == ["pulse-71"]


@pytest.mark.usefixtures("ward")
def test_what_nearly_all_have_is_met_in_the_order_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "token_by_code" in way_of("Observation", "status=final&_sort=_lastUpdated")
    monkeypatch.setattr(ways, "MOST_SORTED", 1)
    monkeypatch.setattr(ways, "MOST_LED", 1)
    assert "document_by_change" in way_of("Observation", "status=final&_sort=_lastUpdated")
    assert ids("Observation", "status=final&_sort=_lastUpdated") == ["pulse-71", "pulse-180"]


@pytest.mark.usefixtures("ward")
def test_whom_two_references_name_is_found_once(stored: Store) -> None:
    twice = [{"identifier": {"system": system, "value": "N1"}} for system in ("urn:a", "urn:b")]
    stored(pulse(performer=twice), logical_id="twice")
    assert ids("Observation", "performer:identifier=N1") == ["twice"]
    assert found("Observation", "performer:identifier=N1,urn:a|N1&_total=accurate").total == 1


# -- ranges: what begins long before is found all the same


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("gt100", ["above", "between", "point"]),
        ("ge150", ["above", "between", "point"]),
        ("sa100", ["above", "point"]),
        ("lt60", ["below", "between"]),
        ("le40", ["below", "between"]),
        ("eb60", ["below"]),
        ("ap150", ["above", "between", "point"]),
        ("ap45", ["below", "between"]),
        ("150", ["point"]),
    ],
)
def test_a_range_of_numbers_is_found_by_either_end(stored: Store, asked: str, expected: list[str]) -> None:
    def value(number: str, comparator: str = "") -> dict[str, Any]:
        return {"value": Decimal(number), **({"comparator": comparator} if comparator else {})}

    stored(pulse(valueQuantity=value("50", "<")), logical_id="below")
    stored(pulse(valueQuantity=value("120", ">")), logical_id="above")
    stored(pulse(valueQuantity=value("150")), logical_id="point")
    samples = {"origin": value("0"), "period": 1, "dimensions": 1, "data": "40 90 160"}
    series = {name: each for name, each in pulse().items() if name != "valueQuantity"}
    stored({**series, "valueSampledData": samples}, logical_id="between")
    assert sorted(ids("Observation", f"value-quantity={asked}")) == expected


@pytest.mark.parametrize("asked", ["gt2026-06", "ge2026-06-01", "gt2020&date=gt2026-06", "ge2026"])
def test_a_period_of_years_is_found_while_it_lasts(stored: Store, asked: str) -> None:
    """The bound by which the newest are walked reaches back to the first period that still lasts, and no further."""
    for name, period in (("lasts", {"start": "2019"}), ("ended", {"start": "2018", "end": "2021"})):
        undated = {key: each for key, each in pulse().items() if key != "effectiveDateTime"}
        stored({**undated, "effectivePeriod": period}, logical_id=name)
    stored(pulse(at="2018-05-01T08:00:00Z"), logical_id="old")
    stored(pulse(at="2026-07-01T08:00:00Z"), logical_id="new")
    assert ids("Observation", f"date={asked}") == ["new", "lasts"]
    assert "document_of_long" in way_of("Observation", f"date={asked}")


def test_a_condition_since_years_is_found_while_it_lasts(stored: Store) -> None:
    stored(condition(onsetPeriod={"start": "1999"}), logical_id="lasts")
    stored(condition(onsetPeriod={"start": "1999", "end": "2010"}), logical_id="ended")
    stored(condition(onsetDateTime="2026-02"), logical_id="new")
    assert sorted(ids("Condition", "onset-date=gt2026")) == ["lasts"]
    assert sorted(ids("Condition", "onset-date=ge2026-01")) == ["lasts", "new"]
    if connection.vendor == "sqlite":  # PostgreSQL takes it where there are more
        assert "date_of_long" in "".join(ways_of("Condition", "onset-date=ge2026-01"))
