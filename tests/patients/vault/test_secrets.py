from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from pytest_django import DjangoCaptureOnCommitCallbacks

from patients import vault
from patients.vault import Unreadable

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"


def test_annas_second_factor_opens_again_and_is_not_seen_in_the_column() -> None:
    sealed = vault.seal_secret("totp", 7, SECRET)
    assert SECRET not in sealed
    assert sealed.isascii()
    assert vault.open_secret("totp", 7, sealed) == SECRET
    assert vault.seal_secret("totp", 7, SECRET) != sealed


def test_copied_into_bernds_row_it_does_not_open() -> None:
    sealed = vault.seal_secret("totp", 7, SECRET)
    for purpose, owner in (("totp", 8), ("recovery codes", 7), ("tot", "p7")):
        with pytest.raises(Unreadable):
            vault.open_secret(purpose, owner, sealed)


@pytest.mark.parametrize("text", ["", SECRET, "s1.", "s1.!!", "s1.AAAA", "s1.ü"])
def test_what_was_not_sealed_here_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        vault.open_secret("totp", 7, text)


def test_every_changed_letter_is_noticed() -> None:
    sealed = vault.seal_secret("totp", 7, SECRET)
    for at in range(3, len(sealed) - 1):
        changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
        with pytest.raises(Unreadable):
            vault.open_secret("totp", 7, changed)


def test_it_outlives_a_change_of_the_master_key(
    key_file: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM vault_datakey")
        cursor.execute("DELETE FROM vault_state")
    vault.unlock()
    sealed = vault.seal_secret("totp", 7, SECRET)
    with django_capture_on_commit_callbacks(execute=True):
        vault.rotate_master()
    assert vault.open_secret("totp", 7, sealed) == SECRET
