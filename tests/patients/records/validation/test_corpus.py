"""Every single fault in every fixture is found and named by its place; nothing legal is refused."""

from __future__ import annotations

from collections import Counter

import pytest

from patients.errors import Invalid
from patients.records import definitions, validation, wire
from patients.records.validation import library, schema
from tests.patients.records import fixtures
from tests.patients.records.validation import corpus


@pytest.mark.parametrize("name", fixtures.NAMES)
def test_a_valid_resource_is_accepted_and_left_as_it_is(name):
    resource = fixtures.resource(name)
    before = wire.text(resource)
    validation.check(resource)
    assert wire.text(resource) == before


@pytest.mark.parametrize("name", fixtures.NAMES)
def test_each_fault_is_refused_with_its_place(name):
    made = 0
    for case in corpus.cases(name):
        made += 1
        with pytest.raises(Invalid) as refused:
            validation.check(case.resource)
        places = [finding.where for finding in refused.value.findings]
        assert case.where in places, f"{case}: {[(each.where, each.text) for each in refused.value.findings]}"
    assert made > 10


def test_the_corpus_is_large_and_of_many_kinds():
    kinds = Counter(case.fault for name in fixtures.NAMES for case in corpus.cases(name))
    assert sum(kinds.values()) > 3000
    assert len(kinds) == 11


@pytest.mark.parametrize("type_", sorted(definitions.SERVED))
def test_what_the_definitions_allow_the_library_allows(type_):
    for seed in range(8):
        made = corpus.generated(type_, seed)
        assert schema.findings(type_, made) == []
        assert library.findings(type_, library.adapted(made)) == []
