"""The table of all official invariants of the types served: what checks each of them here, or why nothing does."""

from __future__ import annotations

from patients.records import definitions
from patients.records.validation import datatypes, invariants

IN_MEANING = "meaning"  # not a rule of a table, but a part of the walk

ELSEWHERE = {
    "ele-1": IN_MEANING,
    "dom-2": IN_MEANING,
    "dom-3": IN_MEANING,
    "dom-4": IN_MEANING,
    "dom-5": IN_MEANING,
}
ADVISED = {"dom-6", "con-3", "que-0"}  # warnings: told by `advice`, no reason to refuse
NOT_CHECKED = {
    "ppc-2": "its expression asks for the system `something`: it can never fail",
    "ppc-3": "its expression asks for the system `something`: it can never fail",
    "ppc-4": "its expression asks for the system `something`: it can never fail",
    "ppc-5": "its expression asks for the system `something`: it can never fail",
}
KINDS = {"Quantity": {"Age", "Count", "Distance", "Duration"}}  # which inherit its invariants


def checked() -> set[str]:
    rules = (rule for table in (datatypes.RULES, invariants.RULES) for of_type in table.values() for rule in of_type)
    return {key for rule in rules for key in rule.key.split(", ")}


def test_each_official_invariant_is_checked_or_it_is_said_why_not():
    official, ours = definitions.invariants(), checked()
    for key, invariant in official.items():
        how = "checked" if key in ours else "advised" if key in ADVISED else ELSEWHERE.get(key, NOT_CHECKED.get(key))
        print(f"{key:8} {invariant.severity:8} {how:12} {', '.join(invariant.on)[:60]:62} {invariant.words[:90]}")
    assert set(official) - ours - set(ELSEWHERE) - set(NOT_CHECKED) - ADVISED == set()
    assert ours & set(NOT_CHECKED) == set()
    assert len(official) == 99


def test_our_own_rules_beside_the_official_ones_are_few_and_known():
    assert checked() - set(definitions.invariants()) == {"address", "fullUrl", "profile", "samples", "url"}


def test_what_is_not_checked_cannot_fail_and_what_is_advised_is_a_warning():
    official = definitions.invariants()
    assert all("system='something'" in official[key].expression for key in NOT_CHECKED)
    assert {key for key, invariant in official.items() if invariant.severity == "warning"} == ADVISED


def test_each_rule_stands_at_the_elements_for_which_the_standard_states_it():
    for tables in (datatypes.RULES, invariants.RULES):
        for structure, rules in tables.items():
            for key in (key for rule in rules for key in rule.key.split(", ")):
                if official := definitions.invariants().get(key):
                    assert any(
                        path.startswith(structure.split(".")[0]) or structure in KINDS.get(path, ())
                        for path in official.on
                    ), key


def test_a_comparator_is_refused_wherever_the_standard_has_a_simple_quantity():
    owners = {path.rpartition(".")[0] for path in definitions.invariants()["sqty-1"].on}
    tables = {**datatypes.RULES, **invariants.RULES}
    assert {owner for owner, rules in tables.items() if any(rule.key == "sqty-1" for rule in rules)} == owners
