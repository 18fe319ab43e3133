"""A stolen copy of data or log names no patient: a day in the demo district, then a search of all that it left."""

from __future__ import annotations

import base64
import json
import os
import signal
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.db import connection

from config.demo.measurements import demo_id
from config.demo.people import kvnr
from messaging.chat.writer import writer
from tests.cast import HEINRICH as HEINRICH_OF_THE_CAST
from tests.house import known, many, secrets
from tests.house.whole import everything
from tests.patients.attachments.conftest import PDF, storage
from tests.running import Running, server, telecare
from tests.servers import another_database, dumped
from tests.visiting import Visitor

__all__ = ["storage"]
pytestmark = pytest.mark.storage

HEINRICH = demo_id("patient", "heinrich")
SAID = "Frau Nottbohm aus Grevenhagen bringt Zwieback"
FILE = "Zwieselmann Entlassbrief"
MEASURED_NOTE = "Bitte Kompressionsverband prüfen"
IMPORTED = {
    "resourceType": "Patient",
    "name": [{"family": "Quastenberg", "given": ["Leopoldine"]}],
    "birthDate": "1938-02-27",
    "telecom": [{"system": "phone", "value": "04499 887766"}],
    "address": [{"line": ["Kranichweg 17"], "city": "Ahrenbeck"}],
    "identifier": [{"system": "http://fhir.de/sid/gkv/kvid-10", "value": "X110987652"}],
}
OF_THIS_DAY = {SAID, "Nottbohm", "Grevenhagen", MEASURED_NOTE, "Kompressionsverband", "Quastenberg", "Leopoldine",
               "1938-02-27", "04499 887766", "Kranichweg 17", "X110987652", "Brunsendorf",
               FILE, "Zwieselmann"}  # fmt: skip

HIS = {"Zwetschge", "Brandt", "Heinrich", "Lindenweg", "Onken", "04499 2206", "04499 2207", "X110411941", "1941-03-14"}


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, bytes]]:
    """All that a day of the district leaves behind, by file."""
    folder = tmp_path_factory.mktemp("day")
    (folder / "tmp").mkdir()
    environment = {"TELECARE_DEMO": "1", "TELECARE_LOG": "DEBUG", "TMPDIR": str(folder / "tmp"), "REDIS_URL": ""}
    with ExitStack() as stack:
        url = ""
        if settings.DATABASE_URL:
            url = stack.enter_context(another_database(settings.DATABASE_URL, f"demo_{uuid.uuid4().hex[:8]}"))
            environment |= {"DATABASE_URL": url, "TELECARE_MASTER_KEY": base64.b64encode(os.urandom(32)).decode()}
            made = telecare("migrate", environment={**environment, "DATA": str(folder / "data")})
            assert made.returncode == 0, made.stderr
        running = stack.enter_context(server(folder / "data", **environment))
        a_day(running, folder)
        running.stop(signal.SIGKILL)  # the write-ahead log stays as it is
        found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files(folder)}
        if url:
            found["dump"] = dumped(url)
        yield found


def files(folder: Path) -> list[Path]:
    return [
        path for path in folder.rglob("*") if path.is_file() and path.name not in ("practice.ndjson", "many.ndjson")
    ]


def a_day(running: Running, folder: Path) -> None:
    """Anna, Clara, Heinrich and Ida use what there is; Bernd tries what he may not; an operator imports."""
    with Visitor(running.url, "anna") as anna, Visitor(running.url, "clara") as clara:
        for page in ("/", "/patients/", "/tasks/", f"/patients/{HEINRICH}/", f"/patients/{HEINRICH}/measurements/"):
            assert anna.get(page).status_code == 200, page
            clara.get(page)
        assert "Brandt" in anna.post("/patients/", q="Heinrich Brandt").text
        anna.post("/patients/", q="Brunsendorf")
        anna.get(f"/patients/{HEINRICH}/measure/pulse/")
        anna.post(f"/patients/{HEINRICH}/measure/pulse/", value0="71")
        anna.post(f"/patients/{HEINRICH}/measure/pulse/", value0="Heinrich Brandt")
        moorland = demo_id("organisation", "moorland")
        ordered = clara.post(f"/patients/{HEINRICH}/tasks/new/", text=MEASURED_NOTE, organisation=moorland)
        assert ordered.status_code == 302, ordered.text
        with anna.talk() as socket:
            thread = socket.ask("thread.of", patient=HEINRICH)["thread"]
            socket.ask("open", topic=f"thread:{thread}", after=0)
            assert socket.ask("thread.send", thread=thread, cid=str(uuid.uuid4()), text=SAID)["seq"]
            socket.raw.send(f"no frame: {SAID}")
        a_file(clara)
        anna.post("/sign-out/")
    for name in ("heinrich", "ida", "bernd", "dora", "admin"):
        with Visitor(running.url, name) as visitor:
            assert visitor.arrived.status_code == 302, name
            visitor.get("/")
            visitor.get(f"/patients/{HEINRICH}/")
            visitor.get("/values/")
            visitor.get("/accesses/")
    for name in ("Heinrich Brandt", "heinrich", "Nottbohm"):
        Visitor(running.url, name, "wrong").web.close()
    programs(running)
    a_hundred_more(running, folder)
    (folder / "practice.ndjson").write_text(
        json.dumps(IMPORTED) + "\n" + json.dumps({**IMPORTED, "gender": "Brunsendorf"}) + '\n{"resourceType": "Patient'
    )
    done = running.command("import", str(folder / "practice.ndjson"), "--as", "Hausarztpraxis am Markt")
    assert "1 accepted" in done.stdout, done.stdout
    assert not secrets.leaks(done.stdout.encode(), OF_THIS_DAY)


def a_hundred_more(running: Running, folder: Path) -> None:
    """An operator imports them; one of their diagnoses is searched."""
    (folder / "many.ndjson").write_text("\n".join(map(json.dumps, many.people())))
    done = running.command("import", str(folder / "many.ndjson"), "--as", "Hausarztpraxis am Markt")
    assert "200 accepted" in done.stdout, done.stdout


def a_file(clara: Visitor) -> None:
    """A letter as PDF with a telling name."""
    token = clara.web.cookies.get("csrftoken", "")
    kept = clara.web.post(
        f"/patients/{HEINRICH}/files/",
        data={"csrfmiddlewaretoken": token, "title": FILE, "sort": "letter"},
        files={"file": (f"{FILE}.pdf", PDF.replace(b"trailer", FILE.encode() + b" trailer"), "application/pdf")},
        headers={"Referer": clara.url},
    )
    assert kept.status_code == 302, kept.text
    OF_THIS_DAY.add(clara.web.cookies["telecare"])


def programs(running: Running) -> None:
    """A FHIR client reads, searches by name and number, writes, and makes mistakes."""
    token = running.command("token", "clara").stdout.split()[-1]
    OF_THIS_DAY.add(token)
    with httpx.Client(base_url=f"{running.url}/fhir", headers={"Authorization": f"Bearer {token}"}, timeout=60) as web:
        assert web.get("/Patient", params={"name": "Brandt"}).json()["entry"]
        web.post(
            "/Patient/_search", data={"identifier": f"http://fhir.de/sid/gkv/kvid-10|{kvnr(1)}", "family": "Brandt"}
        )
        web.get("/Condition", params={"patient": HEINRICH, "code": "I50.13"})
        web.get("/Patient", params={"name:wrong": "Heinrich Brandt"})
        web.get("/Observation", params={"subject.name": "Brandt", "date": "Brunsendorf"})
        web.get("/Patient/Heinrich%20Brandt")
        bodies = (IMPORTED | {"gender": "Brunsendorf"}, IMPORTED | {"birthDate": "Quastenberg"}, {"Quastenberg": 1})
        for body in bodies:
            assert web.post("/Patient", json=body).status_code >= 400
        web.post("/Patient", content=b'{"resourceType": "Patient", "name": [{"family": "Quastenberg"')
        web.put(f"/Patient/{HEINRICH}", json={**IMPORTED, "id": HEINRICH}, headers={"If-Match": 'W/"99"'})


def test_something_was_written(left):
    """Otherwise the search below would find nothing in nothing."""
    assert max(map(len, left.values())) > 1_000_000
    assert "data.log" in left


def test_the_secrets_are_many_and_a_plain_copy_would_show_them():
    known = secrets.of_the_district()
    assert {"Heinrich Brandt", "Lindenweg 4", "I50.13", kvnr(1)} <= known
    assert "Anna Siemer" not in known
    plain = "… heinrich brandt, L\\u00fcbben …".encode()
    assert "Heinrich Brandt" in secrets.leaks(plain, known)
    assert secrets.leaks(b"Thea L\\u00fcbben", {"Thea Lübben"})


def test_neither_data_nor_log_show_a_patient_a_relative_or_a_secret(left):
    known = secrets.of_the_district() | OF_THIS_DAY | many.secrets_of(many.people())
    assert len(many.FAMILIES) == 100
    assert len(known) > 700
    found = {
        name: secrets.leaks(content, known) for name, content in left.items() if not name.startswith("data.static")
    }
    assert not {name: hits for name, hits in found.items() if hits}


def test_pages_kept_for_the_browser_show_nobody(left):
    known = secrets.of_the_district()
    kept = {name: content for name, content in left.items() if name.startswith("data.static")}
    assert kept
    assert not {name: hits for name, content in kept.items() if (hits := secrets.leaks(content, known))}


@pytest.mark.django_db(transaction=True)
def test_every_table_that_may_know_a_patient_shows_nothing_of_him(cast, anna, clara, storage, tmp_path, settings):
    """Each table is filled (`test_erasure` says that none is left out), then the whole database is read as bytes."""
    settings.ERASURES = tmp_path / "erasures.ndjson"
    whole = everything(HEINRICH_OF_THE_CAST, anna, clara, "Zwetschge", weight="84.6", pressure=(158, 92))
    hidden = known.fill(whole, cast) | HIS
    writer.stop()
    content = database() + b"".join(path.read_bytes() for path in storage.rglob("*") if path.is_file())
    assert whole.ids["paper"].encode() in content
    assert secrets.leaks(content, hidden) == {}


def database() -> bytes:
    """The test's own database, as its files or its dump."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return b"".join(Path(f"{name}{end}").read_bytes() for end in ("", "-wal") if Path(f"{name}{end}").exists())
    base, _question, options = settings.DATABASE_URL.partition("?")
    return dumped(f"{base.rpartition('/')[0]}/{name}?{options}")
