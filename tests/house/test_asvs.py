"""The checklist of ASVS names each requirement once, and only tests that exist."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "deploy" / "ASVS.md").read_text("utf-8")
ROWS = [line.strip("| ").split(" | ") for line in TEXT.splitlines() if re.match(r"\| \d+\.\d", line)]


def test_each_requirement_stands_once_in_its_chapter():
    chapter, counted = "", Counter[str]()
    for line in TEXT.splitlines():
        if heading := re.match(r"## V(\d+) ", line):
            chapter = heading[1]
        elif re.match(r"\| \d+\.\d", line):
            numbers = line.strip("| ").split(" | ")[0].split(", ")
            assert all(re.fullmatch(rf"{chapter}\.\d+\.\d+", number) for number in numbers), line
            counted.update(numbers)
    assert [number for number, times in counted.items() if times > 1] == []
    assert {number.split(".")[0] for number in counted} == {str(number) for number in range(1, 18)}


def test_each_has_an_answer():
    assert [row[0] for row in ROWS if not re.search(r"\*\*(yes|none|operator|open)\*\*", row[-1])] == []


def test_every_test_that_is_named_exists():
    missing = []
    for path, _, name in re.findall(r"`(tests/[\w/.]+)(::(\w+))?`", TEXT):
        place = ROOT / path
        if not place.exists() or (name and not re.search(rf"def {name}\(", place.read_text("utf-8"))):
            missing.append(f"{path}::{name}")
    assert missing == []
