"""The drill: back up, erase, lose everything, restore. Who was erased stays gone, everybody else is there."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.config.test_erase_subject import PATIENTS, VALUES
from tests.running import telecare
from tests.servers import another_database

pytestmark = pytest.mark.storage


@dataclass
class Place:
    """A deployment that no server runs in: its folder or database."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return telecare(*words, environment=self.environment)

    def kept_of(self, patient: str, to: Path) -> dict[str, str]:
        """What `export-subject` writes of somebody: resources by file, without the log; none if there is nothing."""
        done = self.command("export-subject", patient, "--to", str(to))
        if done.returncode:
            return {}
        return {path.stem: path.read_text() for path in to.iterdir() if path.stem != "AuditEvent"}


@pytest.fixture(scope="module")
def places(tmp_path_factory) -> Iterator[list[Place]]:
    """Two machines, one key, and an empty PostgreSQL database for each if it is PostgreSQL's turn."""
    folder = tmp_path_factory.mktemp("drill")
    key = {"TELECARE_KEY_FILE": str(folder / "safe" / "master.key")}
    with ExitStack() as stack:
        found = []
        for name in ("first", "second"):
            place = Place(
                folder / name, {**key, "DATA": str(folder / name), "TELECARE_MASTER_KEY": "", "REDIS_URL": ""}
            )
            if url := os.environ.get("DATABASE_URL"):
                place.environment["DATABASE_URL"] = stack.enter_context(another_database(url, f"telecare_test_{name}"))
            found.append(place)
        if os.environ.get("DATABASE_URL"):
            key_of(folder / "safe" / "master.key")
        yield found


def key_of(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q=\n")
    path.chmod(0o600)


@pytest.fixture(scope="module")
def drill(places, tmp_path_factory):
    """The first machine is backed up, loses Frau Quastenberg, then itself. The backup is what the second one gets."""
    first, second = places
    file = first.folder.parent / "records.ndjson"
    file.write_text("\n".join(json.dumps(one) for one in PATIENTS + VALUES))
    backup = first.folder.parent / "backup"
    for words in (("migrate",), ("import", str(file)), ("backup", str(backup)), ("erase-subject", "quastenberg")):
        done = first.command(*words)
        assert done.returncode == 0, done.stdout + done.stderr
    return backup


def test_neither_half_holds_the_master_key_nor_a_name_and_data_hold_no_key(drill, places):
    secret = Path(places[0].environment["TELECARE_KEY_FILE"]).read_text().strip()
    files = [path for path in drill.rglob("*") if path.is_file()]
    whole = b"".join(path.read_bytes() for path in files)
    for word in (secret, "Quastenberg", "Nottbohm"):
        assert word.encode() not in whole
    rows = map(json.loads, (drill / "keys" / "keys.ndjson").read_text().splitlines())
    wrapped = [base64.b64decode(row["wrapped"]) for row in rows if "wrapped" in row]
    assert len(wrapped) >= 4
    data = b"".join(path.read_bytes() for path in (drill / "data").rglob("*") if path.is_file())
    assert not [one for one in wrapped if one in data]


def test_after_the_drill_the_erased_patient_is_gone_and_the_other_one_is_as_before(drill, places, tmp_path):
    first, second = places
    before = first.kept_of("nottbohm", tmp_path / "before")
    assert before["Observation"]
    done = second.command("restore", str(drill))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 erasures since then carried out again" in done.stdout
    assert second.kept_of("quastenberg", tmp_path / "gone") == {}
    assert second.kept_of("nottbohm", tmp_path / "after") == before
    assert second.command("verify-audit").returncode == 0
    again = second.command("import", str(first.folder.parent / "records.ndjson"))
    assert again.returncode == 0, again.stdout  # its counters go on where they were


def test_a_restore_never_overwrites(drill, places):
    done = places[0].command("restore", str(drill))
    assert done.returncode == 1
    assert "There are data already" in done.stdout


@pytest.mark.parametrize("half", ["data", "keys"])
def test_a_backup_that_was_changed_is_refused_before_anything_is_written(drill, places, tmp_path, half):
    copy = tmp_path / "copy"
    shutil.copytree(drill, copy)
    file = max(
        (path for path in (copy / half).rglob("*") if path.name != "manifest.json"), key=lambda p: p.stat().st_size
    )
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    empty = {**places[1].environment, "DATA": str(tmp_path / "empty")}
    done = telecare("restore", str(copy), environment=empty)
    assert done.returncode == 1
    assert "is not as" in done.stdout


def test_a_backup_without_its_keys_or_cut_off_is_refused(drill, places, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(drill, copy)
    (copy / "keys" / "manifest.json").unlink()
    done = telecare("restore", str(copy), environment={**places[1].environment, "DATA": str(tmp_path / "empty")})
    assert done.returncode == 1
    assert "cut off" in done.stdout


def test_a_backup_into_a_used_folder_is_refused(drill, places):
    done = places[0].command("backup", str(drill))
    assert done.returncode == 1
    assert "nothing is overwritten" in done.stdout
