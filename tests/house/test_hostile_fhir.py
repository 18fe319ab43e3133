"""Everything hostile, thrown at every interaction of a running FHIR edge: refused in words that name the place, nothing
written, others served. And David, who has nothing to do with Heinrich, is told of him what he is told of nobody.
"""

from __future__ import annotations

import base64
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest

from tests import hostile
from tests.cast import HEINRICH
from tests.clients.said import bundle, entry, pulse
from tests.patients.fhir.process import Edge, running

FHIR: Final = "application/fhir+json"
JSON_PATCH: Final = "application/json-patch+json"
MERGE_PATCH: Final = "application/merge-patch+json"
FORM: Final = "application/x-www-form-urlencoded"
NOBODY: Final = "b7765bbf-df40-486a-9f2f-404309643de6"
NEW: Final = "7c2f4f0e-3d0a-4b5e-9a53-6f1b0f3a6d11"
TABLES: Final = ("records_document", "records_version", "records_change")
BODIES: Final = {**hostile.BODIES, **hostile.NARRATIVES}
Way = Callable[[httpx.Client, bytes], httpx.Response]


@dataclass
class Town:
    """A server, Clara who sends what is hostile, Anna who works beside her, David who is a stranger to Heinrich."""

    edge: Edge
    clara: httpx.Client
    anna: httpx.Client
    david: httpx.Client
    pulse: str  # one of Heinrich's, recorded by Clara

    def stored(self) -> dict[str, int]:
        """How many rows there are of what people write."""
        with closing(sqlite3.connect(f"file:{self.edge.data / 'telecare.sqlite3'}?mode=ro", uri=True)) as link:
            return {name: link.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in TABLES}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with running(tmp_path_factory.mktemp("hostile")) as edge:

        def program(name: str) -> httpx.Client:
            headers = {"Authorization": f"Bearer {edge.tokens[name]}", "Content-Type": FHIR}
            return httpx.Client(base_url=f"{edge.url}/", headers=headers, timeout=60)

        with program("clara") as clara, program("anna") as anna, program("david") as david:
            made = clara.post("Observation", json=pulse(HEINRICH)).json()
            yield Town(edge, clara, anna, david, made["id"])


@pytest.fixture(autouse=True)
def nothing_is_written_and_others_work_on(town: Town) -> Iterator[None]:
    before = town.stored()
    yield
    assert town.stored() == before
    assert town.anna.get(f"Patient/{HEINRICH}").status_code == 200


# -- bodies


def identified(body: bytes, ident: str) -> bytes:
    """The same with an id, where it is a resource."""
    return body.replace(
        b'{"resourceType":"Observation",', b'{"resourceType":"Observation","id":"%s",' % ident.encode(), 1
    )


def in_bundle(kind: bytes, method: bytes, url: bytes, body: bytes) -> bytes:
    request = b'{"method":"%s","url":"%s"}' % (method, url)
    return b'{"resourceType":"Bundle","type":"%s","entry":[{"request":%s,"resource":%s}]}' % (kind, request, body)


def patch_in_bundle(kind: bytes, url: str, media: str, patch: bytes) -> bytes:
    binary = {"resourceType": "Binary", "contentType": media, "data": base64.b64encode(patch).decode()}
    return in_bundle(kind, b"PATCH", url.encode(), json.dumps(binary).encode())


def ways(ident: str) -> dict[str, Way]:
    """Every way in which a resource comes in. `ident`: one that is there."""
    there, whole = f"Observation/{ident}", b'[{"op":"replace","path":"","value":%s}]'
    given = b'{"resourceType":"Parameters","parameter":[{"name":"resource","resource":%s}]}'
    document = b'{"resourceType":"Bundle","type":"collection","entry":[{"resource":%s}]}'
    outside = json.dumps(pulse(HEINRICH)).encode()[:-1] + b',"contained":[%s]}'
    lab = "Observation?identifier=urn:example:lab|4711"
    return {
        "create": lambda to, body: to.post("Observation", content=body),
        "create on a condition": lambda to, body: to.post(
            "Observation", content=body, headers={"If-None-Exist": "identifier=urn:example:lab|4711"}
        ),
        "create by criteria": lambda to, body: to.post(lab, content=body),
        "update": lambda to, body: to.put(there, content=identified(body, ident)),
        "update as create": lambda to, body: to.put(f"Observation/{NEW}", content=identified(body, NEW)),
        "update by criteria": lambda to, body: to.put(lab, content=body),
        "JSON Patch": lambda to, body: to.patch(
            there, content=whole % identified(body, ident), headers={"Content-Type": JSON_PATCH}
        ),
        "merge patch": lambda to, body: to.patch(there, content=body, headers={"Content-Type": MERGE_PATCH}),
        "batch": lambda to, body: to.post("", content=in_bundle(b"batch", b"POST", b"Observation", body)),
        "transaction": lambda to, body: to.post("", content=in_bundle(b"transaction", b"POST", b"Observation", body)),
        "update in a transaction": lambda to, body: to.post(
            "", content=in_bundle(b"transaction", b"PUT", there.encode(), identified(body, ident))
        ),
        "patch in a transaction": lambda to, body: to.post(
            "", content=patch_in_bundle(b"transaction", there, JSON_PATCH, whole % identified(body, ident))
        ),
        "merge patch in a batch": lambda to, body: to.post(
            "", content=patch_in_bundle(b"batch", there, MERGE_PATCH, body)
        ),
        "a Bundle that is kept": lambda to, body: to.post("Bundle", content=document % body),
        "contained": lambda to, body: to.post("Observation", content=outside.replace(b"%s", body)),
        "$validate": lambda to, body: to.post("Observation/$validate", content=body),
        "$validate in Parameters": lambda to, body: to.post("Observation/$validate", content=given % body),
        "$match": lambda to, body: to.post("Patient/$match", content=given % body),
        "$book": lambda to, body: to.post("Appointment/$book", content=given % body),
    }


def outcome_of(answer: httpx.Response) -> dict[str, Any]:
    """The OperationOutcome of a refusal, also of the only entry of a batch. Judgements of $validate are refusals."""
    assert answer.status_code < 500, answer.text[:300]
    told: dict[str, Any] = answer.json()
    if answer.status_code == 200 and told["resourceType"] == "Bundle":
        (one,) = told["entry"]
        assert one["response"]["status"][0] == "4", one
        told = one["response"]["outcome"]
    elif answer.status_code == 200:
        assert any(issue["severity"] in ("error", "fatal") for issue in told["issue"]), told
    assert told["resourceType"] == "OperationOutcome", told
    return told


@pytest.mark.parametrize("way", ways(""))
def test_a_body_is_refused_in_words_that_name_the_place(town: Town, way: str) -> None:
    faults = []
    for name, body in BODIES.items():
        answer = ways(town.pulse)[way](town.clara, body)
        issues = outcome_of(answer)["issue"]
        if not all(len(one["details"]["text"]) > 10 for one in issues):
            faults.append((name, "no words"))
        if issues[0]["code"] != "too-long" and not any(one.get("expression") for one in issues):
            faults.append((name, answer.status_code, issues[0]["details"]["text"]))
    assert not faults


# -- addresses


def searches(to: httpx.Client, address: str) -> dict[str, httpx.Response]:
    """The same hostile parameters, wherever parameters are understood."""
    type_, _, query = address.partition("?")
    read = {"request": {"method": "GET", "url": address}}
    form, patch = {"Content-Type": FORM}, {"Content-Type": JSON_PATCH}
    body, step = (
        json.dumps(pulse(HEINRICH, status="guessed")).encode(),
        b'[{"op":"test","path":"/status","value":"final"}]',
    )
    return {
        "a type": to.get(address),
        "a type by POST": to.post(f"{type_}/_search", content=query.encode(), headers=form),
        "a compartment": to.get(f"Patient/{HEINRICH}/{address}"),
        "a compartment by POST": to.post(f"Patient/{HEINRICH}/{type_}/_search", content=query.encode(), headers=form),
        "the system": to.get(f"?_type={type_}&{query}"),
        "the system by POST": to.post("_search", content=f"_type={type_}&{query}".encode(), headers=form),
        "a history": to.get(f"{type_}/_history?{query}"),
        "a record": to.get(f"Patient/{HEINRICH}/$everything?{query}"),
        "the newest": to.get(f"Observation/$lastn?{query}"),
        "a condition": to.post("Observation", content=body, headers={"If-None-Exist": f"{query}&subject=Patient/none"}),
        "criteria of an update": to.put(f"{type_}?{query}&subject=Patient/none", content=body),
        "criteria of a patch": to.patch(f"{type_}?{query}&_id=none", content=step, headers=patch),
        "criteria of a deletion": to.delete(f"{type_}?{query}&_id=none"),
        "a batch": to.post("", json=bundle("batch", read)),
        "a transaction": to.post("", json=bundle("transaction", read)),
    }


@pytest.mark.parametrize("address", [one for one in hostile.ADDRESSES if "?" in one], ids=lambda one: one[:40])
def test_parameters_are_refused_by_name_wherever_they_stand(town: Town, address: str) -> None:
    for way, answer in searches(town.clara, address).items():
        told = answer.json() if answer.content else {}
        if answer.status_code == 200 and way == "a batch" and "outcome" in told["entry"][0]["response"]:
            told = told["entry"][0]["response"]["outcome"]
        assert answer.status_code in (200, 204, 400, 404, 412, 414, 422), (way, answer.status_code, answer.text[:300])
        if told.get("resourceType") == "OperationOutcome":
            assert all(len(one["details"]["text"]) > 10 for one in told["issue"]), (way, told)


# -- strangers


def strange(town: Town) -> list[tuple[str, str, Any, dict[str, str]]]:
    """What David asks about Heinrich and his pulse: method, address, body, headers."""
    his, one = f"Patient/{HEINRICH}", f"Observation/{town.pulse}"
    theirs = {**pulse(HEINRICH), "id": town.pulse}
    steps: Any = [{"op": "test", "path": "/status", "value": "final"}]
    patches, merges = {"Content-Type": JSON_PATCH}, {"Content-Type": MERGE_PATCH}
    binary = {"resourceType": "Binary", "contentType": "text/plain", "data": "eA=="}
    alone: list[tuple[str, str, Any, dict[str, str]]] = [
        *((method, where + end, None, {}) for method in ("GET", "HEAD") for where in (his, one)
          for end in ("", "/_history", "/_history/1", "/_history/99", "?_summary=true", "?_elements=status")),
        *(("GET", f"{his}/{end}", None, {}) for end in (
            "Observation", "*", "Observation?code=8867-4", "$everything", "$everything?_count=2",
            "$everything?_type=AuditEvent", "$summary")),
        ("GET", one, None, {"If-None-Match": 'W/"1"'}),
        ("GET", one, None, {"If-Modified-Since": "Sat, 28 Nov 2020 08:00:00 GMT"}),
        ("PUT", one, theirs, {}), ("PUT", one, theirs, {"If-Match": 'W/"1"'}),
        ("PUT", one, theirs, {"If-Match": 'W/"99"'}),
        ("PATCH", one, steps, patches), ("PATCH", one, steps, {**patches, "If-Match": 'W/"99"'}),
        ("PATCH", one, {"status": "amended"}, merges), ("DELETE", one, None, {}),
        ("DELETE", one, None, {"If-Match": 'W/"99"'}),
        ("PATCH", f"Observation?_id={town.pulse}", steps, patches),
        ("DELETE", f"Observation?_id={town.pulse}", None, {}),
        ("PUT", f"Observation?_id={town.pulse}", theirs, {}),
        ("POST", "Observation", pulse(HEINRICH), {}),
        ("POST", "Observation", pulse(HEINRICH), {"If-None-Exist": f"_id={town.pulse}"}),
        ("POST", f"Observation?_id={town.pulse}", pulse(HEINRICH), {}),
        ("POST", "Observation", {**pulse(HEINRICH), "subject": {"reference": f"Patient?_id={HEINRICH}"}}, {}),
        ("POST", "Binary", {**binary, "securityContext": {"reference": his}}, {}),
        ("POST", "Observation/$validate", pulse(HEINRICH), {}),
        *(("GET", f"Observation{query}", None, {}) for query in (
            f"?patient={HEINRICH}", f"?subject={his}", f"?_id={town.pulse}",
            f"?subject:Patient={HEINRICH}&_summary=count",
            f"?patient={HEINRICH}&_include=Observation:subject&_total=accurate", f"?subject._id={HEINRICH}",
            f"?patient:Patient._id={HEINRICH}", f"?_has:Provenance:target:_id={NEW}&_id={town.pulse}",
            f"/$lastn?patient={HEINRICH}", f"/$lastn?subject={his}")),
        *(("GET", f"{query}", None, {}) for query in (
            f"Patient?_id={HEINRICH}&_revinclude=Observation:subject",
            f"Patient?_has:Observation:patient:_id={town.pulse}",
            f"?_type=Patient,Observation&_id={HEINRICH}", f"AuditEvent?patient={his}", f"Communication?subject={his}",
            f"CareTeam?patient={HEINRICH}", f"Provenance?target={one}", f"Composition/$document?id={town.pulse}",
            f"Patient/$summary?identifier={HEINRICH}")),
    ]  # fmt: skip
    entries = [
        entry(method, address, body)
        for method, address, body, headers in alone
        if method != "HEAD" and not headers and "/$" not in address
    ]
    return [
        *alone,
        *(("POST", "", bundle(kind, each), {}) for each in entries for kind in ("batch", "transaction")),
        ("POST", "", bundle("transaction", {**entry("POST", "Observation", pulse(HEINRICH)), "fullUrl": his}), {}),
    ]


def test_of_heinrich_a_stranger_is_told_what_he_is_told_of_nobody(town: Town) -> None:
    for method, address, body, headers in strange(town):
        here = asked(town, method, address, body, headers)
        there = asked(town, method, elsewhere(address, town), elsewhere(body, town), headers)
        assert there.status_code < 500, (method, address, body)
        assert told(here, town) == told(there, town), (method, address, body)


def asked(town: Town, method: str, address: str, body: Any, headers: dict[str, str]) -> httpx.Response:
    content = b"" if body is None else json.dumps(body).encode()
    return town.david.request(method, address, content=content, headers={"Content-Type": FHIR, **headers})


def elsewhere(value: Any, town: Town) -> Any:
    """The same about nobody."""
    text = json.dumps(value).replace(HEINRICH, NOBODY).replace(town.pulse, NEW)
    return json.loads(text)


def told(answer: httpx.Response, town: Town) -> tuple[int, str, list[tuple[str, str]]]:
    """Status, text and headers of an answer, whoever it is about, but for moments."""
    text = re.sub(r'"lastUpdated":"[^"]+"', "", answer.text)
    for one in (HEINRICH, NOBODY, town.pulse, NEW):
        text = text.replace(one, "·")
    kept = [(name, value) for name, value in answer.headers.items() if name not in ("date", "content-length")]
    return answer.status_code, text, sorted(kept)
