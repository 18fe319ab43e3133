"""The FHIR edge, asked by strangers for all that is Heinrich's."""

from __future__ import annotations

import json

import pytest

from patients.accounts.actor import Actor
from patients.records import wire
from patients.records.definitions import SERVED
from patients.records.models import Document
from tests.cast import HEINRICH, WILMA, ident
from tests.conftest import Tell
from tests.house.edge import Answer, Caller, Stranger, leaks, swapped, told
from tests.house.roles import KNOW_WILMA
from tests.house.whole import Whole, nobody

pytestmark = [pytest.mark.django_db]

SUBJECTS = ("patient", "subject", "for", "actor", "individual", "owner", "requester", "performer", "author", "member")


def may_know(caller: Caller, type_: str) -> bool:
    """Dora, who watches over data protection at Clara's practice, reads its log and its consents (DESIGN §5)."""
    return caller.name == "dora" and type_ in ("AuditEvent", "Consent")


def test_no_stranger_reads_changes_or_deletes_what_is_heinrichs(tell: Tell, his: Whole, callers: list[Caller]) -> None:
    none, tried = nobody(his), 0
    documents = his.documents()
    assert len({one.type for one in documents}) >= 10
    for caller in callers:
        for document in documents:
            if may_know(caller, document.type):
                continue
            here, other = document.reference, f"{document.type}/{none[document.logical_id]}"
            content = wire.parse(bytes(document.text))
            for method, end, body in (
                ("GET", "", None),
                ("GET", "/_history/1", None),
                ("GET", "/_history", None),
                ("GET", "/$everything", None),
                ("DELETE", "", None),
                ("GET", "/Observation", None),
            ):
                tried += 1
                theirs, nothing = caller.ask(method, here + end, body), caller.ask(method, other + end, body)
                assert theirs.status_code in (401, 404, 405) or finds_nothing(theirs), (caller.name, method, here + end)
                assert told(theirs, document.logical_id) == told(nothing, none[document.logical_id])
                assert not leaks(theirs, his, here)
            for end in ("", f"?_id={document.logical_id}"):
                tried += 1
                steps = b'[{"op":"test","path":"/status","value":"final"}]'
                theirs = caller.patch(here if not end else document.type + end, steps)
                nothing = caller.patch(other if not end else document.type + swapped(end, none), steps)
                assert theirs.status_code in (401, 404), (caller.name, here, theirs.content)
                assert told(theirs, document.logical_id) == told(nothing, none[document.logical_id])
            for match in ({}, {"if_match": f'W/"{document.version}"'}, {"if_match": 'W/"99"'}):
                tried += 1
                answer = caller.ask("PUT", here, content, **match)
                assert answer.status_code in (401, 404), (caller.name, here, match, answer.content)
                assert not leaks(answer, his, json.dumps(content, default=str))
    tell(f"FHIR instances: {tried} cases, 0 leaks")
    assert [(one.reference, one.version) for one in his.documents()] == [(o.reference, o.version) for o in documents]


def test_no_search_finds_what_is_heinrichs(tell: Tell, his: Whole, callers: list[Caller]) -> None:
    none, tried = nobody(his), 0
    first = {document.type: document for document in his.documents()}
    for caller in callers:
        for type_ in SERVED:
            asked = [f"?_id={first[type_].logical_id}"] if type_ in first else []
            asked += [f"?{name}=Patient/{HEINRICH}" for name in SUBJECTS] + [f"?patient={HEINRICH}"]
            asked += [f"?patient:Patient={HEINRICH}", f"?encounter=Encounter/{his.ids['consultation']}"]
            for query in () if may_know(caller, type_) else asked:
                tried += 1
                theirs, nothing = caller.ask("GET", type_ + query), caller.ask("GET", type_ + swapped(query, none))
                assert told(theirs, *none) == told(nothing, *none.values()), (caller.name, type_, query)
                assert not leaks(theirs, his, query)
            if not may_know(caller, type_):
                tried += 1
                assert not leaks(caller.ask("GET", f"{type_}?_count=200&_lastUpdated=ge2020-01-01"), his, "")
    tell(f"FHIR searches by type: {tried} cases, 0 leaks")


BY_CONTENT = (
    "Patient?identifier=http://fhir.de/sid/gkv/kvid-10|X110411941",
    "Patient?identifier=X110411941",
    "Patient?name=brandt",
    "Patient?family:exact=Brandt",
    "Patient?birthdate=1941-03-14",
    "Patient?address=lindenweg",
    "Patient?phone=04499+2206",
    "Patient?telecom=04499+2206",
    "RelatedPerson?name=brandt",
    "Observation?code=http://loinc.org|29463-7",
    "Observation?code=29463-7&value-quantity=gt84",
    "Observation?combo-code=29463-7",
    "Goal?lifecycle-status=active",
    "Task?status=requested,accepted",
    "Encounter?status=planned,arrived,in-progress",
    "Appointment?date=ge2020",
    "Composition?status=final",
    "CareTeam?status=active",
    f"CareTeam?participant=Organization/{ident('markt')}",
    f"Task?owner=Organization/{ident('moorland')}",
    f"Observation?performer=Practitioner/{ident('anna')}",
    f"Encounter?service-provider=Organization/{ident('markt')}",
)
AROUND_CORNERS = (
    "Observation?subject:Patient.name=brandt",
    "Observation?patient.identifier=X110411941",
    "Observation?subject.name=brandt",
    "Patient?_has:Observation:patient:code=29463-7",
    "Observation?_include=Observation:subject",
    "Patient?_revinclude=Observation:subject",
    "Observation?_include=*",
    "Patient?_revinclude=Observation:patient",
    "Patient?_filter=name eq brandt",
    "Patient?_text=brandt",
    "Patient?_content=brandt",
    "Patient?_query=x",
    f"Observation?_list={HEINRICH}",
    "Observation?_include:iterate=Observation:subject",
)


def test_no_search_by_content_counts_or_crosses_over_to_heinrich(tell: Tell, his: Whole, callers: list[Caller]) -> None:
    tried = 0
    for caller in callers:
        for query in BY_CONTENT:
            for end in ("", "&_summary=count", "&_total=accurate&_sort=-_lastUpdated"):
                tried += 1
                answer = caller.ask("GET", query + end)
                assert not leaks(answer, his, query), (caller.name, query)
                if answer.status_code == 200:
                    found = json.loads(answer.content)
                    assert found.get("total", 0) <= _own(caller, query), (caller.name, query)
        for query in AROUND_CORNERS:
            tried += 1
            answer = caller.ask("GET", query)
            assert answer.status_code in (200, 400, 401), (caller.name, query, answer.content)
            assert not leaks(answer, his, query)
        knows = any(may_know(caller, type_) for type_ in SERVED)
        everything = () if knows else ("_history", "_history?_at=2026")
        for address in (*everything, "Patient/_history", "Observation/_history?_count=500"):
            tried += 1
            assert not leaks(caller.ask("GET", address), his, address), (caller.name, address)
        for address in ("", f"Patient/{HEINRICH}/Observation", *(() if knows else (f"Patient/{HEINRICH}/*",))):
            tried += 1
            answer = caller.ask("GET", address)
            refused = answer.status_code in (400, 401, 404, 405)
            assert refused or finds_nothing(answer), (caller.name, address, answer.content)
    tell(f"FHIR searches by content: {tried} cases, 0 leaks")


def test_a_page_of_clara_s_search_opens_nothing_for_david(his: Whole, clara: Actor, callers: list[Caller]) -> None:
    hers = Caller(Stranger("clara", clara, ""))
    form = "application/x-www-form-urlencoded"
    answer = hers.client.generic("POST", "/fhir/Observation/_search", b"_count=1", form, headers=hers.headers)
    links = {one["relation"]: one["url"] for one in json.loads(answer.content)["link"]}
    by_get = json.loads(hers.ask("GET", "Observation?_count=1").content)["link"]
    for url in (links["next"], next(one["url"] for one in by_get if one["relation"] == "next")):
        for caller in callers:
            got = caller.ask("GET", url.partition("/fhir/")[2])
            assert got.status_code in (200, 400, 401)
            assert not leaks(got, his, url), caller.name


def test_nobody_records_about_heinrich_or_learns_that_he_is_here(tell: Tell, his: Whole, callers: list[Caller]) -> None:
    none, tried = nobody(his), 0
    before = [(one.reference, one.version) for one in his.documents()]
    for caller in callers:
        for document in his.documents():
            if document.type == "Patient":  # admission answers by other rules: see its own tests
                continue
            text = wire.text({**wire.parse(bytes(document.text)), "id": "x"}).decode()
            bodies = [wire.parse(one.encode()) for one in (text, swapped(text, none))]
            tried += 1
            theirs, nothing = (caller.ask("POST", document.type, body) for body in bodies)
            assert theirs.status_code in (401, 403, 404, 409, 422), (caller.name, document.type, theirs.content)
            if caller.name != "portal":  # an imported record may come before the person whom it is about
                assert told(theirs, *none) == told(nothing, *none.values()), (caller.name, document.type)
    tell(f"FHIR creates: {tried} cases, 0 leaks")
    assert [(one.reference, one.version) for one in his.documents()] == before


def test_what_is_wilmas_cannot_be_moved_to_heinrich(tell: Tell, his: Whole, hers: Whole, callers: list[Caller]) -> None:
    before, tried = [(one.reference, one.version) for one in his.documents()], 0
    for caller in callers:
        for document in hers.documents():
            text = wire.text(wire.parse(bytes(document.text))).decode()
            moved = wire.parse(text.replace(f"Patient/{WILMA}", f"Patient/{HEINRICH}").encode())
            if moved == wire.parse(text.encode()):
                continue
            tried += 1
            answer = caller.ask("PUT", document.reference, moved)
            assert answer.status_code in (400, 401, 403, 404, 409, 422), (
                caller.name,
                document.reference,
                answer.content,
            )
    tell(f"FHIR moves: {tried} cases, 0 leaks")
    assert [(one.reference, one.version) for one in his.documents()] == before


def finds_nothing(answer: Answer) -> bool:
    """A search that is carried out among what the stranger may see."""
    return answer.status_code == 200 and json.loads(answer.content).get("total") == 0


def _own(caller: Caller, query: str) -> int:
    """How many a stranger may find: only what concerns Wilma, of whom there is one record here."""
    type_ = query.partition("?")[0]
    return Document.objects.filter(type=type_, patient=WILMA).count() if caller.name in KNOW_WILMA else 0
