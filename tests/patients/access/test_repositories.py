"""The repository carries the actor's rights, logs everything and lets reactions follow."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest

from patients.access import importing, reactions, refusals, repository
from patients.access.importing import IMPORT
from patients.accounts.actor import Actor, Role, system
from patients.audit.models import AuditEvent
from patients.database import write
from patients.errors import Conflict, Denied, Gone, Invalid, Missing, Problem
from patients.records import store
from patients.records.history import Wanted
from patients.records.models import Document
from tests.patients.access.test_documents import basis, concept, refer, team

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

MOORLAND, MARKT, ELSEWHERE = (str(uuid.UUID(int=number)) for number in (1, 2, 3))
ANNA = Actor(Role.NURSE, account=1, person="Practitioner/anna", organisation=MOORLAND)
CLARA = Actor(Role.DOCTOR, account=2, person="Practitioner/clara", organisation=MARKT)
MIA = Actor(Role.PRACTICE_ASSISTANT, account=3, person="Practitioner/mia", organisation=MARKT)
BERND = Actor(Role.NURSE, account=4, person="Practitioner/bernd", organisation=ELSEWHERE)
SYSTEM_CLIENT = Actor(Role.SYSTEM_CLIENT, account=5)


def stored(resource: dict[str, Any], *, category: str = "administrative", logical_id: str | None = None) -> Document:
    with write():
        return store.create(resource, custodian=MOORLAND, category=category, logical_id=logical_id)


@pytest.fixture
def heinrich() -> str:
    """A patient for whom Moorland and the Markt practice care together; the practice's basis is treatment."""
    patient = stored({"resourceType": "Patient", "name": [{"family": "Brandt"}], "birthDate": "1941-03-14"}).logical_id
    both = [{"member": refer(f"Organization/{one}"), "extension": [basis()]} for one in (MOORLAND, MARKT)]
    stored({**team(*both), "subject": refer(f"Patient/{patient}")})
    return patient


def pulse(patient: str, value: str = "72", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [concept("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs")],
        "code": concept("http://loinc.org", "8867-4"),
        "subject": refer(f"Patient/{patient}"),
        "effectiveDateTime": "2026-11-20T08:10:00+01:00",
        "valueQuantity": {"value": Decimal(value), "unit": "/min"},
        **more,
    }  # fmt: skip


def diagnosis(patient: str, code: str = "I10") -> dict[str, Any]:
    icd = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
    return {"resourceType": "Condition", "code": concept(icd, code), "subject": refer(f"Patient/{patient}")}


def logged() -> list[tuple[str, str, str, str, str]]:
    rows = AuditEvent.objects.order_by("id")
    return [(one.action, one.outcome, one.patient, one.type, one.ident) for one in rows]


def refusal(call: Any, *args: Any, **kwargs: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        call(*args, **kwargs)
    return caught.value


# -- reading


def test_the_team_reads_and_each_look_is_logged(heinrich: str):
    made = repository(ANNA).create(pulse(heinrich))
    assert repository(CLARA).read("Observation", made.logical_id).content["valueQuantity"]["value"] == Decimal(72)
    assert logged() == [
        ("create", "done", heinrich, "Observation", made.logical_id),
        ("read", "done", heinrich, "Observation", made.logical_id),
    ]


def test_for_others_it_is_missing_exactly_as_what_does_not_exist(heinrich: str):
    made = repository(ANNA).create(pulse(heinrich))
    hidden = refusal(repository(BERND).read, "Observation", made.logical_id)
    absent = refusal(repository(BERND).read, "Observation", str(uuid.uuid4()))
    assert (type(hidden), hidden.text) == (type(absent), absent.text) == (Missing, absent.text)
    assert type(refusal(repository(BERND).version, "Observation", made.logical_id, 1)) is Missing
    assert type(refusal(repository(BERND).changes, Wanted("Observation", made.logical_id))) is Missing
    assert repository(BERND).read_many("Observation", [made.logical_id]) == {}


def test_a_refusal_is_logged_by_the_edge_once(heinrich: str):
    problem = refusal(repository(BERND, source="page").read, "Patient", heinrich)
    assert logged() == []
    refusals.record(BERND, problem)
    refusals.record(BERND, problem)
    assert logged() == [("read", "denied", "", "Patient", heinrich)]


def test_a_refusal_inside_a_transaction_is_logged_after_it_was_undone(heinrich: str):
    def service() -> None:
        with write():
            repository(CLARA).create(diagnosis(heinrich))
            repository(CLARA).read("Patient", "nobody")

    problem = refusal(service)
    refusals.record(CLARA, problem, source="fhir")
    assert logged() == [("read", "denied", "", "Patient", "nobody")]


def test_one_look_is_one_entry_for_each_patient(heinrich: str):
    first, second = (repository(ANNA).create(pulse(heinrich, value)).logical_id for value in ("70", "80"))
    before = len(logged())
    with repository(CLARA, source="page").look("patient page") as records:
        records.read("Patient", heinrich)
        records.read("Observation", first)
        records.read_many("Observation", [first, second])
    (event,) = AuditEvent.objects.order_by("id")[before:]
    assert (event.action, event.patient, event.source) == ("patient page", heinrich, "page")
    assert set(event.detail.split()) == {f"Patient/{heinrich}", f"Observation/{first}", f"Observation/{second}"}


def test_what_was_seen_before_a_page_failed_is_logged_too(heinrich: str):
    def page() -> None:
        with repository(CLARA).look("patient page") as records:
            records.read("Patient", heinrich)
            records.read("Patient", "nobody")

    refusal(page)
    assert logged() == [("patient page", "done", heinrich, "Patient", heinrich)]


def test_versions_and_history_are_for_those_who_see_the_document(heinrich: str):
    made = repository(CLARA).create(diagnosis(heinrich))
    repository(CLARA).update({**diagnosis(heinrich, "I11"), "id": made.logical_id})
    assert [one.version for one in repository(ANNA).changes(Wanted("Condition", made.logical_id)).rows] == [2, 1]
    assert repository(ANNA).version("Condition", made.logical_id, 1).content["code"]["coding"][0]["code"] == "I10"
    assert type(refusal(repository(ANNA).version, "Condition", made.logical_id, 3)) is Missing


def test_what_was_deleted_is_gone_for_those_who_saw_it_and_missing_for_others(heinrich: str):
    made = repository(CLARA).create(diagnosis(heinrich))
    tombstone = repository(CLARA).delete("Condition", made.logical_id)
    assert tombstone.deleted
    assert repository(CLARA).delete("Condition", made.logical_id).version == tombstone.version
    assert type(refusal(repository(CLARA).read, "Condition", made.logical_id)) is Gone
    assert type(refusal(repository(CLARA).version, "Condition", made.logical_id, 2)) is Gone
    assert type(refusal(repository(BERND).read, "Condition", made.logical_id)) is Missing


# -- writing


def test_a_nurse_records_vital_signs_and_no_diagnosis(heinrich: str):
    made = repository(ANNA).create(pulse(heinrich))
    assert (made.custodian, made.category, made.patient) == (MOORLAND, "clinical", heinrich)
    assert type(refusal(repository(ANNA).create, diagnosis(heinrich))) is Denied
    uncategorised = {name: value for name, value in pulse(heinrich).items() if name != "category"}
    assert type(refusal(repository(ANNA).create, uncategorised)) is Denied


def test_a_value_is_taken_back_by_those_who_answer_for_it(heinrich: str):
    made = repository(ANNA).create(pulse(heinrich))
    wrong = {**pulse(heinrich), "id": made.logical_id, "status": "entered-in-error"}
    me = Actor(Role.PATIENT, account=9, person=f"Patient/{heinrich}")
    assert type(refusal(repository(me).update, wrong)) is Denied
    assert type(refusal(repository(CLARA).update, wrong)) is Denied
    assert type(refusal(repository(ANNA).update, {**pulse(heinrich, "99"), "id": made.logical_id})) is Denied
    assert type(refusal(repository(ANNA).delete, "Observation", made.logical_id)) is Denied
    assert repository(ANNA).update(wrong).version == 2
    own = repository(me).create(pulse(heinrich))
    assert repository(me).update({**wrong, "id": own.logical_id}).version == 2


def test_nobody_records_for_a_patient_whom_they_do_not_see(heinrich: str):
    hidden = refusal(repository(BERND).create, pulse(heinrich))
    absent = refusal(repository(BERND).create, pulse(str(uuid.uuid4())))
    assert (type(hidden), hidden.text) == (type(absent), absent.text) == (Missing, hidden.text)
    assert not Document.objects.filter(type="Observation").exists()


def test_a_put_creates_under_a_uuid_only(heinrich: str):
    ident = str(uuid.uuid4())
    assert repository(ANNA).update({**pulse(heinrich), "id": ident}).version == 1
    assert type(refusal(repository(ANNA).update, {**pulse(heinrich), "id": "mine"})) is Missing
    fresh = {**pulse(heinrich), "id": str(uuid.uuid4())}
    assert type(refusal(repository(ANNA).update, fresh, if_match=1)) is Missing  # alike, hidden or not there


def test_a_taken_id_that_one_does_not_see_is_missing_whatever_version_is_named(heinrich: str):
    made = repository(ANNA).create(pulse(heinrich))
    mine = {**pulse(heinrich), "id": made.logical_id}
    for if_match in (None, 1, 7):
        assert type(refusal(repository(BERND).update, mine, if_match=if_match)) is Missing
        assert type(refusal(repository(BERND).delete, "Observation", made.logical_id, if_match=if_match)) is Missing


def test_two_who_change_the_same_version_do_not_overwrite_each_other(heinrich: str):
    made = repository(CLARA).create(diagnosis(heinrich))
    change = {**diagnosis(heinrich, "I11"), "id": made.logical_id}
    assert repository(CLARA).update(change, if_match=1).version == 2
    assert type(refusal(repository(CLARA).update, change, if_match=1)) is Conflict


def test_only_who_answers_for_a_record_changes_or_deletes_it(heinrich: str):
    made = repository(ANNA).create(pulse(heinrich))
    assert type(refusal(repository(CLARA).update, {**pulse(heinrich, "90"), "id": made.logical_id})) is Denied
    assert type(refusal(repository(CLARA).delete, "Observation", made.logical_id)) is Denied


def test_shared_work_is_changed_by_all_who_care(heinrich: str):
    task = {"resourceType": "Task", "status": "requested", "intent": "order", "for": refer(f"Patient/{heinrich}")}
    made = repository(CLARA).create(task)
    done = repository(ANNA).update({**task, "id": made.logical_id, "status": "completed"})
    assert (done.version, done.custodian) == (2, MARKT)


def test_a_record_is_never_moved_to_another_patient(heinrich: str):
    other = stored({"resourceType": "Patient"}).logical_id
    made = repository(CLARA).create(diagnosis(heinrich))
    assert isinstance(
        refusal(repository(CLARA).update, {**diagnosis(other), "id": made.logical_id}), (Denied, Invalid, Missing)
    )
    assert store.get("Condition", made.logical_id).version == 1


def test_a_category_never_goes_down(heinrich: str):
    made = repository(CLARA).create(diagnosis(heinrich, "F32.1"))
    assert type(refusal(repository(ANNA).read, "Condition", made.logical_id)) is Missing
    after = repository(CLARA).update({**diagnosis(heinrich, "I10"), "id": made.logical_id})
    assert after.category == "mental"
    assert type(refusal(repository(ANNA).version, "Condition", made.logical_id, 1)) is Missing


@pytest.mark.parametrize("kind", ["CareTeam", "Consent", "RelatedPerson", "PractitionerRole", "Group", "Organization"])
def test_access_documents_are_not_written_by_hand(heinrich: str, kind: str):
    resources = {
        "CareTeam": {**team({"member": refer(f"Organization/{ELSEWHERE}")}), "subject": refer(f"Patient/{heinrich}")},
        "Consent": {"status": "active", "scope": {"text": "x"}, "category": [{"text": "x"}],
                    "patient": refer(f"Patient/{heinrich}"), "policyRule": {"text": "x"}},
        "RelatedPerson": {"patient": refer(f"Patient/{heinrich}")},
        "PractitionerRole": {"practitioner": refer("Practitioner/bernd")},
        "Group": {"type": "person", "actual": True},
        "Organization": {"name": "Praxis"},
    }  # fmt: skip
    resource = {**resources[kind], "resourceType": kind}
    for actor in (ANNA, CLARA, BERND):
        assert type(refusal(repository(actor).create, resource)) is Denied
        assert type(refusal(repository(actor).update, {**resource, "id": str(uuid.uuid4())})) is Denied


def test_nobody_writes_the_log_or_signs_for_another(heinrich: str):
    event = {
        "resourceType": "AuditEvent",
        "type": {"system": "urn:x", "code": "rest"},
        "recorded": "2026-11-22T09:00:00Z",
        "agent": [{"requestor": True}],
        "source": {"observer": {"display": "me"}},
    }
    assert type(refusal(repository(CLARA).create, event)) is Denied
    assert type(refusal(repository(SYSTEM_CLIENT).create, event)) is Denied
    signature = {
        "resourceType": "Provenance",
        "target": [refer(f"Patient/{heinrich}")],
        "recorded": "2026-11-22T09:00:00Z",
        "agent": [{"who": refer("Practitioner/anna")}],
    }
    assert type(refusal(repository(CLARA).create, signature)) is Denied
    own = {**signature, "agent": [{"who": refer("Practitioner/clara"), "onBehalfOf": refer(f"Organization/{MARKT}")}]}
    assert repository(CLARA).create(own).custodian == MARKT


def test_records_of_one_person_are_not_joined_by_hand(heinrich: str):
    person = dict(repository(CLARA).read("Patient", heinrich).content)
    joined = {**person, "link": [{"other": refer("Patient/x"), "type": "seealso"}]}
    assert type(refusal(repository(CLARA).update, joined)) is Denied
    assert repository(CLARA).update({**person, "telecom": [{"system": "phone", "value": "04499 1"}]}).version == 2


def test_a_patient_records_values_and_changes_contact_but_not_identity(heinrich: str):
    me = Actor(Role.PATIENT, account=9, person=f"Patient/{heinrich}")
    assert repository(me).create(pulse(heinrich)).custodian == f"Patient/{heinrich}"
    assert type(refusal(repository(me).create, diagnosis(heinrich))) is Denied
    assert type(refusal(repository(me).create, pulse(str(uuid.uuid4())))) is Missing
    person = dict(repository(me).read("Patient", heinrich).content)
    assert repository(me).update({**person, "telecom": [{"system": "phone", "value": "04499 1"}]}).version == 2
    assert type(refusal(repository(me).update, {**person, "birthDate": "1951-03-14"})) is Invalid


def test_a_person_is_taken_on_by_admission_only():
    assert type(refusal(repository(CLARA).create, {"resourceType": "Patient"})) is Denied


def test_the_directory_is_read_by_all_staff_and_written_by_its_own_organisation(heinrich: str):
    room = repository(CLARA).create({"resourceType": "Location", "name": "Sprechzimmer"})
    assert repository(BERND).read("Location", room.logical_id).custodian == MARKT
    changed = {"resourceType": "Location", "id": room.logical_id, "name": "Sprechzimmer 2"}
    assert type(refusal(repository(BERND).update, changed)) is Denied
    assert repository(MIA).update(changed).version == 2
    me = Actor(Role.PATIENT, account=9, person=f"Patient/{heinrich}")
    assert type(refusal(repository(me).read, "Location", room.logical_id)) is Missing


def test_the_system_client_lives_among_what_was_imported(heinrich: str):
    records = repository(SYSTEM_CLIENT)
    person = records.update({"resourceType": "Patient", "id": "example", "name": [{"family": "Chalmers"}]})
    assert person.custodian == IMPORT
    value = records.create(pulse("example"))
    assert records.read("Observation", value.logical_id)
    assert type(refusal(records.read, "Patient", heinrich)) is Missing
    assert type(refusal(records.create, pulse(heinrich))) is Missing
    assert type(refusal(repository(CLARA).read, "Patient", "example")) is Missing


def test_what_the_system_client_says_about_access_grants_nothing(heinrich: str):
    client = repository(SYSTEM_CLIENT)
    client.update({"resourceType": "Patient", "id": "example"})
    both = {"member": refer(f"Organization/{ELSEWHERE}"), "extension": [basis()]}
    problem = refusal(client.create, {**team(both), "subject": refer("Patient/example")})
    assert type(problem) is Denied


def test_an_imported_access_document_grants_nothing_and_takes_nothing_from_the_team(heinrich: str):
    both = {"member": refer(f"Organization/{ELSEWHERE}"), "extension": [basis()]}
    prepared = store.prepare({**team(both), "subject": refer(f"Patient/{heinrich}")})
    with write():
        store.create(prepared, custodian=MARKT, category="administrative", note=importing.mark)
    assert repository(CLARA).read("Patient", heinrich)
    assert type(refusal(repository(BERND).read, "Patient", heinrich)) is Missing


def test_an_account_that_is_switched_off_sees_and_does_nothing(heinrich: str):
    off = Actor(Role.NURSE, account=1, person="Practitioner/anna", organisation=MOORLAND, active=False)
    assert type(refusal(repository(off).read, "Patient", heinrich)) is Missing
    assert isinstance(refusal(repository(off).create, pulse(heinrich)), (Denied, Missing))


def test_the_end_of_a_link_holds_at_the_next_read(heinrich: str):
    repository(CLARA).read("Patient", heinrich)
    link = Document.objects.get(type="CareTeam")
    with write():
        store.update(link, {**link.content, "status": "inactive"}, category=link.category)
    assert type(refusal(repository(CLARA).read, "Patient", heinrich)) is Missing


def test_reactions_follow_every_way_of_writing_inside_the_transaction(heinrich: str):
    told: list[tuple[str, int]] = []

    def remember(actor: Actor, document: Document) -> None:
        assert repository(actor.as_system("test")).read("Patient", heinrich)
        told.append((document.type, document.version))

    def refuse(actor: Actor, document: Document) -> None:
        raise Conflict("no")

    reactions.on("Condition", remember)
    try:
        made = repository(CLARA).create(diagnosis(heinrich))
        repository(CLARA).update({**diagnosis(heinrich), "id": made.logical_id})
        repository(CLARA).delete("Condition", made.logical_id)
        assert told == [("Condition", 1), ("Condition", 2), ("Condition", 3)]
        reactions.on("Condition", refuse)
        before = Document.objects.count()
        assert type(refusal(repository(CLARA).create, diagnosis(heinrich))) is Conflict
        assert Document.objects.count() == before
    finally:
        reactions.forget("Condition", remember)
        reactions.forget("Condition", refuse)


def test_the_system_names_a_custodian_for_what_it_creates(heinrich: str):
    with pytest.raises(ValueError, match="custodian"):
        repository(system("test")).create({"resourceType": "Location", "name": "Sprechzimmer"})
    assert repository(system("test")).create(pulse(heinrich)).custodian == f"Patient/{heinrich}"
    assert repository(system("test")).create(pulse(heinrich), custodian=MARKT).custodian == MARKT
    assert repository(ANNA.as_system("test")).create(diagnosis(heinrich)).custodian == MOORLAND
