"""What others book and call off through FHIR: `Appointment/$book` (as ISiK Terminplanung defines it) and `$cancel`.

https://gematik.de/fhir/isik/OperationDefinition/AppointmentBook
"""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse

from patients.access.codes import OURS
from patients.errors import Invalid
from patients.fhir import parameters, registry, responses
from patients.fhir.asking import Asked
from patients.fhir.parameters import Parameter
from telecare.consultations import services

BOOK: Final = "https://gematik.de/fhir/isik/OperationDefinition/AppointmentBook"
CANCEL: Final = f"{OURS}/OperationDefinition/appointment-cancel"

_EXPECTED: Final = (
    Parameter("appt-resource", "Appointment", needed=True),
    Parameter("cancelled-appt-id", "uri"),
    Parameter("schedule", parameters.REFERENCE),
)


def book(asked: Asked) -> HttpResponse:
    """Answers 201 with the booked Appointment, 409 where the time is not free, 422 for what cannot be booked."""
    assert asked.actor is not None
    given = parameters.read(asked, *_EXPECTED)
    document = services.book_appointment(
        asked.actor,
        given.resource("appt-resource") or {},
        schedule=_id(given.text("schedule"), "Schedule", "schedule"),
        replaces=_id(given.text("cancelled-appt-id"), "Appointment", "cancelled-appt-id"),
    )
    return responses.written(asked, document, created=True)


def cancel(asked: Asked) -> HttpResponse:
    """Answers 200 with the cancelled Appointment; the same as an update of its status to `cancelled`."""
    assert asked.actor is not None
    parameters.read(asked)
    asked.parsed = True  # what is refused now is not how it was asked
    return responses.written(asked, services.cancel_appointment(asked.actor, asked.ident), created=False)


def register() -> None:
    types = frozenset({"Appointment"})
    registry.operation("book", book, level=registry.TYPE, types=types, definition=BOOK, expected=_EXPECTED)
    registry.operation("cancel", cancel, level=registry.INSTANCE, types=types, definition=CANCEL)


def _id(address: str | None, type_: str, name: str) -> str:
    """The id in an address of ours: absolute, `Type/id`, or the id alone."""
    if not address:
        return ""
    *kind, ident = address.removeprefix(f"{responses.base()}/").partition("/_history/")[0].split("/")
    if kind not in ([], [type_]) or not ident:
        raise Invalid(f"“{name}” names a {type_} of this server.", code="value", where=name)
    return ident
