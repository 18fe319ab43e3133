from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from patients import audit
from patients.accounts.actor import Actor, Purpose, Role
from patients.audit import Entry, append_only
from patients.audit.models import AuditEvent
from patients.audit.row import Clock
from patients.database import rows, write

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
ANNA = Actor(role=Role.NURSE, account=7, person="Practitioner/anna", organisation="moorland", reason="visit")


def test_a_look_keeps_who_for_whom_and_what() -> None:
    before = timezone.now()
    ident = audit.record(
        ANNA, action="read", patient="heinrich", type="Observation", ident="pulse", version=3, source="page"
    )
    row = AuditEvent.objects.get(id=ident)
    assert (row.account, row.person, row.role, row.organisation) == (7, "Practitioner/anna", "nurse", "moorland")
    assert (row.purpose, row.reason) == ("TREAT", "visit")
    assert (row.patient, row.type, row.ident, row.version) == ("heinrich", "Observation", "pulse", 3)
    assert (row.action, row.outcome, row.source) == ("read", "done", "page")
    assert before <= row.at <= timezone.now()
    assert row.logical_id == f"audit-{ident}"


def test_a_stranger_leaves_a_row_without_a_name() -> None:
    row = AuditEvent.objects.get(id=audit.record(None, action="sign-in", outcome="denied"))
    assert (row.account, row.person, row.role) == (None, "", "")


def test_one_look_is_one_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    audit.record(ANNA, action="read")  # opens the vault
    with write():
        audit.record(ANNA, action="read")  # compares the key epoch of this transaction
        with django_assert_num_queries(1):
            audit.record(ANNA, action="read", patient="heinrich", digest=b"\x00" * 32)


def test_many_patients_seen_at_once_are_one_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with write():
        audit.record(ANNA, action="read")
        with django_assert_num_queries(1):
            ids = audit.record_many(ANNA, [Entry("search", patient=f"patient-{n}") for n in range(40)])
    assert list(AuditEvent.objects.filter(id__in=ids).order_by("id").values_list("patient", flat=True)) == [
        f"patient-{n}" for n in range(40)
    ]


def test_acts_of_several_people_are_one_statement_too(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    bernd = replace(ANNA, account=8, person="Practitioner/bernd")
    with write():
        audit.record(ANNA, action="read")
        with django_assert_num_queries(1):
            ids = audit.record_each([(ANNA, Entry("create")), (bernd, Entry("create")), (None, Entry("sign-in"))])
    rows = AuditEvent.objects.filter(id__in=ids).order_by("id")
    assert [row.person for row in rows] == ["Practitioner/anna", "Practitioner/bernd", ""]
    assert audit.verify().bad is None


def test_nothing_to_log_is_no_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with write(), django_assert_num_queries(0):
        assert audit.record_many(ANNA, []) == []


def test_what_is_undone_leaves_no_row_but_a_refusal_recorded_after_it_does() -> None:
    with pytest.raises(ZeroDivisionError), write():
        audit.record(ANNA, action="create", patient="heinrich")
        raise ZeroDivisionError
    audit.record(ANNA, action="create", outcome="denied", patient="heinrich")
    assert [row.outcome for row in AuditEvent.objects.all()] == ["denied"]


def test_ids_grow_even_when_the_clock_stands_or_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = Clock()
    moments = itertools.chain(itertools.repeat(1_790_000_000_000_000_000, 500), [1_780_000_000_000_000_000])
    monkeypatch.setattr("patients.audit.row.time.time_ns", lambda: next(moments))
    ids = [ours.next()[0] for _ in range(501)]
    assert ids == sorted(set(ids))


def test_a_thousand_rows_at_once_keep_their_order() -> None:
    ids = audit.record_many(ANNA, [Entry("read") for _ in range(1200)])
    assert ids == sorted(set(ids))
    assert AuditEvent.objects.count() == 1200


def test_an_id_that_another_process_took_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = audit.record(ANNA, action="read")
    from patients.audit.row import clock

    monkeypatch.setattr(clock, "_last", taken - 1)
    monkeypatch.setattr("patients.audit.row.time.time_ns", lambda: 0)
    ids = audit.record_many(replace(ANNA, account=8), [Entry("read"), Entry("search")])
    assert taken not in ids
    assert AuditEvent.objects.filter(account=8).count() == 2
    assert audit.verify().bad is None


def test_so_is_one_that_was_taken_when_rows_went_along_with_others(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = audit.record(ANNA, action="read")
    from patients.audit.row import clock

    monkeypatch.setattr(clock, "_last", taken - 1)
    monkeypatch.setattr("patients.audit.row.time.time_ns", lambda: 0)
    with write():
        with rows.at_once():
            underway = audit.send_many(ANNA, [Entry("read"), Entry("create")])
        ids = underway.settle()
    assert taken not in ids
    assert set(AuditEvent.objects.values_list("id", flat=True)) == {taken, *ids}


def test_every_field_is_under_the_mac() -> None:
    ident = audit.record(
        replace(ANNA, purpose=Purpose.EMERGENCY),
        action="update",
        patient="heinrich",
        type="Observation",
        ident="pulse",
        version=3,
        digest=b"\x01" * 32,
        source="fhir",
        detail="Observation/weight",
    )
    assert audit.verify().bad is None
    changes = {
        "id": ident + 1,
        "at": timezone.now(),
        "account": 8,
        "person": "Practitioner/bernd",
        "role": "doctor",
        "organisation": "elsewhere",
        "purpose": "TREAT",
        "reason": "",
        "action": "read",
        "outcome": "denied",
        "patient": "erna",
        "type": "Condition",
        "ident": "weight",
        "version": 2,
        "digest": b"\x02" * 32,
        "source": "page",
        "detail": "",
        "mac": b"\x00" * 32,
    }
    assert set(changes) == {field.name for field in AuditEvent._meta.get_fields()}
    append_only.release(connection)
    for name, value in changes.items():
        good = AuditEvent.objects.values().get()
        AuditEvent.objects.filter(id=ident).update(**{name: value})
        assert audit.verify().bad is not None, f"{name} was changed unnoticed"
        AuditEvent.objects.all().delete()
        AuditEvent.objects.create(**good)
        assert audit.verify().bad is None


def test_verification_names_the_first_bad_row_and_counts_the_good_ones() -> None:
    ids = [audit.record(ANNA, action="read", patient=f"patient-{n}") for n in range(5)]
    append_only.release(connection)
    AuditEvent.objects.filter(id__in=[ids[2], ids[4]]).update(patient="heinrich")
    found = audit.verify()
    assert (found.checked, found.bad) == (2, ids[2])
