"""What the pages of measurements offer."""

from __future__ import annotations

from telecare.vitals.queries.pages import may_measure
from tests.cast import HEINRICH


def test_those_who_care_for_heinrich_and_he_himself_may_measure(anna, clara, heinrich):
    assert all(may_measure(actor, HEINRICH) for actor in (anna, clara, heinrich))


def test_others_may_not(bernd, david, ida, mia):
    assert not any(may_measure(actor, HEINRICH) for actor in (bernd, david, ida, mia))
