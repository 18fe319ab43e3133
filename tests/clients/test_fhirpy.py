"""fhirpy (Python): Clara's practice system works with Heinrich's record. https://pypi.org/project/fhirpy/"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import AuthorizationError, MultipleResourcesFound, OperationOutcome, ResourceNotFound

from tests.clients.said import bundle, entry, pulse
from tests.patients.fhir.process import Edge


@pytest.fixture(scope="module")
def client(edge: Edge) -> SyncFHIRClient:
    return SyncFHIRClient(edge.url, authorization=f"Bearer {edge.token}")


@pytest.fixture(scope="module")
def heinrich(client: SyncFHIRClient) -> Any:
    return client.resources("Patient").search(name="Brandt").get()


@pytest.fixture
def measured(client: SyncFHIRClient, heinrich: Any) -> Iterator[Any]:
    """A pulse, saved; gone afterwards."""
    one = client.resource("Observation", **pulse(heinrich.id)).save()
    yield one
    one.delete()
    with pytest.raises(ResourceNotFound):  # 410
        client.get("Observation", one.id)


def test_create_read_update_and_the_version_that_is_there_already(client: SyncFHIRClient, measured: Any) -> None:
    assert client.get("Observation", measured.id)["valueQuantity"]["value"] == 72
    measured["status"] = "amended"
    measured.save()
    assert measured["meta"]["versionId"] == "2"
    assert measured.refresh()["status"] == "amended"  # If-None-Match: answered by 304


def test_patch_by_what_shall_be_different_and_by_steps(client: SyncFHIRClient, measured: Any) -> None:
    assert measured.patch(status="amended", note=[{"text": "im Sitzen"}])["meta"]["versionId"] == "2"
    steps = [{"op": "replace", "path": "/status", "value": "corrected"}]
    after = client.execute(f"Observation/{measured.id}", "patch", data=steps)
    assert (after["status"], after["note"][0]["text"]) == ("corrected", "im Sitzen")


def test_search_in_pages_by_chains_and_with_what_stands_beside(
    client: SyncFHIRClient, heinrich: Any, measured: Any
) -> None:
    others = [client.resource("Observation", **pulse(heinrich.id, value)).save() for value in (70, 71, 73)]
    search = client.resources("Observation").search(patient=heinrich.id, code="8867-4")
    found = {one.id for one in search.limit(2).fetch_all()}
    assert found >= {measured.id, *(one.id for one in others)}
    assert search.count() == len(found)
    assert search.search(date__ge="2026-11-22").first() is None
    chained = client.resources("Observation").search(patient__Patient__name="Brandt", _id=measured.id)
    assert chained.get().id == measured.id
    assert client.resources("Patient").has("Observation", "patient", code="8867-4").first().id == heinrich.id
    beside = search.include("Observation", "patient").limit(1).fetch_raw()
    assert [one.resource["resourceType"] for one in beside.entry] == ["Observation", "Patient"]
    part = search.elements("status").first()
    assert (part["status"], "effectiveDateTime" in part) == ("final", False)
    for one in others:
        one.delete()


def test_conditional_create_update_patch_and_delete(client: SyncFHIRClient, heinrich: Any) -> None:
    marked = pulse(heinrich.id, identifier=[{"system": "urn:example:fhirpy", "value": "1"}])
    meant = client.resources("Observation").search(identifier="urn:example:fhirpy|1")

    def observation(**more: Any) -> Any:
        return client.resource("Observation", **{**marked, **more})

    first, created = meant.get_or_create(observation())
    again, once_more = meant.get_or_create(observation())
    assert (created, once_more, again.id) == (True, False, first.id)
    updated, created = meant.update(observation(status="amended"))
    assert (updated.id, updated["meta"]["versionId"], created) == (first.id, "2", False)
    assert meant.patch(status="corrected")["meta"]["versionId"] == "3"
    client.resource("Observation", **marked).save()
    with pytest.raises(MultipleResourcesFound):
        meant.get_or_create(observation())
    for one in meant.fetch_all():
        one.delete()
    assert meant.count() == 0


def test_history_batch_transaction_and_operations(client: SyncFHIRClient, heinrich: Any, measured: Any) -> None:
    measured.patch(status="amended")
    past = client.execute(f"Observation/{measured.id}/_history", "get")
    assert [one["resource"]["meta"]["versionId"] for one in past["entry"]] == ["2", "1"]
    reads = client.execute("", data=bundle("batch", entry("GET", f"Patient/{heinrich.id}"), entry("GET", "Patient/x")))
    assert [one["response"]["status"][:3] for one in reads["entry"]] == ["200", "404"]
    both = [entry("POST", "Observation", pulse(heinrich.id, value)) for value in (70, 71)]
    made = client.execute("", data=bundle("transaction", *both))
    assert [one["response"]["status"][:3] for one in made["entry"]] == ["201", "201"]
    whole = client.execute(f"Patient/{heinrich.id}/$everything", "get")
    assert {one["resource"]["resourceType"] for one in whole["entry"]} >= {"Patient", "Observation"}
    assert client.resource("Observation", **pulse(heinrich.id)).is_valid()
    for one in made["entry"]:
        client.delete("Observation", one["resource"]["id"])


def test_what_is_refused_is_told_as_an_outcome(edge: Edge, client: SyncFHIRClient, heinrich: Any) -> None:
    with pytest.raises(OperationOutcome) as refused:
        client.resource("Observation", **pulse(heinrich.id, status="guessed")).save()
    assert refused.value.resource["issue"][0]["expression"] == ["Observation.status"]
    with pytest.raises(ResourceNotFound):
        client.get("Patient", str(uuid.uuid4()))
    with pytest.raises(AuthorizationError):
        SyncFHIRClient(edge.url, authorization="Bearer nobody").get("Patient", heinrich.id)
