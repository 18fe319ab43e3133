from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from patients.access import repository
from patients.errors import Denied, Invalid, Missing
from patients.records.history import Wanted
from telecare.tasks import queries as tasks
from telecare.tasks.resources import Kind
from telecare.vitals import queries, resources, services
from telecare.vitals.kinds import BLOOD_PRESSURE, OXYGEN, PULSE, WEIGHT
from telecare.vitals.resources import Bounds

pytestmark = pytest.mark.storage


def now():
    return timezone.localtime()


def measure(actor, patient, kind, *numbers, **given):
    values = [Decimal(number) for number in numbers]
    return services.record_measurement(actor, patient.patient, kind=kind, values=values, taken_at=now(), **given)


def series(actor, patient, kind):
    return [one for one in queries.series(actor, patient.patient) if one.kind is kind]


def test_what_anna_measures_clara_sees_at_once(anna, clara, heinrich):
    measure(anna, heinrich, BLOOD_PRESSURE, "138", "84")
    (seen,) = series(clara, heinrich, BLOOD_PRESSURE)
    assert seen.last.text == "138/84"
    assert seen.last.performer == anna.person


def test_heinrich_measures_himself_and_ida_sees_it(heinrich, ida):
    measure(heinrich, heinrich, WEIGHT, "82.4")
    assert series(ida, heinrich, WEIGHT)[0].last.text == "82.4"


def test_a_nurse_of_another_service_may_not_record(bernd, anna, heinrich):
    with pytest.raises(Missing):
        measure(bernd, heinrich, PULSE, "70")
    assert not series(anna, heinrich, PULSE)


def test_a_doctor_elsewhere_sees_no_value(anna, david, heinrich):
    measure(anna, heinrich, PULSE, "70")
    assert not series(david, heinrich, PULSE)


def test_1200_mmhg_is_refused_and_nothing_is_stored(anna, heinrich):
    with pytest.raises(Invalid, match="300"):
        measure(anna, heinrich, BLOOD_PRESSURE, "1200", "80", confirmed=True)
    assert not series(anna, heinrich, BLOOD_PRESSURE)


def test_1200_mmhg_is_refused_from_a_fhir_client_as_well(anna, heinrich):
    sent = resources.vital_sign(heinrich.patient, BLOOD_PRESSURE, [Decimal(1200), Decimal(80)], now(), by=anna)
    with pytest.raises(Invalid, match="300"):
        repository(anna).create(sent)
    assert not series(anna, heinrich, BLOOD_PRESSURE)


def test_an_unlikely_value_is_asked_back_and_may_be_confirmed(anna, heinrich):
    with pytest.raises(services.Doubtful):
        measure(anna, heinrich, OXYGEN, "71")
    measure(anna, heinrich, OXYGEN, "71", confirmed=True)
    assert series(anna, heinrich, OXYGEN)[0].last.text == "71"


def test_half_the_weight_of_yesterday_is_asked_back(anna, heinrich):
    measure(anna, heinrich, WEIGHT, "83.9")
    with pytest.raises(services.Doubtful, match="83,9"):
        measure(anna, heinrich, WEIGHT, "48.6")


def test_swapped_numbers_of_a_blood_pressure_are_noticed(anna, heinrich):
    with pytest.raises(Invalid):
        measure(anna, heinrich, BLOOD_PRESSURE, "80", "138", confirmed=True)


def test_a_measurement_from_the_future_is_refused(anna, heinrich):
    with pytest.raises(Invalid):
        services.record_measurement(
            anna, heinrich.patient, kind=PULSE, values=[Decimal(70)], taken_at=now() + timedelta(hours=2)
        )


def test_sending_the_same_measurement_twice_stores_one(anna, heinrich):
    ident = "6c0f6ac4-4d5f-4d9a-9d5c-0e5f9e0a1b2c"
    measure(anna, heinrich, PULSE, "70", logical_id=ident)
    measure(anna, heinrich, PULSE, "70", logical_id=ident)
    assert len(series(anna, heinrich, PULSE)[0].measurements) == 1


def test_a_value_taken_back_is_no_longer_drawn_but_stays_in_the_history(anna, heinrich):
    stored = measure(anna, heinrich, PULSE, "70")
    services.take_back(anna, stored.logical_id, reason="Falscher Patient")
    assert not series(anna, heinrich, PULSE)
    assert [one.version for one in repository(anna).changes(Wanted("Observation", stored.logical_id)).rows] == [2, 1]


class TestLimits:
    @pytest.fixture(autouse=True)
    def limit(self, clara, heinrich):
        services.set_limit(clara, heinrich.patient, kind=WEIGHT, bounds=[Bounds(None, Decimal("84"))])

    def reviews(self, actor):
        return [one for one in tasks.worklist(actor) if one.kind is Kind.REVIEW]

    def test_a_value_within_claras_limit_asks_nobody(self, anna, clara, heinrich):
        measure(anna, heinrich, WEIGHT, "84.0")
        assert not self.reviews(clara)

    def test_a_value_beyond_it_asks_claras_practice_for_one_review(self, anna, clara, mia, heinrich):
        measure(anna, heinrich, WEIGHT, "84.6")
        measure(anna, heinrich, WEIGHT, "84.7")
        (review,) = self.reviews(clara)
        assert "84,6" in review.text
        assert len(review.focus) == 2
        assert self.reviews(mia) == [review]

    def test_the_same_follows_when_a_fhir_client_sends_the_value(self, anna, clara, heinrich):
        sent = resources.vital_sign(heinrich.patient, WEIGHT, [Decimal("84.6")], now(), by=anna)
        repository(anna).create(sent)
        assert len(self.reviews(clara)) == 1

    def test_history_asks_for_no_review(self, anna, clara, heinrich):
        services.record_measurement(
            anna, heinrich.patient, kind=WEIGHT, values=[Decimal("84.6")], taken_at=now() - timedelta(hours=25)
        )
        assert not self.reviews(clara)

    def test_limits_can_be_switched_off_for_a_deployment(self, anna, clara, heinrich, settings):
        settings.LIMITS = False
        measure(anna, heinrich, WEIGHT, "84.6")
        assert not self.reviews(clara)

    def test_a_new_limit_takes_the_place_of_the_old_one(self, clara, heinrich):
        services.set_limit(clara, heinrich.patient, kind=WEIGHT, bounds=[Bounds(None, Decimal("86"))])
        limit = queries.limits_of(clara, heinrich.patient)["weight"]
        assert limit.bounds[0].high == Decimal("86")

    def test_a_nurse_sets_no_limit(self, anna, heinrich):
        with pytest.raises(Denied):
            services.set_limit(anna, heinrich.patient, kind=PULSE, bounds=[Bounds(Decimal(50), None)])

    def test_heinrichs_own_value_is_held_against_the_limit(self, clara, heinrich):
        measure(heinrich, heinrich, WEIGHT, "85.2")
        assert len(self.reviews(clara)) == 1


def test_what_a_review_is_called_is_german_whoever_measures_and_a_second_value_joins_it(anna, clara, heinrich):
    services.set_limit(clara, heinrich.patient, kind=WEIGHT, bounds=[Bounds(None, Decimal(84))])
    for language, weight in (("en", "84.6"), ("de", "85.1")):
        with translation.override(language):
            measure(anna, heinrich, WEIGHT, weight)
    assert [one.text for one in tasks.worklist(clara) if one.kind is Kind.REVIEW] == ["Gewicht: 84,6 kg"]


def test_a_value_in_confidence_is_told_by_no_review_to_who_may_not_see_it(anna, clara, mia, heinrich):
    services.set_limit(clara, heinrich.patient, kind=WEIGHT, bounds=[Bounds(None, Decimal(84))])
    sent = resources.vital_sign(heinrich.patient, WEIGHT, [Decimal("97.3")], now(), by=clara)
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "PSY"}
    hidden = repository(clara).create({**sent, "meta": {"security": [label]}})
    for team in (anna, mia):
        assert repository(team).search("Task", [("patient", heinrich.patient)]).rows == []
    (review,) = [one for one in tasks.worklist(clara) if one.kind is Kind.REVIEW]
    assert (review.text, review.focus) == ("Gewicht", (hidden.reference,))
    measure(anna, heinrich, WEIGHT, "84.6")
    (other,) = tasks.worklist(mia)
    assert other.text == "Gewicht: 84,6 kg"
    assert hidden.reference not in other.focus
