"""Sixty days of plausible measurements, from a fixed seed: the same district every time, ending yesterday."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from config.demo.people import Course, Inhabitant
from telecare.vitals import resources
from telecare.vitals.kinds import BY_NAME

DAYS = 60
NAMESPACE = uuid.UUID("5b1d1c6e-6f0a-4f43-9d0e-6d0d7a3f7a10")


def demo_id(*words: object) -> str:
    """The fixed id of a demo document: UUIDv5 of its slug."""
    return str(uuid.uuid5(NAMESPACE, "/".join(map(str, words))))


def history(person: Inhabitant, patient_id: str, performer: str, today: date) -> Iterator[dict[str, Any]]:
    """The person's Observations of the last sixty days, oldest first."""
    for course in person.courses:
        chance = random.Random(f"{person.slug} {course.kind}")
        for day in range(DAYS, 0, -1):
            if day % course.every:
                continue
            moment = _moment(today - timedelta(days=day), chance)
            values = _values(course, 1 - day / DAYS, chance)
            resource = resources.vital_sign(patient_id, BY_NAME[course.kind], values, moment, by=performer)
            yield {**resource, "id": demo_id(person.slug, course.kind, day)}


def _moment(day: date, chance: random.Random) -> datetime:
    early = datetime.combine(day, time(7, 5), ZoneInfo(settings.TIME_ZONE))
    return early + timedelta(minutes=chance.randrange(0, 190))


def _values(course: Course, progress: float, chance: random.Random) -> list[Decimal]:
    """Numbers around the level: the drift sets in in the last third, as it does when something changes."""
    kind = BY_NAME[course.kind]
    drift = course.drift or (0.0,) * len(course.level)
    late = max(0.0, progress - 2 / 3) * 3
    values = []
    for part, level, scatter, change in zip(kind.parts, course.level, course.scatter, drift, strict=True):
        number = Decimal(chance.gauss(level + change * late, scatter)).quantize(Decimal(1).scaleb(-kind.decimals))
        low, high = part.plausible
        values.append(min(max(number, low), high))
    return values
