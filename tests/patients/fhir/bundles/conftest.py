"""How the tests write Bundles."""

from __future__ import annotations

import base64
from typing import Any

from django.http import HttpResponse

from patients.records import wire
from tests.patients.fhir.conftest import Json, Person, content


def entry(method: str, url: str, resource: Json | None = None, full_url: str = "", **request: str) -> Json:
    """One entry; `request` holds ifMatch and its like."""
    made: Json = {"request": {"method": method, "url": url, **request}}
    if full_url:
        made["fullUrl"] = full_url
    if resource is not None:
        made["resource"] = resource
    return made


def patch(url: str, *steps: Json, **request: str) -> Json:
    data = base64.b64encode(wire.text(list(steps))).decode()
    binary = {"resourceType": "Binary", "contentType": "application/json-patch+json", "data": data}
    return entry("PATCH", url, binary, **request)


def send(who: Person, kind: str, *entries: Json, **headers: str) -> HttpResponse:
    return who.post("", {"resourceType": "Bundle", "type": kind, "entry": list(entries)}, **headers)


def answered(response: HttpResponse) -> list[Any]:
    """The entries of the answer."""
    assert response.status_code == 200, response.content
    bundle = content(response)
    assert bundle["type"] in ("batch-response", "transaction-response")
    return list(bundle.get("entry", ()))


def statuses(response: HttpResponse) -> list[int]:
    return [int(one["response"]["status"][:3]) for one in answered(response)]
