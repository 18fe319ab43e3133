"""A file is seen by who may read its document, and by nobody else; it lies sealed, and goes with the patient."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from patients import vault
from patients.access import repository
from patients.accounts.actor import Actor, system
from patients.attachments import services
from patients.attachments.models import Attachment
from patients.audit.models import AuditEvent
from patients.errors import Denied, Invalid, Missing
from patients.network.services import erase
from tests.cast import HEINRICH, ident
from tests.patients.attachments.conftest import PDF, files, photo

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
PHOTO, LETTER = "72170-4", "11488-4"


def whole(who: Actor, document: str) -> bytes:
    return b"".join(services.get(who, document).pieces)


def test_anna_keeps_a_photo_of_a_wound_and_clara_sees_it(anna, clara, storage: Path):
    kept = services.put(anna, HEINRICH, code=PHOTO, title="Ferse links", data=photo())
    found = services.get(clara, kept.logical_id)
    content = b"".join(found.pieces)
    assert content.startswith(b"\xff\xd8\xff")
    assert (found.type, found.size, found.title) == ("image/jpeg", len(content), "Ferse links.jpg")
    shown = repository(clara).read("DocumentReference", kept.logical_id).content["content"][0]["attachment"]
    assert shown["size"] == len(content)
    assert kept.custodian == ident("moorland")


def test_bernd_karl_and_strangers_get_what_does_not_exist(anna, bernd, david, karl, wilma, storage: Path):
    kept = services.put(anna, HEINRICH, code=PHOTO, title="Ferse", data=photo())
    for who in (bernd, david, karl, wilma):
        with pytest.raises(Missing):
            services.get(who, kept.logical_id)
        with pytest.raises((Missing, Denied)):
            services.put(who, HEINRICH, code=PHOTO, title="Ferse", data=photo())
    assert len(files(storage)) == 1


def test_who_may_not_record_leaves_no_file_behind(mia, heinrich, storage: Path):
    for who in (mia, heinrich):
        with pytest.raises((Denied, Missing)):
            services.put(who, HEINRICH, code=LETTER, title="Brief", data=PDF)
    assert files(storage) == []
    assert not Attachment.objects.exists()


def test_nothing_of_it_stands_open_in_the_storage_or_the_table(anna, clara, storage: Path):
    services.put(clara, HEINRICH, code=LETTER, title="Brief Brandt", data=PDF)
    (sealed,) = files(storage)
    for word in (b"%PDF", b"Brandt", PDF[9:40]):
        assert word not in sealed
    assert "Brandt" not in str(list(Attachment.objects.values()))


def test_a_file_that_was_exchanged_in_the_storage_is_not_given_out(clara, storage: Path):
    one, two = (services.put(clara, HEINRICH, code=LETTER, title=title, data=PDF) for title in ("Eins", "Zwei"))
    paths = sorted(path for path in storage.rglob("*") if path.is_file())
    contents = [path.read_bytes() for path in paths]
    for path, content in zip(paths, reversed(contents), strict=True):
        path.write_bytes(content)
    for document in (one, two):
        with pytest.raises(vault.Unreadable):
            services.get(clara, document.logical_id)
    paths[0].unlink()
    paths[1].unlink()
    with pytest.raises(Missing):
        services.get(clara, one.logical_id)


def test_each_look_is_logged(anna, clara):
    kept = services.put(anna, HEINRICH, code=PHOTO, title="Ferse", data=photo())
    whole(clara, kept.logical_id)
    row = AuditEvent.objects.filter(type="DocumentReference", ident=kept.logical_id, action="read").get()
    assert (row.person, row.patient) == (clara.person, HEINRICH)


def test_a_title_that_says_nothing_or_too_much_is_refused(anna, storage: Path):
    for title in ("", "  ", "x" * 121):
        with pytest.raises(Invalid):
            services.put(anna, HEINRICH, code=PHOTO, title=title, data=photo())
    assert files(storage) == []


def test_an_erased_patient_has_no_file_any_more(
    anna, clara, settings, tmp_path, storage: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
):
    settings.ERASURES = tmp_path / "erasures.ndjson"
    services.put(anna, HEINRICH, code=PHOTO, title="Ferse", data=photo())
    services.put(clara, HEINRICH, code=LETTER, title="Brief", data=PDF)
    with django_capture_on_commit_callbacks(execute=True):
        erase(system("test"), HEINRICH, custodian=ident("moorland"))
    assert len(files(storage)) == 1
    with django_capture_on_commit_callbacks(execute=True):
        erase(system("test"), HEINRICH)
    assert files(storage) == []
    assert not Attachment.objects.exists()
