"""A process of its own that creates Observations on conditions: see test_criteria.py.

`python -m tests.patients.fhir.writer DATABASE TOKEN PATIENT ROUNDS` waits for a line, then sends one request per round
and prints the answers' statuses as JSON.
"""

from __future__ import annotations

import json
import os
import sys


def main(database: str, token: str, patient: str, rounds: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    from django.test import Client

    from patients.records import wire
    from tests.patients.fhir.conftest import FHIR, pulse

    print("ready", flush=True)
    sys.stdin.readline()
    client, found = Client(), []
    for number in range(rounds):
        identifier = {"system": "urn:example:lab", "value": str(number)}
        headers = {"authorization": f"Bearer {token}", "if-none-exist": f"identifier=urn:example:lab|{number}"}
        body = wire.text(pulse(patient, identifier=[identifier]))
        found.append(client.post("/fhir/Observation", body, FHIR, headers=headers).status_code)
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
