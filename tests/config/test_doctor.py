"""What `telecare doctor` says of keys and erasures."""

from __future__ import annotations

import argparse
import io
from pathlib import Path

import pytest
from pytest_django import Settings

from config.commands import doctor
from patients.accounts.actor import system
from patients.network import services
from patients.records import ledger
from patients.vault import index_key
from tests.cast import HEINRICH

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def said() -> str:
    out = io.StringIO()
    doctor.run(argparse.Namespace(production=False), out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def place(settings: Settings, tmp_path: Path) -> Path:
    settings.ERASURES = tmp_path / "erasures.ndjson"
    return settings.ERASURES


def test_an_erasure_that_is_missing_in_the_ledger_is_told_with_what_to_do(cast, place: Path):
    assert "erase-subject" not in said()
    services.erase(system("test"), HEINRICH)  # its commit, which writes the file, does not come in this test
    assert f"missing in {place}: run `telecare erase-subject --ledger`" in said()
    ledger.export()
    assert "erase-subject" not in said()
    place.write_text("{}\n")
    assert "BAD  The erasure ledger cannot be compared" in said()


def test_a_change_of_the_index_key_that_was_stopped_is_told(cast):
    index_key.begin()
    assert "was stopped (filling): run `telecare rotate-keys --index` again" in said()
