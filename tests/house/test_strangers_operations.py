"""Every operation of the FHIR edge, asked by strangers about Heinrich: as if he did not exist."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from patients.fhir import registry
from patients.network.resources import KVNR
from patients.records.models import Document
from tests.cast import HEINRICH
from tests.conftest import Tell
from tests.house.edge import Caller, leaks, swapped, told
from tests.house.whole import Whole, nobody

pytestmark = [pytest.mark.django_db]

Asked = tuple[str, str, dict[str, Any] | None]


def asked(his: Whole) -> list[Asked]:
    """Method, address and body: at least one for each operation."""
    first = {document.type: document.logical_id for document in his.documents()}
    person = {
        "resourceType": "Patient",
        "identifier": [{"system": KVNR, "value": "X110411941"}],
        "name": [{"family": "Brandt", "given": ["Heinrich"]}],
        "birthDate": "1941-03-14",
        "address": [{"line": ["Lindenweg 4"], "postalCode": "49377"}],
    }
    soon = timezone.now() + timedelta(days=1)
    appointment = {
        "resourceType": "Appointment",
        "id": first["Appointment"],
        "status": "proposed",
        "start": soon.isoformat(),
        "end": (soon + timedelta(minutes=15)).isoformat(),
        "slot": [{"reference": "Slot/unknown"}],
        "participant": [{"actor": {"reference": f"Patient/{HEINRICH}"}, "status": "accepted"}],
    }
    return [
        *(("GET", f"Patient/{HEINRICH}/$everything{end}", None) for end in ("", "?_count=5", "?_type=AuditEvent")),
        ("POST", f"Patient/{HEINRICH}/$everything", {"resourceType": "Parameters"}),
        ("GET", f"Patient/{HEINRICH}/$summary", None),
        ("GET", f"Patient/$summary?identifier={KVNR}|X110411941", None),
        ("GET", f"Observation/$lastn?patient={HEINRICH}", None),
        ("GET", f"Observation/$lastn?patient={HEINRICH}&code=29463-7&max=9", None),
        ("GET", f"Composition/{first['Composition']}/$document", None),
        ("GET", f"Composition/$document?id={first['Composition']}", None),
        ("POST", f"Composition/{first['Composition']}/$document",
         {"resourceType": "Parameters", "parameter": [{"name": "persist", "valueBoolean": True}]}),
        ("POST", "Patient/$match", person),
        ("POST", "Appointment/$book", appointment),
        ("POST", f"Appointment/{first['Appointment']}/$cancel", None),
    ]  # fmt: skip


def test_no_operation_tells_a_stranger_anything_of_heinrich(tell: Tell, his: Whole, callers: list[Caller]) -> None:
    none, tried = nobody(his), 0
    stored = [(one.reference, one.version) for one in his.documents()]
    for caller in callers:
        for method, address, body in asked(his):
            tried += 1
            instead = json.loads(swapped(json.dumps(body), none)) if body is not None else None
            theirs = caller.ask(method, address, body)
            nothing = caller.ask(method, swapped(address, none), instead)
            assert theirs.status_code in (200, 400, 401, 403, 404, 422), (caller.name, address, theirs.content)
            assert told(theirs, *his.names()) == told(nothing, *none.values()), (caller.name, address)
            assert not leaks(theirs, his, address + json.dumps(body)), (caller.name, address)
    assert [(one.reference, one.version) for one in his.documents()] == stored
    assert not Document.objects.filter(type="Bundle").exists()
    tell(f"FHIR operations: {tried} cases, 0 leaks")


def test_every_operation_is_among_them(his: Whole) -> None:
    tried = {address.partition("$")[2].partition("?")[0] for _, address, _ in asked(his)}
    elsewhere = {"validate"}  # judges what is sent, and nothing that is stored
    assert {one.name for one in registry.operations()} - elsewhere == tried


def test_asked_of_all_patients_nobody_gets_heinrich(his: Whole, callers: list[Caller]) -> None:
    for caller in callers:
        answer = caller.ask("GET", "Patient/$everything")
        text = b"".join(answer) if answer.streaming else answer.content
        assert answer.status_code in (200, 401, 403), (caller.name, answer.status_code)
        assert HEINRICH.encode() not in text, caller.name
