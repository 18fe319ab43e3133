"""What waits about an erased patient is not done any more."""

from __future__ import annotations

from messaging.jobs.models import Job
from patients.records.models import Document
from patients.records.store import SHARED


def forget_patient(patient: str, custodian: str) -> None:
    """Drop jobs, dead ones too, that name a document which goes with this custodian; "" is every custodian."""
    found = Document.objects.filter(patient=patient)
    if custodian:
        found = found.filter(custodian=custodian).exclude(type__in=SHARED)
    gone = set(found.values_list("logical_id", flat=True)) | (set() if custodian else {patient})
    waiting = [pk for pk, ids in Job.objects.values_list("pk", "ids") if gone.intersection(map(str, ids.values()))]
    Job.objects.filter(pk__in=waiting).delete()
