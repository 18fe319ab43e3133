"""Booking and calling off through FHIR: a time is taken once, by whatever way, and given back."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from patients.access import repository
from patients.accounts.actor import Actor
from patients.errors import Conflict
from patients.fhir import capability
from telecare.consultations import services
from telecare.consultations.models import Consultation, Invitation, Medium, Waiting
from telecare.consultations.operations import BOOK
from telecare.consultations.queries import parties
from telecare.consultations.resources import timetable
from telecare.consultations.resources.meeting import EXTENSION
from tests.cast import HEINRICH, WILMA
from tests.patients.fhir.conftest import Json, Person, calls, content, issue
from tests.patients.fhir.operations.conftest import parameters
from tests.telecare.consultations.conftest import MARKT, enter

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

NINE = (timezone.now() + timedelta(days=7)).replace(hour=8, minute=0, second=0, microsecond=0)


@pytest.fixture
def clara_calls(cast: dict[str, Actor]) -> Person:
    return calls(cast["clara"])


@pytest.fixture
def anna_calls(cast: dict[str, Actor]) -> Person:
    return calls(cast["anna"])


@pytest.fixture
def david_calls(cast: dict[str, Actor]) -> Person:
    return calls(cast["david"])


@pytest.fixture
def calendar(clara: Actor) -> str:
    """Clara's calendar."""
    schedule = {"resourceType": "Schedule", "actor": [{"reference": str(clara.person)}]}
    return repository(clara).create(schedule).logical_id


@pytest.fixture
def hours(clara: Actor, calendar: str) -> list[str]:
    """Four quarters of an hour in it, from nine o'clock on."""
    return [offered(clara, calendar, number) for number in range(4)]


def offered(clara: Actor, calendar: str, number: int, status: str = "free", **more: Any) -> str:
    begin = NINE + timedelta(minutes=15 * number)
    slot = {
        "resourceType": "Slot",
        "schedule": {"reference": f"Schedule/{calendar}"},
        "status": status,
        "start": begin.isoformat(),
        "end": (begin + timedelta(minutes=15)).isoformat(),
        **more,
    }
    return repository(clara).create(slot).logical_id


def wish(*slots: str, first: int = 0, quarters: int = 1, **more: Any) -> Json:
    """An Appointment of Heinrich as another system proposes it."""
    begin = NINE + timedelta(minutes=15 * first)
    return {
        "resourceType": "Appointment",
        "status": "proposed",
        "start": begin.isoformat(),
        "end": (begin + timedelta(minutes=15 * quarters)).isoformat(),
        "participant": [{"actor": {"reference": f"Patient/{HEINRICH}"}, "status": "accepted"}],
        **({"slot": [{"reference": f"Slot/{one}"} for one in slots]} if slots else {}),
        **more,
    }


def states(clara: Actor, slots: list[str]) -> list[str]:
    return [repository(clara).read("Slot", one).content["status"] for one in slots]


def booked(who: Person, appointment: Json, **more: Any) -> Json:
    answer = who.post("Appointment/$book", parameters(appt_resource=appointment, **more))
    assert answer.status_code == 201, answer.content
    return content(answer)


def refused(who: Person, appointment: Json, **more: Any) -> tuple[int, str]:
    answer = who.post("Appointment/$book", parameters(appt_resource=appointment, **more))
    return answer.status_code, issue(answer)["code"]


# -- booking


def test_anna_books_heinrich_into_claras_calendar(anna_calls: Person, clara: Actor, hours: list[str]) -> None:
    answer = anna_calls.post("Appointment/$book", wish(hours[0]))
    assert answer.status_code == 201
    made = content(answer)
    assert (made["status"], made["slot"]) == ("booked", [{"reference": f"Slot/{hours[0]}"}])
    assert answer.headers["Location"].endswith(f"/fhir/Appointment/{made['id']}/_history/1")
    assert states(clara, hours) == ["busy", "free", "free", "free"]
    assert content(anna_calls.get(f"Appointment/{made['id']}"))["status"] == "booked"


def test_a_time_is_found_in_the_calendar_that_is_named(
    anna_calls: Person, clara: Actor, calendar: str, hours: list[str]
) -> None:
    schedule = {"valueReference": {"reference": f"Schedule/{calendar}"}}
    made = booked(anna_calls, wish(first=1, quarters=2), schedule=schedule)
    assert made["slot"] == [{"reference": f"Slot/{one}"} for one in hours[1:3]]
    assert states(clara, hours) == ["free", "busy", "busy", "free"]
    assert refused(anna_calls, wish(first=2), schedule=schedule) == (409, "conflict")
    assert refused(anna_calls, wish(first=3, quarters=2), schedule=schedule) == (409, "conflict")
    assert states(clara, hours) == ["free", "busy", "busy", "free"]


def test_a_time_is_taken_once(anna_calls: Person, clara_calls: Person, hours: list[str]) -> None:
    booked(anna_calls, wish(hours[0]))
    assert refused(clara_calls, wish(hours[0])) == (409, "conflict")
    assert refused(clara_calls, wish(*hours[:2], quarters=2)) == (409, "conflict")


@pytest.mark.parametrize("status", ["busy", "busy-unavailable", "busy-tentative", "entered-in-error"])
def test_what_is_not_offered_cannot_be_booked(anna_calls: Person, clara: Actor, calendar: str, status: str) -> None:
    assert refused(anna_calls, wish(offered(clara, calendar, 0, status))) == (409, "conflict")


def test_a_calendar_that_is_not_in_use_takes_nobody(anna_calls: Person, clara: Actor, hours: list[str]) -> None:
    schedule = repository(clara).search("Schedule").rows[0].content
    repository(clara).update({**schedule, "active": False})
    assert refused(anna_calls, wish(hours[0])) == (409, "conflict")


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"status": "booked"}, "Appointment.status"),
        ({"slot": [{"reference": "Slot/unknown"}]}, "Appointment.slot[0]"),
        ({"slot": [{"reference": "https://elsewhere.example/Slot/1"}]}, "Appointment.slot[0]"),
        ({"slot": []}, "Appointment.slot"),
        ({"start": (NINE - timedelta(days=30)).isoformat()}, "Appointment.start"),
        ({"end": (NINE - timedelta(hours=1)).isoformat()}, "Appointment.end"),
        ({"end": (NINE + timedelta(hours=1)).isoformat()}, "Appointment.slot"),
        ({"start": (NINE - timedelta(minutes=5)).isoformat()}, "Appointment.slot"),
        ({"participant": []}, None),
        ({"unknown": "x"}, None),
    ],
)
def test_what_cannot_be_booked_is_refused_with_its_place(
    anna_calls: Person, clara: Actor, hours: list[str], changed: Json, place: str | None
) -> None:
    answer = anna_calls.post("Appointment/$book", {**wish(hours[0]), **changed})
    assert answer.status_code == 422, answer.content
    assert place is None or issue(answer)["expression"] == [place]
    assert states(clara, hours) == ["free"] * 4


def test_neither_form_nor_foreign_addresses_are_guessed(anna_calls: Person, hours: list[str]) -> None:
    assert anna_calls.post("Appointment/$book", b"").status_code == 400
    assert anna_calls.post("Appointment/$book", b"{").status_code == 400
    assert anna_calls.post("Appointment/$book", {"resourceType": "Slot"}).status_code == 400
    assert anna_calls.get("Appointment/$book").status_code == 405
    foreign = {"valueUri": "https://elsewhere.example/fhir/Appointment/1"}
    assert refused(anna_calls, wish(hours[0]), cancelled_appt_id=foreign) == (422, "value")


def test_who_does_not_see_heinrich_books_nothing_for_him(
    david_calls: Person, cast: dict[str, Actor], clara: Actor, hours: list[str]
) -> None:
    """David sees the calendar: it is in the directory. Heinrich is for him as if he did not exist."""
    theirs = david_calls.post("Appointment/$book", wish(hours[0]))
    nobody = wish(hours[0], participant=[{"actor": {"reference": "Patient/nobody"}, "status": "accepted"}])
    nothing = david_calls.post("Appointment/$book", nobody)
    assert (theirs.status_code, theirs.content) == (nothing.status_code, nothing.content)
    assert theirs.status_code == 404
    assert calls(cast["heinrich"]).post("Appointment/$book", wish(hours[0])).status_code == 422  # sees no calendar
    assert states(clara, hours) == ["free"] * 4


def test_the_statement_names_the_operation_as_isik_does() -> None:
    assert f'"definition":"{BOOK}"'.encode() in capability.statement()
    assert b'"name":"cancel"' in capability.statement()


# -- moving and calling off


def test_a_known_appointment_is_moved_and_keeps_its_id(anna_calls: Person, clara: Actor, hours: list[str]) -> None:
    made = booked(anna_calls, wish(hours[0]))
    moved = booked(anna_calls, wish(hours[2], first=2, id=made["id"]))
    assert (moved["id"], moved["meta"]["versionId"]) == (made["id"], "2")
    assert states(clara, hours) == ["free", "free", "busy", "free"]
    wider = booked(anna_calls, wish(*hours[2:], first=2, quarters=2, id=made["id"]))
    assert wider["id"] == made["id"]
    assert states(clara, hours) == ["free", "free", "busy", "busy"]


def test_an_id_that_one_does_not_see_is_no_id(
    anna_calls: Person, david_calls: Person, cast: dict[str, Actor], hours: list[str]
) -> None:
    made = booked(anna_calls, wish(hours[0]))
    wilma = [{"actor": {"reference": f"Patient/{WILMA}"}, "status": "accepted"}]
    for number, taken in enumerate((made["id"], "made-up"), 1):
        own = booked(david_calls, wish(hours[number], first=number, id=taken, participant=wilma))
        assert own["id"] not in (made["id"], "made-up")
        assert own["meta"]["versionId"] == "1"
    assert content(anna_calls.get(f"Appointment/{made['id']}"))["meta"]["versionId"] == "1"


def test_one_appointment_replaces_another_or_both_stay(anna_calls: Person, clara: Actor, hours: list[str]) -> None:
    old, other = booked(anna_calls, wish(hours[0])), booked(anna_calls, wish(hours[1], first=1))
    replacing = {"valueUri": f"Appointment/{old['id']}"}
    assert refused(anna_calls, wish(hours[1], first=1), cancelled_appt_id=replacing) == (409, "conflict")
    assert content(anna_calls.get(f"Appointment/{old['id']}"))["status"] == "booked"
    assert states(clara, hours) == ["busy", "busy", "free", "free"]
    new = booked(anna_calls, wish(hours[0]), cancelled_appt_id=replacing)  # the very time that it gives back
    assert new["id"] not in (old["id"], other["id"])
    assert new["extension"] == [
        {"url": timetable.REPLACES, "valueReference": {"reference": f"Appointment/{old['id']}"}}
    ]
    assert content(anna_calls.get(f"Appointment/{old['id']}"))["status"] == "cancelled"
    assert states(clara, hours) == ["busy", "busy", "free", "free"]
    assert refused(anna_calls, wish(hours[2], first=2), cancelled_appt_id=replacing) == (409, "conflict")


@pytest.mark.parametrize("way", ["operation", "update", "delete"])
def test_calling_off_gives_the_time_back_by_every_way(
    anna_calls: Person, clara: Actor, hours: list[str], way: str
) -> None:
    made = booked(anna_calls, wish(hours[0]))
    address = f"Appointment/{made['id']}"
    match way:
        case "operation":
            answer = anna_calls.post(f"{address}/$cancel", b"")
            assert content(answer)["status"] == "cancelled"
            assert anna_calls.post(f"{address}/$cancel", b"").status_code == 200  # twice is no error
        case "update":
            answer = anna_calls.put(address, {**made, "status": "cancelled"})
        case _:
            answer = anna_calls.delete(address)
    assert answer.status_code in (200, 204)
    assert states(clara, hours) == ["free"] * 4
    booked(anna_calls, wish(hours[0]))


def test_what_is_over_is_not_called_off_and_what_is_not_seen_does_not_exist(
    anna_calls: Person, david_calls: Person, hours: list[str]
) -> None:
    made = booked(anna_calls, wish(hours[0]))
    theirs, nothing = (david_calls.post(f"Appointment/{one}/$cancel", b"") for one in (made["id"], "nothing"))
    assert theirs.status_code == nothing.status_code == 404
    assert theirs.content.replace(made["id"].encode(), b"nothing") == nothing.content
    anna_calls.put(f"Appointment/{made['id']}", {**made, "status": "fulfilled"})
    assert anna_calls.post(f"Appointment/{made['id']}/$cancel", b"").status_code == 409


def test_a_plain_create_takes_its_slot_as_a_booking_does(
    anna_calls: Person, clara: Actor, calendar: str, hours: list[str]
) -> None:
    assert anna_calls.post("Appointment", wish(hours[0], status="booked")).status_code == 201
    assert states(clara, hours) == ["busy", "free", "free", "free"]
    assert anna_calls.post("Appointment", wish(hours[0], status="booked")).status_code == 409
    assert anna_calls.post("Appointment", wish(hours[1], first=1)).status_code == 201  # only proposed
    assert states(clara, hours) == ["busy", "free", "free", "free"]
    twice = offered(clara, calendar, 0, overbooked=True)
    for _ in range(2):
        assert anna_calls.post("Appointment", wish(twice, status="booked")).status_code == 201


def test_naming_a_slot_in_something_cancelled_frees_nobody(
    anna_calls: Person, clara: Actor, calendar: str, hours: list[str]
) -> None:
    booked(anna_calls, wish(hours[0]))
    made = content(anna_calls.post("Appointment", wish(hours[0], status="cancelled")))
    anna_calls.put(f"Appointment/{made['id']}", {**made, "description": "x"})
    assert states(clara, hours)[0] == "busy"


# -- the consultation that hangs on it


def video(*slots: str, **more: Any) -> Json:
    return wish(*slots, extension=[{"url": f"{EXTENSION}medium", "valueCode": Medium.OWN.value}], **more)


def test_a_booking_that_names_a_medium_has_a_waiting_room(
    anna_calls: Person, anna: Actor, clara: Actor, hours: list[str]
) -> None:
    doctor = {"actor": {"reference": str(clara.person)}, "status": "accepted"}
    proposed = video(hours[0])
    made = booked(anna_calls, {**proposed, "participant": [*proposed["participant"], doctor]})
    card = Consultation.objects.get(appointment=made["id"])
    assert (card.patient, card.organisation, card.status) == (HEINRICH, MARKT, "planned")
    assert (card.doctor, card.planned_at) == (clara.person, NINE)
    booked(anna_calls, video(hours[2], first=2, id=made["id"]))
    card = Consultation.objects.get(appointment=made["id"])
    assert (card.planned_at, card.status) == (NINE + timedelta(minutes=30), "planned")


@pytest.mark.parametrize("way", ["operation", "page"])
def test_calling_off_shuts_waiting_room_and_invitations_and_frees_the_time(
    anna_calls: Person, anna: Actor, clara: Actor, hours: list[str], way: str
) -> None:
    made = booked(anna_calls, video(hours[0]))
    card = Consultation.objects.get(appointment=made["id"])
    invited = services.invite(clara, card.id, kind=Invitation.Kind.PATIENT, name="Heinrich Brandt")
    Waiting.objects.create(
        consultation=card.id, organisation=MARKT, visitor="account:1", role="patient",
        arrived_at=timezone.now(), seen_at=timezone.now(),
    )  # fmt: skip
    if way == "operation":
        assert anna_calls.post(f"Appointment/{made['id']}/$cancel", b"").status_code == 200
    else:
        services.cancel(clara, card.id)
    assert parties.card(card.id).status == "cancelled"
    assert not Waiting.objects.filter(consultation=card.id, left_at=None).exists()
    assert not parties.holds(Invitation.objects.get(pk=invited.invitation))
    assert content(anna_calls.get(f"Appointment/{made['id']}"))["status"] == "cancelled"
    assert states(clara, hours) == ["free"] * 4


def test_what_has_begun_is_ended_not_called_off(anna_calls: Person, clara: Actor, hours: list[str]) -> None:
    made = booked(anna_calls, video(hours[0]))
    enter(clara, Consultation.objects.get(appointment=made["id"]).id)
    assert anna_calls.post(f"Appointment/{made['id']}/$cancel", b"").status_code == 409
    assert states(clara, hours)[0] == "busy"


# -- two at once


@pytest.mark.django_db(transaction=True)
def test_of_two_who_book_the_same_time_at_once_one_gets_it(cast: dict[str, Actor], clara: Actor) -> None:
    schedule = repository(clara).create({"resourceType": "Schedule", "actor": [{"reference": str(clara.person)}]})
    slots = [offered(clara, schedule.logical_id, number) for number in range(2)]
    start, results = threading.Barrier(4), []

    def book() -> None:
        try:
            start.wait()
            services.book_appointment(cast["anna"], wish(*slots, quarters=2))
            results.append("booked")
        except Conflict:
            results.append("conflict")
        finally:
            connections.close_all()

    bookers = [threading.Thread(target=book) for _ in range(4)]
    for one in bookers:
        one.start()
    for one in bookers:
        one.join()
    assert sorted(results) == ["booked", "conflict", "conflict", "conflict"]
    assert states(clara, slots) == ["busy", "busy"]
