"""fhirclient (Python, SMART Health IT): it reads every answer into strict classes. https://pypi.org/project/fhirclient/"""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from fhirclient.client import FHIRClient
from fhirclient.models.bundle import Bundle
from fhirclient.models.observation import Observation
from fhirclient.models.operationoutcome import OperationOutcome
from fhirclient.models.patient import Patient
from fhirclient.server import FHIRNotFoundException, FHIRServer
from requests.exceptions import HTTPError

from tests.clients.said import bundle, entry, pulse
from tests.patients.fhir.process import Edge


@pytest.fixture(scope="module")
def server(edge: Edge) -> FHIRServer:
    server = FHIRClient(settings={"app_id": "practice", "api_base": edge.url}).server
    server.session.headers["Authorization"] = f"Bearer {edge.token}"
    return server


@pytest.fixture(scope="module")
def heinrich(server: FHIRServer) -> Any:
    (one,) = Patient.where({"name": "Brandt"}).perform_resources_iter(server)
    return one


def measured(server: FHIRServer, patient: Any, value: int = 72) -> Any:
    """A pulse, created and read back."""
    made = Observation(pulse(patient.id, value)).create(server)
    return Observation.read(made["id"], server)


def test_it_can_read_what_the_server_says_it_can_do(server: FHIRServer) -> None:
    assert server.prepare()
    statement = server.capabilityStatement
    assert statement.fhirVersion == "4.0.1"
    assert {one.type for one in statement.rest[0].resource} >= {"Patient", "Observation", "Task"}


def test_create_read_update_history_and_delete(server: FHIRServer, heinrich: Any) -> None:
    one = measured(server, heinrich)
    assert one.valueQuantity.value == 72
    one.status = "amended"
    one.update(server)
    past = Bundle.read_from(f"Observation/{one.id}/_history", server)
    assert [each.resource.status for each in past.entry] == ["amended", "final"]
    assert Observation.read_from(f"Observation/{one.id}/_history/1", server).status == "final"
    one.delete()
    with pytest.raises(HTTPError, match="410"):
        Observation.read(one.id, server)


def test_search_in_pages_with_what_stands_beside(server: FHIRServer, heinrich: Any) -> None:
    made = {measured(server, heinrich, value).id for value in (70, 71, 73)}
    asked = Observation.where({"patient": heinrich.id, "code": "8867-4", "_count": "2"})
    found = [one.id for one in asked.perform_resources_iter(server)]
    assert set(found) >= made
    assert len(found) == len(set(found))
    beside = list(Observation.where({"_id": ",".join(made)}).include("subject").perform_resources_iter(server))
    assert {type(one) for one in beside} == {Observation, Patient}
    for ident in made:
        Observation.read(ident, server).delete()


def test_batch_and_transaction(server: FHIRServer, heinrich: Any) -> None:
    reads = Bundle(bundle("batch", entry("GET", f"Patient/{heinrich.id}"), entry("GET", "Patient/x"))).create(server)
    assert [one["response"]["status"][:3] for one in reads["entry"]] == ["200", "404"]
    made = Bundle(bundle("transaction", entry("POST", "Observation", pulse(heinrich.id)))).create(server)
    Observation.read(made["entry"][0]["resource"]["id"], server).delete()


def test_the_whole_record_fits_its_classes(server: FHIRServer, heinrich: Any) -> None:
    whole = Bundle.read_from(f"Patient/{heinrich.id}/$everything", server)
    assert {one.resource.resource_type for one in whole.entry} >= {"Patient", "CareTeam"}
    assert Bundle.read_from(f"Patient/{heinrich.id}/$summary", server).type == "document"


def test_a_refusal_is_an_outcome_of_its_classes(server: FHIRServer, heinrich: Any) -> None:
    with pytest.raises(HTTPError) as refused:
        server.post_json("Observation", pulse(heinrich.id, status="guessed"))
    outcome = OperationOutcome(refused.value.response.json())
    assert outcome.issue[0].expression == ["Observation.status"]
    with pytest.raises(FHIRNotFoundException):
        Patient.read(str(uuid.uuid4()), server)
