"""What may stand in a frame, whatever the interpreter could read."""

from __future__ import annotations

import pytest

from messaging.realtime.protocol import MOST_DEPTH, parse
from patients.errors import Invalid


def nested(levels: int) -> str:
    """A frame whose objects and lists stand within each other so many times; a text in it has brackets of its own."""
    inside = levels - 1
    return '{"do":"ping","y":"[[{{","x":' + "[" * inside + "]" * inside + "}"


@pytest.mark.parametrize("levels", [2, MOST_DEPTH])
def test_a_frame_may_be_as_deep_as_a_record(levels: int) -> None:
    assert parse(nested(levels))["do"] == "ping"


@pytest.mark.parametrize("levels", [MOST_DEPTH + 1, 500, 2_000, 100_000])
def test_a_deeper_one_is_refused_in_the_same_words_by_every_python(levels: int) -> None:
    with pytest.raises(Invalid, match="zu tief verschachtelt"):
        parse(nested(levels))


def test_many_things_beside_each_other_are_not_deep() -> None:
    assert parse('{"do":"ping","x":[' + ",".join(["[{}]"] * 1_000) + "]}")["do"] == "ping"
