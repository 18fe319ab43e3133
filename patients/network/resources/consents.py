"""Consents and objections as FHIR; and read back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from patients.access import codes
from patients.network.resources.basics import Resource, concept, in_order, moment, period

_SCOPE_OF_CONSENT: Final = "http://terminology.hl7.org/CodeSystem/consentscope"
_PARTICIPATION: Final = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_POLICY: Final = f"{codes.OURS}/CodeSystem/policy"


@dataclass(frozen=True, slots=True)
class Paper:
    """What was signed by hand: on which day, who informed the person ("Practitioner/…"), where the scan is kept."""

    signed_date: date
    informed_by: str = ""
    scan: str = ""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A consent was taken back: on which day, before whom (a reference; the person's own if said here)."""

    date: date
    by: str


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
    paper: Paper | None = None,
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
    return _consent(patient, codes.SHARING, provision, on=on, by=by, recorded_by=recorded_by, paper=paper)


def consent_to_act(
    patient: str,
    act: str,
    *,
    permit: bool,
    on: datetime,
    by: str,
    recorded_by: str | None,
    only: str = "",
    until: datetime | None = None,
    paper: Paper | None = None,
) -> Resource:
    """A Consent about `act` (video, photo); a no may be about one Encounter `only` ("Encounter/…")."""
    provision: Resource = {"type": "permit" if permit else "deny", "period": period(on, until)}
    if only:
        provision["data"] = [{"meaning": "instance", "reference": {"reference": only}}]
    return _consent(patient, act, provision, on=on, by=by, recorded_by=recorded_by, paper=paper)


def _consent(
    patient: str,
    kind: str,
    provision: Resource,
    *,
    on: datetime,
    by: str,
    recorded_by: str | None,
    paper: Paper | None,
) -> Resource:
    resource: Resource = {
        "resourceType": "Consent",
        "status": "active",
        "scope": concept(_SCOPE_OF_CONSENT, "patient-privacy"),
        "category": [concept(codes.CONSENT_KIND, kind)],
        "patient": {"reference": f"Patient/{patient}"},
        "dateTime": paper.signed_date.isoformat() if paper else moment(on),
        "performer": [{"reference": by}],
        "policyRule": concept(_POLICY, "care-team"),
        "provision": {"provision": [provision]},
    }
    if recorded_by:
        resource["organization"] = [{"reference": f"Organization/{recorded_by}"}]
        resource["verification"] = [{"verified": True, "verificationDate": moment(on)}]
    if paper and paper.informed_by:
        resource["extension"] = [_said(codes.INFORMED_EXTENSION, paper.informed_by, paper.signed_date)]
    if paper and paper.scan:
        resource["sourceAttachment"] = {"title": paper.scan}
    return resource


def withdrawn(content: Resource, withdrawal: Withdrawal) -> Resource:
    """The same Consent, taken back."""
    kept = [one for one in content.get("extension", ()) if one.get("url") != codes.WITHDRAWN_EXTENSION]
    said = _said(codes.WITHDRAWN_EXTENSION, withdrawal.by, withdrawal.date)
    return {**content, "status": "inactive", "extension": [*kept, said]}


def withdrawal_of(content: Resource) -> Withdrawal | None:
    """When and before whom a Consent was taken back, if that was written down."""
    by, day = _heard(content, codes.WITHDRAWN_EXTENSION)
    return Withdrawal(day, by) if day else None


def paper_of(content: Resource) -> Paper | None:
    """What was signed by hand, if anything is known of a paper."""
    by, day = _heard(content, codes.INFORMED_EXTENSION)
    scan = str(content.get("sourceAttachment", {}).get("title", ""))
    given = day or _day(content.get("dateTime"))
    return Paper(given, by, scan) if given and (by or scan or content.get("organization")) else None


def _said(url: str, by: str, day: date) -> Resource:
    parts: list[Resource] = [{"url": "on", "valueDate": day.isoformat()}]
    return {"url": url, "extension": [*parts, {"url": "by", "valueReference": {"reference": by}}]}


def _heard(content: Resource, url: str) -> tuple[str, date | None]:
    for one in content.get("extension", ()):
        if one.get("url") == url:
            parts: dict[str, Any] = {part.get("url", ""): part for part in one.get("extension", ())}
            by = str(parts.get("by", {}).get("valueReference", {}).get("reference", ""))
            return by, _day(parts.get("on", {}).get("valueDate"))
    return "", None


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None
