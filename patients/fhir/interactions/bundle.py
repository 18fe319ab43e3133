"""batch and transaction: several requests in one. https://hl7.org/fhir/R4/http.html#transaction"""

from __future__ import annotations

from django.http import HttpResponse

from patients.fhir import charging, responses
from patients.fhir.asking import Asked
from patients.fhir.bundles import batch, entries, transaction
from patients.fhir.registry import SYSTEM, Interaction


def answer(asked: Asked) -> HttpResponse:
    """A Bundle of another type is refused in words: nothing says what to do with it."""
    assert asked.actor is not None
    bundle, verdict = entries.read(asked)
    found = entries.understood(bundle, asked.actor, asked.request.headers.get("Prefer", ""))
    charged = charging.of(asked.request)
    charged.requests = max(1, len(found))
    whole = bundle["type"] == "transaction"
    done = transaction.carry_out(asked, found, verdict) if whole else batch.carry_out(found, charged)
    return responses.answer(done, 200, asked)


INTERACTION = Interaction("transaction", "POST", SYSTEM, answer, also=("batch",))
