"""Writing resources: create, update, delete."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.utils import timezone

from patients.access.importing import IMPORT
from patients.audit.models import AuditEvent
from patients.network.resources import Basis, care_link, treatment
from patients.records.models import Document
from tests.cast import ident
from tests.patients.fhir.conftest import Json, Person, content, found, issue, pulse, stored

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def test_anna_records_a_pulse(anna: Person, clara: Person, heinrich: str) -> None:
    answer = anna.post("Observation", pulse(heinrich, "72.50"))
    assert answer.status_code == 201
    assert answer.headers["ETag"] == 'W/"1"'
    created = content(answer)
    assert answer.headers["Location"].endswith(f"/fhir/Observation/{created['id']}/_history/1")
    assert b'"value":72.50' in clara.get(f"Observation/{created['id']}").content
    assert AuditEvent.objects.filter(action="create", ident=created["id"], source="fhir", patient=heinrich).count() == 1


def test_an_id_of_the_client_is_not_used_by_create(anna: Person, heinrich: str) -> None:
    answer = anna.post("Observation", pulse(heinrich, id="mine"))
    assert answer.status_code == 201
    assert content(answer)["id"] != "mine"


@pytest.mark.parametrize("given", ["a" * 65, "not an id", "../heinrich", "", 7, None])
def test_what_cannot_be_an_id_is_refused_by_create_too(anna: Person, heinrich: str, given: Any) -> None:
    """Alone as in a transaction: it is not used, but no resource can have it."""
    wrong = pulse(heinrich, id=given)
    entry = {"resource": wrong, "request": {"method": "POST", "url": "Observation"}}
    assert anna.post("Observation", wrong).status_code == 422
    assert anna.post("", {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}).status_code == 422
    batch = content(anna.post("", {"resourceType": "Bundle", "type": "batch", "entry": [entry]}))
    assert batch["entry"][0]["response"]["status"].startswith("422")
    assert not Document.objects.filter(type="Observation").exists()


def test_the_answer_is_as_the_client_prefers_it(anna: Person, heinrich: str) -> None:
    nothing = anna.post("Observation", pulse(heinrich), prefer="return=minimal")
    assert (nothing.status_code, nothing.content) == (201, b"")
    outcome = anna.post("Observation", pulse(heinrich), prefer="return=OperationOutcome")
    assert issue(outcome)["severity"] == "information"


def informed(by: Person) -> Basis:
    return treatment(timezone.localtime(), str(by.actor.person))


@pytest.mark.parametrize("stranger", ["bernd", "david"])
def test_others_may_not_record_for_heinrich(stranger: str, heinrich: str, request: pytest.FixtureRequest) -> None:
    who: Person = request.getfixturevalue(stranger)
    assert who.post("Observation", pulse(heinrich)).status_code == 404
    new = str(uuid.uuid4())
    assert who.put(f"Observation/{new}", pulse(heinrich, id=new)).status_code == 404
    assert not Document.objects.filter(type="Observation").exists()


def test_the_next_version_replaces_the_one_that_was_seen(clara: Person, heinrich: str, hearts: Document) -> None:
    after = clara.put(hearts.reference, pulse(heinrich, "74", id=hearts.logical_id), if_match='W/"1"')
    assert (after.status_code, after.headers["ETag"]) == (200, 'W/"2"')
    late = clara.put(hearts.reference, pulse(heinrich, "76", id=hearts.logical_id), if_match='W/"1"')
    assert late.status_code == 412
    assert issue(late)["code"] == "conflict"
    assert content(clara.get(hearts.reference))["valueQuantity"]["value"] == 74


def test_a_nurse_reads_a_measurement_and_does_not_change_it(anna: Person, heinrich: str, hearts: Document) -> None:
    assert anna.get(hearts.reference).status_code == 200
    assert anna.put(hearts.reference, pulse(heinrich, "74", id=hearts.logical_id)).status_code == 403
    assert anna.delete(hearts.reference).status_code == 403


def test_update_creates_under_a_uuid_and_under_nothing_else(anna: Person, heinrich: str) -> None:
    new = str(uuid.uuid4())
    assert anna.put(f"Observation/{new}", pulse(heinrich, id=new)).status_code == 201
    for address in ("Observation/pulse-1", "Observation?identifier=urn:example:lab|1"):
        refused = anna.put(address, pulse(heinrich, id="pulse-1"))
        assert refused.status_code == 404
        assert "UUID" in issue(refused)["details"]["text"]
    assert "UUID" not in anna.put(f"Observation/{uuid.uuid4()}", pulse("nobody")).content.decode()


def test_body_and_address_must_agree(clara: Person, anna: Person, heinrich: str, hearts: Document) -> None:
    assert clara.put(hearts.reference, pulse(heinrich, id="another")).status_code == 400
    assert clara.put(hearts.reference, pulse(heinrich)).status_code == 400
    assert anna.post("Patient", pulse(heinrich)).status_code == 400
    assert anna.post("Observation", {"status": "final"}).status_code == 400


def test_what_is_no_valid_resource_is_refused_with_its_places(anna: Person, heinrich: str) -> None:
    answer = anna.post("Observation", pulse(heinrich, status="guessed"))
    assert answer.status_code == 422
    assert issue(answer)["expression"] == ["Observation.status"]


FAULTS: dict[str, Any] = {
    "status": "done",
    "issued": "2026-11-20",
    "language": 5,
    "note": [],
    "performer": [{"reference": "Medication/x"}],
    "dataAbsentReason": {"text": "verloren"},
    "referenceRange": [{"type": {"text": "x"}}],
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><script>x</script></div>'},
}
PLACES = {
    *("Observation", "Observation.status", "Observation.issued", "Observation.language", "Observation.note"),
    *("Observation.performer[0]", "Observation.referenceRange[0]", "Observation.text"),
}


def test_whoever_writes_reads_all_that_is_wrong_at_once(clara: Person, heinrich: str, hearts: Document) -> None:
    """A form, a code, an invariant, a target and a narrative: one refusal, whichever way the resource comes."""
    faulty = pulse(heinrich, **FAULTS)
    steps: list[Json] = [{"op": "add", "path": f"/{name}", "value": value} for name, value in FAULTS.items()]
    entry = {"resource": faulty, "request": {"method": "POST", "url": "Observation"}}
    batch = content(clara.post("", {"resourceType": "Bundle", "type": "batch", "entry": [entry]}))
    assert places(batch["entry"][0]["response"]["outcome"]) == PLACES
    assert places(content(clara.post("Observation/$validate", faulty))) == PLACES
    for answer in (
        clara.post("Observation", faulty),
        clara.put(hearts.reference, {**faulty, "id": hearts.logical_id}),
        clara.patch(hearts.reference, steps),
    ):
        assert answer.status_code == 422
        assert places(content(answer)) == PLACES
    whole = clara.post("", {"resourceType": "Bundle", "type": "transaction", "entry": [entry]})
    assert whole.status_code == 422
    assert places(content(whole)) == {place.replace("Observation", "Bundle.entry[0].resource") for place in PLACES}


def places(outcome: Json) -> set[str]:
    return {place for each in outcome["issue"] for place in each["expression"] if each["severity"] == "error"}


def test_a_resource_does_not_move_to_another_patient(clara: Person, hearts: Document) -> None:
    assert clara.put(hearts.reference, pulse("somebody-else", id=hearts.logical_id)).status_code in (403, 404, 422)


def test_nobody_grants_themselves_access_by_a_document(anna: Person, bernd: Person, heinrich: str) -> None:
    """The network service of the type decides, whichever way the document comes."""
    link = care_link(
        heinrich, str(bernd.actor.organisation), manager=str(bernd.actor.organisation), bases=[informed(bernd)]
    )
    assert bernd.post("CareTeam", link).status_code == 403
    assert bernd.get(f"Patient/{heinrich}").status_code == 404
    own = found(anna.get(f"CareTeam?patient={heinrich}"))[0]["id"]
    assert bernd.put(f"CareTeam/{own}", {**link, "id": own}).status_code == 404
    assert bernd.delete(f"CareTeam/{own}").status_code == 404


def test_who_cares_already_may_ask_another_in(anna: Person, bernd: Person, heinrich: str) -> None:
    link = care_link(
        heinrich, str(bernd.actor.organisation), manager=str(anna.actor.organisation), bases=[informed(anna)]
    )
    assert anna.post("CareTeam", link).status_code == 201
    assert bernd.get(f"Patient/{heinrich}").status_code == 200


EVENT = {
    "resourceType": "AuditEvent",
    "type": {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "110110"},
    "recorded": "2026-11-21T08:00:00Z",
    "agent": [{"requestor": True}],
    "source": {"observer": {"display": "me"}},
}


def test_nobody_writes_the_log(anna: Person) -> None:
    refused = anna.post("AuditEvent", EVENT)
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    entry = {"resource": EVENT, "request": {"method": "POST", "url": "AuditEvent"}}
    assert anna.post("", {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}).status_code == 405
    assert not AuditEvent.objects.filter(type="AuditEvent").exists()


def test_nobody_changes_or_deletes_what_was_imported_into_the_log(machine: Person) -> None:
    kept = stored(EVENT, custodian=IMPORT)
    assert machine.get(kept.reference).status_code == 200
    assert machine.put(kept.reference, {**EVENT, "id": kept.logical_id, "action": "R"}).status_code == 405
    assert machine.patch(kept.reference, [{"op": "add", "path": "/action", "value": "R"}]).status_code == 405
    assert machine.delete(kept.reference).status_code == 405
    assert machine.get(kept.reference).status_code == 200


def test_a_condition_that_is_not_understood_stops_the_write(clara: Person, heinrich: str, hearts: Document) -> None:
    changed = pulse(heinrich, "74", id=hearts.logical_id)
    assert clara.put(hearts.reference, changed, if_none_match='W/"1"').status_code == 400
    late = "Sat, 21 Nov 2026 08:00:00 GMT"
    assert clara.put(hearts.reference, changed, if_unmodified_since=late).status_code == 400
    assert clara.delete(hearts.reference, if_unmodified_since=late).status_code == 400
    for refused in (
        clara.delete(hearts.reference, if_none_exist="identifier=a|1"),
        clara.put(hearts.reference, changed, if_none_exist="identifier=a|1"),
        clara.post("Observation", pulse(heinrich), if_none_match="*"),
        clara.post("Observation", pulse(heinrich), if_match='W/"1"'),
        clara.post("", {"resourceType": "Bundle", "type": "batch"}, if_match='W/"1"'),
    ):
        assert (refused.status_code, issue(refused)["code"]) == (400, "not-supported")
        assert issue(refused)["expression"][0].startswith("http.if-")
    entry = {"request": {"method": "DELETE", "url": hearts.reference, "ifNoneExist": "identifier=a|1"}}
    assert clara.post("", {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}).status_code == 400
    assert Document.objects.filter(type="Observation").count() == 1
    assert content(clara.get(hearts.reference))["meta"]["versionId"] == "1"


def test_what_must_be_new_replaces_nothing(
    anna: Person, bernd: Person, clara: Person, heinrich: str, hearts: Document
) -> None:
    changed = pulse(heinrich, "74", id=hearts.logical_id)
    refused = clara.put(hearts.reference, changed, if_none_match="*")
    assert (refused.status_code, issue(refused)["code"]) == (412, "conflict")
    assert bernd.put(hearts.reference, changed, if_none_match="*").status_code == 404
    new = str(uuid.uuid4())
    assert anna.put(f"Observation/{new}", pulse(heinrich, id=new), if_none_match="*").status_code == 201
    clara.delete(hearts.reference)
    assert clara.put(hearts.reference, changed, if_none_match="*").status_code == 201
    team = found(anna.get(f"CareTeam?patient={heinrich}"))[0]
    assert anna.put(f"CareTeam/{team['id']}", team, if_none_match="*").status_code == 412
    assert anna.put(f"CareTeam/{team['id']}", team, if_match='W/"99"').status_code == 412  # before who may change it
    assert anna.delete(f"CareTeam/{team['id']}", if_match='W/"99"').status_code == 412


def test_what_is_brought_back_is_created_again(clara: Person, heinrich: str, hearts: Document) -> None:
    """Alone and in a transaction; an update of it is one again."""
    again = pulse(heinrich, "74", id=hearts.logical_id)
    clara.delete(hearts.reference)
    back = clara.put(hearts.reference, again)
    assert (back.status_code, back.headers["ETag"]) == (201, 'W/"3"')
    assert back.headers["Location"].endswith(f"/fhir/{hearts.reference}/_history/3")
    assert clara.put(hearts.reference, again).status_code == 200
    clara.delete(hearts.reference)
    entry = {"resource": again, "request": {"method": "PUT", "url": hearts.reference}}
    for expected in ("201 Created", "200 OK"):
        told = content(clara.post("", {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}))
        assert told["entry"][0]["response"]["status"] == expected


def test_deleting_twice_is_no_error(clara: Person, hearts: Document) -> None:
    assert clara.delete(hearts.reference).status_code == 204
    assert clara.delete(hearts.reference).status_code == 204


def test_a_deletion_is_answered_as_the_client_prefers_it(clara: Person, hearts: Document) -> None:
    answer = clara.delete(hearts.reference, prefer="return=OperationOutcome")
    assert (answer.status_code, issue(answer)["severity"]) == (200, "information")
    assert clara.delete(hearts.reference, prefer="return=minimal").content == b""


def test_asking_for_known_people_is_logged_and_limited_at_the_edge_too(bernd: Person) -> None:
    """The refusal undoes its transaction, not what the log says of it."""
    heinrich = {
        "resourceType": "Patient",
        "identifier": [{"system": "http://fhir.de/sid/gkv/kvid-10", "value": "X110411941"}],
        "name": [{"family": "Brandt", "given": ["Heinrich"]}],
        "birthDate": "1941-03-14",
    }
    assert [bernd.post("Patient", heinrich).status_code for _ in range(11)] == [409] * 10 + [403]
    assert AuditEvent.objects.filter(account=bernd.user.pk, action="admission of a known person").count() == 11


def test_a_refusal_is_logged_after_the_rollback(bernd: Person, hearts: Document) -> None:
    bernd.get(hearts.reference)
    denied = AuditEvent.objects.get(outcome="denied")
    assert (denied.account, denied.ident, denied.source) == (bernd.user.pk, hearts.logical_id, "fhir")


def test_the_system_client_writes_for_itself_alone(machine: Person, anna: Person) -> None:
    """What it brings belongs to nobody of the network."""
    answer = machine.put("Patient/p1", {"resourceType": "Patient", "id": "p1", "name": [{"family": "Muster"}]})
    assert answer.status_code == 201
    assert machine.get("Patient/p1").status_code == 200
    assert anna.get("Patient/p1").status_code == 404


def test_nobody_speaks_for_another_over_fhir(anna: Person, clara: Person, heinrich: str) -> None:
    """The repository decides, as for a page; the answer names the place."""
    clara_herself, david = {"reference": clara.actor.person}, {"reference": f"Practitioner/{ident('david')}"}
    order = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "for": {"reference": f"Patient/{heinrich}"},
        "requester": clara_herself,
    }
    answer = anna.post("Task", order)
    assert (answer.status_code, issue(answer)["code"]) == (403, "forbidden")
    assert issue(answer)["expression"] == ["Task.requester"]
    assert clara.post("Task", order).status_code == 201
    assert (
        anna.post("Observation", pulse(heinrich, performer=[clara_herself])).status_code == 201
    )  # written down for her
    assert anna.post("Observation", pulse(heinrich, performer=[david])).status_code == 403
