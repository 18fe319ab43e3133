"""Heinrich's records, as the store is given them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from patients.database import write
from patients.records import store
from patients.records.models import Document

Json = dict[str, Any]

HEINRICH = "7f0c6b1e-2b62-4f0e-9d6c-0d5e4d0a1941"
ERNA = "1f2b0a53-9f6e-4a64-8b2c-6f0f5c7d1938"
MOORLAND = "pflegedienst-moorland"


def pulse(value: str = "72", *, at: str = "2026-11-20T08:15:00+01:00", of: str = HEINRICH, **more: Any) -> Json:
    """A pulse as a nurse's tablet sends it."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [
            {
                "coding": [
                    {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}
                ]
            }
        ],
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}], "text": "Puls"},
        "subject": {"reference": f"Patient/{of}"},
        "effectiveDateTime": at,
        "valueQuantity": {
            "value": Decimal(value),
            "unit": "/min",
            "system": "http://unitsofmeasure.org",
            "code": "/min",
        },
        **more,
    }


def person(family: str = "Brandt", given: str = "Heinrich", born: str = "1941-03-14", **more: Any) -> Json:
    """A patient."""
    return {
        "resourceType": "Patient",
        "identifier": [{"system": "http://fhir.de/sid/gkv/kvid-10", "value": "X110411941"}],
        "name": [{"use": "official", "family": family, "given": given.split()}],
        "gender": "male",
        "birthDate": born,
        **more,
    }


Store = Callable[..., Document]


@pytest.fixture
def stored(db: None) -> Store:
    """Store a resource in a transaction of its own and give the document."""

    def create(resource: Json, **details: Any) -> Document:
        with write():
            return store.create(resource, **{"custodian": MOORLAND, "category": "clinical", **details})

    return create
