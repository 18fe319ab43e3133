"""Many updates in one transaction: few statements, and each as it would be alone."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patients.access import repository
from patients.accounts.actor import Actor
from patients.audit.models import AuditEvent
from patients.records.models import Document
from tests.patients.fhir.bundles.conftest import answered, entry, send
from tests.patients.fhir.conftest import Json, Person, content, found, issue, pulse

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def test_many_updates_cost_few_statements_and_are_what_each_would_be_alone(
    anna: Person, clara: Person, heinrich: str, hearts: Document
) -> None:
    idents = [str(uuid.uuid4()) for _ in range(12)]
    for ident in idents:
        assert clara.put(f"Observation/{ident}", pulse(heinrich, id=ident)).status_code == 201
    clara.delete(f"Observation/{idents[3]}")

    def changed(ident: str) -> Json:
        return pulse(heinrich, "81", id=ident, status="amended", effectiveDateTime="2026-11-22")

    with CaptureQueriesContext(connection) as few:
        told = answered(
            send(clara, "transaction", *(entry("PUT", f"Observation/{one}", changed(one)) for one in idents[:2]))
        )
    assert [one["response"]["etag"] for one in told] == ['W/"2"'] * 2
    with CaptureQueriesContext(connection) as more:
        told = answered(
            send(clara, "transaction", *(entry("PUT", f"Observation/{one}", changed(one)) for one in idents[2:]))
        )
    assert [one["response"]["etag"] for one in told] == ['W/"2"', 'W/"3"', *['W/"2"'] * 8]
    assert len(more) <= len(few) + 8  # what each costs alone: locks of the log, where there are any
    clara.put(hearts.reference, changed(hearts.logical_id))
    assert [one["id"] for one in found(anna.get("Observation?date=2026-11-22&_sort=_id&_count=50"))] == sorted(
        [*idents, hearts.logical_id]
    )
    for one in (idents[5], hearts.logical_id):
        past = content(anna.get(f"Observation/{one}/_history"))["entry"]
        assert [each["resource"]["status"] for each in past] == ["amended", "final"]
    logged = AuditEvent.objects.filter(action="update", ident__in=idents, account=clara.user.pk, patient=heinrich)
    assert logged.count() == len(idents) - 1  # what was deleted is created again


def test_an_update_that_is_not_theirs_names_its_entry_and_stops_all(
    clara: Person, wilma: Actor, heinrich: str, cast: dict[str, Actor]
) -> None:
    mine = repository(cast["clara"]).create(pulse(heinrich))
    hers, foreign = repository(cast["anna"]).create(pulse(heinrich)), str(uuid.uuid4())
    for reference, patient, status in (
        (hers.reference, heinrich, 403),
        (mine.reference, str(wilma.patient), 403),
        (f"Observation/{foreign}", heinrich, 404),
    ):
        ident = reference.partition("/")[2]
        refused = send(
            clara, "transaction",
            entry("PUT", mine.reference, pulse(heinrich, "90", id=mine.logical_id))
            if reference != mine.reference else entry("GET", f"Patient/{heinrich}"),
            entry("PUT", reference, pulse(patient, "90", id=ident), ifMatch='W/"1"'),
        )  # fmt: skip
        assert (refused.status_code, issue(refused)["expression"]) == (status, ["Bundle.entry[1]"]), refused.content
    assert content(clara.get(mine.reference))["meta"]["versionId"] == "1"
