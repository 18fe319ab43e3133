"""Care links, their bases, and consents as FHIR; and read back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from patients.access import codes
from patients.access.models import Right
from patients.network.resources.basics import Resource, concept, in_order, moment, period

_SCOPE_OF_CONSENT: Final = "http://terminology.hl7.org/CodeSystem/consentscope"
_PARTICIPATION: Final = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_POLICY: Final = f"{codes.OURS}/CodeSystem/policy"


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
    lasting = period(since, until)
    lasts: Resource = {"period": lasting} if lasting else {}
    participant: Resource = {"member": {"reference": f"Organization/{where}"}, **lasts}
    labels = [{"url": codes.SCOPE_EXTENSION, "valueCode": one} for one in in_order(scope)] if scope is not None else []
    if extensions := [*(basis.resource() for basis in bases), *labels]:
        participant["extension"] = extensions
    named = {"member": {"reference": contact}, "onBehalfOf": {"reference": f"Organization/{where}"}}
    return {
        "resourceType": "CareTeam",
        "status": "active",
        "category": [concept(codes.CARE_TEAM_KIND, codes.CARE_LINK)],
        "subject": {"reference": f"Patient/{patient}"},
        **lasts,
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
    provision: Resource = {"type": "permit" if permit else "deny", "period": period(on, until)}
    if whom:
        role = concept(_PARTICIPATION, "IRCP")
        provision["actor"] = [{"role": role, "reference": {"reference": one}} for one in whom]
    if categories is not None:
        provision["securityLabel"] = [
            {"system": codes.RECORD_CATEGORY, "code": category} for category in in_order(categories)
        ]
    resource: Resource = {
        "resourceType": "Consent",
        "status": "active",
        "scope": concept(_SCOPE_OF_CONSENT, "patient-privacy"),
        "category": [concept(codes.CONSENT_KIND, codes.SHARING)],
        "patient": {"reference": f"Patient/{patient}"},
        "dateTime": moment(on),
        "performer": [{"reference": by}],
        "policyRule": concept(_POLICY, "care-team"),
        "provision": {"provision": [provision]},
    }
    if recorded_by:
        resource["organization"] = [{"reference": f"Organization/{recorded_by}"}]
        resource["verification"] = [{"verified": True, "verificationDate": moment(on)}]
    return resource


def organisations_in(care_team: Resource) -> dict[str, Resource]:
    """The participating organisations of a CareTeam, by id."""
    return {
        member.removeprefix("Organization/"): participant
        for participant in care_team.get("participant", ())
        if (member := participant.get("member", {}).get("reference", "")).startswith("Organization/")
    }
