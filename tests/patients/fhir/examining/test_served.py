"""A large body at the running server: looked at elsewhere, answered as if it had been looked at here."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from patients.fhir.examining import examiner
from patients.fhir.examining.examiner import Examiner
from patients.fhir.examining.postponing import SMALL
from patients.records import wire
from patients.records.models import Document
from tests import hostile
from tests.messaging.conftest import Live
from tests.messaging.conftest import live as live
from tests.patients.fhir.conftest import FHIR, Person, pulse

pytestmark = pytest.mark.storage
NOTE = [{"text": "He slept well. " * 400}]


@pytest.fixture
def web(live: Live, clara: Person) -> Iterator[httpx.Client]:
    """Clara's program."""
    headers = {"Authorization": f"Bearer {clara.token}", "Content-Type": FHIR}
    with httpx.Client(base_url=f"http://{live.address}/fhir/", headers=headers, timeout=60) as client:
        yield client


def here() -> Examiner:
    found = examiner.running()
    assert found is not None
    return found


def written(resource: dict[str, Any]) -> bytes:
    body = wire.text(resource)
    assert len(body) > SMALL
    return body


def test_a_large_measurement_comes_back_digit_by_digit(web: httpx.Client, heinrich: str) -> None:
    sent = written(pulse(heinrich, "72.50", note=NOTE))
    answer = web.post("Observation", content=sent)
    assert answer.status_code == 201, answer.text
    assert here()._process is not None
    read = wire.parse(web.get(f"Observation/{answer.json()['id']}").content)
    assert wire.text({name: value for name, value in read.items() if name not in ("id", "meta")}) == sent


def test_a_small_one_does_not_wait_for_an_examiner(web: httpx.Client, heinrich: str) -> None:
    assert web.post("Observation", content=wire.text(pulse(heinrich))).status_code == 201
    assert here()._process is None


def test_what_is_refused_is_refused_in_the_same_words(web: httpx.Client, clara: Person) -> None:
    large = {what: body for what, body in {**hostile.BODIES, **hostile.NARRATIVES}.items() if len(body) > SMALL}
    assert len(large) > 5
    for what, body in large.items():
        told, same = web.post("Observation", content=body), clara.post("Observation", body)
        assert (told.status_code, told.content) == (same.status_code, same.content), what
    assert here()._process is not None


def test_strangers_cost_the_examiner_nothing(web: httpx.Client) -> None:
    body = hostile.BODIES["100,000 notes"]
    assert web.post("Observation", content=body, headers={"Authorization": "Bearer no"}).status_code == 401
    assert web.post("Observation", content=body, headers={"Content-Type": "text/plain"}).status_code == 415
    assert web.post("Nothing", content=body).status_code == 404
    assert here()._process is None


def test_when_the_examiner_ends_over_it_nothing_is_saved_and_sending_again_helps(
    web: httpx.Client, heinrich: str
) -> None:
    sent, before = written(pulse(heinrich, note=NOTE)), Document.objects.count()
    usual, here()._command = here()._command, (sys.executable, "-c", "import sys; sys.exit(1)")
    refused = web.post("Observation", content=sent)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert "send it again" in refused.json()["issue"][0]["details"]["text"]
    assert Document.objects.count() == before
    here()._command = usual
    assert web.post("Observation", content=sent).status_code == 201


def test_each_way_to_write_goes_on_after_the_verdict(web: httpx.Client, heinrich: str) -> None:
    new = pulse(heinrich, note=NOTE, identifier=[{"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.3"}])
    condition = {"If-None-Exist": "identifier=urn:oid:1.2.3"}
    first = web.post("Observation", content=written(new), headers=condition)
    again = web.post("Observation", content=written(new), headers=condition)
    assert (first.status_code, again.status_code) == (201, 200)
    kept = wire.parse(first.content)
    where = f"Observation/{kept['id']}"
    changed = web.put(where, content=written({**kept, "status": "amended"}), headers={"If-Match": 'W/"1"'})
    assert (changed.status_code, changed.json()["meta"]["versionId"]) == (200, "2")
    by_condition = web.put("Observation?identifier=urn:oid:1.2.3", content=written({**kept, "status": "corrected"}))
    assert (by_condition.status_code, by_condition.json()["meta"]["versionId"]) == (200, "3")
    steps = json.dumps([{"op": "replace", "path": "/note", "value": [{"text": "x" * 9000}]}])
    patched = web.patch(where, content=steps, headers={"Content-Type": "application/json-patch+json"})
    assert (patched.status_code, len(patched.json()["note"][0]["text"])) == (200, 9000)
    entry = {"resource": new, "request": {"method": "POST", "url": "Observation"}}
    done = web.post("", content=written({"resourceType": "Bundle", "type": "transaction", "entry": [entry] * 2}))
    assert [one["response"]["status"][:3] for one in done.json()["entry"]] == ["201", "201"]
    judged = web.post("Observation/$validate", content=written({**new, "telepathy": True}))
    assert (judged.status_code, judged.json()["issue"][0]["severity"]) == (200, "error")
    assert here()._process is not None


def test_a_fault_in_what_exists_already_hides_none_of_what_stands_behind_it(web: httpx.Client, heinrich: str) -> None:
    known = pulse(heinrich, note=NOTE, identifier=[{"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.4"}])
    assert web.post("Observation", content=written(known)).status_code == 201
    condition = {"method": "POST", "url": "Observation", "ifNoneExist": "identifier=urn:oid:1.2.4"}
    steps = [
        {"resource": {**known, "status": "guessed"}, "request": condition},
        {"resource": pulse(heinrich), "request": {"method": "POST", "url": "Observation"}},
    ]
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "transaction", "entry": steps}
    done = web.post("", content=written(bundle))
    assert [one["response"]["status"][:3] for one in done.json()["entry"]] == ["200", "201"]
    steps[1]["resource"]["status"] = "guessed"
    refused = web.post("", content=written(bundle))
    assert (refused.status_code, refused.json()["issue"][0]["expression"]) == (422, ["Bundle.entry[1].resource.status"])


def test_a_stale_version_is_refused_after_the_verdict_as_before(web: httpx.Client, heinrich: str) -> None:
    kept = wire.parse(web.post("Observation", content=written(pulse(heinrich, note=NOTE))).content)
    stale = web.put(f"Observation/{kept['id']}", content=written(kept), headers={"If-Match": 'W/"7"'})
    assert stale.status_code == 412
