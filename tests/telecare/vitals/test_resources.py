from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from patients.errors import Invalid
from telecare.vitals import resources
from telecare.vitals.kinds import BLOOD_PRESSURE, KINDS, OXYGEN, PULSE, WEIGHT, check_possible
from telecare.vitals.resources import Bounds

MORNING = datetime(2026, 11, 20, 8, 5, tzinfo=ZoneInfo("Europe/Berlin"))


def test_a_blood_pressure_is_read_back_as_it_was_measured():
    written = resources.vital_sign(
        "heinrich", BLOOD_PRESSURE, [Decimal(158), Decimal(92)], MORNING, by="Practitioner/anna"
    )
    read = resources.measurement({**written, "id": "m1"})
    assert read is not None
    assert (read.kind, read.values, read.taken_at, read.performer) == (
        BLOOD_PRESSURE,
        (Decimal(158), Decimal(92)),
        MORNING,
        "Practitioner/anna",
    )
    assert read.text == "158/92"


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_kind_is_written_with_loinc_and_ucum_and_read_back(kind):
    values = [part.plausible[0] for part in kind.parts]
    written = resources.vital_sign("heinrich", kind, values, MORNING, by="Practitioner/anna")
    assert written["code"]["coding"][0]["system"] == "http://loinc.org"
    read = resources.measurement({**written, "id": "m1"})
    assert read is not None
    assert read.kind is kind
    assert list(read.values) == values


def test_a_value_of_another_system_under_an_older_code_is_the_same_kind():
    sent = resources.vital_sign("heinrich", OXYGEN, [Decimal(95)], MORNING, by="Device/1")
    sent["code"]["coding"][0]["code"] = "2708-6"
    read = resources.measurement({**sent, "id": "m1"})
    assert read is not None
    assert read.kind is OXYGEN


def test_a_value_in_another_unit_is_not_drawn_as_if_it_were_ours():
    sent = resources.vital_sign("heinrich", WEIGHT, [Decimal(180)], MORNING, by="Device/1")
    sent["valueQuantity"] = {"value": Decimal(180), "unit": "lb", "code": "[lb_av]"}
    assert resources.measurement({**sent, "id": "m1"}) is None


def test_a_limit_of_clara_allows_its_own_bounds_and_nothing_beyond():
    goal = resources.limit_goal(
        "heinrich",
        BLOOD_PRESSURE,
        [Bounds(None, Decimal(150)), Bounds(None, None)],
        author="Practitioner/clara",
        since=MORNING,
    )
    limit = resources.limit({**goal, "id": "g1"})
    assert limit is not None
    assert limit.author == "Practitioner/clara"

    def measured(systolic: int) -> resources.Measurement:
        values = [Decimal(systolic), Decimal(95)]
        read = resources.measurement(
            {**resources.vital_sign("heinrich", BLOOD_PRESSURE, values, MORNING, by="Practitioner/anna"), "id": "m"}
        )
        assert read is not None
        return read

    assert limit.allows(measured(150))
    assert not limit.allows(measured(151))


def test_a_goal_that_nobody_signed_is_no_limit():
    goal = resources.limit_goal(
        "heinrich", PULSE, [Bounds(Decimal(50), None)], author="Practitioner/clara", since=MORNING
    )
    del goal["expressedBy"]
    assert resources.limit({**goal, "id": "g1"}) is None


@pytest.mark.parametrize("systolic", ["1200", "29", "-1", "NaN"])
def test_a_number_that_cannot_exist_is_refused_with_the_range(systolic):
    with pytest.raises(Invalid) as refused:
        check_possible(BLOOD_PRESSURE, [Decimal(systolic), Decimal(80)])
    assert "30" in refused.value.text
    assert "300" in refused.value.text
