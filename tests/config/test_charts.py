"""Where the points of a trend lie."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest

from config import charts
from config.look.examples import trend
from telecare.vitals.resources import Bounds


@pytest.mark.parametrize(
    ("low", "high"),
    [("36.4", "39.2"), ("0", "10"), ("82.5", "84.6"), ("80", "158"), ("7", "7"), ("40", "3000"), ("-2", "1")],
)
def test_the_scale_encloses_all_numbers_in_few_round_steps(low, high):
    marks = charts.scale(Decimal(low), Decimal(high))
    assert marks[0] <= Decimal(low)
    assert marks[-1] >= Decimal(high)
    assert 2 <= len(marks) <= 6
    assert len({b - a for a, b in pairwise(marks)}) == 1


def test_time_runs_to_the_right_and_more_is_higher():
    drawing = charts.chart(trend("weight", "Weight", "kg", "80 82 81"))
    points = [(float(mark.x), float(mark.y)) for mark in drawing.marks]
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert points[1][1] < points[2][1] < points[0][1]
    assert all(0 <= x <= drawing.width and 0 <= y <= drawing.height for x, y in points)


def test_a_limit_is_a_band_with_room_to_see_what_is_beyond():
    drawing = charts.chart(trend("oxygen", "Oxygen", "%", "95 94 93", Bounds(Decimal(92), None)))
    (band,) = drawing.bands
    assert float(band.y) + float(band.height) < drawing.height - charts.BOTTOM  # below the band one sees more
    assert drawing.limits == [charts.text(float(band.y) + float(band.height))]
    assert drawing.words is not None
    assert "Dr. Voss" in drawing.words.text


def test_without_a_limit_there_is_no_band():
    drawing = charts.chart(trend("pulse", "Pulse", "/min", "70 72"))
    assert not drawing.bands
    assert drawing.words is None


def test_blood_pressure_has_two_lines_and_one_mark_outside():
    drawing = charts.chart(
        trend("blood-pressure", "Blood pressure", "mmHg", "138/82 158/92", Bounds(None, Decimal(150)), None)
    )
    assert len(drawing.lines) == 2
    assert [mark.shape for mark in drawing.marks] == ["dot", "outside", "dot", "last"]


def test_equal_values_and_a_single_value_are_drawn():
    for rows in ("70", "70 70 70"):
        assert charts.chart(trend("pulse", "Pulse", "/min", rows)).marks
        assert charts.spark(trend("pulse", "Pulse", "/min", rows)).marks


def test_a_spark_shows_the_last_seven():
    rows = " ".join(str(60 + number) for number in range(20))
    (line,) = charts.spark(trend("pulse", "Pulse", "/min", rows)).lines
    assert len(line.split()) == 7


def test_many_values_are_a_line_on_which_only_what_matters_is_marked():
    rows = " ".join(["70"] * 40 + ["120"] + ["71"] * 19)
    drawing = charts.chart(trend("pulse", "Pulse", "/min", rows, Bounds(None, Decimal(100))))
    assert [mark.shape for mark in drawing.marks] == ["outside", "last"]


def test_the_words_of_a_limit_stand_where_no_line_runs():
    limit = Bounds(None, Decimal(150))
    early = charts.chart(trend("pulse", "Pulse", "/min", "152 149 152 100 100 100 100 100", limit)).words
    late = charts.chart(trend("pulse", "Pulse", "/min", "100 100 100 100 149 152 149 152", limit)).words
    assert early is not None
    assert late is not None
    assert (early.anchor, late.anchor) == ("end", "start")


def test_the_mark_of_blood_pressure_lies_on_the_number_that_is_outside():
    limits = (Bounds(None, Decimal(150)), Bounds(None, Decimal(90)))
    drawing = charts.chart(trend("blood-pressure", "Blood pressure", "mmHg", "138/82 140/95", *limits))
    assert [mark.shape for mark in drawing.marks] == ["dot", "last", "dot", "outside"]
