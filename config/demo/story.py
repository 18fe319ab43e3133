"""What has happened lately and what is planned: limits, a week of visits, today's values, tasks and words."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.utils import timezone

from config.demo.district import District
from config.demo.measurements import demo_id
from config.demo.people import INHABITANTS, Inhabitant
from messaging.chat import services as chat
from patients.accounts.actor import Actor
from telecare.consultations import services as consultations
from telecare.consultations.models import Medium
from telecare.tasks import services as tasks
from telecare.visits import services as visits
from telecare.vitals import services as vitals
from telecare.vitals.kinds import BY_NAME, OXYGEN, WEIGHT
from telecare.vitals.resources import Bounds

FIRST = time(7, 10)
STOPS = (0, 40, 90, 135, 185, 240, 280, 330, 370, 420)  # minutes after the first stop
LATE = 6  # the stop that is next when the demo is started in the evening
AHEAD = 6  # further days with visits
LENGTH = timedelta(minutes=35)

WORDS = (  # who, about whom, what; oldest first
    ("clara", "heinrich", "Bitte täglich wiegen. Über 84 kg möchte ich es wissen."),
    ("anna", "heinrich", "Schlüssel bei Nachbarin Thea Lübben, Lindenweg 6. Bitte laut und langsam sprechen."),
    ("ida", "heinrich", "Papa hat seit gestern dicke Knöchel. Kann bitte jemand schauen?"),
    ("anna", "heinrich", "Ich bin heute bei ihm und wiege ihn. Dr. Voss hole ich per Video dazu."),
    ("sabine", "erna", "Die Tropfen sind da und können abgeholt werden."),
    ("anna", "erna", "Danke, ich bringe sie morgen mit."),
    ("clara", "maria", "Bitte bei jedem Besuch den Sauerstoff messen."),
    ("clara", "josef", "Er ist seit Freitag wieder zu Hause. Bitte den Verband alle zwei Tage wechseln."),
    ("insa", "almuth", "Der Betreuer, Herr Paulsen, ist über den neuen Plan informiert."),
)
APPOINTMENTS = (  # with whom, who, days from today, o'clock, by what, why; 0 days: minutes from now
    ("clara", "heinrich", 0, 45, Medium.OWN, "Gewicht und Knöchel"),
    ("clara", "erna", 0, 95, Medium.TELEPHONE, "Medikamente besprechen"),
    ("insa", "almuth", 0, 60, Medium.OWN, "Gewicht"),
    ("david", "harm", 0, 80, Medium.OWN, "Inhalation"),
    ("clara", "maria", 1, 9, Medium.OWN, "Sauerstoff"),
    ("clara", "josef", 1, 11, Medium.OWN, "Wundkontrolle"),
    ("insa", "okko", 1, 10, Medium.TELEPHONE, "Gewicht"),
    ("david", "anneliese", 2, 9, Medium.OWN, "Blutdruck"),
    ("clara", "gerda", 2, 10, Medium.OWN, "Blutzucker"),
    ("insa", "theda", 3, 9, Medium.OWN, "Blutdruck"),
    ("clara", "wilhelm", 3, 11, Medium.ON_SITE, "Puls"),
    ("david", "friedrich", 4, 10, Medium.OWN, "Blutzucker"),
    ("clara", "lina", 4, 9, Medium.OWN, "Blutzucker"),
    ("clara", "heinrich", 6, 10, Medium.OWN, "Kontrolle"),
)
ORDERS = (  # who asks, about whom, what, for which service, hours from now, urgent
    ("clara", "heinrich", "Wundfoto machen", "moorland", 6, False),
    ("clara", "josef", "Entlassbrief lesen und Verband wechseln", "moorland", 26, False),
    ("clara", "maria", "Sauerstoff morgens und abends messen", "moorland", 30, True),
    ("insa", "almuth", "Gewicht zweimal die Woche", "moorland", 50, False),
    ("david", "harm", "Inhalation erklären", "wiesenkamp", 20, False),
)


def write_limits(district: District) -> None:
    """The limits that the doctors entered."""
    for person in INHABITANTS:
        for course in person.courses:
            if course.limit:
                vitals.set_limit(
                    district.doctor_of(person),
                    district.patient(person.slug),
                    kind=BY_NAME[course.kind],
                    bounds=[Bounds(_number(low), _number(high)) for low, high in course.limit],
                )


def write_visits(district: District) -> None:
    """The tours of today and the coming days. What is over by the time of day has been done; Heinrich comes next."""
    now = timezone.localtime()
    for person, tour, start in planned(now):
        _plan(district, person, tour, start, now)


def planned(now: datetime) -> Iterator[tuple[Inhabitant, date, datetime]]:
    """Whom the services visit, on the tour of which day, and when: late at night a tour goes on beyond midnight."""
    for service in ("moorland", "wiesenkamp"):
        visited = [one for one in INHABITANTS if one.service == service and one.visits]
        for day in range(AHEAD + 1):
            first = _first_stop(now) if day == 0 else timezone.make_aware(datetime.combine(now.date(), FIRST))
            over = sum(first + timedelta(minutes=minutes) + LENGTH <= now for minutes in STOPS) if day == 0 else 3
            tour = _in_order(visited if day == 0 else visited[day::2], over)
            for minutes, person in zip(STOPS, tour, strict=False):
                yield person, now.date() + timedelta(days=day), first + timedelta(days=day, minutes=minutes)


def _first_stop(now: datetime) -> datetime:
    """When today's tour began: in the morning; late in the day so that some stops are still to come."""
    usual = now.replace(hour=FIRST.hour, minute=FIRST.minute, second=0, microsecond=0)
    late = now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0) - timedelta(minutes=STOPS[LATE])
    latest = now.replace(hour=23, minute=20, second=0, microsecond=0) - timedelta(minutes=STOPS[LATE])
    return max(usual, min(late, latest))


def write_appointments(district: District) -> None:
    """A week of consultations by video, by telephone and on site."""
    now = timezone.localtime().replace(second=0, microsecond=0)
    for who, about, days, number, medium, reason in APPOINTMENTS:
        doctor = district.actors[who]
        soon = now + timedelta(minutes=number)
        later = (now + timedelta(days=days)).replace(hour=number % 24, minute=0)
        consultations.book(
            doctor,
            district.patient(about),
            starts_at=later if days else soon,
            medium=medium,
            doctor=doctor.person or "",
            reason=reason,
        )


def write_today(district: District) -> None:
    """What Anna has measured this morning: two values lie outside a limit and ask for a review."""
    anna = district.actors["anna"]
    for slug, kind, number in (("maria", OXYGEN, "91"), ("okko", WEIGHT, "82.6"), ("kaethe", BY_NAME["pulse"], "70")):
        vitals.record_measurement(
            anna,
            district.patient(slug),
            kind=kind,
            values=[Decimal(number)],
            taken_at=timezone.localtime() - timedelta(minutes=50),
            confirmed=True,
            logical_id=demo_id("today", slug),
        )


def write_orders(district: District) -> None:
    """What the practices have asked of the nursing services."""
    for who, about, text, service, hours, urgent in ORDERS:
        tasks.order(
            district.actors[who],
            district.patient(about),
            text=text,
            organisation=district.place(service),
            due_at=timezone.localtime() + timedelta(hours=hours),
            urgent=urgent,
        )


def write_words(district: District) -> None:
    """What the care teams have said to each other."""
    for number, (who, about, text) in enumerate(WORDS):
        actor: Actor = district.actors[who]
        thread = chat.open_thread(actor, district.patient(about))
        chat.send(actor, thread.pk, cid=uuid.UUID(demo_id("words", number)), text=text)


def _plan(district: District, person: Inhabitant, tour: date, start: datetime, now: datetime) -> None:
    nurse = district.nurse_of(person)
    if nurse is None:
        return
    visit = visits.plan_visit(
        nurse,
        district.patient(person.slug),
        starts_at=start,
        ends_at=start + LENGTH,
        works=person.visits,
        logical_id=demo_id("visit", person.slug, tour),
    )
    if start + LENGTH <= now and person.slug != "heinrich":
        visits.begin_visit(nurse, visit.logical_id, at=start)
        visits.finish_visit(nurse, visit.logical_id, at=start + LENGTH)


def _in_order(visited: list[Inhabitant], heinrichs: int) -> list[Inhabitant]:
    """By village, practice patients last; Heinrich stands at his place, the next to be visited."""
    tour = sorted(visited, key=lambda one: (one.rehearsal, one.village != "Lüttmoor", one.village))
    heinrich = [one for one in tour if one.slug == "heinrich"]
    others = [one for one in tour if one.slug != "heinrich"]
    return [*others[:heinrichs], *heinrich, *others[heinrichs:]]


def _number(text: str | None) -> Decimal | None:
    return Decimal(text) if text is not None else None
