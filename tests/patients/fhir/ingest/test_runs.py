"""Importing files: what is taken, what is refused and why, and that a second run changes nothing."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from patients.access import codes, importing, reactions, repository
from patients.accounts.actor import Actor, system
from patients.audit.models import AuditEvent
from patients.database import write
from patients.errors import Conflict, Invalid, Missing
from patients.fhir import ingest
from patients.network.resources import Basis, care_link, consent, treatment
from patients.records import store
from patients.records.models import Document, Version
from tests.cast import ident

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

Json = dict[str, Any]
EVERYTHING = system("test")


def patient(logical_id: str = "p1", **more: Any) -> Json:
    return {
        "resourceType": "Patient",
        "id": logical_id,
        "name": [{"family": "Muster"}],
        "birthDate": "1950-01-01",
        **more,
    }


def weight(about: str | None, kilos: str = "70.40", **more: Any) -> Json:
    subject = {"subject": {"reference": about}} if about else {}
    value = {"value": Decimal(kilos), "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}
    code = {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]}
    return {"resourceType": "Observation", "status": "final", "code": code, **subject, "valueQuantity": value, **more}


def bundle(kind: str, *entries: Json, **more: Any) -> Json:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries), **more}


def save(path: Path, *resources: Json) -> Path:
    """One resource as a file, several as NDJSON."""
    texts = [store.wire.text(resource).decode() for resource in resources]
    path.write_text("\n".join(texts))
    return path


def current(type_: str) -> dict[str, Json]:
    return {one.logical_id: one.content for one in Document.objects.filter(type=type_)}


def test_a_folder_is_imported_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    save(tmp_path / "weight.json", weight("Patient/p1", id="w1"))
    save(tmp_path / "inner" / "patient.json", patient())
    save(
        tmp_path / "inner" / "more.ndjson", weight("Patient/p1", "71.0", id="w2"), weight("Patient/p1", "72.5", id="w3")
    )
    (tmp_path / ".hidden.json").write_text("{")
    (tmp_path / "notes.txt").write_text("no FHIR")

    first = ingest.run([tmp_path])
    assert (first.accepted, first.unchanged, first.refused, first.files, first.other_files) == (4, 0, 0, 3, 1)
    assert (first.total("accepted", "file"), first.total("accepted", "entry")) == (2, 2)
    again = ingest.run([tmp_path])
    assert (again.accepted, again.unchanged, again.refused) == (0, 4, 0)
    assert not Version.objects.exists()


def test_what_comes_out_is_what_went_in_to_the_digit(tmp_path: Path) -> None:
    text = """{"resourceType": "Observation", "id": "digits", "meta": {"versionId": "7", "tag": [{"code": "x"}]},
        "extension": [{"url": "http://example.org/e", "valueDecimal": 1.20e3}, {"url": "http://example.org/f",
        "_valueString": {"extension": [{"url": "http://example.org/g", "valueCode": "unknown"}]}}],
        "status": "final", "code": {"text": "Größe \\u2013 ☃"}, "valueQuantity": {"value": 0.40},
        "referenceRange": [{"low": {"value": 0.00000010}, "high": {"value": 100000000000000000.000000000000000001}}]}"""
    (tmp_path / "digits.json").write_text(text)
    assert ingest.run([tmp_path]).accepted == 1
    out = Document.objects.get(logical_id="digits").text.decode()
    for spelling in ("1.20e3", "0.40", "0.00000010", "100000000000000000.000000000000000001", "Größe – ☃"):
        assert spelling in out
    went_in, came_out = (json.loads(each, parse_float=Decimal) for each in (text, out))
    assert came_out.pop("meta")["versionId"] == "1"
    went_in.pop("meta")
    assert came_out == went_in
    assert ingest.run([tmp_path]).unchanged == 1


def test_bundles_that_carry_resources_are_unpacked(tmp_path: Path) -> None:
    for number, kind in enumerate(("transaction", "batch", "collection", "searchset")):
        entry = {"resource": patient(f"p{number}")}
        save(tmp_path / f"{kind}.json", bundle(kind, {**entry, "request": {"method": "POST", "url": "Patient"}}))
    report = ingest.run([tmp_path])
    assert report.total("accepted", "entry") == 4
    assert set(current("Patient")) == {"p0", "p1", "p2", "p3"}
    assert not current("Bundle")


def test_a_history_is_taken_in_from_the_oldest_on(tmp_path: Path) -> None:
    newest, oldest = (weight("Patient/p1", kilos, id="w") for kilos in ("71", "70"))
    gone = {"request": {"method": "DELETE", "url": "Observation/w"}}
    save(tmp_path / "history.json", bundle("history", gone, {"resource": newest}, {"resource": oldest}))
    report = ingest.run([tmp_path])
    assert (report.accepted, report.skipped["entry without a resource"]) == (2, 1)
    assert current("Observation")["w"]["valueQuantity"]["value"] == 71
    assert ingest.run([tmp_path]).unchanged == 2


def test_documents_stay_whole_and_answers_are_counted(tmp_path: Path) -> None:
    document = {
        **bundle("document", {"fullUrl": "urn:uuid:b7765bbf-df40-486a-9f2f-404309643de6", "resource": {
            "resourceType": "Composition", "status": "final", "type": {"text": "Bericht"}, "date": "2026-11-01",
            "author": [{"display": "Dr. Voss"}], "title": "Bericht"}}),
        "identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"},
        "timestamp": "2026-11-01T08:00:00Z", "id": "paper",
    }  # fmt: skip
    save(tmp_path / "document.json", document)
    save(tmp_path / "answer.json", bundle("batch-response", {"resource": patient(), "response": {"status": "200"}}))
    report = ingest.run([tmp_path])
    assert (report.accepted, report.skipped["response Bundle"]) == (1, 1)
    assert set(current("Bundle")) == {"paper"}
    assert not current("Patient")


def test_references_inside_a_bundle_follow_to_where_their_targets_are_kept(tmp_path: Path) -> None:
    urn, away = "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a", "https://other.example/fhir/Patient/p2"
    nameless = patient()
    del nameless["id"]
    save(
        tmp_path / "bundle.json",
        bundle(
            "transaction",
            {"fullUrl": "urn:uuid:1", "resource": weight(urn, id="w1")},
            {"fullUrl": urn, "resource": nameless},
            {"fullUrl": away, "resource": patient("p2", active=True)},
            {"fullUrl": "urn:uuid:2", "resource": weight(f"{away}/_history/3", id="w2")},
            {"fullUrl": "urn:uuid:3", "resource": weight("https://other.example/fhir/Patient/unknown", id="w3")},
        ),
    )
    assert ingest.run([tmp_path]).accepted == 5
    ours = next(one for one in current("Patient") if one != "p2")
    subjects = {name: one["subject"]["reference"] for name, one in current("Observation").items()}
    assert subjects == {
        "w1": f"Patient/{ours}",
        "w2": "Patient/p2/_history/3",
        "w3": "https://other.example/fhir/Patient/unknown",
    }
    assert Document.objects.get(logical_id="w1").patient == ours
    assert ingest.run([tmp_path]).unchanged == 5


def test_one_id_for_records_of_two_patients_mixes_nobody_up(tmp_path: Path) -> None:
    """Bundles of different sources number their resources from one."""
    for name in ("a", "b"):
        report = {"resourceType": "DiagnosticReport", "id": f"report-{name}", "status": "final", "code": {"text": "x"},
                  "subject": {"reference": f"Patient/{name}"}, "result": [{"reference": "Observation/o1"}]}  # fmt: skip
        value = weight(f"Patient/{name}", "70" if name == "a" else "80", id="o1")
        save(tmp_path / f"{name}.json", bundle("collection", {"resource": report}, {"resource": value}))
    report = ingest.run([tmp_path])
    assert (report.accepted, report.other_ids) == (4, 1)
    for name, kilos in (("a", 70), ("b", 80)):
        target = current("DiagnosticReport")[f"report-{name}"]["result"][0]["reference"].removeprefix("Observation/")
        assert current("Observation")[target]["valueQuantity"]["value"] == kilos
        assert current("Observation")[target]["subject"]["reference"] == f"Patient/{name}"
    assert (ingest.run([tmp_path]).accepted, ingest.run([tmp_path]).unchanged) == (0, 4)


def test_nor_where_another_custodian_holds_the_id_already(tmp_path: Path, clara: Actor) -> None:
    for name in ("a", "b"):
        save(tmp_path / f"{name}.json", bundle("collection", {"resource": weight(f"Patient/{name}", id="o1")}))
    ingest.run([tmp_path])
    again = ingest.run([tmp_path], custodian=ident("markt"))
    assert (again.accepted, again.other_ids, again.refused) == (2, 2, 0)
    assert {one.patient for one in repository(clara).search("Observation").rows} == {"a", "b"}
    assert ingest.run([tmp_path], custodian=ident("markt")).unchanged == 2


def test_what_cannot_be_taken_is_refused_with_place_and_reason_and_the_rest_goes_on(tmp_path: Path) -> None:
    save(tmp_path / "good.json", patient())
    (tmp_path / "truncated.json").write_text('{"resourceType": "Patient", "name": [{"fam')
    (tmp_path / "twice.json").write_text('{"resourceType": "Patient", "active": true, "active": false}')
    (tmp_path / "list.json").write_text("[1, 2]")
    (tmp_path / "empty.json").write_text("")
    (tmp_path / "page.json").write_text("<Patient/>")
    save(tmp_path / "unknown.json", {"resourceType": "Spaceship"})
    save(tmp_path / "nothing.json", {"hello": "world"})
    save(tmp_path / "elsewhere.json", {"resourceType": "ValueSet", "status": "draft"})
    save(tmp_path / "wrong.json", weight("Patient/p1", status="guessed"))
    (tmp_path / "lines.ndjson").write_text('{"resourceType": "Patient"\n\n' + json.dumps(patient("p2")))
    report = ingest.run([tmp_path, tmp_path / "missing.json"])

    reasons = {Path(one.place).name: one.reason for one in report.refusals}
    assert set(current("Patient")) == {"p1", "p2"}
    assert report.not_served == {"ValueSet": 1}
    assert len(reasons) == report.refused == 10
    assert "ends too early" in reasons["truncated.json"]
    assert "active" in reasons["twice.json"]
    assert "XML" in reasons["page.json"]
    assert "Spaceship" in reasons["unknown.json"]
    assert "resourceType" in reasons["nothing.json"]
    assert "Observation.status" in reasons["wrong.json"]
    assert "no such file" in reasons["missing.json"]
    assert "lines.ndjson, line 1" in reasons
    assert report.complete
    assert not ingest.run([tmp_path / "truncated.json"]).complete


def test_the_report_is_written_for_a_person(tmp_path: Path) -> None:
    save(tmp_path / "good.json", patient())
    save(tmp_path / "wrong.json", weight("Patient/p1", status="guessed"))
    out, shares = io.StringIO(), list[float]()
    ingest.print_report(ingest.run([tmp_path], progress=shares.append), out)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    lines = out.getvalue().splitlines()
    assert any(line.split() == ["Patient", "1", "+", "0", "–", "–"] for line in lines)
    assert "1 accepted, 0 unchanged, 1 refused. Of the types served 50.0 % are here now." in lines[-1]


def test_a_change_made_here_is_not_undone_by_the_same_files(tmp_path: Path) -> None:
    save(tmp_path / "p.json", patient())
    ingest.run([tmp_path])
    repository(EVERYTHING).update(patient(gender="female"))
    assert ingest.run([tmp_path]).unchanged == 1
    assert current("Patient")["p1"]["gender"] == "female"
    save(tmp_path / "p.json", patient(gender="other"))
    assert ingest.run([tmp_path]).accepted == 1
    assert current("Patient")["p1"]["gender"] == "other"


def test_without_an_organisation_only_the_system_client_reads_it(tmp_path: Path, clara: Actor, anna: Actor) -> None:
    save(tmp_path / "p.json", patient())
    ingest.run([tmp_path])
    for who in (clara, anna):
        with pytest.raises(Missing):
            repository(who).read("Patient", "p1")
    assert Document.objects.get(logical_id="p1").custodian == importing.IMPORT


def test_the_staff_of_the_named_organisation_see_its_patients_and_nobody_else_does(
    tmp_path: Path, clara: Actor, david: Actor, anna: Actor
) -> None:
    save(tmp_path / "all.ndjson", patient(), weight("Patient/p1", id="w1"))
    report = ingest.run([tmp_path], custodian="Hausarztpraxis am Markt")
    assert report.custodian == "Hausarztpraxis am Markt"
    assert repository(clara).read("Patient", "p1")
    assert [one.logical_id for one in repository(clara).search("Observation").rows] == ["w1"]
    for who in (david, anna):
        with pytest.raises(Missing):
            repository(who).read("Observation", "w1")
    before = set(current("CareTeam"))
    assert ingest.run([tmp_path], custodian=ident("markt")).unchanged == 2
    assert set(current("CareTeam")) == before


def test_an_organisation_that_is_not_known_or_not_clear_is_refused(tmp_path: Path, clara: Actor) -> None:
    with pytest.raises(Invalid, match="No organisation"):
        ingest.run([save(tmp_path / "p.json", patient())], custodian="Praxis Unbekannt")
    assert not current("Patient").get("p1")


def test_another_organisation_keeps_the_same_foreign_ids_apart(tmp_path: Path, clara: Actor, david: Actor) -> None:
    save(tmp_path / "all.ndjson", patient(), weight("Patient/p1", id="w1"))
    ingest.run([tmp_path], custodian=ident("markt"))
    report = ingest.run([tmp_path], custodian=ident("deichweg"))
    assert (report.accepted, report.other_ids) == (2, 2)
    theirs = repository(david).search("Observation").rows[0]
    assert theirs.logical_id != "w1"
    assert repository(david).read("Patient", str(theirs.patient)).custodian == ident("deichweg")
    assert len(repository(clara).search("Observation", [("patient", "p1")]).rows) == 1
    assert ingest.run([tmp_path], custodian=ident("deichweg")).unchanged == 2

    save(tmp_path / "all.ndjson", weight("Patient/p1", "71", id="w2"))
    ingest.run([tmp_path], custodian=ident("deichweg"))
    assert Document.objects.get(logical_id="w2").patient == theirs.patient


def test_an_import_overwrites_nothing_that_was_written_here(tmp_path: Path, clara: Actor, heinrich: Actor) -> None:
    person = str(heinrich.patient)
    before = Document.objects.get(type="Patient", logical_id=person)
    save(tmp_path / "p.json", patient(person, name=[{"family": "Anders"}]))
    report = ingest.run([tmp_path], custodian=str(before.custodian))
    assert (report.accepted, report.refused) == (0, 1)
    assert "did not come by import" in report.refusals[0].reason
    ingest.run([tmp_path], custodian=ident("deichweg"))
    assert Document.objects.get(type="Patient", logical_id=person).text == before.text


def informed(by: Actor) -> Basis:
    return treatment(timezone.localtime(), str(by.person))


def test_imported_access_documents_grant_nothing_and_take_nothing_away(
    tmp_path: Path, clara: Actor, david: Actor, anna: Actor, heinrich: Actor
) -> None:
    person, here = str(heinrich.patient), ident("deichweg")
    opened = consent(person, permit=True, whom=[f"Organization/{here}"], categories=["clinical"],
                     on=informed(david).on, by=f"Patient/{person}", recorded_by=here)  # fmt: skip
    role = {"resourceType": "PractitionerRole", "practitioner": {"reference": david.person}, "active": True,
            "organization": {"reference": f"Organization/{ident('markt')}"},
            "code": [{"coding": [{"system": codes.ROLE, "code": "doctor"}]}]}  # fmt: skip
    save(tmp_path / "all.ndjson", care_link(person, here, manager=here, bases=[informed(david)]), opened, role)
    assert ingest.run([tmp_path]).accepted == 3
    assert ingest.run([tmp_path], custodian=here).accepted == 3
    with pytest.raises(Missing):
        repository(david).read("Patient", person)
    assert repository(clara).read("Patient", person)
    assert repository(anna).read("Patient", person)


def test_one_event_in_the_log_for_each_patient_and_run(tmp_path: Path) -> None:
    save(
        tmp_path / "a.ndjson",
        patient("p1"),
        patient("p2"),
        *(weight("Patient/p1", str(n), id=f"w{n}") for n in range(9)),
    )
    ingest.run([tmp_path])
    logged = AuditEvent.objects.filter(action="import")
    assert sorted(logged.values_list("patient", flat=True)) == ["p1", "p2"]
    ingest.run([tmp_path])
    assert logged.count() == 2
    save(tmp_path / "b.ndjson", weight("Patient/p1", "90", id="late"))
    ingest.run([tmp_path])
    assert logged.filter(patient="p1").count() == 2


def test_reactions_follow_an_import_and_one_that_fails_undoes_its_own_resource_only(tmp_path: Path) -> None:
    seen: list[str] = []

    def follow(actor: Actor, document: Document) -> None:
        if document.logical_id == "bad":
            raise Conflict("Not this one.")
        seen.append(document.logical_id)

    save(tmp_path / "all.ndjson", *(weight(None, id=name) for name in ("one", "bad", "two")))
    reactions.on("Observation", follow)
    try:
        report = ingest.run([tmp_path])
    finally:
        reactions.forget("Observation", follow)
    assert (report.accepted, report.refused) == (2, 1)
    assert report.refusals[0].place.endswith("line 2")
    assert set(current("Observation")) == {"one", "two"}
    assert {"one", "two"} <= set(seen)


def test_more_than_one_batch(tmp_path: Path) -> None:
    save(tmp_path / "many.ndjson", patient(), *(weight("Patient/p1", str(50 + n), id=f"w{n}") for n in range(450)))
    assert ingest.run([tmp_path]).accepted == 451
    assert ingest.run([tmp_path]).unchanged == 451


def test_an_import_is_never_written_inside_another_transaction_by_half(tmp_path: Path) -> None:
    save(tmp_path / "all.ndjson", patient(), weight("Patient/p1", id="w1"))
    with write():
        assert ingest.run([tmp_path]).accepted == 2
