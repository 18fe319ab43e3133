"""A file is on its way through the scanner while the right to keep it ends, or the record is erased."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from patients.accounts.actor import Actor, system
from patients.attachments import services
from patients.errors import Denied, Missing
from patients.network import services as network
from patients.network.services.erasure import erase
from patients.records.models import Document
from patients.vault.models import DataKey
from tests.cast import HEINRICH, ident
from tests.meanwhile import Other
from tests.patients.attachments.conftest import files, photo
from tests.patients.attachments.test_content import Scanner

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.storage]


class Slow(Scanner):
    """Answers when it is told to."""

    def __init__(self, path: Path) -> None:
        self.asked, self.go = threading.Event(), threading.Event()
        super().__init__(path, b"stream: OK\0")

    @property
    def answer(self) -> bytes:
        self.asked.set()
        assert self.go.wait(10)
        return b"stream: OK\0"

    @answer.setter
    def answer(self, said: bytes) -> None:
        pass


END: dict[str, Callable[[Actor], object]] = {
    "erased": lambda heinrich: erase(system("the last day"), HEINRICH),
    "withdrawn": lambda heinrich: network.end_link(heinrich, HEINRICH, organisation=ident("moorland")),
}


@pytest.mark.parametrize("end", END)
def test_nothing_of_it_is_kept(
    heinrich: Actor, anna: Actor, end: str, storage: Path, tmp_path: Path, settings: Settings
) -> None:
    settings.CLAMD = str(tmp_path / "clamd.sock")
    scanner = Slow(tmp_path / "clamd.sock")
    other = Other(lambda: services.put(anna, HEINRICH, code="72170-4", title="Ferse", data=photo()))
    assert scanner.asked.wait(10)
    END[end](heinrich)
    scanner.go.set()
    with pytest.raises((Denied, Missing)):
        other.ends()
    assert not files(storage)
    assert not Document.objects.filter(type="DocumentReference")
    assert not DataKey.objects.filter(patient=HEINRICH, custodian=ident("moorland"), destroyed_at=None)
