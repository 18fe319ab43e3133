"""Every single fault is refused and named by its place; nothing legal is refused. Made of the fixtures each time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from patients.errors import Invalid
from patients.records import definitions, validation, wire
from patients.records.validation import library, schema
from tests.patients.records import fixtures
from tests.patients.records.validation.corpus import Case, faults, few, lawful, made, wholes

MOST = 1  # cases of one label at one property, all resources together


def all_faults() -> Iterator[Case]:
    wanted, each_whole = few(MOST), few(120)
    for name in fixtures.NAMES:
        good = fixtures.resource(name)
        yield from faults.cases(good, lambda label, at: wanted(label, _coarsely(label, at)))
        yield from wholes.cases(good, lambda label, _: each_whole(label, "whole"))


def _coarsely(label: str, at: str) -> str:
    """Extensions are the same everywhere: one of each kind for each structure is enough."""
    return at.rpartition(".")[0] if "extension" in label or "beside" in label else at


def all_lawful() -> Iterator[Case]:
    wanted = few(6)
    for name in fixtures.NAMES:
        yield from lawful.cases(fixtures.resource(name), wanted)


@pytest.mark.parametrize("name", fixtures.NAMES)
def test_a_valid_resource_is_accepted_and_left_as_it_is(name):
    resource = fixtures.resource(name)
    before = wire.text(resource)
    validation.check(resource)
    assert wire.text(resource) == before


def test_each_fault_is_refused_and_its_place_is_named():
    made_of, missed, misplaced = Counter(), [], []
    for case in all_faults():
        made_of[case.label] += 1
        try:
            validation.check(case.resource)
        except Invalid as refused:
            places = [finding.where for finding in refused.findings]
            if case.where is not None and case.where not in places:
                misplaced.append(f"{case}: {case.where} expected, {places} named")
        else:
            missed.append(str(case))
    print(*(f"{count:6} {label}" for label, count in sorted(made_of.items())), sep="\n")
    assert missed == []
    assert misplaced == []
    assert len(made_of) > 50
    assert sum(made_of.values()) > 10_000


def test_what_is_lawful_is_accepted_however_unusual():
    made_of, refused = Counter(), []
    for case in all_lawful():
        made_of[case.label] += 1
        try:
            validation.check(case.resource)
        except Invalid as problem:
            refused.append(f"{case}: {problem.findings[0]}")
    print(*(f"{count:6} {label}" for label, count in sorted(made_of.items())), sep="\n")
    assert refused == []
    assert sum(made_of.values()) > 3000


@pytest.mark.parametrize("type_", sorted(definitions.SERVED))
def test_what_the_definitions_allow_the_library_allows(type_):
    for seed in range(8):
        resource = made.generated(type_, seed)
        assert schema.findings(type_, resource) == []
        assert library.findings(type_, library.adapted(resource)) == []
