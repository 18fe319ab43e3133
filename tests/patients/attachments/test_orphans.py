"""A file without a row goes after a day; what has a row stays, and a row without its file is counted."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from config import purge
from patients.accounts.actor import Actor, system
from patients.attachments import orphans, services
from patients.attachments.models import Attachment
from patients.attachments.orphans import Swept
from patients.network.services import erase
from tests.cast import HEINRICH
from tests.patients.attachments.conftest import PDF, files

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
LETTER = "11488-4"


def tomorrow() -> datetime:
    return timezone.now() + timedelta(days=1, minutes=1)


def left_over(name: str = "ab" + "0" * 30) -> None:
    default_storage.save(f"attachments/{name[:2]}/{name}", ContentFile(b"sealed"))


def test_a_file_whose_row_was_never_committed_goes_after_a_day(clara: Actor, storage: Path) -> None:
    services.put(clara, HEINRICH, code=LETTER, title="Brief", data=PDF)
    left_over()
    assert orphans.sweep(timezone.now()) == Swept(removed=0, missing=0), "its row may still be on its way"
    assert orphans.sweep(tomorrow()) == Swept(removed=1, missing=0)
    assert len(files(storage)) == 1
    assert orphans.sweep(tomorrow()) == Swept(removed=0, missing=0)


def test_a_file_that_outlived_the_erasure_of_its_patient_goes(
    clara: Actor, storage: Path, settings, tmp_path: Path
) -> None:
    """The process died after the commit, before it took the file away: the test's transaction never gets there."""
    settings.ERASURES = tmp_path / "erasures.ndjson"
    services.put(clara, HEINRICH, code=LETTER, title="Brief", data=PDF)
    erase(system("erase-subject"), HEINRICH)
    assert len(files(storage)) == 1
    purge.purge(keep=timedelta(days=90), now=tomorrow())
    assert files(storage) == []


def test_a_row_without_its_file_is_counted_and_kept(clara: Actor, storage: Path) -> None:
    services.put(clara, HEINRICH, code=LETTER, title="Brief", data=PDF)
    default_storage.delete(Attachment.objects.get().place)
    assert orphans.sweep(tomorrow()) == Swept(removed=0, missing=1)
    assert purge.purge(keep=timedelta(days=90))["files that are missing (restore them from a backup)"] == 1
    assert Attachment.objects.count() == 1


def test_what_others_put_into_the_folder_stays(storage: Path) -> None:
    left_over("readme.txt")
    (storage / "attachments" / "lost+found").mkdir()
    os.link(storage / "attachments" / "re" / "readme.txt", storage / "attachments" / "lost+found" / ("0" * 32))
    assert orphans.sweep(tomorrow()) == Swept(removed=0, missing=0)
    assert len(files(storage)) == 2


def test_an_empty_storage_is_no_error(storage: Path) -> None:
    assert orphans.sweep(timezone.now()) == Swept(removed=0, missing=0)
