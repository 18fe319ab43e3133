"""A backup of a live server, and a folder that was copied by hand: the start follows the ledger."""

from __future__ import annotations

import json
import shutil

from tests.config.test_erase_subject import PATIENTS
from tests.running import server


def test_a_copy_made_by_hand_does_not_bring_an_erased_patient_back(tmp_path):
    file = tmp_path / "records.ndjson"
    file.write_text("\n".join(json.dumps(one) for one in PATIENTS))
    ledger = {"TELECARE_ERASURES": str(tmp_path / "erasures.ndjson")}
    with server(tmp_path / "data", **ledger) as live:
        assert live.command("import", str(file)).returncode == 0
        done = live.command("backup", str(tmp_path / "backup"), "--keys-to", str(tmp_path / "keys"))
        assert done.returncode == 0, done.stdout
        assert (tmp_path / "keys" / "keys.ndjson").exists()
        assert not (tmp_path / "backup" / "keys").exists()
    shutil.copytree(tmp_path / "data", tmp_path / "by hand")
    with server(tmp_path / "data", **ledger) as live:
        assert live.command("erase-subject", "quastenberg").returncode == 0
    shutil.rmtree(tmp_path / "data")
    (tmp_path / "by hand").rename(tmp_path / "data")
    with server(tmp_path / "data", **ledger) as live:
        assert "carried out again" in live.log.read_text()
        assert live.command("export-subject", "quastenberg", "--to", str(tmp_path / "gone")).returncode == 1
        assert live.command("export-subject", "nottbohm", "--to", str(tmp_path / "there")).returncode == 0
