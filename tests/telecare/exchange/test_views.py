"""The page of a patient's files, and a file as a browser gets it."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.cast import HEINRICH
from tests.patients.attachments.conftest import PDF, photo, storage  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]
FILES = f"/patients/{HEINRICH}/files/"


def sent(content: bytes, name: str = "wound.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/html")


def test_anna_adds_a_photo_and_clara_loads_it(browser, anna, clara):
    answer = browser(anna).post(FILES, {"title": "Ferse links", "sort": "photo", "file": sent(photo())})
    assert (answer.status_code, answer.headers["Location"]) == (302, FILES)
    page = browser(clara).get(FILES)
    text = page.content.decode()
    assert "Ferse links" in text
    assert "Anna Siemer" in text
    document = page.context["page"].rows[0].id
    file = browser(clara).get(reverse("exchange:file", args=[document]))
    content = b"".join(file.streaming_content)
    assert content.startswith(b"\xff\xd8\xff")
    assert file.headers["Content-Length"] == str(len(content))
    assert file.headers["Content-Type"] == "image/jpeg"
    assert file.headers["Content-Disposition"] == 'attachment; filename="Ferse links.jpg"'
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in file.headers["Content-Security-Policy"]
    assert file.headers["Cache-Control"] == "no-store"


def test_a_title_cannot_break_the_headers(browser, clara):
    title = 'a";\u202e.exe ü'
    assert browser(clara).post(FILES, {"title": title, "sort": "letter", "file": sent(PDF)}).status_code == 302
    document = browser(clara).get(FILES).context["page"].rows[0].id
    file = browser(clara).get(reverse("exchange:file", args=[document]))
    assert b"".join(file.streaming_content) == PDF
    shown = file.headers["Content-Disposition"]
    assert shown.startswith("attachment; filename*=utf-8''")
    assert "\n" not in shown


def test_what_is_refused_is_said_beside_the_field(browser, anna):
    answer = browser(anna).post(FILES, {"title": "Ordner", "sort": "photo", "file": sent(b"PK\x03\x04", "x.zip")})
    assert answer.status_code == 422
    assert "Archive und Office-Dateien" in answer.content.decode()
    assert browser(anna).post(FILES, {"title": "Ordner", "sort": "photo"}).status_code == 422


def test_each_adds_what_their_role_records(browser, anna, clara, mia, ida):
    def offered(who):
        return [kind.name for kind in browser(who).get(FILES).context["page"].kinds]

    assert offered(anna) == ["photo", "nursing"]
    assert "letter" in offered(clara)
    assert offered(ida) == []
    assert browser(ida).post(FILES, {"title": "x", "sort": "photo", "file": sent(photo())}).status_code == 403


def test_the_page_costs_as_many_statements_with_one_file_as_with_many(browser, anna, django_assert_max_num_queries):
    for number in range(8):
        browser(anna).post(FILES, {"title": f"Ferse {number}", "sort": "photo", "file": sent(photo())})
    client = browser(anna)
    client.get(FILES)
    with django_assert_max_num_queries(12):
        assert len(client.get(FILES).context["page"].rows) == 8
