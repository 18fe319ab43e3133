"""Operators on a living district: tokens, import for an organisation, deriving anew, the log, a second start."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import ExitStack, closing

import httpx
import pytest

from config.demo.measurements import demo_id
from tests.running import Running, server

HEINRICH = demo_id("patient", "heinrich")


@pytest.fixture
def fhir():
    """Opens a FHIR client with the rights of somebody; all are closed at the end."""
    with ExitStack() as stack:

        def client(district: Running, who: str) -> httpx.Client:
            done = district.command("token", who)
            assert done.returncode == 0, done.stdout
            token = done.stdout.splitlines()[-1]
            base, headers = f"{district.url}/fhir", {"Authorization": f"Bearer {token}"}
            return stack.enter_context(httpx.Client(base_url=base, headers=headers, timeout=60))

        yield client


def test_a_token_carries_the_rights_of_its_owner_and_no_more(fhir, district):
    assert fhir(district, "anna").get(f"/Patient/{HEINRICH}").json()["name"][0]["family"] == "Brandt"
    assert fhir(district, "bernd").get(f"/Patient/{HEINRICH}").status_code == 404
    assert fhir(district, "david").get("/Patient", params={"name": "Brandt"}).json()["total"] == 0


def test_patients_imported_for_a_practice_are_seen_by_its_staff_alone(fhir, district, tmp_path):
    person = {"resourceType": "Patient", "id": "neu-1", "name": [{"family": "Zugezogen", "given": ["Meta"]}]}
    value = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": {"reference": "Patient/neu-1"},
        "valueQuantity": {"value": 0.5, "unit": "kg"},
    }
    text = json.dumps(person) + "\n" + json.dumps(value).replace("0.5,", "61.40,") + "\n"
    (tmp_path / "new.ndjson").write_text(text, encoding="utf-8")
    words = ("import", str(tmp_path / "new.ndjson"), "--as", "Hausarztpraxis am Markt")
    first, second = district.command(*words), district.command(*words)
    assert first.returncode == second.returncode == 0, first.stdout
    assert "2 accepted" in first.stdout
    assert "0 accepted, 2 unchanged" in second.stdout
    found = fhir(district, "clara").get("/Observation", params={"patient": "neu-1"})
    assert "61.40" in found.text
    assert fhir(district, "bernd").get("/Patient/neu-1").status_code == 404


def test_a_truncated_file_is_named_and_the_rest_is_taken(fhir, district, tmp_path):
    (tmp_path / "cut.json").write_text('{"resourceType": "Patient", "na', encoding="utf-8")
    (tmp_path / "odd.json").write_text('{"resourceType": "Wunschzettel"}', encoding="utf-8")
    good = {"resourceType": "Patient", "id": "neu-2", "name": [{"family": "Hinzugekommen"}]}
    (tmp_path / "good.json").write_text(json.dumps(good), encoding="utf-8")
    done = district.command("import", str(tmp_path), "--as", "Hausarztpraxis am Markt")
    assert "cut.json" in done.stdout
    assert "Wunschzettel" in done.stdout
    assert fhir(district, "clara").get("/Patient/neu-2").status_code == 200


def test_what_is_derived_can_be_derived_anew_while_people_work(fhir, district):
    before = fhir(district, "anna").get("/Patient", params={"_summary": "count"}).json()["total"]
    done = district.command("reindex")
    assert done.returncode == 0, done.stdout
    assert fhir(district, "anna").get("/Patient", params={"_summary": "count"}).json()["total"] == before > 10


def test_the_log_of_a_whole_district_is_as_it_was_written(district):
    done = district.command("verify-audit")
    assert done.returncode == 0, done.stdout
    assert "all as they were written" in done.stdout
    assert "bodies are as the log says" in done.stdout


def test_the_root_of_a_living_log_is_kept_elsewhere_and_fits(district, tmp_path):
    kept = district.command("audit-roots")
    assert kept.returncode == 0, kept.stdout
    assert json.loads(kept.stdout)["seal"] > 0
    (tmp_path / "root.jsonl").write_text(kept.stdout, encoding="utf-8")
    done = district.command("verify-audit", "--root", str(tmp_path / "root.jsonl"))
    assert done.returncode == 0, done.stdout
    assert "1 roots kept elsewhere fit" in done.stdout
    (tmp_path / "root.jsonl").write_text(kept.stdout.replace('"rows": ', '"rows": 1'), encoding="utf-8")
    done = district.command("verify-audit", "--root", str(tmp_path / "root.jsonl"))
    assert done.returncode == 1
    assert "line 1 was changed" in done.stdout


def test_a_second_start_keeps_the_data(fhir, district, tmp_path):
    """The data of the living district, copied, are served again: nothing is written anew."""
    (tmp_path / "data").mkdir()
    source = sqlite3.connect(district.data / "telecare.sqlite3")
    target = sqlite3.connect(tmp_path / "data" / "telecare.sqlite3")
    with closing(source), closing(target):
        source.backup(target)
    shutil.copy(district.environment["TELECARE_KEY_FILE"], tmp_path / "data.key")
    asked = {"patient": HEINRICH, "_summary": "count"}
    with server(tmp_path / "data", TELECARE_DEMO="1") as running:
        kept = fhir(running, "anna").get("/Observation", params=asked).json()["total"]
        assert "Writing the demo district" not in running.log.read_text("utf-8")
    assert kept == fhir(district, "anna").get("/Observation", params=asked).json()["total"] > 100
