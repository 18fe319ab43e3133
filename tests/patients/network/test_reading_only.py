"""Whoever only reads (in an emergency, as a pharmacist) changes nothing in the papers from which rights follow."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from django.utils import timezone

from patients.access import Action, allowed, codes, repository
from patients.access.models import Right
from patients.accounts.actor import Actor, system
from patients.errors import Denied, Missing
from patients.fhir import writers
from patients.network import documents, queries, services
from patients.network.resources import treatment
from patients.records.models import Document
from tests.cast import HEINRICH, ident
from tests.patients.network.test_emergencies import now_as, opened

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


@pytest.fixture
def reader(david: Actor) -> Actor:
    """David, who has opened Heinrich's record in an emergency."""
    opened(david)
    return now_as(david)


def team_of_clara() -> Document:
    return next(one for one in queries.care_teams(HEINRICH) if ident("markt") in str(one.content))


def relabelled(team: dict[str, Any], reader: Actor) -> None:
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "V"}
    team["meta"] = {**team["meta"], "security": [label]}


def joined_by(team: dict[str, Any], reader: Actor) -> None:
    team["participant"].append({"member": {"reference": reader.person}})


def without_its_contact(team: dict[str, Any], reader: Actor) -> None:
    contact = next(one for one in team["participant"] if one["member"]["reference"].startswith("Practitioner/"))
    contact["period"] = {**contact.get("period", {}), "end": "2026-11-01"}


def not_asked(team: dict[str, Any], reader: Actor) -> None:
    for one in team["participant"]:
        one["extension"] = [
            *one.get("extension", ()),
            {"url": ASKED, "extension": [{"url": "asked", "valueBoolean": True}]},
        ]


ASKED = f"{codes.OURS}/StructureDefinition/acceptance"


@pytest.mark.parametrize("change", [relabelled, joined_by, without_its_contact, not_asked])
@pytest.mark.parametrize("who", ["reader", "sabine"])
def test_a_care_team_is_not_written_by_who_only_reads(request: Any, cast: Any, who: str, change: Any) -> None:
    actor = request.getfixturevalue(who)
    before = team_of_clara()
    after = deepcopy(before.content)
    change(after, actor)
    with pytest.raises((Denied, Missing)):
        documents.write(actor, after, if_match=before.version)
    assert team_of_clara().version == before.version


def test_who_reads_in_an_emergency_does_not_take_on_whom_nobody_cares_for(reader: Actor) -> None:
    for where in ("moorland", "markt", "linden"):
        services.end_link(system("test"), HEINRICH, organisation=ident(where))
    assert allowed(reader, Action.READ, patient=HEINRICH)
    basis = treatment(timezone.localtime(), str(reader.person))
    with pytest.raises(Denied):
        services.start_link(reader, HEINRICH, organisation=str(reader.organisation), bases=[basis])
    assert not Right.objects.filter(patient=HEINRICH, organisation=reader.organisation).exclude(basis="emergency")


def test_nothing_that_is_seen_in_an_emergency_is_written_or_deleted(
    heinrich: Actor, anna: Actor, reader: Actor
) -> None:
    services.object_to(heinrich, HEINRICH, whom=f"Organization/{ident('klinikum')}")
    services.agree_to(heinrich, HEINRICH, act="video")
    taking_part = [{"actor": {"reference": f"Patient/{HEINRICH}"}, "status": "accepted"}]
    repository(anna).create({"resourceType": "Appointment", "status": "proposed", "participant": taking_part})
    records = repository(reader)
    seen = [records.read(one.type, one.logical_id) for one in Document.objects.filter(patient=HEINRICH)]
    assert {one.type for one in seen} > {"Appointment", "CareTeam", "Consent", "Patient", "RelatedPerson"}
    for one in seen:
        after = deepcopy(one.content)
        for change in (lambda resource, _reader: resource, relabelled):
            change(after, reader)
            with pytest.raises((Denied, Missing)):
                writers.update(records, after, if_match=one.version)
        with pytest.raises((Denied, Missing)):
            writers.delete(records, one.type, one.logical_id, if_match=one.version)
    assert {one.pk: one.version for one in seen} == dict(
        Document.objects.filter(patient=HEINRICH).values_list("pk", "version")
    )
