"""The checklist of ASVS names each requirement once, and only tests that exist."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "deploy" / "ASVS.md").read_text("utf-8")
ROWS = [line.strip("| ").split(" | ") for line in TEXT.splitlines() if re.match(r"\| \d+\.\d", line)]


# How many requirements of levels 1 and 2 each section of ASVS 5.0.0 has, from section 1 on; numbered without gaps.
SECTIONS = {
    1: (2, 9, 11, 3, 2),
    2: (3, 3, 4, 1),
    3: (0, 2, 4, 6, 5, 0, 2),
    4: (3, 1, 2, 4),
    5: (1, 3, 2, 3),
    6: (3, 12, 4, 4, 5, 3, 0, 4),
    7: (3, 4, 2, 5, 2, 2),
    8: (2, 3, 1, 1),
    9: (3, 4),
    10: (2, 2, 4, 11, 5, 2, 3),
    11: (2, 3, 3, 4, 1, 1),
    12: (3, 2, 4),
    13: (1, 5, 2, 5),
    14: (2, 4, 3),
    15: (3, 3, 7),
    16: (1, 5, 4, 3, 3),
    17: (1, 4, 2),
}


def test_all_253_requirements_up_to_level_2_stand_there():
    known = {
        f"{chapter}.{section}.{number}"
        for chapter, sizes in SECTIONS.items()
        for section, size in enumerate(sizes, 1)
        for number in range(1, size + 1)
    }
    assert len(known) == 253
    assert {number for row in ROWS for number in row[0].split(", ")} == known


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
