"""How commands reach a live server: through a socket, whose path must be short, in the folder for temporary files."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import control


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files whose path is too long for a socket in it."""
    long = tmp_path / ("long" * 30)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    return long


def says(words: Sequence[str], out: TextIO) -> int:
    out.write(f"{words}\n")
    return 7


def test_a_path_too_long_for_a_socket_is_told_with_what_helps(folder: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="TMPDIR") as told, control.listening(says):
        pass
    assert str(folder) in str(told.value)


def test_a_command_asks_and_hears_the_answer_where_the_path_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as short:
        monkeypatch.setattr(tempfile, "tempdir", short)
        out = io.StringIO()
        with control.listening(says):
            assert control.ask(["doctor"], out) == 7
    assert out.getvalue() == "['doctor']\n"
