"""Value sets become lists of codes, or the build stops."""

from __future__ import annotations

import pytest

from patients.records.definitions.build import bindings
from tests.patients.records.definitions.build.package import code_system, element, package, structure, value_set

CARE = code_system(
    "care",
    {"code": "home", "concept": [{"code": "visit"}, {"code": "call", "concept": [{"code": "video"}]}]},
    {"code": "clinic"},
)


VISIT = {"system": "care", "concept": [{"code": "visit"}]}
HOME = {"system": "care", "concept": [{"code": "home"}]}


def filtered(op: str, value: str) -> dict[str, object]:
    return {"system": "care", "filter": [{"property": "concept", "op": op, "value": value}]}


@pytest.mark.parametrize(
    ("compose", "codes"),
    [
        ({"include": [{"system": "care"}]}, {"home", "visit", "call", "video", "clinic"}),
        ({"include": [VISIT]}, {"visit"}),
        ({"include": [VISIT, HOME]}, {"visit", "home"}),
        ({"include": [filtered("is-a", "call")]}, {"call", "video"}),
        ({"include": [filtered("descendent-of", "home")]}, {"visit", "call", "video"}),
        ({"include": [{"valueSet": ["other|4.0.1"]}]}, {"visit", "clinic"}),
        ({"include": [VISIT | {"valueSet": ["other"]}]}, {"visit"}),
        ({"include": [{"system": "care"}], "exclude": [HOME]}, {"visit", "call", "video", "clinic"}),
    ],
)
def test_a_value_set_is_spelled_out(compose, codes):
    other = value_set("other", {"include": [{"system": "care", "concept": [{"code": "visit"}, {"code": "clinic"}]}]})
    assert bindings.expand(package(CARE, other, value_set("set", compose)), "set") == {"care": codes}


@pytest.mark.parametrize(
    "files",
    [
        [],
        [value_set("set", {"include": [{"system": "elsewhere"}]})],
        [value_set("set", {"include": [{"system": "care"}]}), code_system("care", content="fragment")],
        [value_set("set", {"include": [{"system": "care", "filter": [{"op": "regex", "value": "x"}]}]}), CARE],
    ],
)
def test_what_cannot_be_spelled_out_stops_the_build(files):
    with pytest.raises(SystemExit):
        bindings.expand(package(*files), "set")


def test_codes_that_a_profile_suggests_may_be_asked_for():
    set_ = value_set("set", {"include": [{"system": "care", "concept": [{"code": "visit"}]}]})
    name, profile = structure("kind", "resource", element("Flag.code", "code", binding={"valueSet": "set|4.0.1"}))
    for type_, found in (("Flag", {"set": {"care": ["visit"]}}), ("Claim", {})):
        kept = package(set_, (name, profile | {"type": type_, "derivation": "constraint"}))
        assert bindings.suggested(kept, {}) == found


def test_only_required_codes_are_kept():
    def bound(name: str, strength: str) -> dict[str, object]:
        return element(f"Flag.{name}", "code", binding={"strength": strength, "valueSet": "set|4.0.1"})

    set_ = value_set("set", {"include": [{"system": "care", "concept": [{"code": "visit"}]}]})
    needed = package(set_, structure("Flag", "resource", bound("status", "required")))
    assert bindings.codes(needed) == {"set": {"care": ["visit"]}}
    assert bindings.codes(package(set_, structure("Flag", "resource", bound("status", "preferred")))) == {}
