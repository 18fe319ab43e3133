"""Patients, their relatives and representatives as FHIR; and read back."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from datetime import date, datetime
from typing import Final

from patients.access import codes
from patients.network import identifiers
from patients.network.identifiers import KVNR
from patients.network.resources.basics import Address, Name, Resource, concept, in_order, moment
from patients.network.resources.dated import in_force

_RELATION: Final = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
_ACT_REASON: Final = "http://terminology.hl7.org/CodeSystem/v3-ActReason"


def person(
    name: Name,
    birth_date: date,
    *,
    gender: str = "unknown",
    kvnr: str = "",
    address: Address | None = None,
    phone: str = "",
    rehearsal: bool = False,
) -> Resource:
    """A Patient. `rehearsal`: nobody real, to practise with; labelled HTEST of v3-ActReason."""
    resource: Resource = {"resourceType": "Patient", "active": True, "name": [name.resource()], "gender": gender,
                          "birthDate": birth_date.isoformat()}  # fmt: skip
    if rehearsal:
        resource["meta"] = {"security": [{"system": _ACT_REASON, "code": "HTEST"}]}
    if phone:
        resource["telecom"] = [{"system": "phone", "value": phone, "use": "home"}]
    if address:
        resource["address"] = [{"use": "home", **address.resource()}]
    return identifiers.with_numbers(resource, {KVNR: kvnr})


def relative(patient: str, name: Name, relationship: str, *, phone: str = "") -> Resource:
    """A RelatedPerson. `relationship` is a code of v3-RoleCode: DAU, SONC, SPS, NBOR, GUARD …"""
    resource: Resource = {
        "resourceType": "RelatedPerson",
        "active": True,
        "patient": {"reference": f"Patient/{patient}"},
        "relationship": [concept(_RELATION, relationship)],
        "name": [name.resource()],
    }
    return {**resource, "telecom": [{"system": "phone", "value": phone}]} if phone else resource


def representation(
    scope: Iterable[str],
    *,
    evidence: str,
    by: str,
    seen: datetime,
    kind: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    holder: str = "",
) -> Resource:
    """The extension that makes a RelatedPerson the patient's representative: `by` has seen `evidence`.

    `kind`: attorney, guardian, spouse, parent. `holder`: as whom the same human being is known ("RelatedPerson/…").
    """
    more: list[Resource] = [{"url": "kind", "valueCode": str(kind)}] if kind else []
    more += [{"url": "since", "valueDateTime": moment(since)}] if since else []
    more += [{"url": "until", "valueDateTime": moment(until)}] if until else []
    more += [{"url": "holder", "valueReference": {"reference": holder}}] if holder else []
    return {
        "url": codes.REPRESENTATION_EXTENSION,
        "extension": [
            *({"url": "scope", "valueCode": category} for category in in_order(scope)),
            {"url": "evidence", "valueString": evidence},
            {"url": "by", "valueReference": {"reference": by}},
            {"url": "seen", "valueDateTime": moment(seen)},
            *more,
        ],
    }


def with_representation_until(content: Resource, end: datetime) -> Resource:
    """The same RelatedPerson, acting in the patient's name until `end` at the latest."""
    after = deepcopy(content)
    for shown in after.get("extension", ()):
        if shown.get("url") == codes.REPRESENTATION_EXTENSION:
            kept = [one for one in shown["extension"] if one.get("url") != "until"]
            shown["extension"] = [*kept, {"url": "until", "valueDateTime": moment(end)}]
    return after


def name_of(resource: Resource, on: date | None = None) -> Name:
    """The name on this day (today), the official one first; an Organization's name as family name."""
    names = resource.get("name", ())
    if isinstance(names, str):
        return Name(names, "")
    found = in_force(names, on)
    given, prefix = " ".join(found.get("given", ())), " ".join(found.get("prefix", ()))
    family = found.get("family") or ("" if given else found.get("text", ""))
    return Name(family, given, prefix)


def address_of(resource: Resource, on: date | None = None) -> Address | None:
    """The address on this day (today), if there is one."""
    found = in_force(resource.get("address", ()), on)
    if not found:
        return None
    return Address(", ".join(found.get("line", ())), found.get("postalCode", ""), found.get("city", ""))


def phone_of(resource: Resource) -> str:
    """The first telephone number."""
    phones = (one.get("value", "") for one in resource.get("telecom", ()) if one.get("system") == "phone")
    return next(phones, "")


def kvnr_of(resource: Resource) -> str:
    """The number of the statutory health insurance, if there is one."""
    return identifiers.of(resource, KVNR)


def is_rehearsal(resource: Resource) -> bool:
    """Whether this is a practice patient: nobody real, for trying things out (meta.security HTEST)."""
    labels = (resource.get("meta") or {}).get("security", ())
    return any(one.get("code") == "HTEST" for one in labels)
