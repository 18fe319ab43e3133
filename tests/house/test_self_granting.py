"""Nobody opens a record to themselves: not by a care link, a consent, a function, or any other document."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from patients.access import codes
from patients.access.models import Right
from patients.accounts.actor import Actor, Role
from patients.records import wire
from patients.records.models import Document
from tests.cast import HEINRICH, ident
from tests.conftest import Tell
from tests.house.edge import Caller, Json, Stranger, told
from tests.house.whole import Whole

pytestmark = [pytest.mark.django_db]

HL7 = "http://terminology.hl7.org/CodeSystem"


def rights() -> list[tuple[Any, ...]]:
    return sorted(Right.objects.values_list("patient", "organisation", "person", "category", "custodian", "actions"))


def own_care_team(actor: Actor, patient: str) -> Json:
    """A care link of one's own organisation, with a basis that one vouches for oneself."""
    basis = [
        {"url": "kind", "valueCode": "treatment"},
        {"url": "on", "valueDateTime": "2026-11-01T10:00:00+01:00"},
        {"url": "by", "valueReference": {"reference": actor.person}},
    ]
    return {
        "resourceType": "CareTeam",
        "status": "active",
        "subject": {"reference": f"Patient/{patient}"},
        "category": [{"coding": [{"system": codes.CARE_TEAM_KIND, "code": codes.CARE_LINK}]}],
        "participant": [
            {
                "member": {"reference": f"Organization/{actor.organisation}"},
                "extension": [{"url": codes.BASIS_EXTENSION, "extension": basis}],
            }
        ],
    }


def own_consent(actor: Actor, patient: str) -> Json:
    label = [{"system": codes.RECORD_CATEGORY, "code": one} for one in ("administrative", "clinical", "mental")]
    who = (
        actor.person
        if actor.person and actor.person.startswith("RelatedPerson/")
        else f"Organization/{actor.organisation}"
    )
    role = {"coding": [{"system": f"{HL7}/v3-RoleCode", "code": "PRCP"}]}
    return {
        "resourceType": "Consent",
        "status": "active",
        "patient": {"reference": f"Patient/{patient}"},
        "scope": {"coding": [{"system": f"{HL7}/consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": codes.CONSENT_KIND, "code": codes.SHARING}]}],
        "dateTime": "2026-11-01",
        "policyRule": {"coding": [{"system": f"{HL7}/v3-ActCode", "code": "OPTIN"}]},
        "provision": {
            "type": "permit",
            "actor": [{"role": role, "reference": {"reference": who}}],
            "securityLabel": label,
        },
    }


def own_function(actor: Actor, organisation: str, role: str) -> Json:
    return {
        "resourceType": "PractitionerRole",
        "active": True,
        "practitioner": {"reference": actor.person},
        "organization": {"reference": f"Organization/{organisation}"},
        "code": [{"coding": [{"system": codes.ROLE, "code": role}]}],
    }


def attempts(actor: Actor, patient: str) -> list[Json]:
    """All that would open a record to oneself, if it were taken."""
    to = {"reference": f"Patient/{patient}"}
    emergency = {"coding": [{"system": codes.TASK_CODE, "code": codes.EMERGENCY_ACCESS}]}
    return [
        own_care_team(actor, patient),
        {
            **own_care_team(actor, patient),
            "participant": [
                {
                    "member": {"reference": actor.person},
                    "onBehalfOf": {"reference": f"Organization/{actor.organisation}"},
                    "extension": own_care_team(actor, patient)["participant"][0]["extension"],
                }
            ],
        },
        own_consent(actor, patient),
        {"resourceType": "RelatedPerson", "patient": to, "active": True},
        {"resourceType": "Group", "type": "person", "actual": True, "member": [{"entity": to}]},
        {"resourceType": "Person", "link": [{"target": to}]},
        {"resourceType": "Patient", "link": [{"other": to, "type": "seealso"}]},
        *(
            {
                "resourceType": "Task",
                "status": "requested",
                "intent": "proposal",
                "code": {"coding": [{"system": codes.TASK_CODE, "code": code}]},
                "for": to,
                "requester": {"reference": actor.person},
            }
            for code in (codes.ACCESS_REQUEST, codes.ERASURE_REQUEST)
        ),
        {
            "resourceType": "Task",
            "status": "in-progress",
            "intent": "order",
            "code": emergency,
            "for": to,
            "requester": {"reference": actor.person},
            "executionPeriod": {"start": "2026-11-01", "end": "2030-01-01"},
        },
        {"resourceType": "Appointment", "status": "booked", "participant": [{"actor": to, "status": "accepted"}]},
        {"resourceType": "Encounter", "status": "planned", "class": {"code": "AMB"}, "subject": to},
        {"resourceType": "EpisodeOfCare", "status": "active", "patient": to},
        {
            "resourceType": "Subscription",
            "status": "requested",
            "reason": "x",
            "criteria": f"Observation?patient={patient}",
            "channel": {"type": "rest-hook", "endpoint": "http://127.0.0.1:6379/"},
        },
    ]


def test_nobody_opens_heinrichs_record_to_themselves(
    tell: Tell, his: Whole, hers: Whole, strangers: list[Stranger]
) -> None:
    before, tried = rights(), 0
    free = str(uuid.uuid4())
    for who in (one for one in strangers if one.actor):
        caller, actor = Caller(who), who.actor
        assert actor
        imports = actor.role is Role.SYSTEM_CLIENT  # what it brings is stored, and opens nothing: see the last line
        for resource, other in zip(attempts(actor, HEINRICH), attempts(actor, free), strict=True):
            tried += 2
            made = caller.ask("POST", resource["resourceType"], resource)
            refused = 401, 403, 404, 409, 422, 400
            if resource["resourceType"] != "Subscription" and not imports:
                assert made.status_code in refused, (who.name, resource, made.content)
            if not imports:
                assert told(made, HEINRICH)[0] == told(caller.ask("POST", resource["resourceType"], other), free)[0]
            there = caller.ask("PUT", f"{resource['resourceType']}/{free}", {**resource, "id": free})
            if resource["resourceType"] != "Subscription" and not imports:
                assert there.status_code in refused, (who.name, resource, there.content)
        for organisation in ("markt", "moorland", "gemeinde", str(actor.organisation)):
            for role in ("doctor", "nurse", "operator", "administrator", "data-protection-officer"):
                tried += 1
                place = organisation if "-" in organisation else ident(organisation)
                refused_role = caller.ask("POST", "PractitionerRole", own_function(actor, place, role))
                assert refused_role.status_code in (400, 403, 404, 422), (who.name, role, refused_role.content)
        for team in Document.objects.filter(type="CareTeam", patient=HEINRICH):
            tried += 1
            content = wire.parse(bytes(team.text))
            content["participant"] = [*content["participant"], *own_care_team(actor, HEINRICH)["participant"]]
            assert caller.ask("PUT", team.reference, content).status_code in ((404, 422) if imports else (404,))
        for own in Document.objects.filter(type="PractitionerRole"):
            content = wire.parse(bytes(own.text))
            if content["practitioner"]["reference"] != actor.person:
                continue
            tried += 1
            content["organization"] = {"reference": f"Organization/{ident('linden')}"}  # where none of them works
            assert caller.ask("PUT", own.reference, content).status_code in (403, 404, 422)
    tell(f"FHIR grants to oneself: {tried} cases, 0 leaks")
    assert rights() == before
