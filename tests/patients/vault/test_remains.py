"""What SQLite's files show of a key that was destroyed: nothing, neither the database nor its log."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from patients import vault
from patients.vault.models import DataKey

pytestmark = [pytest.mark.django_db(transaction=True)]


def on_disk() -> bytes:
    name = connection.settings_dict["NAME"]
    return b"".join(Path(f"{name}{end}").read_bytes() for end in ("", "-wal") if Path(f"{name}{end}").exists())


def test_the_wrapped_key_of_an_erased_patient_is_in_no_file_any_more(key_file: Path) -> None:
    keys = [vault.key_for(patient=name) for name in ("heinrich", "wilma", "erna")]
    wrapped = [bytes(DataKey.objects.get(id=key).wrapped) for key in keys]
    assert all(one in on_disk() for one in wrapped)
    vault.destroy_keys(patient="heinrich")
    assert wrapped[0] not in on_disk()
    assert wrapped[1] in on_disk()
