"""A hundred fictitious people with names that stand nowhere else, what they suffer from, and their numbers."""

from __future__ import annotations

import itertools
import uuid
from datetime import date, timedelta
from typing import Any, Final

_FIRST: Final = ("Zwirn", "Quell", "Kraut", "Blink", "Dorn")
_MIDDLE: Final = ("ewisch", "bolten", "hagedorn", "mussen")
_LAST: Final = ("berg", "loh", "wisch", "kamp", "siel")
FAMILIES: Final = ["".join(parts) for parts in itertools.product(_FIRST, _MIDDLE, _LAST)]
ILLS: Final = ("Zwickmuskelschwund", "Quallenlunge", "Krautherzfehler", "Blinkauge beidseits", "Dornwarze am Fuß")
CODES: Final = ("G71.0992", "J98.4993", "Q24.8994", "H02.5995", "B07.8996")


def people() -> list[dict[str, Any]]:
    """Patients and one diagnosis each, to be imported."""
    return [resource for number, family in enumerate(FAMILIES) for resource in _of(number, family)]


def secrets_of(resources: list[dict[str, Any]]) -> set[str]:
    """Everything of them that no copy of the data may show."""
    found = set()
    for one in resources:
        if one["resourceType"] == "Patient":
            found |= {one["name"][0]["family"], one["birthDate"], one["identifier"][0]["value"]}
            found |= {one["telecom"][0]["value"], one["address"][0]["line"][0]}
        else:
            found |= {one["code"]["coding"][0]["code"], one["code"]["text"], one["note"][0]["text"]}
    return found


def _of(number: int, family: str) -> list[dict[str, Any]]:
    ident = str(uuid.uuid5(uuid.NAMESPACE_OID, family))
    patient = {
        "resourceType": "Patient",
        "id": ident,
        "name": [{"family": family, "given": [f"Hademar {number}"]}],
        "birthDate": str(date(1911, 1, 3) + timedelta(days=97 * number)),
        "telecom": [{"system": "phone", "value": f"04997 7{number:04}"}],
        "address": [{"line": [f"{family}er Stieg {number}"], "city": "Ahrenbeck"}],
        "identifier": [{"system": "http://fhir.de/sid/gkv/kvid-10", "value": f"Y{771_000_000 + number * 7919}"}],
    }
    condition = {
        "resourceType": "Condition",
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{family} ill")),
        "subject": {"reference": f"Patient/{ident}"},
        "code": {
            "coding": [{"system": "http://fhir.de/CodeSystem/bfarm/icd-10-gm", "code": CODES[number % len(CODES)]}],
            "text": ILLS[number % len(ILLS)],
        },
        "note": [{"text": f"{family} klagt seit Ostern {1990 + number % 30} darüber"}],
    }
    return [patient, condition]
