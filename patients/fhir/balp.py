"""A row of the log as an AuditEvent, in the shape of IHE Basic Audit Log Patterns: what was done, by whom, for whom.

https://profiles.ihe.net/ITI/BALP/content.html · https://hl7.org/fhir/R4/auditevent.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from patients.access.codes import OURS, ROLE
from patients.audit.models import AuditEvent
from patients.records import definitions, wire

ACTION_SYSTEM: Final = "http://hl7.org/fhir/audit-event-action"
OUTCOME_SYSTEM: Final = "http://terminology.hl7.org/CodeSystem/audit-event-outcome"
TYPE_SYSTEM: Final = "http://terminology.hl7.org/CodeSystem/audit-event-type"
RESTFUL: Final = "http://hl7.org/fhir/restful-interaction"
DCM: Final = "http://dicom.nema.org/resources/ontology/DCM"
OWN_ACTION: Final = f"{OURS}/CodeSystem/audit-action"
ENTITY_TYPE: Final = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
ENTITY_ROLE: Final = "http://terminology.hl7.org/CodeSystem/object-role"
PARTICIPATION: Final = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
ACT_REASON: Final = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
SOURCE_TYPE: Final = "http://terminology.hl7.org/CodeSystem/security-source-type"
HERE: Final = "Telecare"

PERSON, SYSTEM_OBJECT = "1", "2"  # entity types
PATIENT, DOMAIN_RESOURCE, QUERY = "1", "4", "24"  # entity roles
OUTCOMES: Final = {"done": "0", "denied": "4", "failed": "8"}

_REFERENCE: Final = re.compile(r"([A-Z][A-Za-z]{1,31})/([A-Za-z0-9.-]{1,64})")


class Kind(NamedTuple):
    """What an action of ours is for the standard."""

    letter: str  # C R U D E
    type: tuple[str, str]
    subtype: tuple[str, str] | None = None


REST: Final = (TYPE_SYSTEM, "rest")
LOOK: Final = Kind("R", (DCM, "110110"))  # patient record: a page that gathers several reads
DEED: Final = Kind("E", (DCM, "110100"))  # application activity: of an account, not of a record
NO_RECORD: Final = ("", "Account")  # types of rows about accounts
KINDS: Final[dict[str, Kind]] = {
    "create": Kind("C", REST, (RESTFUL, "create")),
    "read": Kind("R", REST, (RESTFUL, "read")),
    "version": Kind("R", REST, (RESTFUL, "vread")),
    "history": Kind("R", REST, (RESTFUL, "history")),
    "search": Kind("E", REST, (RESTFUL, "search")),
    "update": Kind("U", REST, (RESTFUL, "update")),
    "delete": Kind("D", REST, (RESTFUL, "delete")),
    "import": Kind("C", (DCM, "110107")),
    "sign-in": Kind("E", (DCM, "110114"), (DCM, "110122")),
    "sign-out": Kind("E", (DCM, "110114"), (DCM, "110123")),
    **dict.fromkeys(  # security alert: user security attributes changed
        ("change-password", "issue-token", "activate", "deactivate"), Kind("E", (DCM, "110113"), (DCM, "110137"))
    ),
    "choose-function": Kind("E", (DCM, "110113"), (DCM, "110136")),  # security roles changed
}


def kind_of(row: AuditEvent) -> Kind:
    """Anything that has no name of its own is a look at a record or, where no record is named, an act of an account."""
    return KINDS.get(row.action) or (LOOK if row.patient or row.type not in NO_RECORD else DEED)


def audit_event(row: AuditEvent) -> dict[str, Any]:
    """The resource. It names ids and codes only, as the row does."""
    kind, at = kind_of(row), wire.instant(row.at)
    own = {"system": OWN_ACTION, "code": row.action}
    resource: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": row.logical_id,
        "meta": {"versionId": "1", "lastUpdated": at},
        "type": _coding(*kind.type),
        "subtype": [_coding(*kind.subtype), own] if kind.subtype else [own],
        "action": kind.letter,
        "recorded": at,
        "outcome": OUTCOMES.get(row.outcome, "8"),
    }
    if row.purpose:
        resource["purposeOfEvent"] = [{"coding": [_coding(ACT_REASON, row.purpose)]}]
    resource["agent"] = list(_agents(row, kind))
    observer: dict[str, Any] = {"observer": {"display": HERE}, "type": [_coding(SOURCE_TYPE, "4")]}
    resource["source"] = {"site": row.source, **observer} if row.source else observer
    if entities := list(_entities(row)):
        resource["entity"] = entities
    return resource


def _agents(row: AuditEvent, kind: Kind) -> Iterator[dict[str, Any]]:
    """The human user with their role, the organisation for which they acted, and both ends of the exchange."""
    reading = kind.letter in "RE"
    user: dict[str, Any] = {"type": _concept(PARTICIPATION, "IRCP" if reading else "AUT"), "requestor": True}
    if row.role:
        user["role"] = [_concept(ROLE, row.role)]
    if row.person:
        user["who"] = {"reference": row.person}
    elif row.role == "system":
        user["who"] = {"display": HERE}
    if row.account is not None:
        user["altId"] = str(row.account)
    if row.purpose:
        user["purposeOfUse"] = [_concept(ACT_REASON, row.purpose)]
    yield user
    if row.organisation:
        organisation = {"reference": f"Organization/{row.organisation}"}
        yield {"type": _concept(PARTICIPATION, "CST"), "who": organisation, "requestor": False}
    source, destination = _concept(DCM, "110153"), _concept(DCM, "110152")
    gives = kind.letter == "R"  # then the data went from here to the client
    yield {"type": source if gives else destination, "who": {"display": HERE}, "requestor": False}
    if row.source:
        client = {"display": row.source}
        yield {"type": destination if gives else source, "who": client, "requestor": False}


def _entities(row: AuditEvent) -> Iterator[dict[str, Any]]:
    """The patient, the data, and of a search its type; what was looked for is in no log."""
    if row.patient:
        yield _entity(PERSON, PATIENT, {"what": {"reference": f"Patient/{row.patient}"}})
    if row.action == "search":
        told = [{"type": "resource type", "valueString": row.type}] if row.type else []
        yield _entity(SYSTEM_OBJECT, QUERY, {"detail": told} if told else {})
    others = []
    for reference in _data(row):
        if _REFERENCE.match(reference) and reference.partition("/")[0] in definitions.resource_types():
            yield _entity(SYSTEM_OBJECT, DOMAIN_RESOURCE, {"what": {"reference": reference}})
        else:
            others.append({"type": "id", "valueString": reference})
    if others:
        yield _entity(SYSTEM_OBJECT, "", {"detail": others})


def _data(row: AuditEvent) -> Iterator[str]:
    """Every resource that the row names, as a reference; what is none, as it stands."""
    if row.ident:
        version = f"/_history/{row.version}" if row.version else ""
        yield f"{row.type}/{row.ident}{version}"
    for word in row.detail.split():
        yield f"{row.type}/{word}" if row.type and definitions.ID.fullmatch(word) else word


def _entity(type_: str, role: str, more: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"type": _coding(ENTITY_TYPE, type_)}
    if role:
        told["role"] = _coding(ENTITY_ROLE, role)
    return {**told, **more}


def _coding(system: str, code: str) -> dict[str, str]:
    return {"system": system, "code": code}


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [_coding(system, code)]}
