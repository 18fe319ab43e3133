"""Changing some elements of a resource by JSON Patch."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse

from patients.access import repository
from patients.accounts.actor import Actor
from patients.audit.models import AuditEvent
from patients.records import wire
from patients.records.models import Document
from tests.patients.fhir.bundles.conftest import patch, send
from tests.patients.fhir.conftest import Json, Person, content, found, issue, pulse

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

MERGE_PATCH = "application/merge-patch+json"
AMENDED = [{"op": "replace", "path": "/status", "value": "amended"}]


def sends(person: Person, reference: str, body: Any, media: str) -> HttpResponse:
    """A patch as this media type."""
    sent = body if isinstance(body, bytes) else wire.text(body)
    headers = {"authorization": f"Bearer {person.token}"}
    return person.client.patch(f"/fhir/{reference}", sent, media, headers=headers)


def test_clara_amends_her_measurement(anna: Person, clara: Person, heinrich: str, hearts: Document) -> None:
    answer = clara.patch(hearts.reference, [*AMENDED, {"op": "add", "path": "/note", "value": [{"text": "im Sitzen"}]}])
    assert (answer.status_code, answer.headers["ETag"]) == (200, 'W/"2"')
    after = content(anna.get(hearts.reference))
    assert (after["status"], after["note"], after["valueQuantity"]["value"]) == ("amended", [{"text": "im Sitzen"}], 72)
    assert content(anna.get(f"{hearts.reference}/_history/1"))["status"] == "final"
    logged = AuditEvent.objects.filter(ident=hearts.logical_id, source="fhir", account=clara.user.pk)
    assert sorted(logged.values_list("action", flat=True)) == ["read", "update"]


def narrated(patient: str, status: str) -> Json:
    div = '<div xmlns="http://www.w3.org/1999/xhtml">Puls 72</div>'
    return pulse(patient, text={"status": status, "div": div})


RAISED = {"op": "replace", "path": "/valueQuantity/value", "value": 120}


def test_a_generated_narrative_does_not_outlive_what_it_tells(clara: Person, heinrich: str) -> None:
    for status in ("generated", "extensions"):
        one = content(clara.post("Observation", narrated(heinrich, status)))
        tag = {"op": "add", "path": "/meta/tag", "value": [{"system": "urn:example:list", "code": "today"}]}
        kept = content(clara.patch(f"Observation/{one['id']}", [tag]))
        assert kept["text"] == one["text"]
        merged = content(sends(clara, f"Observation/{one['id']}", {"valueQuantity": {"value": 120}}, MERGE_PATCH))
        assert (merged["valueQuantity"]["value"], "text" in merged) == (120, False)


def test_a_narrative_that_says_more_is_patched_as_well_or_not_at_all(clara: Person, heinrich: str) -> None:
    """Alone and in a transaction."""
    one = content(clara.post("Observation", narrated(heinrich, "additional")))
    reference = f"Observation/{one['id']}"
    for refused in (
        clara.patch(reference, [RAISED]),
        sends(clara, reference, {"valueQuantity": {"value": 120}}, MERGE_PATCH),
        send(clara, "transaction", patch(reference, RAISED)),
    ):
        assert refused.status_code == 422
        assert issue(refused)["expression"][0].endswith(".text")
    assert clara.get(reference).headers["ETag"] == 'W/"1"'
    said = {"op": "replace", "path": "/text/div", "value": one["text"]["div"].replace("72", "120")}
    assert "120" in content(clara.patch(reference, [RAISED, said]))["text"]["div"]


def test_who_may_only_read_patches_nothing(anna: Person, bernd: Person, hearts: Document) -> None:
    assert anna.patch(hearts.reference, AMENDED).status_code == 403
    hidden, nothing = "Observation/b7765bbf-df40-486a-9f2f-404309643de6", hearts.reference
    one, other = bernd.patch(nothing, AMENDED), bernd.patch(hidden, AMENDED)
    assert (one.status_code, other.status_code) == (404, 404)
    assert one.content.replace(nothing.encode(), hidden.encode()) == other.content
    assert content(anna.get(hearts.reference))["meta"]["versionId"] == "1"


def test_only_the_version_that_was_seen_is_patched(clara: Person, hearts: Document) -> None:
    assert clara.patch(hearts.reference, AMENDED, if_match='W/"2"').status_code == 412
    assert clara.patch(hearts.reference, AMENDED, if_match='W/"1"').status_code == 200
    assert clara.patch(hearts.reference, AMENDED, if_match='W/"1"').status_code == 412


def test_a_patch_that_does_not_fit_changes_nothing(clara: Person, hearts: Document) -> None:
    other = [{"op": "test", "path": "/status", "value": "preliminary"}, *AMENDED]
    refused = clara.patch(hearts.reference, other)
    assert (refused.status_code, issue(refused)["code"]) == (422, "conflict")
    assert issue(refused)["expression"] == ["patch[0]"]
    assert content(clara.get(hearts.reference))["meta"]["versionId"] == "1"


def test_the_result_is_validated_like_an_update(clara: Person, hearts: Document) -> None:
    for path, value in (("/status", "guessed"), ("/telepathy", True), ("/note", [])):
        refused = clara.patch(hearts.reference, [{"op": "add", "path": path, "value": value}])
        assert refused.status_code == 422, refused.content
        assert issue(refused)["expression"][0] in ("Observation", f"Observation.{path[1:]}")
    script = "<div xmlns='http://www.w3.org/1999/xhtml'><script>x()</script></div>"
    text = [{"op": "add", "path": "/text", "value": {"status": "generated", "div": script}}]
    assert clara.patch(hearts.reference, text).status_code == 422


@pytest.mark.parametrize(
    "step",
    [
        {"op": "replace", "path": "/id", "value": "another"},
        {"op": "remove", "path": "/id"},
        {"op": "replace", "path": "/resourceType", "value": "Condition"},
        {"op": "replace", "path": "", "value": []},
    ],
)
def test_type_and_id_stay(step: dict[str, object], clara: Person, hearts: Document) -> None:
    assert clara.patch(hearts.reference, [step]).status_code == 422


def test_the_subject_cannot_be_moved_to_another_patient(clara: Person, wilma: Actor, hearts: Document) -> None:
    for ident in (str(wilma.patient), "b7765bbf-df40-486a-9f2f-404309643de6"):
        move = [{"op": "replace", "path": "/subject/reference", "value": f"Patient/{ident}"}]
        assert clara.patch(hearts.reference, move).status_code in (403, 404, 422)
    assert clara.patch(hearts.reference, [{"op": "remove", "path": "/subject"}]).status_code in (403, 404, 422)
    assert content(clara.get(hearts.reference))["meta"]["versionId"] == "1"


def test_nobody_grants_themselves_access_by_a_patch(anna: Person, bernd: Person, clara: Person, heinrich: str) -> None:
    """The network service of the type decides, whichever way the document comes."""
    team = found(anna.get(f"CareTeam?patient={heinrich}"))[0]
    stranger = {"member": {"reference": f"Organization/{bernd.actor.organisation}"}}
    steps = [{"op": "add", "path": "/participant/-", "value": stranger}]
    assert bernd.patch(f"CareTeam/{team['id']}", steps).status_code == 404
    ended = anna.patch(f"CareTeam/{team['id']}", [{"op": "add", "path": "/name", "value": "Zu Hause"}])
    assert ended.status_code in (200, 403)
    event = {"op": "add", "path": "/outcome", "value": "0"}
    assert anna.patch("AuditEvent/b7765bbf-df40-486a-9f2f-404309643de6", [event]).status_code == 405


def test_the_one_that_matches_is_patched(bernd: Person, clara: Person, heinrich: str, cast: dict[str, Actor]) -> None:
    marked = {"identifier": [{"system": "urn:example:lab", "value": "4711"}]}
    made = repository(cast["clara"]).create(pulse(heinrich, **marked))
    address = "Observation?identifier=urn:example:lab|4711"
    assert bernd.patch(address, AMENDED).status_code == 404
    answer = clara.patch(address, AMENDED)
    assert (answer.status_code, content(answer)["id"]) == (200, made.logical_id)
    assert clara.patch("Observation?identifier=urn:example:lab|4712", AMENDED).status_code == 404
    repository(cast["clara"]).create(pulse(heinrich, **marked))
    several = clara.patch(address, AMENDED)
    assert (several.status_code, issue(several)["code"]) == (412, "multiple-matches")
    assert clara.patch("Observation", AMENDED).status_code == 400


def test_clara_sends_what_shall_be_different_as_a_merge_patch(anna: Person, clara: Person, hearts: Document) -> None:
    """RFC 7396: fhirpy sends it as application/json."""
    after = content(anna.get(hearts.reference))
    for media, sent in (
        ("application/merge-patch+json", {"status": "amended", "note": [{"text": "im Sitzen"}]}),
        ("application/json", {"note": None, "valueQuantity": {"value": 73, "unit": None}}),
    ):
        assert sends(clara, hearts.reference, sent, media).status_code == 200
    before, after = after, content(anna.get(hearts.reference))
    assert (after["status"], after["meta"]["versionId"]) == ("amended", "3")
    assert after["valueQuantity"] == {"value": 73, "system": "http://unitsofmeasure.org", "code": "/min"}
    assert after["code"] == before["code"]
    assert "note" not in after


def test_as_plain_json_a_list_is_a_json_patch(clara: Person, hearts: Document) -> None:
    assert content(sends(clara, hearts.reference, AMENDED, "application/json"))["status"] == "amended"


def test_a_merge_patch_is_judged_like_an_update(anna: Person, clara: Person, wilma: Actor, hearts: Document) -> None:
    other = {"subject": {"reference": f"Patient/{wilma.patient}"}}
    for sent in ({}, other, {"status": None}, {"id": "x"}, {"resourceType": "Condition"}, {"telepathy": True}):
        assert sends(clara, hearts.reference, sent, MERGE_PATCH).status_code in (400, 403, 404, 422), sent
    assert sends(anna, hearts.reference, {"status": "amended"}, MERGE_PATCH).status_code == 403
    assert content(clara.get(hearts.reference))["meta"]["versionId"] == "1"


def test_other_kinds_of_patches_are_refused_by_name(clara: Person, hearts: Document) -> None:
    parameters = {"resourceType": "Parameters", "parameter": [{"name": "operation"}]}
    for media in ("application/fhir+json", "application/json", MERGE_PATCH):
        refused = sends(clara, hearts.reference, parameters, media)
        assert refused.status_code == 415
        assert "FHIRPath Patch" in issue(refused)["details"]["text"]
        assert refused.headers["Accept-Patch"] == "application/json-patch+json, application/merge-patch+json"
    xml = sends(clara, hearts.reference, b"<diff/>", "application/xml-patch+xml")
    assert xml.status_code == 415
    assert xml.headers["Accept-Patch"] == refused.headers["Accept-Patch"]


def test_what_was_deleted_is_not_patched(anna: Person, clara: Person, hearts: Document) -> None:
    clara.delete(hearts.reference)
    assert clara.patch(hearts.reference, AMENDED).status_code == 410
