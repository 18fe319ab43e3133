"""Care links and their bases as FHIR; and read back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from patients.access import codes
from patients.access.models import Right
from patients.access.periods import bounds
from patients.network.resources.basics import Resource, concept, in_order, moment, period

KINDS_OF_BASIS: Final = (Right.Basis.TREATMENT, Right.Basis.REPRESENTATIVE, Right.Basis.PRESUMED)


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


def bases_of(participant: Resource) -> list[Basis]:
    """The bases that a participant of a care link states in full, as `documents.links` counts them."""
    found = []
    for one in participant.get("extension", ()):
        if one.get("url") != codes.BASIS_EXTENSION:
            continue
        parts = {part.get("url"): part for part in one.get("extension", ())}
        kind, on = parts.get("kind", {}).get("valueCode"), bounds(parts.get("on", {}).get("valueDateTime"))
        by = parts.get("by", {}).get("valueReference", {}).get("reference", "")
        until = bounds(parts.get("until", {}).get("valueDateTime"))
        if kind in KINDS_OF_BASIS and on and by:
            reason = parts.get("reason", {}).get("valueString", "")
            found.append(Basis(kind, on[0], by, reason, until[0] if until else None))
    return found


def with_basis(care_team: Resource, organisation: str, basis: Basis) -> Resource:
    """The CareTeam with one more basis for an organisation: a further participant of the same scope and end.

    What stands there stays as it was recorded, so that others than its custodian may add to it.
    """
    after = deepcopy(care_team)
    stood = organisations_in(after)[organisation]
    scope = [one for one in stood.get("extension", ()) if one.get("url") == codes.SCOPE_EXTENSION]
    lasting = {
        "start": moment(basis.on),
        **{name: end for name, end in stood.get("period", {}).items() if name == "end"},
    }
    after["participant"].append({"member": stood["member"], "period": lasting, "extension": [basis.resource(), *scope]})
    return after


def organisations_in(care_team: Resource) -> dict[str, Resource]:
    """The participating organisations of a CareTeam, by id."""
    return {
        member.removeprefix("Organization/"): participant
        for participant in care_team.get("participant", ())
        if (member := participant.get("member", {}).get("reference", "")).startswith("Organization/")
    }
