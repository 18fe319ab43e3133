"""JSON Patch as RFC 6902 tells it, digit for digit and bounded."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.errors import Invalid
from patients.fhir import jsonpatch
from patients.records import wire


def parse(body: bytes) -> list[jsonpatch.Step]:
    """The steps in a body."""
    return jsonpatch.steps(wire.an_array(wire.read(body, most=jsonpatch.MOST_BYTES)[0]))


def patched(document: str, *steps: dict[str, Any]) -> str:
    """The document after the steps, both as JSON."""
    found = jsonpatch.applied(wire.opened(document.encode()), parse(wire.text(list(steps))))
    return wire.text(found).decode()


RFC = [  # https://www.rfc-editor.org/rfc/rfc6902#appendix-A
    ('{"foo":"bar"}', [{"op": "add", "path": "/baz", "value": "qux"}], '{"foo":"bar","baz":"qux"}'),
    ('{"foo":["bar","baz"]}', [{"op": "add", "path": "/foo/1", "value": "qux"}], '{"foo":["bar","qux","baz"]}'),
    ('{"baz":"qux","foo":"bar"}', [{"op": "remove", "path": "/baz"}], '{"foo":"bar"}'),
    ('{"foo":["bar","qux","baz"]}', [{"op": "remove", "path": "/foo/1"}], '{"foo":["bar","baz"]}'),
    ('{"baz":"qux"}', [{"op": "replace", "path": "/baz", "value": "boo"}], '{"baz":"boo"}'),
    (
        '{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}',
        [{"op": "move", "from": "/foo/waldo", "path": "/qux/thud"}],
        '{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}',
    ),
    ('{"foo":["all","grass","cows","eat"]}', [{"op": "move", "from": "/foo/1", "path": "/foo/3"}],
     '{"foo":["all","cows","eat","grass"]}'),
    ('{"baz":"qux","foo":["a",2,"c"]}', [{"op": "test", "path": "/foo/1", "value": 2}],
     '{"baz":"qux","foo":["a",2,"c"]}'),
    ('{"foo":"bar"}', [{"op": "add", "path": "/child", "value": {"grandchild": {}}}],
     '{"foo":"bar","child":{"grandchild":{}}}'),
    ('{"foo":"bar"}', [{"op": "add", "path": "/baz", "value": "qux", "xyz": 123}], '{"foo":"bar","baz":"qux"}'),
    ('{"/":9,"~1":10}', [{"op": "test", "path": "/~01", "value": 10}], '{"/":9,"~1":10}'),
    ('{"foo":["bar"]}', [{"op": "add", "path": "/foo/-", "value": ["abc", "def"]}], '{"foo":["bar",["abc","def"]]}'),
    ('{"a":[1,2]}', [{"op": "copy", "from": "/a", "path": "/b"}, {"op": "remove", "path": "/b/0"}],
     '{"a":[1,2],"b":[2]}'),
    ('{"a":1}', [{"op": "replace", "path": "", "value": {"b": 2}}], '{"b":2}'),
    ('{"a":{"b":1}}', [{"op": "move", "from": "/a/b", "path": "/a/b"}], '{"a":{"b":1}}'),
]  # fmt: skip


@pytest.mark.parametrize(("before", "steps", "after"), RFC)
def test_the_examples_of_the_rfc_end_as_it_says(before: str, steps: list[dict[str, Any]], after: str) -> None:
    assert patched(before, *steps) == after


WRONG = [
    ({"op": "add", "path": "/baz/bat", "value": "qux"}, "which is not there"),
    ({"op": "add", "path": "/list/9", "value": 1}, "no place there"),
    ({"op": "add", "path": "/list/01", "value": 1}, "no place there"),
    ({"op": "add", "path": "/list/-1", "value": 1}, "no place there"),
    ({"op": "add", "path": "/foo/x", "value": 1}, "no inside"),
    ({"op": "remove", "path": "/baz"}, "which is not there"),
    ({"op": "remove", "path": "/list/-"}, "no place there"),
    ({"op": "remove", "path": ""}, "would remove everything"),
    ({"op": "replace", "path": "/list/1", "value": 1}, "no place there"),
    ({"op": "test", "path": "/foo", "value": "baz"}, "another value"),
    ({"op": "test", "path": "/one", "value": True}, "another value"),
    ({"op": "test", "path": "/one", "value": "1"}, "another value"),
    ({"op": "move", "from": "/list", "path": "/list/0"}, "into itself"),
    ({"op": "move", "from": "/nowhere", "path": "/nowhere"}, "which is not there"),
    ({"op": "copy", "path": "/list"}, "needs from"),
    ({"op": "add", "path": "/list/0"}, "needs value"),
    ({"op": "increase", "path": "/one"}, "needs an op"),
    ({"op": ["add"], "path": "/one"}, "needs an op"),
    ({"path": "/one"}, "needs an op"),
    ({"op": "add", "path": "one", "value": 1}, "no JSON Pointer"),
    ({"op": "add", "path": "/~2", "value": 1}, "no JSON Pointer"),
    ({"op": "add", "path": 7, "value": 1}, "no JSON Pointer"),
    ({"op": "add", "path": "/a" * 65, "value": 1}, "too deep"),
]


@pytest.mark.parametrize(("step", "why"), WRONG)
def test_what_cannot_be_done_is_refused_with_the_number_of_the_step(step: dict[str, Any], why: str) -> None:
    with pytest.raises(Invalid, match=why) as refused:
        patched('{"foo":"bar","list":[1],"one":1}', {"op": "test", "path": "/one", "value": 1}, step)
    assert refused.value.findings[0].where == "patch[1]"


@pytest.mark.parametrize(
    "body", [b"{}", b'"x"', b"7", b"[7]", b"[{}]", b'[],"x":[', b"", b"[null]", b'[{"op":"add","op":"x"}]']
)
def test_what_is_no_patch_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        parse(body)


def test_digits_stay_as_they_were_written() -> None:
    after = patched(
        '{"value":0.40,"range":[1.0,1e-7]}',
        {"op": "copy", "from": "/range/1", "path": "/low"},
        {"op": "add", "path": "/high", "value": Decimal("5.00")},
        {"op": "test", "path": "/value", "value": Decimal("0.4")},
    )
    assert after == '{"value":0.40,"range":[1.0,1e-7],"low":1e-7,"high":5.00}'


def test_two_places_never_share_a_value() -> None:
    steps = parse(b'[{"op":"add","path":"/a","value":[]},{"op":"add","path":"/a/-","value":1}]')
    assert jsonpatch.applied({}, steps) == jsonpatch.applied({}, steps) == {"a": [1]}


def test_a_patch_that_doubles_and_doubles_is_stopped() -> None:
    doubling = [{"op": "copy", "from": "/a", "path": "/a/-"}] * 400
    with pytest.raises(Invalid, match="copies too much"):
        patched('{"a":["' + "x" * 1000 + '"]}', *doubling)
    deeper = [{"op": "copy", "from": "/a", "path": "/a/a"}] * 400
    with pytest.raises(Invalid, match=r"copies too much|too deeply"):
        patched('{"a":{"a":{}}}', *deeper)


def test_a_patch_of_too_many_steps_or_bytes_is_refused() -> None:
    step = b'{"op":"test","path":"","value":0}'
    with pytest.raises(Invalid, match="500 steps"):
        parse(b"[" + b",".join([step] * 501) + b"]")
    with pytest.raises(Invalid, match="bytes"):
        parse(b'[{"op":"add","path":"/a","value":"' + b"x" * jsonpatch.MOST_BYTES + b'"}]')


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab~/", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab~/-0", max_size=2), inner, max_size=3),
    max_leaves=8,
)
STEPS = st.lists(
    st.fixed_dictionaries(
        {
            "op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test"]),
            "path": st.text("/ab01-~", max_size=6),
            "from": st.text("/ab01-~", max_size=6),
            "value": VALUES,
        }
    ),
    max_size=6,
)


@given(VALUES, STEPS)
def test_any_patch_of_anything_is_carried_out_or_refused(document: Any, steps: list[dict[str, Any]]) -> None:
    """Never another exception, and never a result that is no JSON."""
    try:
        after = jsonpatch.applied(json.loads(json.dumps(document)), parse(wire.text(steps)))
    except Invalid:
        return
    json.dumps(after)
