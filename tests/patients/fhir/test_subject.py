"""All about one person, to take along: Art. 15 and 20 of the GDPR."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from messaging.chat import services as chat
from patients.access import repository
from patients.accounts.actor import Actor, system
from patients.errors import Conflict, Missing
from patients.fhir import subject
from tests.cast import HEINRICH
from tests.patients.fhir.conftest import pulse

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def resources(folder: Path, type_: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{type_}.ndjson").read_text().splitlines()]


def test_heinrich_takes_along_his_record_the_thread_and_who_has_read_it(cast: dict[str, Actor], tmp_path: Path) -> None:
    measured = repository(cast["anna"]).create(pulse(HEINRICH))
    counts = subject.save(cast["heinrich"], HEINRICH, tmp_path / "mine")
    assert [one["id"] for one in resources(tmp_path / "mine", "Patient")] == [HEINRICH]
    assert measured.logical_id in [one["id"] for one in resources(tmp_path / "mine", "Observation")]
    assert counts["Observation"] == len(resources(tmp_path / "mine", "Observation"))
    log = resources(tmp_path / "mine", "AuditEvent")
    assert any(str(cast["anna"].person) in json.dumps(event) for event in log)
    assert (tmp_path / "mine").stat().st_mode & 0o077 == 0


def test_messages_of_his_team_are_among_it(cast: dict[str, Actor], tmp_path: Path) -> None:
    thread = chat.open_thread(cast["anna"], HEINRICH)
    chat.send(cast["anna"], thread.pk, cid=uuid4(), text="Verband ist gewechselt.")
    subject.save(system("export-subject"), HEINRICH, tmp_path / "all")
    assert "Verband ist gewechselt." in (tmp_path / "all" / "Communication.ndjson").read_text()


@pytest.mark.parametrize("who", ["bernd", "wilma", "karl"])
def test_nobody_else_gets_it_and_nothing_is_made(cast: dict[str, Actor], who: str, tmp_path: Path) -> None:
    with pytest.raises(Missing):
        subject.save(cast[who], HEINRICH, tmp_path / "stolen")
    assert not (tmp_path / "stolen").exists()


def test_nothing_is_overwritten(cast: dict[str, Actor], tmp_path: Path) -> None:
    (tmp_path / "Patient.ndjson").write_text("kept")
    with pytest.raises(Conflict, match="not empty"):
        subject.save(cast["heinrich"], HEINRICH, tmp_path)
    assert (tmp_path / "Patient.ndjson").read_text() == "kept"
