"""Patient/$everything: all of a record that one may see, with who is named in it, and nothing of anybody else's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from patients.access import repository
from patients.accounts.actor import Actor
from patients.audit.models import AuditEvent
from patients.errors import Missing
from patients.fhir import ingest
from patients.fhir.operations import everything, record
from patients.fhir.operations.referring import REFERRED_TO
from patients.records import wire
from patients.records.models import Document
from tests.cast import HEINRICH, WILMA, ident
from tests.patients.fhir.conftest import Person, content, issue, pulse, stored
from tests.patients.fhir.operations.conftest import names, parameters, resources, whole

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

MARKT = ident("markt")


@pytest.fixture
def measured(cast: dict[str, Actor]) -> list[str]:
    """Seven pulses of Heinrich, a day apart, measured by Anna."""
    records = repository(cast["anna"])
    by = {"performer": [{"reference": str(cast["anna"].person)}]}
    return [
        records.create(pulse(HEINRICH, taken=f"2026-11-{day:02}T08:00:00+01:00", **by)).reference
        for day in range(11, 18)
    ]


def test_clara_gets_all_of_heinrichs_record_the_person_first(clara: Person, measured: list[str]) -> None:
    bundle = whole(clara.get(f"Patient/{HEINRICH}/$everything"))
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "searchset")
    found = resources(bundle, "match")
    assert found[0]["id"] == HEINRICH
    assert set(measured) <= names(found)
    assert {"CareTeam", "RelatedPerson"} <= {one["resourceType"] for one in found}
    assert bundle["entry"][0]["fullUrl"].endswith(f"/fhir/Patient/{HEINRICH}")


def test_who_is_named_comes_with_it_once(clara: Person, anna: Person, measured: list[str]) -> None:
    included = resources(whole(clara.get(f"Patient/{HEINRICH}/$everything")), "include")
    assert len(names(included)) == len(included)
    assert str(anna.actor.person) in names(included)
    assert f"Organization/{MARKT}" in names(included)
    assert {one["resourceType"] for one in included} <= set(REFERRED_TO)


def test_the_record_of_whom_the_practice_took_over_is_told_to_its_end(clara: Person, tmp_path: Path) -> None:
    """Nobody has said yet that she treats them: an import gives the practice a right on what it keeps itself."""
    file = tmp_path / "taken-over.ndjson"
    patient = {"resourceType": "Patient", "id": "taken-over", "name": [{"family": "Neumann"}]}
    file.write_bytes(b"\n".join(wire.text(one) for one in (patient, {**pulse("taken-over"), "id": "first-pulse"})))
    assert not ingest.run([file], custodian=MARKT).refusals
    found = resources(whole(clara.get("Patient/taken-over/$everything")), "match")
    assert {"Patient/taken-over", "Observation/first-pulse"} <= names(found)


@pytest.mark.parametrize("stranger", ["bernd", "david"])
def test_for_strangers_heinrich_does_not_exist(stranger: str, hearts: Document, request: pytest.FixtureRequest) -> None:
    who: Person = request.getfixturevalue(stranger)
    hidden, absent = (who.get(f"Patient/{one}/$everything") for one in (HEINRICH, "nobody"))
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content.replace(HEINRICH.encode(), b"nobody") == absent.content
    assert dict(hidden.headers, **{"Content-Length": ""}) == dict(absent.headers, **{"Content-Length": ""})


def test_no_more_than_a_search_would_show(anna: Person, clara: Person, hearts: Document) -> None:
    sad = {
        "resourceType": "Condition",
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "F32.1"}]},
        "subject": {"reference": f"Patient/{HEINRICH}"},
    }
    told = stored(sad, custodian=MARKT)
    assert hearts.reference in names(resources(whole(anna.get(f"Patient/{HEINRICH}/$everything"))))
    assert told.reference not in names(resources(whole(anna.get(f"Patient/{HEINRICH}/$everything"))))
    assert anna.get(told.reference).status_code == 404


def test_what_concerns_two_takes_a_right_on_both(clara: Person, cast: dict[str, Actor]) -> None:
    both = {
        "resourceType": "Appointment",
        "status": "booked",
        "start": "2026-12-01T09:00:00Z",
        "end": "2026-12-01T09:15:00Z",
        "participant": [
            {"actor": {"reference": f"Patient/{one}"}, "status": "accepted"} for one in (WILMA, HEINRICH)
        ],
    }  # fmt: skip
    shared = stored(both, custodian=MARKT)
    alone = stored({**both, "participant": both["participant"][1:]}, custodian=MARKT)
    found = names(resources(whole(clara.get(f"Patient/{HEINRICH}/$everything"))))
    assert alone.reference in found
    assert shared.reference not in found


def test_a_group_of_which_heinrich_is_a_member_belongs_to_it(clara: Person, cast: dict[str, Actor]) -> None:
    group = {
        "resourceType": "Group", "type": "person", "actual": True,
        "member": [{"entity": {"reference": f"Patient/{HEINRICH}"}}],
    }  # fmt: skip
    walkers = stored(group, custodian=MARKT)
    assert walkers.reference in names(resources(whole(clara.get(f"Patient/{HEINRICH}/$everything"))))


def test_one_entry_in_the_log_for_the_patient_and_look(clara: Person, measured: list[str]) -> None:
    before = AuditEvent.objects.count()
    whole(clara.get(f"Patient/{HEINRICH}/$everything"))
    rows = list(AuditEvent.objects.order_by("id")[before:])
    assert [(row.action, row.type, row.ident) for row in rows if row.patient == HEINRICH] == [
        ("everything", "Patient", HEINRICH)
    ]
    assert {row.patient for row in rows} <= {HEINRICH, ""}


def test_it_is_logged_before_the_first_byte_and_a_refusal_too(clara: Person, bernd: Person, hearts: Document) -> None:
    clara.get(f"Patient/{HEINRICH}/$everything")  # nothing of it is read
    assert AuditEvent.objects.filter(action="everything", outcome="done", patient=HEINRICH).count() == 1
    bernd.get(f"Patient/{HEINRICH}/$everything")
    assert AuditEvent.objects.get(action="everything", outcome="denied").account == bernd.actor.account


def test_only_the_wanted_types(clara: Person, measured: list[str]) -> None:
    found = resources(whole(clara.get(f"Patient/{HEINRICH}/$everything?_type=Observation,Organization")))
    assert {one["resourceType"] for one in found} == {"Observation"}
    found = resources(whole(clara.get(f"Patient/{HEINRICH}/$everything?_type=CareTeam&_type=Organization")))
    assert {one["resourceType"] for one in found} == {"CareTeam", "Organization"}
    nothing = whole(clara.get(f"Patient/{HEINRICH}/$everything?_type=Immunization"))
    assert "entry" not in nothing


def test_only_what_was_done_in_a_time_and_what_has_none(clara: Person, measured: list[str]) -> None:
    found = resources(whole(clara.get(f"Patient/{HEINRICH}/$everything?start=2026-11-12&end=2026-11-14")), "match")
    assert [one["effectiveDateTime"][:10] for one in found if one["resourceType"] == "Observation"] == [
        "2026-11-12", "2026-11-13", "2026-11-14",
    ]  # fmt: skip
    assert found[0]["id"] == HEINRICH


def test_only_what_changed_since(clara: Person, measured: list[str]) -> None:
    middle = repository(clara.actor).read(*measured[3].split("/")).updated_at
    asked = middle.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    found = names(resources(whole(clara.get(f"Patient/{HEINRICH}/$everything?_since={asked}&_type=Observation"))))
    assert set(measured[4:]) <= found
    assert not whole(clara.get(f"Patient/{HEINRICH}/$everything?_since=2199-01-01T00:00:00Z")).get("entry")


def test_page_by_page_each_comes_once_and_what_is_written_meanwhile_at_the_end(
    clara: Person, measured: list[str]
) -> None:
    all_at_once = [one["id"] for one in resources(whole(clara.get(f"Patient/{HEINRICH}/$everything")), "match")]
    seen: list[str] = []
    address: str | None = f"Patient/{HEINRICH}/$everything?_count=3"
    later = ""
    while address:
        bundle = content(clara.get(address))
        page = resources(bundle, "match")
        assert 0 < len(page) <= 3
        seen += [one["id"] for one in page]
        later = later or repository(clara.actor).create(pulse(HEINRICH, taken="2026-11-20T08:00:00Z")).logical_id
        links = {link["relation"]: link["url"] for link in bundle["link"]}
        address = links["next"].partition("/fhir/")[2] if "next" in links else None
    assert seen == [*all_at_once, later]


def test_a_page_of_one_goes_on_after_the_person(clara: Person, measured: list[str]) -> None:
    first = content(clara.get(f"Patient/{HEINRICH}/$everything?_count=1"))
    assert [one["id"] for one in resources(first, "match")] == [HEINRICH]
    address = next(link["url"] for link in first["link"] if link["relation"] == "next").partition("/fhir/")[2]
    assert resources(content(clara.get(address)), "match")[0]["resourceType"] != "Patient"
    assert issue(clara.get(address.replace(HEINRICH, WILMA)))["code"] == "invalid"


def test_heinrich_asks_for_his_own(cast: dict[str, Actor], hearts: Document) -> None:
    from tests.patients.fhir.conftest import calls

    heinrich = calls(cast["heinrich"])
    found = resources(whole(heinrich.get("Patient/$everything")), "match")
    assert found[0]["id"] == HEINRICH
    assert hearts.reference in names(found)


def test_asked_of_all_clara_gets_the_records_of_her_patients(
    clara: Person, david: Person, hearts: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = [one["id"] for one in resources(whole(clara.get("Patient/$everything"))) if one["resourceType"] == "Patient"]
    assert own == [HEINRICH]
    theirs = resources(whole(david.get("Patient/$everything")))
    assert WILMA in {one["id"] for one in theirs}
    assert hearts.reference not in names(theirs)
    monkeypatch.setattr(everything, "MOST_PATIENTS", 0)
    assert issue(clara.get("Patient/$everything"))["code"] == "too-costly"


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ("start=yesterday", "start"), ("_since=2026", "_since"), ("_type=Unicorn", "_type"), ("_count=0", "_count"),
        ("_count=many", "_count"), ("_cursor=made-up", "_cursor"), ("since=2026-01-01", "since"),
        ("start=2026&start=2025", "start"),
    ],
)  # fmt: skip
def test_what_is_asked_wrongly_is_refused_by_name(clara: Person, asked: str, place: str) -> None:
    answer = clara.get(f"Patient/{HEINRICH}/$everything?{asked}")
    assert answer.status_code == 400
    assert issue(answer)["expression"] == [place]


def test_the_same_by_post(clara: Person, measured: list[str]) -> None:
    given = parameters(_type="Observation", start={"valueDate": "2026-11-17"})
    found = resources(whole(clara.post(f"Patient/{HEINRICH}/$everything", given)))
    assert [f"Observation/{one['id']}" for one in found] == measured[-1:]
    assert resources(whole(clara.post(f"Patient/{HEINRICH}/$everything", b"")))[0]["id"] == HEINRICH


def test_a_right_that_ends_in_the_middle_breaks_the_telling_off(
    anna: Person, measured: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network ends Anna's link while her answer is being written."""
    from patients.access.models import Right

    monkeypatch.setattr(record, "AT_ONCE", 5)
    answer = anna.get(f"Patient/{HEINRICH}/$everything")
    parts: Any = iter(answer)
    text = next(parts) + next(parts)
    Right.objects.filter(patient=HEINRICH).delete()
    with pytest.raises(Missing):
        b"".join(parts)
    assert b'"type":"searchset"' in text
    assert text.count(b'"8867-4"') < len(measured)


def test_a_record_in_parts_has_spaces_and_lines_for_who_asks(anna: Person, heinrich: str, hearts: Document) -> None:
    for address in (f"Patient/{heinrich}/$everything", f"Patient/{heinrich}/$everything?_type=Flag"):
        dense = anna.get(address).getvalue()
        spaced = anna.get(f"{address}{'&' if '?' in address else '?'}_pretty=true").getvalue()
        assert spaced.startswith(b'{\n  "resourceType": "Bundle",\n')
        assert b"\n" not in dense
        one, other = json.loads(dense), json.loads(spaced)
        assert one.get("entry") == other.get("entry")
        assert spaced == msgspec.json.format(msgspec.json.format(spaced, indent=-1), indent=2)
