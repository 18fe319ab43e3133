"""Erasing: whose officer decides, what goes with the last custodian, what must be kept, what the ledger remembers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from patients import audit, vault
from patients.access import repository
from patients.access.models import Right
from patients.accounts.actor import Actor, Role, system
from patients.accounts.models import Membership, User
from patients.audit.models import AuditEvent
from patients.database import write
from patients.errors import Denied, Invalid, Missing, Unavailable
from patients.network import queries, services
from patients.records import erasure, ledger
from patients.records.models import Document, Erasure, Hold, Postponed, Token, Version
from patients.vault.models import DataKey
from tests.cast import HEINRICH, IDA, WILMA, ident
from tests.patients.network.services.test_links import note

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

MARKT, MOORLAND, LINDEN = ident("markt"), ident("moorland"), ident("linden")
OPERATOR = system("erase-subject")


@pytest.fixture(autouse=True)
def elsewhere(settings: Settings, tmp_path: Path) -> Path:
    """The ledger's file."""
    settings.ERASURES = tmp_path / "other disk" / "erasures.ndjson"
    return settings.ERASURES


@pytest.fixture
def written(anna: Actor, clara: Actor) -> tuple[Document, Document]:
    """A note of Anna's service and one of Clara's practice, both with an earlier version."""
    theirs = []
    for who, code in ((anna, "34746-8"), (clara, "11488-4")):
        kind = {"coding": [{"system": "http://loinc.org", "code": code}]}
        first = repository(who).create({**note(who), "type": kind})
        theirs.append(repository(who).update({**first.content, "title": "Second"}))
    return theirs[0], theirs[1]


@pytest.fixture
def officer(dora: Actor) -> Actor:
    """Dora answers for Clara's practice."""
    return dora


def readable(document: Document) -> bool:
    try:
        vault.unseal(document.key, document.type, document.logical_id, document.version, document.body)
    except vault.Unreadable:
        return False
    return True


def test_what_claras_practice_kept_goes_and_what_annas_service_kept_stays(written, officer, anna):
    hers, his = written
    answers = services.erase(officer, HEINRICH, custodian=MARKT)
    assert [(one.custodian, one.documents, one.keys) for one in answers] == [(MARKT, 1, 1)]
    assert not Document.objects.filter(pk=his.pk).exists()
    assert not Version.objects.filter(document_id=his.pk).exists()
    assert not Token.objects.filter(document_id=his.pk).exists()
    assert not readable(his)
    assert repository(anna).read("Composition", hers.logical_id).content["title"] == "Second"
    assert repository(anna).read("Patient", HEINRICH)


def test_a_practice_that_erased_no_longer_sees_the_patient(written, officer, clara):
    services.erase(officer, HEINRICH, custodian=MARKT)
    with pytest.raises(Missing):
        repository(clara).read("Patient", HEINRICH)
    assert not Right.objects.filter(patient=HEINRICH, organisation=MARKT).exists()


def test_what_all_share_goes_with_the_last_organisation(written):
    for custodian in (MARKT, LINDEN):
        services.erase(OPERATOR, HEINRICH, custodian=custodian)
        assert Document.objects.filter(type="Patient", logical_id=HEINRICH).exists()
    services.erase(OPERATOR, HEINRICH, custodian=MOORLAND)
    assert not Document.objects.filter(patient=HEINRICH).exists()
    assert not DataKey.objects.filter(patient=HEINRICH, destroyed_at=None).exists()
    assert not Right.objects.filter(patient=HEINRICH).exists()


def test_erased_everywhere_he_has_no_account_and_his_daughter_none_either(written, heinrich, ida, wilma):
    services.erase(OPERATOR, HEINRICH)
    assert not User.objects.filter(person__in=[f"Patient/{HEINRICH}", f"RelatedPerson/{IDA}"]).exists()
    assert not Membership.objects.filter(person=f"RelatedPerson/{IDA}").exists()
    assert repository(wilma).read("Patient", WILMA)
    assert User.objects.filter(person=f"Patient/{WILMA}").exists()


def test_the_log_keeps_its_rows_and_they_stay_good(written, clara):
    before = AuditEvent.objects.filter(patient=HEINRICH).count()
    assert before
    services.erase(OPERATOR, HEINRICH)
    erased = AuditEvent.objects.filter(patient=HEINRICH, action="erase")
    assert AuditEvent.objects.filter(patient=HEINRICH).count() >= before + erased.count()
    assert set(erased.values_list("detail", flat=True)) == {MARKT, MOORLAND, LINDEN, ""}
    assert audit.verify().bad is None


def test_names_that_were_remembered_are_forgotten(anna):
    assert queries.names([f"Patient/{HEINRICH}"]) == {f"Patient/{HEINRICH}": "Heinrich Brandt"}
    services.erase(OPERATOR, HEINRICH)
    assert queries.names([f"Patient/{HEINRICH}"]) == {}


def test_only_the_own_officer_or_administrator_decides(written, officer, clara, anna, heinrich, admin):
    for who in (clara, anna, heinrich, admin, replace(officer, active=False)):
        with pytest.raises(Denied):
            services.erase(who, HEINRICH, custodian=MARKT)
    for custodian in (MOORLAND, None):
        with pytest.raises(Denied):
            services.erase(officer, HEINRICH, custodian=custodian)
    assert readable(written[1])
    services.erase(replace(officer, role=Role.ADMINISTRATOR), HEINRICH, custodian=MARKT)
    assert not readable(written[1])


def test_who_has_nothing_of_a_person_learns_nothing(officer):
    for patient in (WILMA, ident("nobody")):
        with pytest.raises(Missing):
            services.erase(officer, patient, custodian=MARKT)
    with pytest.raises(Missing):
        services.erase(OPERATOR, ident("nobody"))


def test_what_must_be_kept_waits_and_goes_after_that_day(written, officer):
    last = timezone.localdate() + timedelta(days=400)
    services.hold(officer, HEINRICH, custodian=MARKT, until=last, reason="§ 630f BGB")
    answers = {one.custodian: one for one in services.erase(OPERATOR, HEINRICH)}
    assert (answers[MARKT].until, answers[MARKT].reason) == (last, "§ 630f BGB")
    assert answers[MOORLAND].erased
    assert readable(written[1])
    assert not readable(written[0])
    assert Document.objects.filter(type="Patient", logical_id=HEINRICH).exists()
    services.carry_out_postponed()
    assert readable(written[1])
    Hold.objects.update(until_date=timezone.localdate() - timedelta(days=1))
    services.carry_out_postponed()
    assert not Document.objects.filter(patient=HEINRICH).exists()
    assert not Postponed.objects.exists()


def test_a_hold_that_is_released_no_longer_postpones(written, officer):
    kept = services.hold(
        officer, HEINRICH, custodian=MARKT, until=timezone.localdate(), reason="Claim before the court"
    )
    services.erase(officer, HEINRICH, custodian=MARKT)
    services.release(officer, kept.id)
    with pytest.raises(Missing):
        services.release(officer, kept.id)
    services.carry_out_postponed()
    assert not readable(written[1])


def test_a_hold_says_why_and_until_when_and_its_reason_is_sealed(written, officer, anna):
    tomorrow = timezone.localdate() + timedelta(days=1)
    services.hold(officer, HEINRICH, custodian=MARKT, until=tomorrow, reason="Rechtsstreit Brandt")
    assert b"Rechtsstreit" not in bytes(Hold.objects.get().reason)
    assert [one.reason for one in services.holds(officer, HEINRICH)] == ["Rechtsstreit Brandt"]
    for until, reason in ((tomorrow, " "), (tomorrow, "x" * 501), (timezone.localdate() - timedelta(days=1), "§ 630f")):
        with pytest.raises(Invalid):
            services.hold(officer, HEINRICH, custodian=MARKT, until=until, reason=reason)
    with pytest.raises(Denied):
        services.hold(anna, HEINRICH, custodian=MARKT, until=tomorrow, reason="§ 630f")
    with pytest.raises(Missing):
        services.hold(officer, WILMA, custodian=MARKT, until=tomorrow, reason="§ 630f")


def test_the_ledger_names_nobody_and_stands_outside(
    written, elsewhere, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        services.erase(OPERATOR, HEINRICH)
    text = elsewhere.read_text()
    assert elsewhere.stat().st_mode & 0o777 == 0o600
    assert len(text.splitlines()) == Erasure.objects.count() == 4
    for name in (HEINRICH, MARKT, "Brandt"):
        assert name not in text
    assert ledger.read(elsewhere) == ledger.lines()
    assert ledger.export() == 0


def test_lines_are_followed_once_where_the_data_came_back(written, elsewhere):
    line = ledger.Line(UUID(int=1), timezone.now(), ledger.subject(HEINRICH, MARKT))
    unknown = ledger.Line(UUID(int=2), timezone.now(), ledger.subject("somebody else", None))
    assert erasure.follow([line, unknown, line]) == 1
    assert not readable(written[1])
    assert readable(written[0])
    assert set(Erasure.objects.values_list("id", flat=True)) == {line.id, unknown.id}
    assert erasure.follow([line, unknown]) == 0


def test_a_ledger_that_was_changed_is_refused(written, elsewhere, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        services.erase(OPERATOR, HEINRICH, custodian=MARKT)
    good = elsewhere.read_text()
    subject = ledger.subject(HEINRICH, MARKT).hex()
    for wrong in (good.replace(subject, ledger.subject(WILMA, None).hex()), good[:-20], "[]\n", "{}\n"):
        elsewhere.write_text(wrong)
        with pytest.raises(Invalid, match="ledger"):
            ledger.read(elsewhere)


def test_an_erasure_that_fails_halfway_erased_nothing(written):
    with pytest.raises(ZeroDivisionError), write():
        services.erase(OPERATOR, HEINRICH)
        raise ZeroDivisionError
    assert readable(written[0])
    assert not Erasure.objects.exists()


def test_lines_of_other_data_in_the_same_file_are_left_alone(
    written, elsewhere, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
):
    elsewhere.parent.mkdir()
    other = '{"data": "0011223344556677", "id": "somebody else\'s"}\n'
    elsewhere.write_text(other)
    with django_capture_on_commit_callbacks(execute=True):
        services.erase(OPERATOR, HEINRICH, custodian=MARKT)
    assert elsewhere.read_text().startswith(other)
    assert ledger.read(elsewhere) == ledger.lines()


def test_a_ledger_that_cannot_be_written_is_told_to_the_operator_and_written_later(written, settings, tmp_path):
    settings.ERASURES = tmp_path / "erasures.ndjson"
    settings.ERASURES.symlink_to(tmp_path / "no such folder" / "erasures.ndjson")
    services.erase(OPERATOR, HEINRICH, custodian=MARKT)
    with pytest.raises(Unavailable, match="erase-subject --ledger"):
        ledger.export()
    settings.ERASURES.unlink()
    assert ledger.export() == 1
