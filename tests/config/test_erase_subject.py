"""`telecare erase-subject` beside a live server: what is erased is gone at once, and said in numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.running import server

PATIENTS = [
    {
        "resourceType": "Patient",
        "id": name.lower(),
        "name": [{"family": name, "given": ["Erna"]}],
        "gender": "female",
        "birthDate": "1939-05-01",
    }
    for name in ("Quastenberg", "Nottbohm")
]
VALUES = [
    {
        "resourceType": "Observation",
        "id": f"pulse-{number}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "subject": {"reference": f"Patient/{patient['id']}"},
        "effectiveDateTime": "2026-11-20T09:00:00+01:00",
        "valueQuantity": {"value": 70, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
    }
    for number, patient in enumerate(PATIENTS)
]


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    folder = tmp_path_factory.mktemp("erased")
    file = folder / "records.ndjson"
    file.write_text("\n".join(json.dumps(one) for one in PATIENTS + VALUES))
    with server(folder / "data", TELECARE_ERASURES=str(folder / "other disk" / "erasures.ndjson")) as running:
        done = running.command("import", str(file))
        assert done.returncode == 0, done.stdout
        yield running


def test_what_is_kept_of_an_erased_patient_is_what_is_kept_of_one_who_never_was(live, tmp_path):
    before = live.command("export-subject", "quastenberg", "--to", str(tmp_path / "before"))
    assert "1 Observation" in before.stdout, before.stdout
    done = live.command("erase-subject", "quastenberg")
    assert done.returncode == 0, done.stdout
    assert "1 documents at Import erased, 1 keys destroyed" in done.stdout
    after, never = (live.command("export-subject", who, "--to", str(tmp_path / who)) for who in ("quastenberg", "x"))
    assert (after.returncode, after.stdout) == (1, never.stdout)
    assert live.command("export-subject", "nottbohm", "--to", str(tmp_path / "other")).returncode == 0


def test_the_log_stays_good_and_the_ledger_stands_on_the_other_disk(live):
    done = live.command("verify-audit")
    assert done.returncode == 0, done.stdout
    ledger = Path(live.environment["TELECARE_ERASURES"]).read_text()
    assert len(ledger.splitlines()) == 2  # what "Import" kept, and what all share
    assert "quastenberg" not in ledger


def test_who_is_not_known_is_said_so(live):
    done = live.command("erase-subject", "never-was")
    assert done.returncode == 1
    assert "Nothing is kept" in done.stdout or "nichts aufbewahrt" in done.stdout
    done = live.command("erase-subject", "nottbohm", "--custodian", "Praxis Nirgendwo")
    assert done.returncode == 1
    assert "No organisation of the network" in done.stdout
