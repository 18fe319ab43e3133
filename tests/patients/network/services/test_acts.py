"""What Heinrich says about being filmed and photographed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from patients.access import Action, acts, allowed, repository
from patients.accounts.actor import Actor, Role, system
from patients.accounts.models import User
from patients.accounts.queries import actor_of
from patients.errors import Denied, Invalid, Missing
from patients.network import documents, queries, resources, services
from patients.network.queries import Word
from patients.network.resources import Paper
from patients.records.models import Document
from tests.cast import HEINRICH, IDA, ident

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

SIGNED = timezone.localdate() - timedelta(days=8)


def word(act: str = "video") -> Word:
    return queries.standing(HEINRICH, act).word


def test_a_no_to_video_holds_until_heinrich_says_yes_and_the_other_way_round(heinrich: Actor):
    assert word() is Word.UNASKED
    services.refuse(heinrich, HEINRICH, act="video")
    assert (word(), word("photo")) == (Word.NO, Word.UNASKED)
    services.agree_to(heinrich, HEINRICH, act="video")
    assert word() is Word.YES
    services.refuse(heinrich, HEINRICH, act="video")
    assert word() is Word.NO
    active = [one for one in Document.objects.filter(type="Consent") if one.content["status"] == "active"]
    assert len([one for one in active if acts.kind_of(one.content)]) == 1


def test_a_no_to_video_shuts_nobody_out_of_the_record(heinrich: Actor, clara: Actor, anna: Actor):
    services.refuse(heinrich, HEINRICH, act="video")
    for actor in (clara, anna):
        assert allowed(actor, Action.READ, patient=HEINRICH, category="clinical")


def test_a_no_is_written_down_by_whoever_hears_it_a_yes_by_whose_task_it_is(clara: Actor, anna: Actor, mia: Actor):
    for actor in (clara, anna, mia):
        services.refuse(actor, HEINRICH, act="photo")
    with pytest.raises(Denied):
        services.agree_to(clara, HEINRICH, act="photo")
    assert word("photo") is Word.NO
    services.agree_to(anna, HEINRICH, act="photo", paper=Paper(timezone.localdate(), str(clara.person)))
    assert word("photo") is Word.YES


def test_strangers_write_down_no_no(bernd: Actor, david: Actor, wilma: Actor, karl: Actor, ida: Actor):
    for actor in (bernd, david, wilma, karl):
        with pytest.raises(Missing):
            services.refuse(actor, HEINRICH, act="video")
    with pytest.raises(Denied):
        services.refuse(ida, HEINRICH, act="video")


def test_a_no_to_one_consultation_leaves_the_next_one_open(anna: Actor):
    services.refuse(anna, HEINRICH, act="video", only="Encounter/today")
    assert queries.refused(HEINRICH, "video", only="Encounter/today")
    assert not queries.refused(HEINRICH, "video", only="Encounter/tomorrow")
    assert word() is Word.UNASKED


def test_a_yes_for_a_time_is_over_by_itself(heinrich: Actor):
    services.agree_to(heinrich, HEINRICH, act="video", until=timezone.now() + timedelta(hours=1))
    assert word() is Word.YES
    with pytest.raises(Invalid):
        services.agree_to(heinrich, HEINRICH, act="video", until=timezone.now() - timedelta(hours=1))


def test_what_was_said_for_last_year_holds_no_more(heinrich: Actor):
    for permit in (True, False):
        sent = resources.consent_to_act(
            HEINRICH, "video", permit=permit, on=timezone.localtime(), by=str(heinrich.person), recorded_by=None
        )
        sent["provision"]["provision"][0]["period"] = {"start": "2025-01-01", "end": "2025-12-31"}
        documents.write(heinrich, sent)
    assert word() is Word.UNASKED
    assert not queries.refused(HEINRICH, "video")


def test_the_same_no_by_a_client_is_the_same_no(heinrich: Actor):
    sent = resources.consent_to_act(
        HEINRICH, "video", permit=False, on=timezone.localtime(), by=str(heinrich.person), recorded_by=None
    )
    documents.write(heinrich, sent)
    ours = services.refuse(heinrich, HEINRICH, act="video")
    assert word() is Word.NO
    keys = {"status", "scope", "category", "patient", "performer", "policyRule"}
    assert {key: sent[key] for key in keys} == {key: ours.content[key] for key in keys}


def test_what_was_imported_permits_nothing_and_forbids_what_it_forbids():
    client = Actor(Role.SYSTEM_CLIENT, account=99, organisation=ident("markt"))
    given = {"on": timezone.localtime(), "by": f"Patient/{HEINRICH}", "recorded_by": None}
    repository(system("test")).create(
        resources.consent_to_act(HEINRICH, "photo", permit=True, **given), custodian="Import"
    )
    assert word("photo") is Word.UNASKED
    repository(system("test")).create(
        resources.consent_to_act(HEINRICH, "photo", permit=False, **given), custodian="Import"
    )
    assert word("photo") is Word.NO
    assert client.active


def test_of_a_form_that_is_not_known_only_the_no_counts(heinrich: Actor):
    sent = resources.consent_to_act(
        HEINRICH, "video", permit=True, on=timezone.localtime(), by=str(heinrich.person), recorded_by=None
    )
    (provision,) = sent["provision"]["provision"]
    provision["purpose"] = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "TREAT"}]
    documents.write(heinrich, sent)
    assert word() is Word.UNASKED
    provision["type"] = "deny"
    documents.write(heinrich, sent)
    assert word() is Word.NO
    (first, second) = queries.agreements(one for one in Document.objects.filter(type="Consent") if _is_act(one))
    assert {first.state, second.state} == {queries.State.BY_HAND}
    assert (first.denies, second.denies) == (True, False)


def _is_act(document: Document) -> bool:
    return acts.kind_of(document.content) != ""


# -- from paper


def test_of_a_paper_is_kept_who_informed_when_it_was_signed_and_where_the_scan_lies(anna: Actor, clara: Actor):
    paper = Paper(SIGNED, str(clara.person), "Ordner 4, Blatt 12")
    services.allow(anna, HEINRICH, whom=f"Organization/{ident('markt')}", categories=["mental"], paper=paper)
    found = queries.agreements(Document.objects.filter(type="Consent", patient=HEINRICH))[0]
    assert (found.given_date, found.informed_by, found.scan) == (SIGNED, "Dr. Clara Voss", paper.scan)
    assert found.kept_by == "Pflegedienst Moorland"
    assert found.given_by == "Heinrich Brandt"


def test_nobody_signs_tomorrow_and_nobody_informs_who_does_not_care(anna: Actor, david: Actor):
    tomorrow = timezone.localdate() + timedelta(days=1)
    markt = f"Organization/{ident('markt')}"
    with pytest.raises(Invalid):
        services.allow(anna, HEINRICH, whom=markt, categories=["mental"], paper=Paper(tomorrow))
    with pytest.raises(Denied):
        services.allow(
            anna, HEINRICH, whom=markt, categories=["mental"], paper=Paper(timezone.localdate(), str(david.person))
        )


def test_a_withdrawal_has_its_day_and_is_no_way_to_change_anything_else(anna: Actor, heinrich: Actor):
    consent = services.allow(anna, HEINRICH, whom=f"Organization/{ident('markt')}", categories=["mental"])
    with pytest.raises(Invalid):
        services.withdraw(heinrich, consent.logical_id, on=timezone.localdate() + timedelta(days=1))
    with pytest.raises(Denied):
        documents.write(heinrich, {**consent.content, "status": "inactive", "dateTime": "2020-01-01"})
    yesterday = timezone.localdate() - timedelta(days=1)
    services.withdraw(heinrich, consent.logical_id, on=yesterday)
    found = queries.agreements(Document.objects.filter(type="Consent", patient=HEINRICH))[0]
    assert (found.state, found.ended_date, found.ended_by) == (
        queries.State.WITHDRAWN,
        yesterday,
        "Heinrich Brandt",
    )
    with pytest.raises(Invalid):
        services.withdraw(heinrich, consent.logical_id)


# -- a representative


def test_a_representative_decides_only_on_what_the_paper_is_for(anna: Actor, ida: Actor):
    services.make_representative(anna, IDA, scope=["administrative", "chat", "consent"], evidence="Vollmacht")
    acting = actor_of(User.objects.get(pk=ida.account))
    markt = f"Organization/{ident('markt')}"
    services.object_to(acting, HEINRICH, whom=markt, categories=["chat"])
    for beyond in (
        lambda: services.object_to(acting, HEINRICH, whom=markt),
        lambda: services.allow(acting, HEINRICH, whom=markt, categories=["mental"]),
        lambda: services.refuse(acting, HEINRICH, act="photo"),
    ):
        with pytest.raises(Denied):
            beyond()
