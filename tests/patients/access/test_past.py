"""Two patients share an appointment, then one does not come: what was said of both is seen by who may see both."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from patients.access import repository
from patients.accounts.actor import Actor, system
from patients.audit.models import AuditEvent
from patients.network import services
from patients.network.resources import treatment
from patients.records.models import Document
from tests.cast import HEINRICH, WILMA, ident
from tests.patients.fhir.conftest import Person, calls, content

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

BOTH = ("Appointment", "Bundle", "Group")


def refers(patient: str) -> dict[str, str]:
    return {"reference": f"Patient/{patient}"}


def about(type_: str, *patients: str) -> dict[str, Any]:
    """Something of this type that concerns these patients."""
    if type_ == "Appointment":
        coming = [{"actor": refers(one), "status": "accepted"} for one in patients]
        return {"resourceType": type_, "status": "proposed", "participant": coming}
    if type_ == "Group":
        members = [{"entity": refers(one)} for one in patients]
        return {"resourceType": type_, "type": "person", "actual": True, "member": members}
    flags = [
        {"resourceType": "Flag", "status": "active", "code": {"text": "Sturz"}, "subject": refers(one)}
        for one in patients
    ]
    return {"resourceType": type_, "type": "collection", "entry": [{"resource": one} for one in flags]}


@pytest.fixture
def anna(cast: dict[str, Actor]) -> Person:
    """She cares for Wilma as well."""
    david = cast["david"]
    informed = treatment(timezone.localtime(), str(david.person))
    services.start_link(david, WILMA, organisation=ident("moorland"), bases=[informed])
    return calls(cast["anna"])


def left_by_wilma(type_: str, *, deleted: bool = False) -> Document:
    """It concerned both, and from its next version on Heinrich alone."""
    records = repository(system("several"))
    made = records.create(about(type_, HEINRICH, WILMA), custodian=ident("moorland"))
    if deleted:
        records.delete(type_, made.logical_id)
    return records.update({**about(type_, HEINRICH), "id": made.logical_id})


@pytest.mark.parametrize("name", ["clara", "heinrich", "ida"])
@pytest.mark.parametrize("deleted", [False, True])
def test_who_does_not_know_wilma_sees_no_version_that_names_her(
    cast: dict[str, Actor], name: str, deleted: bool
) -> None:
    document, who = left_by_wilma("Appointment", deleted=deleted), calls(cast[name])
    here = document.reference
    assert who.get(here).status_code == 200
    none = who.get(f"{here}/_history/9")
    first = who.get(f"{here}/_history/1")
    assert (first.status_code, first.content) == (404, none.content.replace(b"_history/9", b"_history/1"))
    for address in (f"{here}/_history", "Appointment/_history", "_history", f"{here}/_history?_count=1"):
        answer = who.get(address)
        assert answer.status_code == 200
        assert WILMA not in answer.content.decode(), address
        assert here in answer.content.decode()


@pytest.mark.parametrize("type_", BOTH)
def test_every_type_that_concerns_several_keeps_its_past_to_itself(cast: dict[str, Actor], type_: str) -> None:
    document = left_by_wilma(type_)
    clara = calls(doctor_with_all_of_heinrich(cast))
    assert clara.get(document.reference).status_code == 200
    assert clara.get(f"{document.reference}/_history/1").status_code == 404
    assert WILMA not in clara.get(f"{document.reference}/_history").content.decode()
    assert WILMA not in clara.get(f"{type_}/_history").content.decode()


def doctor_with_all_of_heinrich(cast: dict[str, Actor]) -> Actor:
    """Clara, to whom Heinrich has opened mental health too: a Bundle that is no document is as narrow."""
    services.allow(
        cast["heinrich"], HEINRICH, whom=f"Organization/{ident('markt')}", categories=["mental", "administrative"]
    )
    return cast["clara"]


def test_a_reference_to_the_version_leads_who_may_see_her(anna: Person, cast: dict[str, Actor]) -> None:
    document = left_by_wilma("Appointment")
    visit = {"resourceType": "Encounter", "status": "planned", "class": {"code": "AMB"}, "subject": refers(HEINRICH)}
    first = f"{document.reference}/_history/1"
    made = repository(cast["clara"]).create({**visit, "appointment": [{"reference": first}]})
    address = f"Encounter?_id={made.logical_id}&_include=Encounter:appointment"
    assert WILMA in anna.get(address).content.decode()
    told = calls(cast["clara"]).get(address).content.decode()
    assert made.logical_id in told
    assert WILMA not in told


def test_who_cares_for_both_reads_what_was_and_each_of_them_is_told(anna: Person) -> None:
    document = left_by_wilma("Appointment")
    for address, action, rows in (
        (f"{document.reference}/_history/1", "version", 1),
        (f"{document.reference}/_history", "history", 2),
        ("Appointment/_history", "history", 2),
    ):
        last = AuditEvent.objects.order_by("id").values_list("id", flat=True).last() or 0
        answer = anna.get(address)
        assert WILMA in answer.content.decode(), address
        if "entry" in (told := content(answer)):
            assert len(told["entry"]) == told["total"] == rows
        looks = AuditEvent.objects.filter(id__gt=last, action=action).exclude(outcome="denied")
        assert all(document.logical_id in (one.ident, one.detail) for one in looks)
        assert sorted(one.patient for one in looks) == sorted([HEINRICH, WILMA]), address


def test_a_page_of_history_that_holds_nothing_to_see_leads_on(cast: dict[str, Actor]) -> None:
    document = left_by_wilma("Appointment")
    records = repository(cast["clara"])
    for _ in range(3):
        records.update({**about("Appointment", HEINRICH), "id": document.logical_id})
    who, address, versions = calls(cast["clara"]), "Appointment/_history?_count=1", []
    while address:
        page = content(who.get(address))
        versions += [one["resource"]["meta"]["versionId"] for one in page.get("entry", ())]
        address = next((one["url"] for one in page["link"] if one["relation"] == "next"), "").partition("/fhir/")[2]
    assert versions == ["5", "4", "3", "2"]
