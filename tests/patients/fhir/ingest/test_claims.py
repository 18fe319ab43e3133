"""What files of other systems, and of our own demo, may not claim."""

from __future__ import annotations

from pathlib import Path

import pytest

from patients.access import repository
from patients.accounts.actor import Actor, Role
from patients.errors import Missing
from patients.fhir import ingest
from patients.network.resources import care_link
from patients.records.models import Document
from tests.cast import ident
from tests.patients.fhir.ingest.test_runs import current, patient, save, weight

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def test_the_system_client_is_granted_what_was_imported_and_not_what_the_demo_wrote(
    cast: dict[str, Actor], heinrich: Actor, tmp_path: Path
):
    client = repository(Actor(Role.SYSTEM_CLIENT, account=5))
    his = f"Patient/{heinrich.patient}"
    ours = save(tmp_path / "ours.json", weight(his, id="ours"))
    assert ingest.run([ours], custodian=ident("markt"), own=True).accepted == 1
    assert client.count("Observation") == 0
    with pytest.raises(Missing):
        client.read("Observation", "ours")
    assert repository(cast["clara"]).read("Observation", "ours")
    for name, custodian in (("as", ident("markt")), ("nobody", None)):
        theirs = save(tmp_path / f"{name}.ndjson", patient(name), weight(f"Patient/{name}", id=f"{name}-1"))
        ingest.run([theirs], custodian=custodian)
    assert {one.logical_id for one in client.search("Observation").rows} == {"as-1", "nobody-1"}
    assert {one.logical_id for one in client.search("Patient").rows} == {"as", "nobody"}


def test_a_file_of_our_own_opens_no_record(cast: dict[str, Actor], heinrich: Actor, tmp_path: Path):
    link = care_link(str(heinrich.patient), ident("sonnenhof"), manager=ident("sonnenhof"))
    report = ingest.run([save(tmp_path / "link.json", {**link, "id": "link"})], custodian=ident("sonnenhof"), own=True)
    assert (report.accepted, report.refused) == (0, 1)
    assert not Document.objects.filter(logical_id="link").exists()


def test_messages_and_log_entries_of_another_network_take_no_ids_of_ours(tmp_path: Path) -> None:
    said = {"resourceType": "Communication", "id": "chat-0-1", "status": "completed"}
    answer = {**said, "id": "answer", "inResponseTo": [{"reference": "Communication/chat-0-1"}]}
    event = {
        "resourceType": "AuditEvent",
        "id": "audit-1",
        "type": {"code": "rest"},
        "recorded": "2026-01-02T08:00:00Z",
        "agent": [{"requestor": True}],
        "source": {"observer": {"display": "elsewhere"}},
    }
    save(tmp_path / "all.ndjson", said, answer, event, {**event, "id": "event"})
    assert ingest.run([tmp_path]).accepted == 4
    assert (ingest.run([tmp_path]).accepted, ingest.run([tmp_path]).unchanged) == (0, 4)
    messages = current("Communication")
    (moved,) = messages.keys() - {"answer"}
    assert not moved.startswith("chat-")
    assert messages["answer"]["inResponseTo"] == [{"reference": f"Communication/{moved}"}]
    assert "audit-1" not in current("AuditEvent")
    assert "event" in current("AuditEvent")
