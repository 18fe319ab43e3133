"""What is said in a thread is read by FHIR clients as Communications: by the team, and by nobody else."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

import pytest

from messaging.chat import services
from messaging.chat.models import Message, Thread
from patients import vault
from patients.audit.models import AuditEvent
from patients.database import write
from patients.records import store, validation
from patients.records.models import Document
from tests.patients.fhir.conftest import Person, calls, content, found, issue, stored

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

Actors = dict[str, Any]


@pytest.fixture
def team(cast: Actors) -> dict[str, Person]:
    return {name: calls(cast[name]) for name in ("anna", "bernd", "clara", "david", "heinrich", "wilma")}


@pytest.fixture
def thread(cast: Actors) -> Thread:
    """Anna and Clara talk about Heinrich; Heinrich asks a question."""
    here = services.open_thread(cast["anna"], cast["heinrich"].patient)
    for name, words in (("anna", "Der Blutdruck ist hoch."), ("clara", "Bitte morgen erneut messen."),
                        ("heinrich", "Wann kommen Sie?")):  # fmt: skip
        say(cast[name], here, words)
    return here


def say(actor: Any, thread: Thread, words: str) -> None:
    with write():
        services.send(actor, thread.pk, cid=uuid.uuid4(), text=words, source="test")


def words(answer: Any) -> list[str]:
    return [each["payload"][0]["contentString"] for each in found(answer)]


def letter(patient: str, sent: str = "2026-01-02T08:00:00+01:00") -> dict[str, Any]:
    """An imported Communication, which is a document."""
    return {
        "resourceType": "Communication",
        "status": "completed",
        "subject": {"reference": f"Patient/{patient}"},
        "sent": sent,
        "payload": [{"contentString": f"Brief vom {sent}"}],
    }


def test_anna_reads_a_message_as_a_communication(team: dict[str, Person], thread: Thread) -> None:
    ident = f"chat-{thread.pk.hex}-1"
    answer = team["anna"].get(f"Communication/{ident}")
    told = content(answer)
    assert answer.headers["ETag"] == 'W/"1"'
    validation.check({name: value for name, value in told.items() if name != "id"})
    assert told["subject"] == {"reference": f"Patient/{thread.patient}"}
    assert told["sender"] == {"reference": team["anna"].actor.person}
    assert told["payload"] == [{"contentString": "Der Blutdruck ist hoch."}]
    assert told["status"] == "completed"
    assert told["sent"] == told["meta"]["lastUpdated"]
    assert content(team["anna"].get(f"Communication/{ident}/_history/1")) == told
    assert content(team["anna"].get(f"Communication/{ident}/_history"))["total"] == 1
    assert team["anna"].get(f"Communication/{ident}/_history/2").status_code == 404
    assert set(content(team["anna"].get(f"Communication/{ident}?_elements=sent"))) == {
        "resourceType", "id", "meta", "status", "sent",
    }  # fmt: skip


@pytest.mark.parametrize("stranger", ["bernd", "david", "wilma"])
def test_a_stranger_finds_what_does_not_exist(stranger: str, team: dict[str, Person], thread: Thread) -> None:
    who, hidden, nothing = team[stranger], f"chat-{thread.pk.hex}-1", f"chat-{uuid.UUID(int=1).hex}-1"
    for tail in ("", "/_history", "/_history/1"):
        one, other = who.get(f"Communication/{hidden}{tail}"), who.get(f"Communication/{nothing}{tail}")
        assert one.status_code == 404
        assert one.content == other.content.replace(nothing.encode(), hidden.encode())
        assert one.headers == other.headers
    for asked in ("", f"?patient={thread.patient}", f"?_id={hidden}", f"?sender={team['anna'].actor.person}"):
        assert found(who.get(f"Communication{asked}")) == []
        assert content(who.get(f"Communication{asked}")).get("total", 0) == 0


def test_the_team_finds_messages_as_it_finds_documents(team: dict[str, Person], thread: Thread) -> None:
    anna, patient = team["anna"], thread.patient
    everything = ["Wann kommen Sie?", "Bitte morgen erneut messen.", "Der Blutdruck ist hoch."]
    by_anna = [everything[2]]
    clara = team["clara"].actor.person
    name = f"http://hl7.org/fhir/event-status|completed,{uuid.UUID(int=3)}"
    for asked, expected in {
        "": everything,
        f"patient={patient}": everything,
        f"patient=Patient/{patient}": everything,
        f"subject=Patient/{patient}&_sort=sent": everything[::-1],
        f"subject=Group/{patient}": [],
        f"sender={anna.actor.person}": by_anna,
        f"sender={str(clara).partition('/')[2]}": [everything[1]],
        f"sender:Patient={patient}": [everything[0]],
        f"sender={anna.actor.person},{clara}": everything[1:],
        "sender:missing=true": [],
        "status=completed": everything,
        f"status={quote(name)}": everything,
        "status=in-progress": [],
        "status:not=completed": [],
        "status:not=in-progress": everything,
        "sent=gt2020": everything,
        "sent=lt2020": [],
        "_lastUpdated=gt2020&_sort=-_lastUpdated": everything,
        "_lastUpdated=2020": [],
        f"_id=chat-{thread.pk.hex}-1": by_anna,
        f"_id=chat-{thread.pk.hex}-1,chat-{thread.pk.hex}-99": by_anna,
        "_id=chat-": [],
        "_id=x": [],
        "category=alert": [],
        "category:not=alert": everything,
        "recipient:missing=true": everything,
        "recipient:missing=false": [],
        "part-of:missing=false": everything,
        f"part-of:identifier={thread.pk}": everything,
        f"part-of:identifier={uuid.UUID(int=3)}": [],
        "identifier=x": [],
        "subject:Patient.family=Brandt": everything,
        "subject:Patient.family=Dettmer": [],
        "encounter.status=planned": [],
    }.items():  # fmt: skip
        answer = anna.get(f"Communication?{asked}")
        assert words(answer) == expected, asked
        assert content(answer).get("total", len(expected)) == len(expected), asked
        counted = content(anna.get(f"Communication?{asked}&_summary=count"))
        assert counted["total"] == len(expected), asked


def test_documents_and_messages_are_one_list_page_by_page(
    team: dict[str, Person], thread: Thread, cast: Actors
) -> None:
    anna, own = team["anna"], str(team["anna"].actor.organisation)
    moments = ["2026-01-02T08:00:00+01:00", "2025-12-24", "2026-11-01", "2099-01-01"]
    letters = [stored(letter(thread.patient, sent), custodian=own) for sent in moments]
    undated = letter(thread.patient)
    del undated["sent"]
    letters.append(stored(undated, custodian=own))
    late, messages = letters[3].logical_id, [f"chat-{thread.pk.hex}-{seq}" for seq in (3, 2, 1)]
    expected = [late, *messages, *(letters[number].logical_id for number in (2, 0, 1, 4))]
    for asked, order in {
        f"patient={thread.patient}": expected,
        "": expected,
        "_sort=-sent": expected,
        "_sort=sent": expected[::-1],
        "_total=accurate": expected,
    }.items():
        for size in (1, 2, 3, 8, 50):
            assert all_pages(anna, f"Communication?{asked}&_count={size}") == order, (asked, size)


def all_pages(who: Person, address: str) -> list[str]:
    seen: list[str] = []
    for _ in range(20):
        answer = who.get(address)
        seen += [each["id"] for each in found(answer)]
        told = content(answer)
        links = {link["relation"]: link["url"] for link in told["link"]}
        if "next" not in links:
            assert told.get("total", len(seen)) == len(seen)
            return seen
        address = links["next"].partition("/fhir")[2].lstrip("/")
    raise AssertionError("the pages have no end")


def test_what_is_said_while_somebody_turns_pages_moves_nothing(
    team: dict[str, Person], thread: Thread, cast: Actors
) -> None:
    anna = team["anna"]
    for number in range(4):
        stored(letter(thread.patient, f"2026-01-0{number + 1}"), custodian=str(anna.actor.organisation))
    address, seen = "Communication?_count=2", []
    for _ in range(10):
        answer = anna.get(address)
        seen += [each["id"] for each in found(answer)]
        say(cast["anna"], thread, "Noch etwas.")
        links = {link["relation"]: link["url"] for link in content(answer)["link"]}
        if "next" not in links:
            break
        address = links["next"].partition("/fhir/")[2]
    assert len(seen) == len(set(seen)) == 7


def test_a_foreign_page_is_refused(team: dict[str, Person], thread: Thread) -> None:
    anna = team["anna"]
    following = content(anna.get("Communication?_count=1"))["link"][1]["url"].partition("/fhir/")[2]
    assert anna.get(following.replace("Communication?", "Communication?status=completed&")).status_code == 400
    assert anna.get("Communication?_cursor=nonsense").status_code == 400


@pytest.mark.parametrize(
    "asked", ["_sort=_id", "_sort=-sent,_id", "_has:Task:focus:status=draft", "status:text=x", "_content=x"]
)
def test_what_cannot_be_answered_is_refused_by_name(asked: str, team: dict[str, Person], thread: Thread) -> None:
    refused = team["anna"].get(f"Communication?{asked}")
    assert refused.status_code == 400
    assert asked.partition("=")[0].partition(":")[0] in issue(refused)["details"]["text"]


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("Patient?_has:Communication:subject:status=completed", "_has"),
        ("Patient?_has:Task:patient:focus:Communication.status=completed", "focus"),
        ("Task?focus:Communication.status=completed", "focus"),
    ],
)
def test_no_chain_leads_over_messages(asked: str, named: str, team: dict[str, Person], thread: Thread) -> None:
    """It would find less than there is."""
    refused = team["anna"].get(asked)
    assert refused.status_code == 400
    assert named in issue(refused)["details"]["text"]
    assert "Communication" in issue(refused)["details"]["text"]
    lenient = content(team["anna"].get(asked, prefer="handling=lenient"))
    assert lenient["entry"][-1]["search"] == {"mode": "outcome"}


def test_messages_are_not_written_here(team: dict[str, Person], thread: Thread) -> None:
    address = f"Communication/chat-{thread.pk.hex}-1"
    told = content(team["anna"].get(address))
    assert team["anna"].put(address, told).status_code == 405
    assert team["anna"].delete(address).status_code == 405


def test_a_look_is_logged_once_with_the_documents_beside(team: dict[str, Person], thread: Thread) -> None:
    document: Document = stored(letter(thread.patient), custodian=str(team["anna"].actor.organisation))
    team["anna"].get("Communication?_include=Communication:subject")
    (row,) = AuditEvent.objects.filter(action="search", patient=thread.patient)
    messages = {f"Communication/chat-{thread.pk.hex}-{seq}" for seq in (1, 2, 3)}
    assert set(row.detail.split()) == {*messages, document.reference, f"Patient/{thread.patient}"}
    team["anna"].get(f"Communication/chat-{thread.pk.hex}-2")
    read = AuditEvent.objects.get(action="read", ident=f"chat-{thread.pk.hex}-2")
    assert (read.patient, read.person, read.source) == (thread.patient, team["anna"].actor.person, "fhir")
    team["bernd"].get(f"Communication/chat-{thread.pk.hex}-2")
    denied = AuditEvent.objects.get(outcome="denied")
    assert (denied.person, denied.ident) == (team["bernd"].actor.person, f"chat-{thread.pk.hex}-2")


def test_erased_words_leave_a_message_without_them(team: dict[str, Person], thread: Thread) -> None:
    vault.destroy_keys(patient=thread.patient)
    (*_, told) = found(team["anna"].get(f"Communication?part-of:identifier={thread.pk}"))
    assert "payload" not in told
    assert told["sender"] == {"reference": team["anna"].actor.person}


def test_a_page_costs_the_same_with_many_messages(
    team: dict[str, Person], thread: Thread, cast: Actors, django_assert_max_num_queries: Any
) -> None:
    team["anna"].get("Communication")
    for _ in range(40):
        say(cast["anna"], thread, "Noch etwas.")
    with django_assert_max_num_queries(9):
        assert len(words(team["anna"].get(f"Communication?patient={thread.patient}"))) == 43
    assert Message.objects.count() == 43


def test_messages_are_found_in_the_record_and_across_types(team: dict[str, Person], thread: Thread) -> None:
    anna, bernd, patient = team["anna"], team["bernd"], thread.patient
    document = stored(letter(patient), custodian=str(anna.actor.organisation))
    mine = str(anna.actor.person).partition("/")[2]
    messages = [f"chat-{thread.pk.hex}-{seq}" for seq in (3, 2, 1)]
    for address, expected in {
        f"Patient/{patient}/Communication": {*messages, document.logical_id},
        f"Patient/{patient}/*?_type=Communication,Observation": {*messages, document.logical_id},
        f"?_type=Communication,Task&patient={patient}": {*messages, document.logical_id},
        f"Practitioner/{mine}/Communication": {messages[2]},
        f"?_id={messages[1]}": {messages[1]},
    }.items():
        for size in (1, 3, 50):
            turned = all_pages(anna, address + ("&" if "?" in address else "?") + f"_count={size}")
            assert len(turned) == len(expected)
            assert set(turned) == expected, address
        assert found(bernd.get(address)) == []


def test_what_was_said_and_written_is_one_history(team: dict[str, Person], thread: Thread) -> None:
    anna, bernd = team["anna"], team["bernd"]
    document = stored(letter(thread.patient), custodian=str(anna.actor.organisation))
    with write():
        store.delete(document)
    messages = [f"chat-{thread.pk.hex}-{seq}" for seq in (3, 2, 1)]
    expected = [("DELETE", document.logical_id), ("POST", document.logical_id), *(("POST", one) for one in messages)]
    for address in ("Communication/_history", "_history"):
        for size in (1, 2, 50):
            assert past(anna, f"{address}?_count={size}", "Communication") == expected
        assert past(bernd, f"{address}?_count=50", "Communication") == []
    sent = {one: content(anna.get(f"Communication/{one}"))["sent"] for one in messages}
    since = sent[messages[1]]
    later = [one for one in messages if sent[one] >= since]  # two of them may have been said in one millisecond
    assert past(anna, f"Communication/_history?_since={since}", "Communication")[2:] == [("POST", one) for one in later]
    assert past(anna, "Communication/_history?_since=2099", "Communication") == []
    assert past(anna, "Communication/_history?_at=2020", "Communication") == []
    anna.get("Communication/_history")
    row = AuditEvent.objects.filter(action="history", patient=thread.patient).latest("id")
    assert set(row.detail.split()) == {*messages, document.logical_id}
    assert anna.get("Communication/_history?_cursor=nonsense").status_code == 400


def past(who: Person, address: str, type_: str) -> list[tuple[str, str]]:
    """Method and id of each entry on all pages, of one type."""
    seen: list[tuple[str, str]] = []
    for _ in range(40):
        told = content(who.get(address))
        assert told["type"] == "history"
        for entry in told.get("entry", ()):
            _, kind, ident = entry["fullUrl"].rsplit("/", 2)
            if kind == type_:
                seen.append((entry["request"]["method"], ident))
        links = {link["relation"]: link["url"] for link in told["link"]}
        if "next" not in links:
            return seen
        address = links["next"].partition("/fhir/")[2]
    raise AssertionError("the pages have no end")


def modes(who: Person, address: str) -> dict[str, str]:
    """What a page shows, each with why it is there."""
    answer = who.get(address)
    assert answer.status_code == 200, answer.content
    entries = content(answer).get("entry", ())
    told = {f"{one['resource']['resourceType']}/{one['resource']['id']}": one["search"]["mode"] for one in entries}
    assert len(told) == len(entries)
    return told


def order(focus: str, patient: str) -> dict[str, Any]:
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "focus": {"reference": focus},
        "for": {"reference": f"Patient/{patient}"},
    }


def test_messages_lead_to_others_and_others_to_messages(team: dict[str, Person], thread: Thread) -> None:
    anna, bernd, patient = team["anna"], team["bernd"], f"Patient/{thread.patient}"
    messages = [f"Communication/chat-{thread.pk.hex}-{seq}" for seq in (1, 2, 3)]
    task = stored(order(messages[1], thread.patient), custodian=str(anna.actor.organisation)).reference
    stranger = {name: value for name, value in order(messages[1], "").items() if name != "for"}
    foreign = stored(stranger, custodian=str(bernd.actor.organisation)).reference
    shown = dict.fromkeys(messages, "match")
    one = f"Communication?_id={messages[1].partition('/')[2]}"
    beside = dict.fromkeys(messages, "include")
    for asked, expected in {
        "Communication?_include=Communication:subject": {**shown, patient: "include"},
        "Communication?_include=Communication:sender:Practitioner": {
            **shown, str(anna.actor.person): "include", str(team["clara"].actor.person): "include"},
        f"{one}&_include=*&_include=Communication:recipient": {
            messages[1]: "match", patient: "include", str(team["clara"].actor.person): "include"},
        f"{one}&_revinclude=Task:focus": {messages[1]: "match", task: "include"},
        f"{one}&_revinclude=Task:subject": {messages[1]: "match"},
        "Task?_include=Task:focus": {task: "match", messages[1]: "include"},
        "Task?_include=Task:patient": {task: "match", patient: "include"},
        f"Patient?_id={thread.patient}&_revinclude=Communication:subject": {patient: "match", **beside},
        f"Patient?_id={thread.patient}&_revinclude=Communication:*": {patient: "match", **beside},
        f"Patient?_id={thread.patient}&_revinclude=Communication:subject:Group": {patient: "match"},
        f"Patient?_id={thread.patient}&_revinclude=Communication:sender": {patient: "match", messages[2]: "include"},
        f"Patient?_id={thread.patient}&_revinclude=Communication:recipient": {patient: "match"},
    }.items():  # fmt: skip
        assert modes(anna, asked) == expected, asked
    assert modes(bernd, "Task?_include=Task:focus&_include=*") == {foreign: "match"}
    colleague = modes(bernd, f"Practitioner?_id={str(anna.actor.person).partition('/')[2]}&_revinclude=*")
    assert not any(one.startswith("Communication/") for one in colleague)


def test_included_messages_are_logged_as_seen(team: dict[str, Person], thread: Thread) -> None:
    team["anna"].get(f"Patient?_id={thread.patient}&_revinclude=Communication:subject")
    (row,) = AuditEvent.objects.filter(action="search", patient=thread.patient)
    messages = {f"Communication/chat-{thread.pk.hex}-{seq}" for seq in (1, 2, 3)}
    assert set(row.detail.split()) == {*messages, f"Patient/{thread.patient}"}


def test_including_costs_the_same_with_many_messages(
    team: dict[str, Person], thread: Thread, cast: Actors, django_assert_max_num_queries: Any
) -> None:
    asked = f"Patient?_id={thread.patient}&_revinclude=Communication:*&_include=*"
    team["anna"].get(asked)
    for _ in range(40):
        say(cast["anna"], thread, "Noch etwas.")
    with django_assert_max_num_queries(13):
        assert len(modes(team["anna"], asked)) >= 44
