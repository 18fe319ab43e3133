"""Searching by GET and by POST, page by page, and never across teams."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from patients.records.models import Document
from tests.patients.fhir.conftest import Person, content, found, issue, pulse, stored

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def test_anna_finds_by_patient_code_and_date(anna: Person, heinrich: str, hearts: Document) -> None:
    address = f"Observation?patient={heinrich}&code=http://loinc.org|8867-4&date=ge2026-11-21"
    answer = anna.get(address)
    assert [one["id"] for one in found(answer)] == [hearts.logical_id]
    bundle = content(answer)
    assert (bundle["type"], bundle["total"]) == ("searchset", 1)
    assert bundle["entry"][0]["search"] == {"mode": "match"}
    assert bundle["entry"][0]["fullUrl"].endswith(f"/fhir/{hearts.reference}")
    assert not found(anna.get(f"Observation?patient={heinrich}&code=8310-5"))


@pytest.mark.parametrize("stranger", ["bernd", "david"])
def test_a_search_crosses_no_team(
    stranger: str, heinrich: str, hearts: Document, request: pytest.FixtureRequest
) -> None:
    who: Person = request.getfixturevalue(stranger)
    addresses = ("Observation", f"Observation?patient={heinrich}", f"Observation?_id={hearts.logical_id}",
                 "Observation?code=8867-4", f"Patient?_id={heinrich}", "Patient?family=Brandt")  # fmt: skip
    for address in addresses:
        answer = who.get(address)
        assert found(answer) == []
        assert content(answer).get("total", 0) == 0
    assert found(who.look_for("Observation", f"patient={heinrich}")) == []
    assert content(who.get("Patient?family=Brandt&_summary=count"))["total"] == 0


def test_clara_finds_what_a_coded_pair_of_diagnoses_belongs_together(
    clara: Person, bernd: Person, heinrich: str
) -> None:
    """The cross and the star of ICD-10-GM: ISiK asks for `related` over R4's extension."""
    icd = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"

    def diagnosis(code: str, **more: object) -> str:
        coded = {"coding": [{"system": icd, "code": code}]}
        made = clara.post("Condition", {"resourceType": "Condition", "code": coded, "subject": whose, **more})
        assert made.status_code == 201, made.content
        return f"Condition/{content(made)['id']}"

    whose = {"reference": f"Patient/{heinrich}"}
    cross = diagnosis("E10.30")
    url = "http://hl7.org/fhir/StructureDefinition/condition-related"
    star = diagnosis("H36.0", extension=[{"url": url, "valueReference": {"reference": cross}}])
    diagnosis("I10", extension=[{"url": "urn:example:other", "valueReference": {"reference": cross}}])
    for asked in (
        f"related={cross}",
        f"related={cross.partition('/')[2]}",
        f"patient={heinrich}&related:missing=false",
    ):
        assert [f"Condition/{one['id']}" for one in found(clara.get(f"Condition?{asked}"))] == [star]
    both = found(clara.get(f"Condition?related={cross}&_include=Condition:related"))
    assert {f"Condition/{one['id']}" for one in both} == {star, cross}
    assert [
        f"Condition/{one['id']}" for one in found(clara.get(f"Condition?patient={heinrich}&related.code=E10.30"))
    ] == [star]
    assert found(bernd.get(f"Condition?related={cross}")) == []


def test_each_finds_their_own(anna: Person, bernd: Person, hearts: Document) -> None:
    own = stored(
        {"resourceType": "Task", "status": "draft", "intent": "order"}, custodian=str(bernd.actor.organisation)
    )
    assert [one["id"] for one in found(bernd.get("Task"))] == [own.logical_id]
    assert found(anna.get("Task")) == []
    assert [one["id"] for one in found(anna.get("Observation"))] == [hearts.logical_id]


def test_a_search_by_post_keeps_its_words_out_of_addresses(anna: Person, heinrich: str) -> None:
    for minute in range(5):
        anna.post("Observation", pulse(heinrich, taken=f"2026-11-21T08:{minute:02}:00+01:00"))
    first = anna.look_for("Observation", f"patient={heinrich}&_count=2")
    assert len(found(first)) == 2
    address = next(link["url"] for link in content(first)["link"] if link["relation"] == "next")
    assert heinrich not in address
    second = anna.get(address.partition("/fhir/")[2])
    assert len(found(second)) == 2
    assert not {one["id"] for one in found(first)} & {one["id"] for one in found(second)}


def test_paging_shows_each_match_once(anna: Person, heinrich: str) -> None:
    written = {
        content(anna.post("Observation", pulse(heinrich, taken=f"2026-11-21T08:{minute:02}:00+01:00")))["id"]
        for minute in range(7)
    }
    seen: list[str] = []
    address: str | None = f"Observation?patient={heinrich}&_count=3&_sort=-date"
    while address:
        answer = anna.get(address)
        seen += [one["id"] for one in found(answer)]
        links = {link["relation"]: link["url"] for link in content(answer)["link"]}
        assert urlsplit(links["self"]).path == "/fhir/Observation"
        address = links["next"].partition("/fhir/")[2] if "next" in links else None
    assert len(seen) == 7
    assert set(seen) == written


def test_a_foreign_page_is_refused(anna: Person) -> None:
    assert anna.get("Observation?_page=nonsense").status_code == 400
    assert anna.get("Observation?_cursor=nonsense").status_code == 400


def test_a_page_is_of_no_use_to_a_colleague(anna: Person, clara: Person, heinrich: str) -> None:
    for minute in range(2):
        anna.post("Observation", pulse(heinrich, taken=f"2026-11-21T08:{minute:02}:00+01:00"))
    asked = f"patient={heinrich}&_count=1"
    for answer in (anna.get(f"Observation?{asked}"), anna.look_for("Observation", asked)):
        address = next(link["url"] for link in content(answer)["link"] if link["relation"] == "next")
        further = address.partition("/fhir/")[2]
        assert len(found(anna.get(further))) == 1
        refused = clara.get(further)
        assert refused.status_code == 400
        assert heinrich not in refused.content.decode()
    assert len(found(clara.get(f"Observation?{asked}"))) == 1


def test_a_parameter_without_a_value_is_ignored(anna: Person, heinrich: str, hearts: Document) -> None:
    for answer in (
        anna.get(f"Observation?code=&patient={heinrich}&colour=&_sort=&_count="),
        anna.look_for("Observation", f"code=&patient={heinrich}"),
    ):
        assert [one["id"] for one in found(answer)] == [hearts.logical_id]
        assert content(answer)["link"][0]["url"].endswith(f"/Observation?patient={heinrich}")
    assert anna.get("Observation?_cursor=").status_code == 400
    assert anna.get("Observation?_page=").status_code == 400


def test_a_modifier_that_does_not_fit_is_refused_from_the_lenient_too(anna: Person, hearts: Document) -> None:
    for query in (
        "code:contains=8867",
        "subject:Practitioner=x",
        "patient:Patient.name:contains=bra",
        "_has:Task:focus:code:text=x",
    ):
        refused = anna.get(f"Observation?{query}", prefer="handling=lenient")
        assert refused.status_code == 400, query
        assert "modifier" in issue(refused)["details"]["text"]
    assert anna.get("Observation?colour:exact=red", prefer="handling=lenient").status_code == 200


def test_a_count_alone(anna: Person, hearts: Document) -> None:
    bundle = content(anna.get("Observation?_summary=count"))
    assert bundle["total"] == 1
    assert "entry" not in bundle


@pytest.mark.parametrize(
    "query", ["colour=red", "date=yesterday", "_include=Observation:code", "_count=-1", "_content=x"]
)
def test_what_cannot_be_answered_is_refused_by_name(anna: Person, query: str) -> None:
    answer = anna.get(f"Observation?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[0].partition(":")[0] in issue(answer)["details"]["text"]


def test_a_form_is_sent_as_a_form(anna: Person) -> None:
    assert anna.post("Observation/_search", b"patient=x").status_code == 415


def test_who_asks_leniently_is_told_what_was_ignored(anna: Person, heinrich: str, hearts: Document) -> None:
    asked = f"Observation?colour=red&patient={heinrich}&_content=x&_include=Observation:code&_count=5"
    assert anna.get(asked).status_code == 400
    assert anna.get(asked, prefer="handling=strict").status_code == 400
    bundle = content(anna.get(asked, prefer="return=minimal; handling=lenient"))
    assert [entry["search"]["mode"] for entry in bundle["entry"]] == ["match", "outcome"]
    told = [one["details"]["text"] for one in bundle["entry"][1]["resource"]["issue"]]
    assert len(told) == 3
    for name, text in zip(("colour", "_content", "_include"), told, strict=True):
        assert name in text
        assert "ignored" in text
    assert bundle["link"][0]["url"].endswith(f"Observation?patient={heinrich}&_count=5")
    assert anna.get("Observation?date=yesterday", prefer="handling=lenient").status_code == 400


def test_a_form_may_say_how_it_is_answered(anna: Person, heinrich: str) -> None:
    answer = anna.look_for("Observation", f"patient={heinrich}&_format=application/json&_pretty=true")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.content.startswith(b"{\n")
    assert "_pretty" not in content(answer)["link"][0]["url"]
    assert anna.look_for("Observation", "_format=xml").status_code == 406


def test_a_sealed_page_may_be_asked_for_in_another_form(anna: Person, heinrich: str) -> None:
    for minute in range(2):
        anna.post("Observation", pulse(heinrich, taken=f"2026-11-21T08:{minute:02}:00+01:00"))
    first = anna.look_for("Observation", f"patient={heinrich}&_count=1&_include=Observation:patient")
    address = next(link["url"] for link in content(first)["link"] if link["relation"] == "next")
    second = anna.get(address.partition("/fhir/")[2].replace("?", "?_pretty=true&"))
    assert [one["resourceType"] for one in found(second)] == ["Observation", "Patient"]
    assert second.content.startswith(b"{\n")
