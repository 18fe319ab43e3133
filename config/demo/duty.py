"""Who answers on call in the coming nights, and who is away."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from config.demo.district import District
from patients.network import services as network

NIGHT = (time(18), timedelta(hours=13))  # when it begins, how long it lasts
NIGHTS = 7


def write_duty(district: District) -> None:
    """A nursing service with an on-call duty, and a practice nurse on holiday with a colleague in her place."""
    jens, anna, mia = (district.actors[slug] for slug in ("jens", "anna", "mia"))
    service = network.offer_on_call(jens, name="Rufbereitschaft Pflege", phone="04499 2299").logical_id
    begins, lasts = NIGHT
    for night in range(-1, NIGHTS):
        start = datetime.combine((district.now + timedelta(days=night)).date(), begins, district.now.tzinfo)
        who = (anna, jens)[night % 2]
        network.take_turn(jens, service=service, person=str(who.person), start=start, end=start + lasts)
    away = district.now.date() + timedelta(days=3)
    network.enter_absence(
        district.actors["frauke"],
        person=district.practitioner("frauke"),
        organisation=district.place("markt"),
        since=away,
        until=away + timedelta(days=11),
        substitute=str(mia.person),
    )
