"""Who acts in Heinrich's name: why, in what, since when and until when, and who saw the paper."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from patients.access import Action, allowed, codes
from patients.access.models import Right
from patients.access.representation import Kind, representation, spouse_until
from patients.accounts.actor import Actor, Role
from patients.accounts.models import Membership, User
from patients.accounts.queries import actor_of
from patients.errors import Denied, Invalid, Missing
from patients.network import documents, services
from patients.network.resources import Name
from patients.records.models import Document
from tests.cast import HEINRICH, IDA, ident

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

HEALTH = ["administrative", "clinical", "medication", "nursing", "chat", "consent"]


def acting(ida: Actor) -> Actor:
    """As whom Ida acts now."""
    return actor_of(User.objects.get(pk=ida.account))


def entered(by: Actor, **given: object) -> Document:
    """Ida's representation as somebody enters it."""
    return services.make_representative(
        by, IDA, **({"kind": "attorney", "scope": HEALTH, "evidence": "Vorsorgevollmacht vom 3. Mai"} | given)
    )


def stored() -> Document:
    return Document.objects.get(type="RelatedPerson", logical_id=IDA)


def test_what_was_seen_is_kept_with_kind_scope_and_dates(anna: Actor):
    since, until = timezone.localtime() - timedelta(days=3), timezone.localtime() + timedelta(days=30)
    found = representation(entered(anna, since=since, until=until, seen=since).content)
    assert found is not None
    assert (found.kind, found.health, found.by) == (Kind.ATTORNEY, True, anna.person)
    assert found.scope == set(HEALTH)
    assert abs(found.span.until - until) < timedelta(seconds=1)
    assert found.seen == since.date()


def test_without_health_ida_decides_on_no_findings(anna: Actor, ida: Actor, heinrich: Actor):
    (cast,) = Document.objects.filter(type="Consent")
    services.withdraw(heinrich, cast.logical_id)
    entered(anna, scope=["administrative"])
    who = acting(ida)
    assert who.role is Role.REPRESENTATIVE
    assert allowed(who, Action.READ, patient=HEINRICH)
    for category in ("clinical", "medication", "nursing", "mental", "chat", "consent"):
        assert not allowed(who, Action.READ, patient=HEINRICH, category=category)
    with pytest.raises(Missing):
        services.object_to(who, HEINRICH, whom=f"Organization/{ident('markt')}", categories=["clinical"])


def test_before_it_begins_and_after_it_ends_ida_is_a_relative(anna: Actor, ida: Actor):
    now = timezone.localtime()
    entered(anna, since=now + timedelta(hours=1))
    assert acting(ida).role is Role.RELATIVE
    entered(anna, until=now + timedelta(hours=1))
    assert acting(ida).role is Role.REPRESENTATIVE
    later = now + timedelta(hours=2)
    assert not allowed(acting(ida), Action.READ, patient=HEINRICH, category="medication", at=later)


def test_a_spouse_acts_for_six_months_whatever_the_document_says(anna: Actor):
    now = timezone.localtime()
    with pytest.raises(Invalid, match="sechs Monate"):
        entered(anna, kind="spouse", until=now + timedelta(days=200))
    made = entered(anna, kind="spouse", seen=now)
    right = Right.objects.filter(basis="representation", category="clinical").get()
    assert right.until - right.since < timedelta(days=185)
    sent = {**made.content}
    for part in sent["extension"][0]["extension"]:
        if part["url"] == "seen":
            part["valueDateTime"] = "2020-01-01T00:00:00+01:00"
    documents.write(anna, sent)
    assert not Right.objects.filter(basis="representation").exists()


@pytest.mark.parametrize(
    ("begins", "ends"), [("2026-08-31", "2027-02-28"), ("2027-08-31", "2028-02-29"), ("2026-01-15", "2026-07-15")]
)
def test_six_months_are_counted_by_the_calendar(begins: str, ends: str):
    assert spouse_until(datetime.fromisoformat(begins)) == datetime.fromisoformat(ends)


def test_a_kind_that_nobody_knows_represents_nobody(anna: Actor):
    entered(anna, kind="neighbour")
    assert not Right.objects.filter(basis="representation").exists()


def test_dates_that_cannot_be_are_refused(anna: Actor):
    now = timezone.localtime()
    for given in (
        {"seen": now + timedelta(days=1)},
        {"until": now - timedelta(days=1)},
        {"since": now + timedelta(days=3), "until": now + timedelta(days=2)},
        {"evidence": " "},
    ):
        with pytest.raises(Invalid):
            entered(anna, **given)
    assert stored().version == 1


# -- the end


def test_it_is_ended_by_staff_who_did_not_enter_it_and_the_paper_stays_readable(anna: Actor, mia: Actor, ida: Actor):
    entered(anna)
    services.end_representation(mia, IDA)
    assert acting(ida).role is Role.RELATIVE
    assert allowed(acting(ida), Action.READ, patient=HEINRICH, category="chat")  # what Heinrich allowed her himself
    assert not allowed(acting(ida), Action.READ, patient=HEINRICH, category="medication")
    found = representation(stored().content)
    assert found is not None
    assert found.evidence == "Vorsorgevollmacht vom 3. Mai"
    with pytest.raises(Invalid):
        services.end_representation(mia, IDA)


def test_heinrich_revokes_his_power_of_attorney_but_not_the_courts_guardian(anna: Actor, heinrich: Actor, ida: Actor):
    entered(anna)
    services.end_representation(heinrich, IDA)
    assert acting(ida).role is Role.RELATIVE
    entered(anna, kind="guardian")
    with pytest.raises(Denied):
        services.end_representation(heinrich, IDA)
    assert acting(ida).role is Role.REPRESENTATIVE


def test_ida_gives_it_back_and_changes_nothing_else_with_that(anna: Actor, ida: Actor):
    made = entered(anna, kind="guardian")
    wider = {**made.content, "active": True, "extension": [*made.content["extension"]]}
    wider["extension"] = [
        {
            **wider["extension"][0],
            "extension": [
                *wider["extension"][0]["extension"],
                {"url": "scope", "valueCode": "mental"},
                {"url": "until", "valueDateTime": timezone.localtime().isoformat(timespec="milliseconds")},
            ],
        }
    ]
    with pytest.raises(Denied):
        documents.write(acting(ida), wider)
    services.end_representation(acting(ida), IDA)
    assert acting(ida).role is Role.RELATIVE


def test_nobody_else_ends_it(anna: Actor, clara: Actor, bernd: Actor, wilma: Actor):
    entered(anna)
    for actor, answer in ((clara, Denied), (bernd, Missing), (wilma, Missing)):
        with pytest.raises(answer):
            services.end_representation(actor, IDA)


# -- one guardian of several


def test_one_guardian_acts_for_several_with_one_account(anna: Actor, bernd: Actor, ida: Actor, wilma: Actor):
    entered(anna, kind="guardian")
    other = services.add_relative(bernd, str(wilma.patient), name=Name("Brandt", "Ida"), relationship="GUARD")
    services.make_representative(
        bernd,
        other.logical_id,
        kind="guardian",
        scope=HEALTH,
        evidence="Betreuerausweis",
        holder=f"RelatedPerson/{IDA}",
    )
    who = acting(ida)
    for patient in (HEINRICH, str(wilma.patient)):
        assert allowed(who, Action.READ, patient=patient, category="medication")
    services.end_representation(bernd, other.logical_id)
    assert not allowed(acting(ida), Action.READ, patient=str(wilma.patient))
    assert allowed(acting(ida), Action.READ, patient=HEINRICH, category="medication")
    assert Membership.objects.filter(person=f"RelatedPerson/{IDA}").count() == 2
    assert codes.REPRESENTATION_EXTENSION in str(stored().content)
