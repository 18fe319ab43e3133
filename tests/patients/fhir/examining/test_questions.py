"""What a body is: the same verdict wherever it is looked at, and the same value whoever reads it again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from patients.errors import Invalid
from patients.fhir.examining import protocol
from patients.fhir.examining.questions import Kind, Question, Verdict, judge
from patients.records import wire
from tests import hostile

PULSE = hostile.observation('"id":"7","valueQuantity":{"value":0.40}')


def ask(kind: Kind, body: bytes, type_: str = "Observation", ident: str = "") -> tuple[Any, Verdict]:
    return judge(Question(kind, type_, ident), body)


def test_a_measurement_is_what_it_should_be_and_keeps_its_digits() -> None:
    value, verdict = ask("resource", PULSE)
    assert (verdict.findings, verdict.parsed) == ((), True)
    verdict.refuse()
    assert wire.text(value) == PULSE
    assert wire.text(wire.read_again(PULSE, carefully=verdict.carefully)) == PULSE


@pytest.mark.parametrize("spelled", [b'{"a":1e-7,"b":-0}', b'{"a\\u00fc":"\\/"}', b'{ "a" : [ 1.0 ] }'])
def test_a_value_that_is_read_again_is_the_same(spelled: bytes) -> None:
    value, carefully = wire.read(spelled)
    assert wire.text(wire.read_again(spelled, carefully=carefully)) == wire.text(value)


def test_what_is_new_may_bring_an_id_that_is_not_used_and_nothing_else_that_is_wrong() -> None:
    value, verdict = ask("new", hostile.observation('"id":"mine"'))
    assert not verdict.findings
    assert "id" not in value
    for kind in ("new", "resource"):
        refused = ask(kind, hostile.observation(f'"id":"{"x" * 65}"'))[1]
        assert refused.findings[0].where == "Observation.id"


@pytest.mark.parametrize(
    ("body", "parsed", "where"),
    [
        (b"{", False, "line 1, column 2"),
        (b"[]", False, "line 1, column 1"),
        (b'{"resourceType":"Patient"}', False, "resourceType"),
        (hostile.observation('"id":"8"'), False, "Observation.id"),
        (hostile.observation('"id":"7","issued":"never"'), True, "Observation.issued"),
    ],
)
def test_a_refusal_says_where_and_how_far_the_body_was_understood(body: bytes, parsed: bool, where: str) -> None:
    verdict = ask("resource", body, ident="7")[1]
    assert (verdict.findings[0].where, verdict.parsed) == (where, parsed)
    with pytest.raises(Invalid) as caught:
        verdict.refuse()
    assert caught.value.text == verdict.text


def test_what_is_only_sent_is_not_validated_but_held_against_its_address() -> None:
    body = hostile.observation('"telepathy":true')
    assert not ask("sent", body)[1].findings
    assert ask("sent", body, "Patient")[1].findings


def test_a_bundle_is_held_against_what_can_be_carried_out() -> None:
    entry = {"request": {"method": "GET", "url": "Patient"}}
    good = json.dumps({"resourceType": "Bundle", "type": "batch", "entry": [entry]}).encode()
    assert not ask("bundle", good, "")[1].findings
    assert ask("bundle", good.replace(b"batch", b"history"), "")[1].findings[0].where == "Bundle.type"
    assert ask("bundle", b'{"resourceType":"Patient"}', "")[1].parsed is False
    many = good.replace(b'"entry": [', b'"entry": [' + json.dumps(entry).encode() * 0 + b"{}," * 2_000)
    assert ask("bundle", many, "")[1].findings[0].code == "too-costly"


def transaction(*steps: tuple[str, dict[str, Any]], kind: str = "transaction") -> bytes:
    """Each step: method and resource; entry n is known as urn:uuid:…n."""
    entries = [
        {"fullUrl": NAME.format(number), "resource": one, "request": {"method": method, "url": one["resourceType"]}}
        for number, (method, one) in enumerate(steps)
    ]
    return json.dumps({"resourceType": "Bundle", "type": kind, "entry": entries}).encode()


NAME = "urn:uuid:00000000-0000-4000-8000-00000000000{}"
PERSON = {"resourceType": "Patient", "id": "mine"}  # an id that a POST does not use


def about(target: str) -> dict[str, Any]:
    code = {"text": "x"}
    return {"resourceType": "Observation", "status": "final", "code": code, "subject": {"reference": target}}


@pytest.mark.parametrize(
    ("target", "is_right"),
    [
        (NAME.format(0), True),
        (NAME.format(1), False),  # an Observation is about no Observation
        ("Patient?identifier=7", True),
        ("Medication?code=7", False),
        ("Patient/7", True),
        ("javascript:alert(1)", False),
    ],
)
def test_what_a_transaction_writes_is_validated_as_if_its_links_led_somewhere(target: str, is_right: bool) -> None:
    verdict = ask("bundle", transaction(("POST", PERSON), ("POST", about(target))), "")[1]
    assert not verdict.findings
    assert verdict.entries == 2
    assert verdict.on_entry(0)
    assert not verdict.on_entry(2)
    if is_right:
        assert verdict.on_entry(1)
    else:
        with pytest.raises(Invalid) as caught:
            verdict.on_entry(1)
        assert caught.value.findings[0].where.startswith("Observation.subject")


def test_a_transaction_is_looked_at_up_to_its_first_fault_and_a_batch_entry_by_entry_later() -> None:
    wrong = {"resourceType": "Observation", "status": "guessed"}
    steps = (("POST", PERSON), ("PUT", wrong), ("POST", about("Patient/7")))
    verdict = ask("bundle", transaction(*steps), "")[1]
    assert verdict.entries == 2
    assert verdict.on_entry(0)
    with pytest.raises(Invalid):
        verdict.on_entry(1)
    assert not verdict.on_entry(2)
    assert ask("bundle", transaction(*steps, kind="batch"), "")[1].entries == 0
    assert protocol.verdict(protocol.encode(verdict)) == verdict


def test_a_patch_is_a_list_of_steps_or_looks_like_the_result() -> None:
    steps, merge = b'[{"op":"remove","path":"/a"}]', b'{"a":null}'
    value, verdict = ask("steps", steps)
    assert value == [{"op": "remove", "path": "/a"}]
    assert not verdict.parsed
    assert ask("merge", merge)[0] == {"a": None}
    for kind, body in (("steps", merge), ("merge", steps), ("steps", b'[{"op":"guess"}]'), ("merge", b"{}")):
        assert ask(kind, body)[1].findings, (kind, body)
    for body in (steps, merge):
        assert not ask("change", body)[1].findings
    for body in (b"{}", b"7", b'[{"op":"guess"}]'):
        assert ask("change", body)[1].findings


def test_a_verdict_arrives_as_it_was_given() -> None:
    verdict = ask("resource", hostile.observation('"issued":"never"'))[1]
    assert protocol.verdict(protocol.encode(verdict)) == verdict
    question = Question("new", "Patient", "7", 5)
    assert protocol.question(protocol.encode(question)) == question


def test_a_fault_of_ours_is_no_refusal() -> None:
    with pytest.raises(RuntimeError):
        Verdict(failed="TypeError at x.py:1").refuse()
