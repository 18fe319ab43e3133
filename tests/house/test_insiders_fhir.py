"""The FHIR edge, asked by Heinrich's own team for what categories keep from them: he is no secret, these things are."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from patients.access import repository
from patients.access.permit import PERMIT
from patients.accounts.actor import Actor, system
from patients.fhir.jsonpatch import JSON_PATCH
from patients.network import resources
from patients.network.resources import treatment
from patients.records import wire
from patients.records.models import Document
from tests.cast import HEINRICH, ident
from tests.clients.said import bundle, entry
from tests.conftest import Tell
from tests.house.edge import Answer, Caller, Json, Stranger, told

pytestmark = [pytest.mark.django_db]

TEAM = ("anna", "clara", "sabine", "ida", "dora")
HIS = {"reference": f"Patient/{HEINRICH}"}
NARROW = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}
DEPRESSION = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "F32.1"}]}
HL7 = "http://terminology.hl7.org/CodeSystem"
HIDDEN: tuple[Json, ...] = (
    {"resourceType": "Condition", "subject": HIS, "code": DEPRESSION},
    {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"}, "subject": HIS,
     "reasonCode": [DEPRESSION]},
    {"resourceType": "Appointment", "meta": NARROW, "status": "proposed",
     "participant": [{"actor": HIS, "status": "accepted"}]},
    {"resourceType": "MedicationStatement", "meta": NARROW, "status": "active", "subject": HIS,
     "medicationCodeableConcept": {"text": "Quitte"}},
    {"resourceType": "Task", "meta": NARROW, "status": "requested", "intent": "order", "for": HIS,
     "description": "Quitte"},
    {"resourceType": "RelatedPerson", "meta": NARROW, "patient": HIS, "name": [{"family": "Quitte"}]},
)  # fmt: skip


@pytest.fixture
def hidden(cast: dict[str, Actor]) -> list[Document]:
    """What Praxis Deichweg knows of Heinrich in confidence, among it that it cares for him; and what it deleted."""
    david, records = cast["david"], repository(system("walk"))
    basis = treatment(timezone.localtime(), str(david.person))
    link = resources.care_link(HEINRICH, ident("deichweg"), manager=ident("deichweg"), bases=[basis])
    found = [
        records.create(one, custodian=ident("deichweg"), permit=PERMIT) for one in ({**link, "meta": NARROW}, *HIDDEN)
    ]
    gone = records.create(HIDDEN[0], custodian=ident("deichweg"))
    records.delete(gone.type, gone.logical_id)
    return [*found, gone]


def asked(reference: str, content: Json) -> Iterator[tuple[str, str, Json | bytes | None, dict[str, str]]]:
    """Every way to ask for it, to change it, and to be told of it beside something else."""
    type_, ident_ = reference.split("/")
    here = {**content, "id": ident_}
    test = b'[{"op":"test","path":"/status","value":"final"}]'
    patch = {"resourceType": "Binary", "contentType": JSON_PATCH, "data": base64.b64encode(test).decode()}
    for match in ({}, {"if_match": 'W/"1"'}, {"if_match": 'W/"9"'}):
        yield from (("DELETE", reference, None, match), ("PATCH", reference, test, match))
        if match:  # without one, a free id is written to
            yield "PUT", reference, here, match
    yield from (("GET", reference, None, {"if_none_match": mark}) for mark in ('W/"1"', "*"))
    ends = ("", "/_history", "/_history/1", "/_history/2", "/$document", "/$cancel", "/$everything")
    yield from (("GET", reference + end, None, {}) for end in ends)
    yield "POST", f"{reference}/$validate", None, {}
    by_id = f"{type_}?_id={ident_}"
    yield from (("DELETE", by_id, None, {}), ("PATCH", by_id, test, {}), ("PUT", by_id, here, {"if_match": 'W/"1"'}))
    for query in (
        by_id, f"{by_id}&_summary=count", f"?_id={ident_}", f"Patient/{HEINRICH}/{type_}?_id={ident_}",
        f"Patient?_id={HEINRICH}&_has:{type_}:patient:_id={ident_}", f"Provenance?target={reference}",
        f"Provenance?target:{type_}._id={ident_}", f"Patient?_id={HEINRICH}&_revinclude={type_}:patient",
        f"Patient/{HEINRICH}/$everything?_type={type_}&_count=50",
    ):  # fmt: skip
        yield "GET", query, None, {}
    matched = {"request": {"method": "PUT", "url": reference, "ifMatch": 'W/"1"'}, "resource": here}
    for kind in ("batch", "transaction"):
        for one in (
            entry("GET", reference), entry("DELETE", reference), entry("PATCH", reference, patch),
            matched, entry("GET", f"{reference}/_history/1"),
        ):  # fmt: skip
            yield "POST", "", bundle(kind, one), {}
    focus = {"resourceType": "Task", "status": "requested", "intent": "order", "for": HIS, "description": "x"}
    yield "POST", "", bundle("transaction", entry("POST", "Task", {**focus, "focus": {"reference": by_id}})), {}


def test_what_the_team_may_not_see_is_told_like_what_does_not_exist(
    tell: Tell, cast: dict[str, Actor], hidden: list[Document]
) -> None:
    tried, before = 0, [(one.reference, one.version) for one in Document.objects.order_by("pk")]
    for name in TEAM:
        caller = Caller(Stranger(name, cast[name], ""))
        for document in hidden:
            there, nowhere = document.logical_id, str(uuid.uuid4())
            content = {} if document.deleted else wire.parse(bytes(document.text))
            content = {"resourceType": document.type, **{k: v for k, v in content.items() if k not in ("id", "meta")}}
            for method, address, body, headers in asked(document.reference, content):
                tried += 1
                theirs = answer(caller, method, address, body, headers)
                nothing = answer(
                    caller, method, address.replace(there, nowhere), swapped(body, there, nowhere), headers
                )
                assert theirs.status_code < 500
                case = (name, document.reference, method, address, body, headers)
                assert plainly(theirs, there) == plainly(nothing, nowhere), case
                assert "Quitte" not in theirs.content.decode() or "Quitte" in str(body), case
    assert [(one.reference, one.version) for one in Document.objects.order_by("pk")] == before
    tell(f"FHIR insiders: {tried} cases, 0 leaks")


def answer(caller: Caller, method: str, address: str, body: Any, headers: dict[str, str]) -> Answer:
    if isinstance(body, bytes):
        more = {**caller.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return caller.client.generic(method, f"/fhir/{address}", body, JSON_PATCH, headers=more)
    return caller.ask(method, address, body, **headers)


def swapped(body: Any, there: str, nowhere: str) -> Any:
    if not isinstance(body, dict):
        return body
    return wire.parse(wire.text(body).replace(there.encode(), nowhere.encode()))


def plainly(answer: Answer, ident_: str) -> tuple[int, str, dict[str, str]]:
    """Status, text and headers, but for the id and the moment."""
    status, text = told(answer, ident_)
    headers = {name: re.sub(ident_, "·", value) for name, value in answer.headers.items()}
    return status, text, headers
