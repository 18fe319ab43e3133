"""What the clients write about Heinrich."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def pulse(patient: str, value: int = 72, **more: Any) -> Json:
    """A pulse as a device would send it."""
    vital = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [vital]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": "2026-11-21T08:10:00+01:00",
        "valueQuantity": {"value": value, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
        **more,
    }


def bundle(kind: str, *entries: Json) -> Json:
    """A batch or transaction of these entries."""
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def entry(method: str, url: str, resource: Json | None = None, **more: Any) -> Json:
    """One request of a Bundle."""
    return {**more, "request": {"method": method, "url": url}, **({"resource": resource} if resource else {})}
