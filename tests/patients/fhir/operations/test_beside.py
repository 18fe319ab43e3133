"""Messages of the chat belong to a record, after its documents; the log only where it is asked for."""

from __future__ import annotations

import uuid

import pytest

from messaging.chat import services as chat
from patients.access import repository
from patients.accounts.actor import Actor
from patients.audit.models import AuditEvent
from patients.fhir.operations import record
from tests.cast import HEINRICH
from tests.patients.fhir.conftest import Person, content, found, pulse
from tests.patients.fhir.operations.conftest import names, resources, whole

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


@pytest.fixture
def words(cast: dict[str, Actor]) -> list[str]:
    """Five messages about Heinrich, in their order."""
    thread = chat.open_thread(cast["anna"], HEINRICH)
    told = [f"Nachricht {number}" for number in range(5)]
    for text in told:
        chat.send(cast["anna"], thread.pk, cid=uuid.uuid4(), text=text)
    return told


def said(bundle: dict[str, object]) -> list[str]:
    return [one["payload"][0]["contentString"] for one in resources(bundle) if one["resourceType"] == "Communication"]


def test_messages_come_after_the_documents_as_a_search_would_find_them(
    clara: Person, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "AT_ONCE", 2)
    bundle = whole(clara.get(f"Patient/{HEINRICH}/$everything"))
    assert said(bundle) == words
    told = names([one for one in resources(bundle) if one["resourceType"] == "Communication"])
    assert told == names(found(clara.get(f"Communication?patient={HEINRICH}")))
    assert said(whole(clara.get(f"Patient/{HEINRICH}/$everything?_type=Observation"))) == []
    assert said(whole(clara.get(f"Patient/{HEINRICH}/$everything?_type=Communication"))) == words


def test_messages_have_times_too(clara: Person, words: list[str]) -> None:
    for asked in ("end=2020", "start=2199", "_since=2199-01-01T00:00:00Z"):
        assert said(whole(clara.get(f"Patient/{HEINRICH}/$everything?{asked}"))) == []
    for asked in ("start=2020", "end=2199", "_since=2020-01-01T00:00:00Z"):
        assert said(whole(clara.get(f"Patient/{HEINRICH}/$everything?{asked}"))) == words


def test_a_time_may_reach_to_the_ends_of_the_calendar(clara: Person, words: list[str]) -> None:
    for asked in ("start=0001", "end=9999", "start=0001&end=9999-12-31", "_since=0001-01-01T00:00:00%2B14:00"):
        assert said(whole(clara.get(f"Patient/{HEINRICH}/$everything?{asked}"))) == words
    for asked in ("end=0001", "start=9999-12-31", "_since=9999-12-31T23:59:59Z"):
        assert said(whole(clara.get(f"Patient/{HEINRICH}/$everything?{asked}"))) == []


@pytest.mark.parametrize("count", [1, 2, 3, 50])
def test_page_by_page_each_comes_once_and_one_written_meanwhile_too(
    clara: Person, cast: dict[str, Actor], words: list[str], count: int
) -> None:
    repository(clara.actor).create(pulse(HEINRICH))
    address: str | None = f"Patient/{HEINRICH}/$everything?_count={count}"
    seen: list[str] = []
    heard: list[str] = []
    later = False
    while address:
        bundle = content(clara.get(address))
        page = [f"{one['resourceType']}/{one['id']}" for one in resources(bundle, "match")]
        assert 0 < len(page) <= count
        seen, heard = seen + page, heard + said(bundle)
        if heard and not later and count < 50:
            chat.send(cast["anna"], chat.open_thread(cast["anna"], HEINRICH).pk, cid=uuid.uuid4(), text="später")
            later = True
        links = {link["relation"]: link["url"] for link in bundle["link"]}
        address = links["next"].partition("/fhir/")[2] if "next" in links else None
    assert heard == [*words, *(["später"] if later else [])]
    assert len(set(seen)) == len(seen)
    assert set(seen) == names(resources(whole(clara.get(f"Patient/{HEINRICH}/$everything")), "match"))


def test_who_reads_no_thread_hears_nothing(anna: Person, cast: dict[str, Actor], words: list[str]) -> None:
    from patients.access.models import Right

    Right.objects.filter(patient=HEINRICH, category="chat").delete()
    assert said(whole(anna.get(f"Patient/{HEINRICH}/$everything"))) == []


def test_the_log_is_told_only_where_it_is_named(clara: Person, words: list[str]) -> None:
    types = {one["resourceType"] for one in resources(whole(clara.get(f"Patient/{HEINRICH}/$everything")))}
    assert "AuditEvent" not in types
    asked = whole(clara.get(f"Patient/{HEINRICH}/$everything?_type=AuditEvent"))
    assert names(resources(asked)) <= names(found(clara.get(f"AuditEvent?patient={HEINRICH}&_count=500")))


def test_messages_change_nothing_about_the_one_entry_in_the_log(clara: Person, words: list[str]) -> None:
    before = AuditEvent.objects.count()
    whole(clara.get(f"Patient/{HEINRICH}/$everything"))
    rows = [row for row in AuditEvent.objects.order_by("id")[before:] if row.patient == HEINRICH]
    assert [row.action for row in rows] == ["everything"]
