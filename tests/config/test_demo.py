"""The demo district, whenever it is begun."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from config.demo.story import planned


def test_at_every_hour_nobody_is_visited_twice_on_one_tour():
    midnight = datetime(2026, 11, 28, tzinfo=timezone.get_default_timezone())
    for minutes in range(0, 24 * 60, 10):
        visits = [(person.slug, tour) for person, tour, _start in planned(midnight + timedelta(minutes=minutes))]
        assert len(visits) > 20
        assert len(visits) == len(set(visits)), minutes
