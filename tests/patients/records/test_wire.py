"""What is read is what was written, to the digit; what two readers could understand differently is not read."""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from patients.errors import Invalid
from patients.records import wire
from tests.patients.records import fixtures


def refusal(text: bytes) -> Invalid:
    with pytest.raises(Invalid) as refused:
        wire.parse(text)
    assert refused.value.findings
    return refused.value


@pytest.mark.parametrize("name", fixtures.NAMES)
def test_a_resource_comes_back_as_it_went_in(name):
    once = wire.text(fixtures.resource(name))
    assert wire.text(wire.parse(once)) == once
    assert wire.text(wire.opened(once)) == once
    assert b"".join(once.split()) == b"".join(fixtures.text_of(name).split())


@pytest.mark.parametrize(
    "number",
    [
        "0.40",
        "0.4",
        "1.0",
        "1.00",
        "1e-7",
        "1E-7",
        "0.00000010",
        "-0",
        "-0.0",
        "1.5e3",
        "12345678901234567890123",
        "100",
    ],
)
def test_a_number_keeps_its_digits_and_its_spelling(number):
    text = b'{"value":%b}' % number.encode()
    value = wire.parse(text)
    assert wire.text(value) == text
    assert wire.text(copy.deepcopy(value)) == text
    assert wire.text(copy.copy(value)) == text
    assert wire.text(pickle.loads(pickle.dumps(value))) == text
    assert value["value"] == Decimal(number)


@pytest.mark.parametrize("number", ["1E-245", "1e-245", "1.0e+245", "-9.9E+307", "1e-307", "0e-300"])
def test_what_a_double_holds_is_read_however_it_is_spelled(number):
    text = b'{"value":%b}' % number.encode()
    assert wire.text(wire.parse(text)) == text


@pytest.mark.parametrize("number", ["1E+308", "1e308", "1E-400", "1e-400", "1.0E+400", "1E+999999", "-1E-999999"])
def test_what_no_double_holds_is_refused_however_it_is_spelled(number):
    text = b'{"value":%b}' % number.encode()
    assert "out of range" in refusal(text).text
    assert wire.text(wire.opened(text)) == text  # what was kept once is served


def test_the_same_value_with_other_digits_is_not_the_same():
    assert wire.canonical({"value": Decimal("1.0")}) != wire.canonical({"value": Decimal("1.00")})
    assert wire.canonical({"value": 1}) != wire.canonical({"value": Decimal("1.0")})
    one = {"a": 1, "b": {"c": 2, "d": Decimal("0.40")}}
    assert wire.canonical(one) == wire.canonical({"b": {"d": Decimal("0.40"), "c": 2}, "a": 1})


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (b'{"a":1,"a":2}', "a"),
        (b'{"a":1,"a":1}', "a"),
        (b'{"a":[{"b":{}},{"b":{"c":1,"d":2,"c":3}}]}', "a[1].b.c"),
        (b'{"a":1,"\\u0061":2}', "a"),
        (b'{"a":{"a":1},"b":[{"x":1},{"x":1,"y":[],"x":null}]}', "b[1].x"),
    ],
)
def test_a_key_that_stands_twice_is_refused_with_its_place(text, where):
    problem = refusal(text)
    assert "stands twice" in problem.text
    assert problem.findings[0].where == where


def test_the_same_key_in_different_objects_is_no_duplicate():
    assert wire.parse(b'{"a":{"a":[{"a":1},{"a":2}]}}') == {"a": {"a": [{"a": 1}, {"a": 2}]}}


def test_escapes_are_understood_and_hide_no_duplicate():
    assert wire.parse(b'{"a\\u00fc\\/":"\\"a\\":1,\\"a\\":2","n":1.50}') == {"aü/": '"a":1,"a":2', "n": Decimal("1.50")}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b'{"a":NaN}', "NaN"),
        (b'{"a":Infinity}', "NaN"),
        (b'{"a":-Infinity}', "NaN"),
        (b'{"a":"\\ud800"}', "surrogate"),
        (b'{"a":"\\udc00\\ud800"}', "surrogate"),
        (b'{"a":"\\ud83d x"}', "surrogate"),
        (b'{"a":"\xed\xa0\x80"}', "UTF-8"),
        (b'{"a":"\xff"}', "UTF-8"),
        (b'\xef\xbb\xbf{"a":1}', "not JSON"),
        (b'{"a":1', "ends too early"),
        (b"", "ends too early"),
        (b'{"a":01}', "not JSON"),
        (b'{"a":+1}', "not JSON"),
        (b'{"a":1,}', "not JSON"),
        (b"{'a':1}", "not JSON"),
        (b'{"a":1} {"b":2}', "not JSON"),
        (b'{"a":"\n"}', "not JSON"),
        (b"[1]", "object"),
        (b'"a"', "object"),
        (b"null", "object"),
        (b'{"a":1e400}', "out of range"),
        (b'{"a":1e999999999999999999999}', "out of range"),
        (b'{"a":1.' + b"1" * 5000 + b"}", "characters"),
        (b'{"a":' + b"1" * 4301 + b"}", "too long"),
    ],
)
def test_what_is_no_proper_json_is_refused_in_words(text, words):
    assert words in refusal(text).text


def test_nul_is_found_where_it_stands():
    problem = refusal(b'{"name":[{"family":"Brandt"},{"given":["Ida","a\\u0000b"]}]}')
    assert problem.findings[0].where == "name[1].given[1]"
    assert refusal(b'{"a\\u0000":1}')
    assert wire.parse(b'{"a":"a\\\\u0000"}') == {"a": "a\\u0000"}


def test_a_broken_text_is_refused_with_line_and_column():
    assert refusal(b'{"a":1,\n "b":tru}').findings[0].where.startswith("line 2")


def test_what_is_not_utf8_is_found_where_it_stands():
    assert refusal(b'{"a":1,\n "name":"M\xfcller"}').findings[0].where == "line 2, column 11"
    assert refusal(b'{"a":"\xed\xa0\x80"}').findings[0].where == "line 1, column 7"


@pytest.mark.parametrize("before", [b"", b" ", b"[", b"[1,", b"-", b"[-"])
@pytest.mark.parametrize("at", [0, 10, 65_400, 65_535, 65_536, 131_072])
def test_a_long_number_is_found_wherever_it_stands(before, at):
    text = b'{"a":"' + b"x" * at + b'","b":' + before + b"1" * 101 + b"," * 100_000
    assert "A whole number has" in refusal(text).text


def test_digits_in_a_text_are_no_number():
    value = {"a": "x" + "1" * 5000, "b": ["9" * 101] * 1000}
    assert wire.parse(wire.text(value)) == value


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b'{"a":"\\ud83d', "line 1, column 7"),
        (b'{"a":"\\ude00', "line 1, column 7"),
        (b'{"a":"\\\\ud83d', ""),
        (b'{"a":"\\\\\\ud83d', "line 1, column 9"),
        (b'{"a":"\\ud83d\\ude00', ""),
        (b'{"a":"\\ud83d\\ude00\\ude00', "line 1, column 19"),
        (b'{"a":"\\ud83d\\ud83d\\ude00', "line 1, column 7"),
    ],
)
def test_half_of_a_pair_is_told_from_a_backslash_that_is_written(text, place):
    found = refusal(text).findings[0]
    assert (found.where if found.code == "value" else "") == place


def test_64_levels_are_read_and_65_are_not():
    def nested(levels: int) -> bytes:
        return b'{"a":' + b"[" * (levels - 1) + b"1" + b"]" * (levels - 1) + b"}"

    assert wire.parse(nested(64))
    assert "deeper" in refusal(nested(65)).text
    assert wire.parse(b'{"a":[' + b"{}," * 1000 + b"{}]}")


def test_size_is_capped_by_the_caller():
    assert wire.parse(b'{"a":"0123456789"}', most=100)
    with pytest.raises(Invalid, match="bytes"):
        wire.parse(b'{"a":"0123456789"}', most=17)


MEGABYTE = 1024 * 1024
HOSTILE = {
    "brackets": b"[" * 100_000,
    "objects": b'{"a":' * 100_000,
    "many values": b'{"a":[' + b"1," * (3 * MEGABYTE) + b"1]}",
    "spelled numbers": b'{"a":[' + b"0.10e1," * 200_000 + b"1]}",
    "long integers": b'{"a":[' + (b"1" * 4300 + b",") * 1900 + b"1]}",
    "long integers in a text": b'{"b":"\\ud800, ' + b"1" * 4300 + b'","a":[' + (b"1" * 4300 + b",") * 1000 + b"1]}",
    "duplicates": b'{"a":[' + b'{"a":1,"a":2},' * 100_000 + b"1]}",
    "one late duplicate": b'{"a":[' + b'{"b":1},' * 120_000 + b'{"a":1,"a":2}]}',
    "keys": b"{" + b",".join(b'"k%d":1' % number for number in range(200_000)) + b',"k0":2}',
    "escapes": b'{"a":"' + b"\\u0000" * (MEGABYTE) + b'"}',
    "backslashes": b'{"a":"' + b"\\\\" * (3 * MEGABYTE) + b'\\ud800"}',
    "spaces": b" " * (7 * MEGABYTE),
    "a half behind backslashes": b'{"a":"' + b"\\\\" * (3 * MEGABYTE) + b"\\ud800" + b"\\\\" * MEGABYTE,
    "long numbers in texts": b'{"a":"' + (b" " * 99 + b"1" * 101) * 30_000,
    "deep and long": b'{"a":' + b"[" * 900 + b"1," * 200_000 + b"1" + b"]" * 900 + b"}",
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_a_hostile_text_is_refused_or_read_and_does_no_harm(attack):
    if attack == "spelled numbers":  # much work, but legal
        assert wire.parse(HOSTILE[attack])
    else:
        refusal(HOSTILE[attack])


words = some.text(some.characters(exclude_characters="\0", exclude_categories=["Cs"]))
numbers = some.integers(-(10**30), 10**30) | some.decimals(allow_nan=False, allow_infinity=False, places=3)
values = some.recursive(
    some.none() | some.booleans() | numbers | words,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(words, inner, max_size=4),
    max_leaves=20,
)


@given(some.dictionaries(words, values))
def test_whatever_is_written_is_read_again(value):
    assert wire.parse(wire.text(value)) == value
    assert wire.text(wire.parse(wire.text(value))) == wire.text(value)
