"""A letter is sent and loaded as itself, and is under the same rights as any other record."""

from __future__ import annotations

import base64

import pytest
from django.http import HttpResponse

from patients.access import categories
from patients.audit.models import AuditEvent
from patients.database import write
from patients.fhir import contents
from patients.records import store
from patients.records.models import Document
from tests.patients.fhir.conftest import FHIR, Person, content, issue

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

PDF = "application/pdf"
LETTER = b"%PDF-1.7\n\x00\xff letter of the practice\n%%EOF"
NOWHERE = "b7765bbf-df40-486a-9f2f-404309643de6"


def sends(
    who: Person, data: bytes, media: str, address: str = "Binary", method: str = "POST", **more: str
) -> HttpResponse:
    headers = {"authorization": f"Bearer {who.token}", **{name.replace("_", "-"): more[name] for name in more}}
    if media:
        headers["content-type"] = media
    answer: HttpResponse = who.client.generic(method, f"/fhir/{address}", data, media, headers=headers)
    return answer


@pytest.fixture
def letter(clara: Person, heinrich: str) -> str:
    """The address of a letter that Clara has sent as a PDF."""
    answer = sends(clara, LETTER, PDF, x_security_context=f"Patient/{heinrich}")
    assert answer.status_code == 201, answer.content
    return f"Binary/{content(answer)['id']}"


def test_clara_sends_a_letter_as_a_pdf_and_loads_it_as_one(clara: Person, heinrich: str, letter: str) -> None:
    answer = clara.get(letter, accept=PDF)
    assert (answer.status_code, answer.content) == (200, LETTER)
    assert answer.headers["Content-Type"] == PDF
    assert answer.headers["ETag"] == 'W/"1"'
    assert answer.headers["X-Security-Context"] == f"Patient/{heinrich}"
    assert answer.headers["Content-Length"] == str(len(LETTER))
    head = clara.client.head(f"/fhir/{letter}", headers={"authorization": f"Bearer {clara.token}", "accept": PDF})
    assert (head.status_code, head.content, head.headers) == (200, b"", answer.headers)


def test_the_same_letter_is_a_resource_for_who_asks_for_fhir(clara: Person, heinrich: str, letter: str) -> None:
    for accept in (FHIR, "application/json", "*/*", f"{PDF};q=0.5, {FHIR}", f"{PDF};q=0, */*", "text/html, */*;q=0.1"):
        answer = clara.get(letter, accept=accept)
        assert answer.headers["Content-Type"].startswith(("application/fhir+json", "application/json"))
        binary = content(answer)
        assert (binary["resourceType"], binary["contentType"]) == ("Binary", PDF)
        assert base64.b64decode(binary["data"]) == LETTER
        assert binary["securityContext"] == {"reference": f"Patient/{heinrich}"}
    assert content(clara.get(f"{letter}?_elements=contentType", accept=f"{PDF}, */*;q=0.1"))["contentType"] == PDF


@pytest.mark.parametrize(
    ("media", "accept", "itself"),
    [
        ("image/png", "image/*", True),
        ("image/png", "image/png, */*;q=0.1", True),
        ("image/png", "image/*;q=0.1, */*;q=0.9", False),
        ("text/plain; charset=iso-8859-15", "text/plain", True),
        ("text/html", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("application/pdf", "application/*", False),
        ("application/xml", "application/xml", True),
        ("application/octet-stream", "application/octet-stream", True),
    ],
)
def test_contents_are_given_to_who_names_their_type(
    media: str, accept: str, itself: bool, clara: Person, heinrich: str
) -> None:
    made = sends(clara, b"<p>\xe4</p>", media, x_security_context=f"Patient/{heinrich}")
    answer = clara.get(f"Binary/{content(made)['id']}", accept=accept)
    assert (answer.content == b"<p>\xe4</p>") is itself
    assert answer.headers["Content-Type"] == (media if itself else f"{FHIR}; charset=utf-8")


def test_json_in_a_binary_is_its_contents_for_who_asks_for_json_and_a_resource_for_fhir(
    clara: Person, heinrich: str
) -> None:
    data = base64.b64encode(b'{"a":1}').decode()
    whose = {"reference": f"Patient/{heinrich}"}
    binary = {"resourceType": "Binary", "contentType": "application/json", "securityContext": whose, "data": data}
    address = f"Binary/{content(clara.post('Binary', binary))['id']}"
    assert clara.get(address, accept="application/json").content == b'{"a":1}'
    assert content(clara.get(address, accept=FHIR))["data"] == data
    assert content(clara.get(address, accept="*/*"))["data"] == data


def test_no_browser_shows_contents_as_a_page_of_ours(clara: Person, heinrich: str) -> None:
    made = sends(clara, b"<script>alert(1)</script>", "text/html", x_security_context=f"Patient/{heinrich}")
    headers = clara.get(f"Binary/{content(made)['id']}", accept="text/html").headers
    assert headers["Content-Disposition"] == "attachment"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"


def test_another_type_than_that_of_the_letter_is_not_acceptable(clara: Person, letter: str) -> None:
    for asked in (clara.get(letter, accept="image/png"), clara.get(f"{letter}?_format=image/png", accept=PDF)):
        assert asked.status_code == 406
        assert "application/fhir+json" in issue(asked)["details"]["text"]
    assert clara.get(f"{letter}?_format={PDF}", accept=FHIR).content == LETTER
    assert clara.get("Patient?_count=1", accept=PDF).status_code == 406
    assert clara.get("Binary", accept=PDF).status_code == 406


def test_each_version_keeps_its_contents_and_an_update_needs_no_json(clara: Person, heinrich: str, letter: str) -> None:
    whose = f"Patient/{heinrich}"
    changed = sends(clara, b"two", PDF, letter, "PUT", x_security_context=whose, if_match='W/"1"')
    assert (changed.status_code, changed.headers["ETag"]) == (200, 'W/"2"')
    assert clara.get(letter, accept=PDF).content == b"two"
    assert clara.get(f"{letter}/_history/1", accept=PDF).content == LETTER
    assert clara.get(letter, accept=PDF, if_none_match='W/"2"').status_code == 304
    assert sends(clara, b"no", PDF, letter, "PUT", x_security_context=whose, if_match='W/"1"').status_code == 412
    new = sends(clara, b"three", PDF, f"Binary/{NOWHERE}", "PUT", x_security_context=whose)
    assert (new.status_code, content(new)["id"]) == (201, NOWHERE)


def test_a_letter_is_hidden_from_bernd_as_one_that_is_not_there(bernd: Person, letter: str) -> None:
    hidden, nothing = (bernd.get(address, accept=PDF) for address in (letter, f"Binary/{NOWHERE}"))
    assert hidden.status_code == nothing.status_code == 404
    assert hidden.content.replace(letter.encode(), b"") == nothing.content.replace(f"Binary/{NOWHERE}".encode(), b"")
    assert hidden.headers == nothing.headers
    assert bernd.get(letter, accept="image/png").status_code == 404
    assert bernd.client.get(f"/fhir/{letter}", headers={"accept": PDF}).status_code == 401


def test_david_sends_nothing_into_a_record_that_he_may_not_see(david: Person, heinrich: str) -> None:
    hidden = sends(david, LETTER, PDF, x_security_context=f"Patient/{heinrich}")
    nothing = sends(david, LETTER, PDF, x_security_context=f"Patient/{NOWHERE}")
    assert hidden.status_code == nothing.status_code == 404
    assert hidden.content.replace(heinrich.encode(), b"") == nothing.content.replace(NOWHERE.encode(), b"")
    assert not Document.objects.filter(type="Binary").exists()


def test_who_loads_a_letter_stands_in_the_log(clara: Person, heinrich: str, letter: str) -> None:
    def looks() -> int:
        return AuditEvent.objects.filter(action="read", patient=heinrich, type="Binary").count()

    before = looks()
    clara.get(letter, accept=PDF)
    assert looks() == before + 1


def test_a_bundle_stays_json_whatever_an_entry_asks_for(clara: Person, letter: str) -> None:
    asked = [{"request": {"method": "GET", "url": f"{letter}{tail}"}} for tail in ("", f"?_format={PDF}")]
    answer = clara.post("", {"resourceType": "Bundle", "type": "batch", "entry": asked}, accept=f"{FHIR}, {PDF};q=0.9")
    told = content(answer)["entry"]
    assert [one["response"]["status"][:3] for one in told] == ["200", "406"]
    assert base64.b64decode(told[0]["resource"]["data"]) == LETTER


@pytest.mark.parametrize(
    ("data", "media", "more", "status"),
    [
        (LETTER, "", {}, 415),
        (LETTER, "application/fhir+xml", {}, 415),
        (b"{}", "text/json", {}, 415),
        (b"a=b", "application/x-www-form-urlencoded", {}, 415),
        (b"--x--", "multipart/form-data; boundary=x", {}, 415),
        (LETTER, PDF, {"content_encoding": "gzip"}, 415),
        (LETTER, "pdf", {}, 422),
        (LETTER, "text/plain; charset=ä", {}, 422),
        (LETTER, PDF, {"x_security_context": "Patient/"}, 422),
        (LETTER, PDF, {"x_security_context": " "}, 422),
        (LETTER, PDF, {"x_security_context": "javascript:alert(1)"}, 422),
        (b"x" * (contents.MOST + 1), PDF, {}, 413),
        (b"%PDF", "application/json", {}, 400),
    ],
)
def test_what_cannot_be_contents_is_refused_and_nothing_kept(
    data: bytes, media: str, more: dict[str, str], status: int, clara: Person, heinrich: str
) -> None:
    answer = sends(clara, data, media, **({"x_security_context": f"Patient/{heinrich}"} | more))
    assert (answer.status_code, content(answer)["resourceType"]) == (status, "OperationOutcome"), answer.content
    assert not Document.objects.filter(type="Binary").exists()


def test_other_types_take_nothing_but_json(clara: Person, heinrich: str) -> None:
    assert sends(clara, LETTER, PDF, "Observation").status_code == 415
    assert sends(clara, LETTER, PDF, f"Patient/{heinrich}", "PUT").status_code == 415


def test_the_largest_and_the_empty_letter_come_back_to_the_byte(clara: Person, heinrich: str) -> None:
    for data in (b"\x00\xff" * (contents.MOST // 2), b""):
        made = sends(clara, data, PDF, x_security_context=f"Patient/{heinrich}", prefer="return=minimal")
        assert made.status_code == 201, made.content
        assert clara.get(made.headers["Location"].partition("/fhir/")[2], accept=PDF).content == data


def test_a_type_that_no_header_could_carry_is_told_inside_json_only(clara: Person, heinrich: str) -> None:
    """Such a one was taken until 2026-11-29, and none is any more."""
    whose = {"reference": f"Patient/{heinrich}"}
    binary = {"resourceType": "Binary", "contentType": "text/plain; title=Größe", "securityContext": whose}
    assert clara.post("Binary", binary).status_code == 422
    prepared = store.prepare(binary, valid=True)
    with write():
        kept = store.create(prepared, custodian=clara.actor.organisation or "", category=categories.category_of(binary))
    assert clara.get(kept.reference, accept="text/plain").status_code == 406
    assert content(clara.get(kept.reference, accept="text/plain, */*;q=0.1"))["contentType"] == binary["contentType"]
