"""One running server and everything that is hostile: refused in words, nothing stored, nobody disturbed."""

from __future__ import annotations

import json
import socket as sockets
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from config.demo.measurements import demo_id
from tests import hostile
from tests.messaging.talk import Refused, Talk
from tests.running import Running, server
from tests.visiting import Visitor

FHIR = "application/fhir+json"
HEINRICH = demo_id("patient", "heinrich")
TABLES = ("records_document", "records_version", "chat_message", "accounts_user", "consultations_invitation")
PULSE = hostile.observation(
    f'"subject":{{"reference":"Patient/{HEINRICH}"}},"effectiveDateTime":"2026-11-20T08:10:00+01:00"'
)


@dataclass
class District:
    """The server, and who stands before it."""

    running: Running
    clara: httpx.Client  # a doctor's program, with a token
    david: httpx.Client  # another doctor's, who does not see Heinrich
    system: httpx.Client  # what nobody is in person
    anna: Visitor
    other: Visitor  # somebody who only wants to work

    def stored(self) -> dict[str, int]:
        """How many rows there are of what people write."""
        with closing(sqlite3.connect(f"file:{self.running.data / 'telecare.sqlite3'}?mode=ro", uri=True)) as link:
            return {name: link.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in TABLES}


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[District]:
    folder = tmp_path_factory.mktemp("hostile")
    with ExitStack() as stack:
        running = stack.enter_context(
            server(folder / "data", TELECARE_DEMO="1", TELECARE_LOG="WARNING", DATABASE_URL="", REDIS_URL="")
        )

        def program(name: str) -> httpx.Client:
            token = running.command("token", name).stdout.split()[-1]
            headers = {"Authorization": f"Bearer {token}"}
            return stack.enter_context(httpx.Client(base_url=f"{running.url}/fhir/", headers=headers, timeout=60))

        anna, other = (stack.enter_context(Visitor(running.url, name)) for name in ("anna", "insa"))
        yield District(running, program("clara"), program("david"), program("system"), anna, other)
        log = running.log.read_text("utf-8", "replace")
        ours = [line for line in log.splitlines() if " ERROR " in line and "django.security" not in line]
        assert not ours, log[-4000:]


@pytest.fixture(autouse=True)
def nothing_is_stored_and_others_work_on(district: District) -> Iterator[None]:
    before = district.stored()
    yield
    assert district.stored() == before
    assert district.other.get("/patients/").status_code == 200
    assert district.running.process.poll() is None


def refused(answer: httpx.Response, *statuses: int) -> None:
    """A clear refusal: the status, and an OperationOutcome whose words say something."""
    assert answer.status_code in (statuses or (400, 403, 404, 405, 409, 412, 413, 415, 422)), answer.text[:500]
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    assert all(len(one["details"]["text"]) > 10 for one in outcome["issue"])


def names_nobody(answer: httpx.Response) -> None:
    assert answer.status_code in (200, 400, 403, 404), answer.text[:500]
    found = str([one.get("resource") for one in answer.json().get("entry", ())])
    assert "Brandt" not in found
    assert HEINRICH not in found


# -- FHIR


@pytest.mark.parametrize("what", [*hostile.BODIES, *hostile.NARRATIVES])
def test_a_body(district: District, what: str) -> None:
    body = {**hostile.BODIES, **hostile.NARRATIVES}[what]
    refused(district.clara.post("Observation", content=body, headers={"Content-Type": FHIR}), 400, 413, 422)


@pytest.mark.parametrize("what", [*hostile.PATIENTS, *hostile.BUNDLES, *hostile.TRANSACTIONS])
def test_a_person_and_a_bundle(district: District, what: str) -> None:
    body = {**hostile.PATIENTS, **hostile.BUNDLES, **hostile.TRANSACTIONS}[what]
    type_ = "" if what in hostile.TRANSACTIONS else "Bundle" if what in hostile.BUNDLES else "Patient"
    refused(district.clara.post(type_, content=body, headers={"Content-Type": FHIR}), 400, 413, 422)


@pytest.mark.parametrize("address", hostile.ADDRESSES, ids=lambda one: one[:40])
def test_an_address(district: District, address: str) -> None:
    answer = district.clara.get(address)
    assert answer.status_code in (200, 400, 404, 414), answer.text[:500]
    if answer.status_code != 200:
        refused(answer)


def chunks(size: int) -> Iterator[bytes]:
    yield b'{"resourceType":"Observation","x":"'
    for _ in range(size // 65_536):
        yield b"x" * 65_536
    yield b'"}'


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"Content-Type": "text/plain"}, PULSE, 415),
        ({"Content-Type": "application/fhir+xml"}, b"<Observation/>", 415),
        ({"Content-Type": "application/fhir+json; charset=utf-16"}, PULSE, 415),
        ({}, PULSE, 415),
        ({"Content-Type": FHIR, "Content-Encoding": "gzip"}, b"\x1f\x8b\x08" + b"\0" * 5000, 415),
        ({"Content-Type": FHIR, "Accept": "application/fhir+xml"}, PULSE, 406),
        ({"Content-Type": FHIR}, "chunks", 413),
        ({"Content-Type": FHIR}, b'{"x":"' + b"x" * 17 * 1024 * 1024 + b'"}', 413),
    ],
    ids=["text", "XML", "UTF-16", "no type", "gzip", "XML asked for", "17 MB in chunks", "17 MB"],
)
def test_a_body_of_another_kind(district: District, headers: dict[str, str], content: Any, status: int) -> None:
    sent = chunks(17 * 1024 * 1024) if content == "chunks" else content
    try:
        refused(district.clara.post("Observation", content=sent, headers=headers), status)
    except (httpx.WriteError, httpx.RemoteProtocolError):  # the server hung up on what it will not read
        assert status == 413


@pytest.mark.parametrize(
    "ident", ["x" * 65, "..%2F..%2Fetc%2Fpasswd", "a%00b", "%0d%0aSet-Cookie:%20a=b", "%F0%9F%92%A9"]
)
def test_an_id_that_cannot_be_one(district: District, ident: str) -> None:
    body = PULSE.replace(b'"status"', b'"id":"x","status"')
    answer = district.clara.put(f"Observation/{ident}", content=body, headers={"Content-Type": FHIR})
    refused(answer, 400, 404)
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "AuditEvent", "type": {"code": "rest"}, "recorded": "2026-11-22T09:00:00Z",
         "agent": [{"requestor": True}], "source": {"observer": {"display": "me"}}},
        {"resourceType": "Provenance", "target": [{"reference": f"Patient/{HEINRICH}"}],
         "recorded": "2026-11-22T09:00:00Z",
         "agent": [{"who": {"reference": f"Practitioner/{demo_id('practitioner', 'anna')}"}}]},
        {"resourceType": "Bundle", "type": "transaction", "entry": [
            {"fullUrl": f"http://127.0.0.1/fhir/Patient/{HEINRICH}",
             "request": {"method": "DELETE", "url": f"Patient/{HEINRICH}"},
             "resource": {"resourceType": "Patient", "id": HEINRICH}}]},
    ],
    ids=["a log entry", "a signature of another", "a Bundle that deletes"],
)  # fmt: skip
def test_a_document_that_is_not_theirs_to_write(district: District, resource: dict[str, Any]) -> None:
    kind = resource["resourceType"]
    refused(district.clara.post("" if kind == "Bundle" else kind, json=resource, headers={"Content-Type": FHIR}))


@pytest.mark.parametrize("method", ["json-patch", "merge-patch", "update"])
def test_a_value_that_shall_move_to_another_patient(district: District, method: str) -> None:
    found = district.clara.get("Observation", params={"patient": HEINRICH, "_count": "1"}).json()["entry"][0][
        "resource"
    ]
    where, other = f"Observation/{found['id']}", {"reference": f"Patient/{demo_id('patient', 'erna')}"}
    if method == "json-patch":
        change = [{"op": "replace", "path": "/subject", "value": other}]
        answer = district.clara.patch(where, json=change, headers={"Content-Type": "application/json-patch+json"})
    elif method == "merge-patch":
        media = {"Content-Type": "application/merge-patch+json"}
        answer = district.clara.patch(where, json={"subject": other}, headers=media)
    else:
        answer = district.clara.put(where, json={**found, "subject": other}, headers={"Content-Type": FHIR})
    refused(answer)
    assert district.clara.get(where).json() == found


@pytest.mark.parametrize(
    "address",
    [
        f"Patient/{HEINRICH}",
        f"Patient/{HEINRICH}/_history",
        f"Patient/{HEINRICH}/_history/1",
        f"Patient/{HEINRICH}/$everything",
        f"Observation?patient={HEINRICH}&_include=Observation:patient",
        f"Patient?_id={HEINRICH}&_revinclude=Observation:patient",
        "Observation?patient.name=Brandt&_include=*",
        "Patient?name=Brandt",
        "Patient?_has:Observation:patient:code=29463-7&name=Brandt",
        f"Encounter?subject={HEINRICH}&_include=Encounter:subject&_revinclude=Observation:encounter",
    ],
)
def test_a_way_round_to_somebody_elses_patient(district: District, address: str) -> None:
    names_nobody(district.david.get(address))
    strange = address.replace(HEINRICH, str(uuid.UUID(int=4)))
    assert district.david.get(strange).status_code == district.david.get(address).status_code


def test_the_system_client_sees_nothing_of_the_demo(district: District) -> None:
    for kind in ("Observation", "Condition", "MedicationStatement", "Patient", "CareTeam", "Task"):
        assert district.system.get(f"{kind}?_summary=count").json()["total"] == 0, kind


# -- sockets


@pytest.fixture
def clara_socket(district: District) -> Iterator[Talk]:
    token = district.clara.headers["Authorization"]
    with Talk(f"{district.running.url.replace('http', 'ws')}/ws/", {"Authorization": token}) as socket:
        yield socket


@pytest.mark.parametrize("what", hostile.FRAMES)
def test_a_frame(clara_socket: Talk, what: str) -> None:
    clara_socket.raw.send(hostile.FRAMES[what])
    answer = first(clara_socket)
    assert answer["kind"] in ("invalid", "missing"), answer
    assert len(answer["text"]) > 10
    assert clara_socket.ask("ping") == {}


def test_a_binary_frame(clara_socket: Talk) -> None:
    clara_socket.raw.send(b"\0\xff" * 1000)
    assert first(clara_socket)["kind"] == "invalid"


def first(socket: Talk) -> dict[str, str]:
    """The first error that the server answers; the heads that it tells every 20 s may come before."""
    frames = iter(lambda: json.loads(socket.raw.recv(timeout=60)), None)
    return next(frame["error"] for frame in frames if "error" in frame)


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 16 * 1024 * 1024], ids=["1 MiB + 1", "16 MiB"])
def test_a_frame_beyond_all_measure_ends_its_own_socket_only(district: District, clara_socket: Talk, size: int) -> None:
    with district.other.talk() as beside:
        with pytest.raises(ConnectionClosed) as closed:
            clara_socket.raw.send("x" * size)
            while True:  # the heads may come before the end
                clara_socket.raw.recv(timeout=60)
        assert closed.value.rcvd is None or closed.value.rcvd.code == 1009
        assert beside.ask("ping") == {}


def cookies(visitor: Visitor) -> str:
    return "; ".join(f"{name}={value}" for name, value in visitor.web.cookies.items())


@pytest.mark.parametrize("origin", hostile.ORIGINS)
def test_a_page_of_another_site_gets_no_socket(district: District, origin: str) -> None:
    url = f"{district.running.url.replace('http', 'ws')}/ws/"
    with Talk(url, {"Cookie": cookies(district.anna)}, origin=origin) as socket:
        assert socket.closed()[0] == 4403


def test_a_cookie_without_an_origin_is_no_answer(district: District) -> None:
    with Talk(f"{district.running.url.replace('http', 'ws')}/ws/", {"Cookie": cookies(district.anna)}) as socket:
        assert socket.closed()[0] in (4401, 4403)


def test_a_foreign_thread_and_a_foreign_room(district: District) -> None:
    with district.anna.talk() as anna, Visitor(district.running.url, "david") as david, david.talk() as socket:
        thread = anna.ask("thread.of", patient=HEINRICH)["thread"]
        for do, fields in (
            ("open", {"topic": f"thread:{thread}", "after": 0}),
            ("open", {"topic": f"patient:{HEINRICH}"}),
            ("thread.send", {"thread": thread, "cid": str(uuid.uuid4()), "text": "x"}),
            ("room.join", {"room": str(uuid.uuid4())}),
        ):
            with pytest.raises(Refused) as caught:
                socket.ask(do, **fields)
            assert caught.value.kind == "missing"


def test_after_signing_out_nothing_is_answered(district: District) -> None:
    with Visitor(district.running.url, "jens") as jens, jens.talk() as socket:
        assert socket.ask("ping") == {}
        jens.post("/sign-out/")
        assert socket.closed()[0] == 4401


def test_a_flood_of_frames_ends_its_own_socket(district: District, clara_socket: Talk) -> None:
    with district.other.talk() as beside:
        with pytest.raises(ConnectionClosed) as closed:
            for _ in range(5000):
                clara_socket.raw.send('{"id":1,"do":"sudo"}')
            while True:
                clara_socket.raw.recv(timeout=60)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code in (4429, 4408)
        assert beside.ask("ping") == {}


def test_a_storm_of_connections(district: District) -> None:
    with ExitStack() as stack:
        for _ in range(60):
            socket = stack.enter_context(district.anna.talk())
        assert socket.ask("ping") == {}
        assert district.other.get("/").status_code == 200
    with pytest.raises(InvalidHandshake):  # a path that is none
        Talk(f"{district.running.url.replace('http', 'ws')}/wss/", {}).__enter__()


# -- pages and HTTP


def raw(district: District, request: bytes) -> bytes:
    """Bytes as they are, which no client library would send; the beginning of the answer."""
    with sockets.create_connection(("127.0.0.1", district.running.port), timeout=60) as line:
        line.sendall(request)
        try:
            return line.recv(65_536)
        except ConnectionResetError:
            return b""


@pytest.mark.parametrize("what", hostile.REQUESTS)
def test_a_request_that_no_browser_makes(district: District, what: str) -> None:
    answer = raw(district, hostile.REQUESTS[what])
    assert answer.split(b" ", 2)[1][:1] == b"4", answer[:200]


def test_a_spoofed_proxy_is_not_believed(district: District) -> None:
    spoofed = {"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "10.0.0.1", "X-Forwarded-Proto": "https"}
    answer = httpx.get(f"{district.running.url}/patients/", headers=spoofed, timeout=60)
    assert "evil.example" not in str(answer.headers) + answer.text
    assert httpx.get(f"{district.running.url}/fhir/metadata", headers=spoofed, timeout=60).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/patients/%00/",
        "/%0d%0aSet-Cookie:a=b/",
        f"/patients/{'x' * 300}/",
        "/..%2f..%2fetc/passwd",
        "/static/..%2f..%2fsettings.py",
        "/patients/%ff%fe/",
    ],
)
def test_an_address_of_no_page(district: District, path: str) -> None:
    answer = district.anna.get(path)
    assert answer.status_code == 404
    assert "set-cookie" not in {
        name for name in answer.headers if name == "set-cookie" and "a=b" in answer.headers[name]
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"value0": "9" * 4301},
        {"value0": "NaN"},
        {"value0": "1e999999"},
        {"value0": "\0"},
        {"value0": "71", "note": "x" * 9 * 1024 * 1024},
        {f"field{number}": "x" for number in range(3000)},
        {"value0": "=1+1"},
    ],
    ids=["4,301 digits", "NaN", "endless", "NUL", "9 MB", "3,000 fields", "a formula"],
)
def test_a_form(district: District, fields: dict[str, str]) -> None:
    answer = district.anna.post(f"/patients/{HEINRICH}/measure/pulse/", **fields)
    assert answer.status_code in (400, 413, 422), answer.status_code
    assert "kern-" in answer.text  # a page, in words


def test_a_form_without_its_token_or_from_another_site(district: District) -> None:
    url = f"/patients/{HEINRICH}/measure/pulse/"
    for headers in ({}, {"Origin": "https://evil.example"}, {"Referer": "https://evil.example/"}):
        answer = district.anna.web.post(url, data={"value0": "71"}, headers=headers)
        assert answer.status_code == 403
    broken = {"Content-Type": "multipart/form-data; boundary=" + "x" * 300}
    assert district.anna.web.post(url, content=b"--x\r\n", headers=broken).status_code in (400, 403)


def test_invitations_are_not_guessed(district: District) -> None:
    with httpx.Client(base_url=district.running.url, timeout=60) as guest:
        guest.get("/j/")
        for token in ("", "x" * 22, "x" * 5000, "\0", "' OR 1=1 --"):
            form = {"csrfmiddlewaretoken": guest.cookies.get("csrftoken", ""), "token": token}
            answer = guest.post("/j/", data=form, headers={"Referer": district.running.url})
            assert answer.status_code in (404, 410, 422), (token[:10], answer.status_code)
            assert guest.get("/j/").status_code == 200
