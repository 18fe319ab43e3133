"""The OpenAPI document is valid, tells what the router does, and survives a fuzzer that reads it."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import validate

from patients.fhir import openapi, registry
from patients.records.definitions import SERVED
from tests.patients.fhir.process import Edge, running

EXAMPLES = 3  # of each operation, fitting and not
TYPES = ("", "Bundle", "CareTeam", "Observation", "Patient")
METHODS = {"get", "post", "put", "patch", "delete"}


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(openapi.document())
    return found


def test_the_document_is_valid_and_public(db: None) -> None:
    answer = Client().get("/fhir/openapi.json")
    assert answer.headers["Content-Type"] == "application/json"
    validate(json.loads(answer.content))


def test_every_interaction_and_operation_is_told_at_its_address() -> None:
    told = {(path, method) for path, found in document()["paths"].items() for method in found}
    expected = set()
    for one in registry.interactions():
        types = ["Observation"] if "{type}" in one.shape and "{inside}" not in one.shape else []
        expected |= {(f"/{one.shape.replace('{type}', type_)}", one.method.lower()) for type_ in types}
    assert expected <= told
    assert {("/", "post"), ("/_history", "get"), ("/metadata", "get"), ("/Patient/{id}/$everything", "get")} <= told
    assert {path.split("/")[1] for path, _ in told if path[1:2].isupper()} == SERVED
    patch = document()["paths"]["/Observation/{id}"]["patch"]["requestBody"]["content"]
    assert set(patch) == {"application/json-patch+json", "application/merge-patch+json"}
    names = [one["operationId"] for found in document()["paths"].values() for one in found.values()]
    assert len(names) == len(set(names))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    with running(tmp_path_factory.mktemp("openapi")) as edge:
        yield edge


def test_a_fuzzer_finds_no_failure_of_the_server(server: Edge) -> None:
    """Values that fit the document and values that do not, for every operation of some types."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what its imports say about others' packages
        import schemathesis
        from schemathesis.checks import not_a_server_error
        from schemathesis.generation import GenerationMode
        from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

        schema = schemathesis.openapi.from_dict(_of_types(document()))
        tried = 0
        checks = [not_a_server_error, content_type_conformance, response_schema_conformance]
        for found in schema.get_all_operations():
            operation = found.ok()
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

                @given(case=operation.as_strategy(generation_mode=mode))
                @settings(
                    max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
                    suppress_health_check=list(HealthCheck),
                )  # fmt: skip
                def ask(case: Any) -> None:
                    nonlocal tried
                    tried += 1
                    headers = {"Authorization": f"Bearer {server.token}"}
                    case.call_and_validate(base_url=server.url, headers=headers, checks=checks, timeout=60)

                ask()
    print(f"\nschemathesis: {tried} requests, no 5xx")
    assert tried > 300


def _of_types(whole: dict[str, Any]) -> dict[str, Any]:
    paths = {
        path: one for path, one in whole["paths"].items() if not path[1:2].isupper() or path.split("/")[1] in TYPES
    }
    return {**whole, "paths": paths}
