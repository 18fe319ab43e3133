"""history-instance: all versions of one resource, the newest first. https://hl7.org/fhir/R4/http.html#history"""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpResponse

from patients.fhir import registry, responses
from patients.fhir.asking import Asked
from patients.fhir.registry import HISTORY, Interaction
from patients.fhir.responses import Served


def answer(asked: Asked) -> HttpResponse:
    """Deletions are entries without a resource."""
    versions: Sequence[Served]
    if provider := registry.provider_of(asked.type, asked.ident):
        versions = [provider.read(asked.records, asked.ident)]
    else:
        versions = asked.records.history(asked.type, asked.ident)
    links = [("self", f"{responses.base()}/{asked.address}/_history")]
    entries = (responses.past(one) for one in versions)
    return responses.answer(responses.bundle("history", entries, total=len(versions), links=links), 200, asked)


INTERACTION = Interaction("history-instance", "GET", HISTORY, answer)
