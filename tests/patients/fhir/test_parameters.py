"""The parameters of operations: known by name, of their kind, in the address or in the body."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import RequestFactory

from patients.errors import Invalid
from patients.fhir import parameters
from patients.fhir.asking import FHIR_JSON, Asked
from patients.fhir.outcome import Refused
from patients.fhir.parameters import Given, Parameter

EXPECTED = (
    Parameter("max", "positiveInt"),
    Parameter("code", "string", many=True),
    Parameter("since", "instant"),
    Parameter("persist", "boolean"),
    Parameter("schedule", "Reference"),
    Parameter("resource", "Patient"),
)
SOMEBODY = {"resourceType": "Patient", "gender": "male"}


def read(*pairs: tuple[str, str], body: Any = None, media: str = FHIR_JSON) -> Given:
    """As the edge would, for a request with these parts."""
    factory = RequestFactory()
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = factory.get("/") if body is None else factory.post("/", text, media)
    return parameters.read(Asked(request, None, "Patient", "", "", "x", FHIR_JSON, False, list(pairs)), *EXPECTED)


def sent(*entries: Any) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": list(entries)}


def test_the_address_gives_texts_of_their_kind() -> None:
    given = read(("max", "3"), ("code", "a"), ("code", "b"), ("persist", "true"), ("_format", "json"))
    assert (given.number("max"), given.texts("code"), given.flag("persist")) == (3, ["a", "b"], True)
    assert given.text("since") is None


def test_the_body_gives_the_same_and_resources() -> None:
    given = read(
        body=sent(
            {"name": "max", "valueInteger": 3},
            {"name": "code", "valueCode": "a"},
            {"name": "persist", "valueBoolean": False},
            {"name": "schedule", "valueReference": {"reference": "Schedule/1"}},
            {"name": "resource", "resource": SOMEBODY},
        )
    )
    assert (given.number("max"), given.text("code"), given.flag("persist")) == (3, "a", False)
    assert (given.text("schedule"), given.resource("resource")) == ("Schedule/1", SOMEBODY)


def test_the_only_resource_may_be_the_whole_body() -> None:
    assert read(body=SOMEBODY).resource("resource") == SOMEBODY
    assert read(body=b"").resource("resource") is None


@pytest.mark.parametrize(
    ("pairs", "body", "place"),
    [
        ([("count", "3")], None, "count"),
        ([("max", "0")], None, "max"),
        ([("max", "3"), ("max", "4")], None, "max"),
        ([("max", "٣")], None, "max"),
        ([("since", "2026-11-25")], None, "since"),
        ([("persist", "yes")], None, "persist"),
        ([("resource", "{}")], None, "resource"),
        ([], {"resourceType": "Observation"}, "resourceType"),
        ([], {"resourceType": "Parameters", "parameter": {}}, "Parameters.parameter"),
        ([], sent("max"), "Parameters.parameter[0]"),
        ([], sent({"valueInteger": 3}), "Parameters.parameter[0]"),
        ([], sent({"name": "max"}), "Parameters.parameter[0]"),
        ([], sent({"name": "max", "valueInteger": 3, "valueString": "3"}), "Parameters.parameter[0]"),
        ([], sent({"name": "max", "valueString": "3"}), "Parameters.parameter[0]"),
        ([], sent({"name": "max", "valueInteger": True}), "Parameters.parameter[0]"),
        ([], sent({"name": "max", "valueInteger": "3"}), "Parameters.parameter[0]"),
        ([], sent({"name": "max", "valueInteger": -3}), "Parameters.parameter[0]"),
        (
            [],
            sent({"name": "code", "valueString": "a"}, {"name": "more", "valueString": "a"}),
            "Parameters.parameter[1]",
        ),
        ([], sent({"name": "schedule", "valueReference": {"display": "x"}}), "Parameters.parameter[0]"),
        ([], sent({"name": "schedule", "valueString": "Schedule/1"}), "Parameters.parameter[0]"),
        ([], sent({"name": "resource", "resource": {"resourceType": "Task"}}), "Parameters.parameter[0]"),
        ([], sent({"name": "resource", "valueString": "Patient"}), "Parameters.parameter[0]"),
        ([("max", "3")], sent({"name": "max", "valueInteger": 4}), "Parameters.parameter[0]"),
    ],
)
def test_what_is_not_as_it_should_be_is_refused_with_its_place(pairs: Any, body: Any, place: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(*pairs, body=body)
    assert [one.where for one in refused.value.findings] == [place]


def test_what_is_needed_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(RequestFactory().get("/"), None, "Patient", "", "", "x", FHIR_JSON, False, [])
    with pytest.raises(Invalid, match="needed"):
        parameters.read(asked, Parameter("resource", "Patient", needed=True))
    assert not asked.parsed


def test_a_body_that_is_no_fhir_is_refused() -> None:
    with pytest.raises(Refused):
        read(body=b"max=3", media="application/x-www-form-urlencoded")
    with pytest.raises(Invalid):
        read(body=b"[1")
    with pytest.raises(Invalid, match="has no resourceType"):
        read(body={})
