"""A vault with a master key of its own, so that no test can harm the key of the others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from patients.vault import master, state


@pytest.fixture
def key_file(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """An empty machine: no master key yet, and no data."""
    settings.DATA = tmp_path / "data"
    settings.KEY_FILE = tmp_path / "config" / "master.key"
    settings.MASTER_KEY = settings.KEY_COMMAND = ""
    settings.EMBEDDED = True
    settings.DATA.mkdir()
    master.forget()
    state.forget()
    yield settings.KEY_FILE
    master.forget()
    state.forget()
