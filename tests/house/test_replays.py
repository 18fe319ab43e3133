"""The table of what may be shown twice, too late or by a thief names a test or a reason in every cell."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "patients" / "accounts" / "README.md").read_text("utf-8")
BEGIN = "| what | given twice |"


def rows() -> list[list[str]]:
    table = TEXT[TEXT.index(BEGIN) :].partition("\n\n")[0]
    return [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]


def test_every_kind_of_secret_has_an_answer_in_each_of_three_cases():
    assert len(rows()) >= 13
    assert [row[0] for row in rows() if len(row) != 4 or not all(row)] == []
    assert [row[0] for row in rows() if "::test_" not in "".join(row)] == []


def test_every_test_that_is_named_exists():
    named = re.findall(r"`(tests/[\w/.]+)::(\w+)`", " ".join(" ".join(row) for row in rows()))
    assert len(named) > 20
    missing = [(path, name) for path, name in named if f"def {name}(" not in (ROOT / path).read_text("utf-8")]
    assert missing == []
