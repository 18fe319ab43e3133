"""How organisations, people, care links, bases and consents are built as FHIR resources, and read back.

Which elements take effect, and how, is described in patients/access/README.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from patients.access import codes
from patients.access.categories import OF_PATIENTS
from patients.access.models import Right
from patients.accounts.actor import Role

Resource = dict[str, Any]

KVNR: Final = "http://fhir.de/sid/gkv/kvid-10"
KINDS: Final = ("practice", "nursing-service", "pharmacy", "hospital", "municipality", "other")
_KIND: Final = f"{codes.OURS}/CodeSystem/organisation-kind"
_RELATION: Final = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
_SCOPE_OF_CONSENT: Final = "http://terminology.hl7.org/CodeSystem/consentscope"
_PARTICIPATION: Final = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_ACT_REASON: Final = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_POLICY: Final = f"{codes.OURS}/CodeSystem/policy"


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name. `prefix` is a title: "Dr."."""

    family: str
    given: str
    prefix: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.prefix, self.given, self.family) if part)

    def resource(self) -> Resource:
        name: Resource = {"use": "official", "family": self.family, "given": self.given.split()}
        return {**name, "prefix": [self.prefix]} if self.prefix else name


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody lives or an organisation is."""

    line: str
    postal_code: str
    city: str

    def __str__(self) -> str:
        return ", ".join(part for part in (self.line, f"{self.postal_code} {self.city}".strip()) if part)

    def resource(self) -> Resource:
        return {"line": [self.line], "postalCode": self.postal_code, "city": self.city, "country": "DE"}


@dataclass(frozen=True, slots=True)
class Basis:
    """Why a care link opens the records of others: one of treatment, representative, presumed.

    `on` is when the patient was informed, or the representative agreed, or the presumed will was judged; `by` is who
    did that ("Practitioner/…", a representative "RelatedPerson/…"); a presumed will needs the doctor's reason and lasts
    fourteen days at most.
    """

    kind: str
    on: datetime
    by: str
    reason: str = ""
    until: datetime | None = None

    def resource(self) -> Resource:
        parts: list[Resource] = [
            {"url": "kind", "valueCode": str(self.kind)},
            {"url": "on", "valueDateTime": moment(self.on)},
            {"url": "by", "valueReference": {"reference": self.by}},
        ]
        if self.reason:
            parts.append({"url": "reason", "valueString": self.reason})
        if self.until:
            parts.append({"url": "until", "valueDateTime": moment(self.until)})
        return {"url": codes.BASIS_EXTENSION, "extension": parts}


def treatment(on: datetime, by: str) -> Basis:
    """The patient was informed that these organisations treat together, and does not object."""
    return Basis(Right.Basis.TREATMENT, on, by)


# -- the directory


def organisation(name: str, kind: str, *, phone: str = "", address: Address | None = None) -> Resource:
    """An Organization of the network."""
    resource: Resource = {"resourceType": "Organization", "active": True, "type": [_concept(_KIND, kind)], "name": name}
    if phone:
        resource["telecom"] = [{"system": "phone", "value": phone, "use": "work"}]
    if address:
        resource["address"] = [address.resource()]
    return resource


def practitioner(name: Name) -> Resource:
    """A Practitioner: the person, whatever function they have."""
    return {"resourceType": "Practitioner", "active": True, "name": [name.resource()]}


def function(person: str, where: str, role: Role, *, title: str = "", since: date | None = None) -> Resource:
    """A PractitionerRole: this person works in this role for this organisation. `title`: "Hausärztin"."""
    code = _concept(codes.ROLE, role.value)
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


# -- people


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
    if kvnr:
        resource["identifier"] = [
            {
                "type": _concept("http://fhir.de/CodeSystem/identifier-type-de-basis", "GKV"),
                "system": KVNR,
                "value": kvnr,
            }
        ]
    if phone:
        resource["telecom"] = [{"system": "phone", "value": phone, "use": "home"}]
    if address:
        resource["address"] = [{"use": "home", **address.resource()}]
    return resource


def relative(patient: str, name: Name, relationship: str, *, phone: str = "") -> Resource:
    """A RelatedPerson. `relationship` is a code of v3-RoleCode: DAU, SONC, SPS, NBOR, GUARD …"""
    resource: Resource = {
        "resourceType": "RelatedPerson",
        "active": True,
        "patient": {"reference": f"Patient/{patient}"},
        "relationship": [_concept(_RELATION, relationship)],
        "name": [name.resource()],
    }
    return {**resource, "telecom": [{"system": "phone", "value": phone}]} if phone else resource


def representation(scope: Iterable[str], *, evidence: str, by: str, seen: datetime) -> Resource:
    """The extension that makes a RelatedPerson the patient's representative: `by` has seen `evidence`."""
    return {
        "url": codes.REPRESENTATION_EXTENSION,
        "extension": [
            *({"url": "scope", "valueCode": category} for category in _in_order(scope)),
            {"url": "evidence", "valueString": evidence},
            {"url": "by", "valueReference": {"reference": by}},
            {"url": "seen", "valueDateTime": moment(seen)},
        ],
    }


# -- links and consents


def care_link(
    patient: str,
    where: str,
    *,
    manager: str,
    bases: Sequence[Basis] = (),
    scope: Iterable[str] | None = None,
    contact: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> Resource:
    """A CareTeam that says: this organisation cares for the patient. `contact` is a Practitioner of it."""
    lasting = _period(since, until)
    period: Resource = {"period": lasting} if lasting else {}
    participant: Resource = {"member": {"reference": f"Organization/{where}"}, **period}
    labels = [{"url": codes.SCOPE_EXTENSION, "valueCode": one} for one in _in_order(scope)] if scope is not None else []
    if extensions := [*(basis.resource() for basis in bases), *labels]:
        participant["extension"] = extensions
    named = {"member": {"reference": contact}, "onBehalfOf": {"reference": f"Organization/{where}"}}
    return {
        "resourceType": "CareTeam",
        "status": "active",
        "category": [_concept(codes.CARE_TEAM_KIND, codes.CARE_LINK)],
        "subject": {"reference": f"Patient/{patient}"},
        **period,
        "participant": [participant, *([named] if contact else [])],
        "managingOrganization": [{"reference": f"Organization/{manager}"}],
    }


def consent(
    patient: str,
    *,
    permit: bool,
    whom: Sequence[str],
    categories: Iterable[str] | None,
    on: datetime,
    by: str,
    recorded_by: str | None,
    until: datetime | None = None,
) -> Resource:
    """A Consent that takes effect: what the patient (or representative `by`) allows or forbids to `whom`.

    `whom`: references of organisations and relatives; none, in a denial, are all. `recorded_by` is the organisation
    that has the signed paper; None if it was said here, by the person's own account.
    """
    provision: Resource = {"type": "permit" if permit else "deny", "period": _period(on, until)}
    if whom:
        role = _concept(_PARTICIPATION, "IRCP")
        provision["actor"] = [{"role": role, "reference": {"reference": one}} for one in whom]
    if categories is not None:
        provision["securityLabel"] = [
            {"system": codes.RECORD_CATEGORY, "code": category} for category in _in_order(categories)
        ]
    resource: Resource = {
        "resourceType": "Consent",
        "status": "active",
        "scope": _concept(_SCOPE_OF_CONSENT, "patient-privacy"),
        "category": [_concept(codes.CONSENT_KIND, codes.SHARING)],
        "patient": {"reference": f"Patient/{patient}"},
        "dateTime": moment(on),
        "performer": [{"reference": by}],
        "policyRule": _concept(_POLICY, "care-team"),
        "provision": {"provision": [provision]},
    }
    if recorded_by:
        resource["organization"] = [{"reference": f"Organization/{recorded_by}"}]
        resource["verification"] = [{"verified": True, "verificationDate": moment(on)}]
    return resource


# -- reading back


def name_of(resource: Resource) -> Name:
    """The official name, or the first; an Organization's name as family name."""
    names = resource.get("name", ())
    if isinstance(names, str):
        return Name(names, "")
    found: Resource = next((one for one in names if one.get("use") == "official"), next(iter(names), {}))
    given, prefix = " ".join(found.get("given", ())), " ".join(found.get("prefix", ()))
    family = found.get("family") or ("" if given else found.get("text", ""))
    return Name(family, given, prefix)


def address_of(resource: Resource) -> Address | None:
    """The first address."""
    for one in resource.get("address", ()):
        return Address(", ".join(one.get("line", ())), one.get("postalCode", ""), one.get("city", ""))
    return None


def phone_of(resource: Resource) -> str:
    """The first telephone number."""
    phones = (one.get("value", "") for one in resource.get("telecom", ()) if one.get("system") == "phone")
    return next(phones, "")


def kvnr_of(resource: Resource) -> str:
    """The number of the statutory health insurance, if there is one."""
    return next((one.get("value", "") for one in resource.get("identifier", ()) if one.get("system") == KVNR), "")


def is_rehearsal(resource: Resource) -> bool:
    """Whether this is a practice patient: nobody real, for trying things out (meta.security HTEST)."""
    labels = (resource.get("meta") or {}).get("security", ())
    return any(one.get("code") == "HTEST" for one in labels)


def kind_of(resource: Resource) -> str:
    """What kind of organisation this is: one of KINDS."""
    codings = [coding for concept in resource.get("type", ()) for coding in concept.get("coding", ())]
    return next((one["code"] for one in codings if one.get("system") == _KIND and one.get("code") in KINDS), "other")


def organisations_in(care_team: Resource) -> dict[str, Resource]:
    """The participating organisations of a CareTeam, by id."""
    return {
        member.removeprefix("Organization/"): participant
        for participant in care_team.get("participant", ())
        if (member := participant.get("member", {}).get("reference", "")).startswith("Organization/")
    }


def moment(value: datetime) -> str:
    """A FHIR dateTime, cut to the millisecond."""
    return value.isoformat(timespec="milliseconds")


def _period(since: datetime | None, until: datetime | None) -> Resource:
    period: Resource = {"start": moment(since)} if since else {}
    return {**period, "end": moment(until)} if until else period


def _in_order(categories: Iterable[str] | None) -> list[str]:
    wanted = set(categories or ())
    return [category for category in OF_PATIENTS if category in wanted]


def _concept(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}
