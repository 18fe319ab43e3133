"""The directory as FHIR: organisations, those who work there, their functions; and read back."""

from __future__ import annotations

from datetime import date
from typing import Final

from patients.access import codes
from patients.accounts.actor import Role
from patients.network import identifiers
from patients.network.resources.basics import Address, Name, Resource, concept

KINDS: Final = ("practice", "nursing-service", "pharmacy", "hospital", "municipality", "other")
_KIND: Final = f"{codes.OURS}/CodeSystem/organisation-kind"


def organisation(
    name: str, kind: str, *, phone: str = "", address: Address | None = None, ik: str = "", bsnr: str = ""
) -> Resource:
    """An Organization of the network."""
    resource: Resource = {"resourceType": "Organization", "active": True, "type": [concept(_KIND, kind)], "name": name}
    if phone:
        resource["telecom"] = [{"system": "phone", "value": phone, "use": "work"}]
    if address:
        resource["address"] = [address.resource()]
    return identifiers.with_numbers(resource, {identifiers.IK: ik, identifiers.BSNR: bsnr})


def reachable(resource: Resource, phone: str, *, use: str = "work") -> Resource:
    """The resource with this telephone number as its first, or without one."""
    others = [one for one in resource.get("telecom", ()) if one.get("system") != "phone"]
    rest = {name: value for name, value in resource.items() if name != "telecom"}
    telecom = [{"system": "phone", "value": phone, "use": use}, *others] if phone else others
    return {**rest, "telecom": telecom} if telecom else rest


def practitioner(name: Name, *, lanr: str = "") -> Resource:
    """A Practitioner: the person, whatever function they have."""
    resource = {"resourceType": "Practitioner", "active": True, "name": [name.resource()]}
    return identifiers.with_numbers(resource, {identifiers.LANR: lanr})


def function(person: str, where: str, role: Role, *, title: str = "", since: date | None = None) -> Resource:
    """A PractitionerRole: this person works in this role for this organisation. `title`: "Hausärztin"."""
    code = concept(codes.ROLE, role.value)
    if title:
        code["text"] = title
    resource: Resource = {
        "resourceType": "PractitionerRole",
        "active": True,
        "practitioner": {"reference": person},
        "organization": {"reference": f"Organization/{where}"},
        "code": [code],
    }
    return {**resource, "period": {"start": since.isoformat()}} if since else resource


def kind_of(resource: Resource) -> str:
    """What kind of organisation this is: one of KINDS."""
    codings = [coding for concept in resource.get("type", ()) for coding in concept.get("coding", ())]
    return next((one["code"] for one in codings if one.get("system") == _KIND and one.get("code") in KINDS), "other")
