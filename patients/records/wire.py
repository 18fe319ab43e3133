"""JSON as it is written on the wire: read to the digit, written to the digit, refused when two readers could differ.

What is read here is what is kept: decimals stay `Decimal` with all their digits (`0.40` is not `0.4`), and a text that
another reader might understand differently (a key twice, half of a surrogate pair, NaN) is not read at all.
https://hl7.org/fhir/R4/json.html
"""

from __future__ import annotations

import contextlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from patients.errors import Invalid

MOST_BYTES: Final = 8 * 1024 * 1024
BYTES_PER_VALUE: Final = 40  # on average, at least: bounds the number of values by the size that is allowed
MOST_DEPTH: Final = 64
MOST_DIGITS: Final = 100  # characters of one number; FHIR asks for at least 18 digits
MOST_EXPONENT: Final = 307  # what a double holds: so numbers are compared when they are searched

Json = dict[str, Any]

_BEGINNING: Final = "line 1, column 1"
_QUOTE: Final = ord('"')
_BACKSLASH: Final = ord("\\")
_STEP: Final = 64 * 1024  # bytes that are looked at in one go: nobody else is answered meanwhile
_PART: Final = _STEP + 2 * MOST_DIGITS  # so that what lies on a border is found as well
_PLACE = re.compile(r"\(byte (\d+)\)")
_LONG_NUMBER = re.compile(rb"[\s:,\[]-?\d{%d}" % (MOST_DIGITS + 1))
_DIGITS: Final = bytes(ord("0") if chr(byte).isdecimal() and byte < 128 else byte for byte in range(256))
_TOO_MANY: Final = b"0" * (MOST_DIGITS + 1)
_MARKS = re.compile(
    rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[{]|[\]}]', re.S
)  # texts, and where objects and lists begin and end
_HALF_A_PAIR = re.compile(  # where the backslash before it is not itself one of two
    rb"(?<=\\)u(?:[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..\\u)[dD][c-fC-F])"
)


class Written(Decimal):
    """A number whose spelling Python would change (`1e-7`, `0.00000010`, `-0`): it keeps the spelling as its text."""

    __slots__ = ("spelling",)
    spelling: str

    def __new__(cls, spelling: str) -> Written:
        number = super().__new__(cls, spelling)
        number.spelling = spelling
        return number

    def __str__(self) -> str:
        return self.spelling

    def __reduce__(self) -> tuple[type[Written], tuple[str]]:
        return Written, (self.spelling,)

    def __copy__(self) -> Written:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Written:
        return self


class _Number(Exception):
    """A number that is not accepted, and why."""

    def __init__(self, words: str, spelling: str) -> None:
        super().__init__(words)
        self.words, self.spelling = words, spelling


def parse(data: bytes, *, most: int = MOST_BYTES) -> Json:
    """The JSON object in `data`. Raises Invalid, naming the place where it can, at a cost that grows with size only.

    Refused: more than `most` bytes, more than 64 levels, duplicate keys at any depth, NaN and Infinity, numbers of more
    than 100 characters, NUL, lone surrogates, anything that is not UTF-8, anything but an object.
    """
    return an_object(read(data, most=most)[0])


def an_object(value: Any) -> Json:
    """The value, if it is an object. Raises Invalid."""
    if type(value) is not dict:
        raise _refused("A JSON object is expected, beginning with { and ending with }.", "structure", _BEGINNING)
    return value


def an_array(value: Any) -> list[Any]:
    """The value, if it is an array. Raises Invalid."""
    if type(value) is not list:
        raise _refused("A JSON array is expected, beginning with [ and ending with ].", "structure", _BEGINNING)
    return value


def read(data: bytes, *, most: int = MOST_BYTES) -> tuple[Any, bool]:
    """The JSON value in `data`, read as `parse` says, and whether `read_again` has to go about it carefully."""
    if len(data) > most:
        raise _refused(f"The text has {len(data):,} bytes; {most:,} are accepted.", "too-long")
    if data.count(b",") > most // BYTES_PER_VALUE:
        place = _nth(data, b",", most // BYTES_PER_VALUE)
        raise _refused(f"The text has more than {most // BYTES_PER_VALUE:,} values.", "too-costly", place)
    if len(data) > 100_000 and any(_has_long_number(data[at : at + _PART]) for at in range(0, len(data), _STEP)):
        _refuse_long_numbers(data)
    value = _decoded(data)
    if type(value) not in (dict, list):
        return value, False
    if data.count(b"{") + data.count(b"[") > MOST_DEPTH and deeper_than(value, MOST_DEPTH):
        raise _nested_too_deeply(data)
    if b"\\u0000" in data:
        for where, string in _strings(value):
            if "\0" in string:
                raise _refused("A text contains the character NUL, which cannot be stored.", "value", where)
    # The same bytes again, only without spaces: nothing was lost, so no key stood twice. Nearly every text is such.
    if msgspec.json.format(data, indent=-1) == text(value):
        return value, False
    return _carefully(data), True


def read_again(data: bytes, *, carefully: bool) -> Any:
    """The same value as `read` gave, of the same bytes: nothing is asked a second time."""
    return _carefully(data) if carefully else _decoder.decode(data)


def text(value: Json | list[Any]) -> bytes:
    """The JSON text of a resource, in UTF-8 without spaces, keys in their order, numbers digit by digit."""
    return _encoder.encode(value)


def canonical(value: Json) -> bytes:
    """The same text for all that says the same: keys sorted, equal JSON values and digits (`1.0` is not `1.00`)."""
    return _sorting_encoder.encode(value)


def instant(moment: datetime) -> str:
    """A moment as FHIR writes it, in UTC with milliseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def opened(data: bytes | bytearray | memoryview) -> Json:
    """What `text` wrote, read again: for texts of our own, which need no second check."""
    value: Json = _opener.decode(data)
    return value


def _number(spelling: str) -> Decimal:
    if len(spelling) > MOST_DIGITS:
        raise _Number(f"A number has {len(spelling):,} characters; {MOST_DIGITS} are accepted.", spelling)
    try:
        number = _kept(spelling)
    except InvalidOperation:
        raise _Number(f"The number {spelling} is out of range.", spelling) from None
    if abs(number.adjusted()) > MOST_EXPONENT:
        raise _Number(f"The number {spelling} is out of range.", spelling)
    return number


def _kept(spelling: str) -> Decimal:
    number = Decimal(spelling)
    return number if str(number) == spelling else Written(spelling)


def _integer(spelling: str) -> int | Decimal:
    if len(spelling) > MOST_DIGITS:
        raise _Number(f"A whole number has {len(spelling):,} characters; {MOST_DIGITS} are accepted.", spelling)
    return Written(spelling) if spelling == "-0" else int(spelling)


def _has_long_number(part: bytes) -> bool:
    """Whether `_LONG_NUMBER` may be found there. The pattern alone takes 1 s for 15 MB of spaces, this a hundredth."""
    return _TOO_MANY in part.translate(_DIGITS) and _LONG_NUMBER.search(part) is not None


def _refuse_long_numbers(data: bytes) -> None:
    """Refuse before they are computed: a thousand integers of 4,300 digits cost as much as a million small ones."""
    with (
        _placing_numbers(data),
        contextlib.suppress(RecursionError, ValueError),
    ):  # what is wrong otherwise is said by the reader proper
        json.loads(data, parse_int=_integer)


def _spelled(value: object) -> msgspec.Raw:
    if isinstance(value, Written):
        return msgspec.Raw(value.spelling.encode())
    raise TypeError(f"{type(value).__name__} has no place in JSON")


_decoder = msgspec.json.Decoder(float_hook=_number)
_opener = msgspec.json.Decoder(float_hook=_kept)
_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=_spelled)
_sorting_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=_spelled, order="deterministic")


def _decoded(data: bytes) -> Any:
    try:
        with _placing_numbers(data):
            return _decoder.decode(data)
    except RecursionError:
        raise _nested_too_deeply(data) from None
    except UnicodeDecodeError as error:
        place = _line_and_column(data, _not_utf8(data))
        raise _refused(f"The text is not UTF-8: {error.reason}.", "structure", place) from None
    except (ValueError, msgspec.MsgspecError) as error:
        raise _explained(data, str(error)) from None


def _explained(data: bytes, reason: str) -> Invalid:
    """What is wrong with a text that is no JSON, in words, with line and column."""
    if ("surrogate" in reason or "truncated" in reason) and (place := _half_a_pair(data)) is not None:
        where = _line_and_column(data, place)
        return _refused("Half of a surrogate pair stands alone: this is no character.", "value", where)
    if "Integer value" in reason:
        long = _LONG_NUMBER.search(data)
        return _refused("A whole number is too long.", "value", _line_and_column(data, long.end()) if long else "")
    if "truncated" in reason:
        return _refused(
            "The JSON text ends too early: is a part missing?", "structure", _line_and_column(data, len(data))
        )
    if not (found := _PLACE.search(reason)):
        return _refused("This is not JSON.", "structure")
    place = int(found[1])
    where = _line_and_column(data, place)
    if re.match(rb"[+-]?(NaN|Infinity)", data[place : place + 9], re.I):
        return _refused("NaN and Infinity are no JSON numbers.", "value", where)
    return _refused(
        f"This is not JSON: {reason[: found.start()].removeprefix('JSON is malformed: ').strip()}.", "structure", where
    )


def _not_utf8(data: bytes) -> int:
    """Where that stands. The reader counts from the beginning of a text inside."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start
    return 0


def _half_a_pair(data: bytes) -> int | None:
    """Where the first half of a surrogate pair stands that has no other half."""
    for half in _HALF_A_PAIR.finditer(data):
        place = before = half.start() - 1
        while before and data[before - 1] == _BACKSLASH:
            before -= 1
        if (place - before) % 2 == 0:
            return place
    return None


def _line_and_column(data: bytes, place: int) -> str:
    line_start = data.rfind(b"\n", 0, place) + 1
    line = data.count(b"\n", 0, place) + 1
    return f"line {line}, column {place - line_start + 1}"


def _nested_too_deeply(data: bytes) -> Invalid:
    """Says where the first object or list begins that is too deep."""
    depth, place = 0, ""
    for mark in _MARKS.finditer(data):
        first = data[mark.start()]
        if first == _QUOTE:
            continue
        depth += 1 if first in b"[{" else -1
        if depth > MOST_DEPTH:
            place = _line_and_column(data, mark.start())
            break
    return _refused(f"The text is nested deeper than {MOST_DEPTH} levels.", "too-costly", place)


@contextlib.contextmanager
def _placing_numbers(data: bytes) -> Iterator[None]:
    """A number that is refused inside is told with its place, which the reader of numbers does not know."""
    try:
        yield
    except _Number as bad:
        found = re.search(rb"(?<![\w.+-])%b(?![\w.+-])" % re.escape(bad.spelling.encode()), data)
        raise _refused(bad.words, "value", _line_and_column(data, found.start()) if found else "") from None


def _nth(data: bytes, mark: bytes, number: int) -> str:
    """The place behind so many of these marks."""
    place = -1
    for _ in range(number + 1):
        place = data.find(mark, place + 1)
    return _line_and_column(data, place)


class _Twice(dict[str, Any]):
    """An object in which a key stands twice; stands in for it until its place is known."""

    key: str


def _carefully(data: bytes) -> Any:
    """Slower: sees every key and spells every number. Its depth is known to be bounded."""
    twice: list[_Twice] = []

    def collect(pairs: list[tuple[str, Any]]) -> Json:
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        if twice:
            return found  # one is enough
        marked = _Twice(found)
        marked.key = Counter(key for key, _ in pairs).most_common(1)[0][0]
        twice.append(marked)
        return marked

    with _placing_numbers(data):
        value = json.loads(data, object_pairs_hook=collect, parse_float=_number, parse_int=_integer)
    if twice:
        first = twice[0]
        where = next((path for path, node in _nodes(value) if node is first), "")
        place = f"{where}.{first.key}" if where else first.key
        raise _refused(
            f"The key “{first.key[:80]}” stands twice in one object; readers would differ.", "structure", place
        )
    return value


def deeper_than(value: Any, levels: int) -> bool:
    """Whether objects and lists stand within each other more than `levels` times."""
    row = [value]
    for _ in range(levels):
        row = [
            child
            for node in row
            for child in (node.values() if type(node) is not list else node)
            if type(child) is dict or type(child) is list
        ]
        if not row:
            return False
    return True


def _nodes(value: Any) -> Iterator[tuple[str, Any]]:
    """Every object and list with its path, the outermost first."""
    waiting: list[tuple[str, Any]] = [("", value)]
    for path, node in waiting:
        yield path, node
        if isinstance(node, dict):
            waiting += [(f"{path}.{key}" if path else key, child) for key, child in node.items() if _holds(child)]
        else:
            waiting += [(f"{path}[{place}]", child) for place, child in enumerate(node) if _holds(child)]


def _holds(value: Any) -> bool:
    return isinstance(value, (dict, list))


def _strings(value: Any) -> Iterator[tuple[str, str]]:
    """Every key and every text with its path."""
    for path, node in _nodes(value):
        if isinstance(node, dict):
            for key, child in node.items():
                yield path, key
                if isinstance(child, str):
                    yield (f"{path}.{key}" if path else key), child
        else:
            yield from ((f"{path}[{place}]", child) for place, child in enumerate(node) if isinstance(child, str))


def _refused(words: str, code: str, where: str = "") -> Invalid:
    return Invalid(words, code=code, where=where)
