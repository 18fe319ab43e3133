"""A word that stands in every field of a patient never shows in the log, nor where an error of ours is told."""

from __future__ import annotations

import io
import json
import logging
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from config import cli, control
from messaging import jobs
from messaging.chat import services as chat
from messaging.jobs import registry, runner
from messaging.jobs.models import Job
from messaging.realtime import commands
from patients.access import reactions
from patients.accounts import services as accounts
from patients.accounts.actor import Actor
from patients.accounts.models import User
from patients.database import write
from patients.network import services as network
from patients.network.resources import Address, Name, treatment
from patients.records.models import Document
from telecare.consultations import services as consultations
from telecare.consultations.models import Invitation
from tests.cast import ident
from tests.house.edge import Caller, Stranger
from tests.house.whole import everything
from tests.messaging.conftest import Live, live
from tests.messaging.talk import Refused
from tests.patients.access.test_documents import concept

__all__ = ["live"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.realtime]

WORD = "Quitte"  # every field has it, with a letter of its own behind
PULSE = {
    "resourceType": "Observation",
    "status": "final",
    "category": [concept("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs")],
    "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
    "effectiveDateTime": "2026-11-20T08:10:00+01:00",
    "valueQuantity": {"value": 72, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
}  # fmt: skip


@pytest.fixture
def patient(cast: dict[str, Actor]) -> str:
    """Somebody whose name, number, address and telephone have the word in them, as all that is written of them."""
    anna, clara = cast["anna"], cast["clara"]
    ident_ = network.admit_patient(
        anna,
        name=Name(f"{WORD}n", f"{WORD}v"),
        birth_date=date(1941, 3, 15),
        gender="female",
        kvnr="X110411954",
        address=Address(f"{WORD}weg 4", "49377", f"{WORD}dorf"),
        phone=f"04499 {WORD}",
        basis=treatment(timezone.localtime(), str(anna.person)),
    ).logical_id
    network.start_link(
        anna, ident_, organisation=ident("markt"), bases=[treatment(timezone.localtime(), str(anna.person))]
    )
    network.add_relative(anna, ident_, name=Name(f"{WORD}f", f"{WORD}g"), relationship="DAU", phone=f"1 {WORD}h")
    whole = everything(ident_, anna, clara, f"{WORD}m", weight="84.6", pressure=(158, 92))
    call = consultations.book(clara, ident_, starts_at=timezone.now() + timedelta(hours=1), reason=f"{WORD}r")
    consultations.invite(clara, call, kind=Invitation.Kind.RELATIVE, name=f"{WORD}i")
    assert len(whole.documents()) > 8
    return ident_


@pytest.fixture
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """All loggers tell all they have."""
    caplog.set_level(logging.DEBUG)
    for name, one in list(logging.root.manager.loggerDict.items()):
        if isinstance(one, logging.Logger):
            caplog.set_level(logging.DEBUG, logger=name)
    return caplog


@pytest.fixture
def values_fail() -> Iterator[None]:
    """A mistake of ours: whatever follows a measurement breaks, and quotes it."""

    def burst(actor: Actor, document: Document) -> None:
        raise RuntimeError(f"no limit fits {document.content}")

    reactions.on("Observation", burst)
    yield
    reactions.forget("Observation", burst)


def pulse(patient: str) -> dict[str, Any]:
    return {**PULSE, "subject": {"reference": f"Patient/{patient}"}, "note": [{"text": f"{WORD}o"}]}


def test_the_word_stands_in_the_records_and_in_no_line_of_the_log(
    live: Live,
    cast: dict[str, Actor],
    patient: str,
    everything_is_logged: pytest.LogCaptureFixture,
    values_fail: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    anna = cast["anna"]
    told = [
        *programs(Caller(Stranger("anna", anna, "")), patient),
        *pages(anna, patient),
        *sockets(live, anna, patient, monkeypatch),
        imported(tmp_path, patient),
    ]
    work_that_fails(monkeypatch)
    assert len(told) == 6
    assert not [one for one in told if WORD in one]
    records = [one for one in everything_is_logged.records if one.name != "websockets.client"]  # the tests' own end
    assert {"patients.fhir.edge", "django.request", "messaging.realtime.gateway", "messaging.jobs.runner",
            "config.control"} <= {record.name for record in records if record.levelno >= logging.ERROR}  # fmt: skip
    written = [logging.Formatter().format(record) + str(vars(record)) for record in records]
    assert not [line for line in written if WORD in line]


def programs(caller: Caller, patient: str) -> list[str]:
    """FHIR: searches, refusals, a failure; what the failure says."""
    assert caller.ask("GET", f"Patient?name={WORD}n").json()["entry"]
    caller.ask("GET", f"Patient/{WORD}")
    caller.ask("GET", f"Observation?subject.name={WORD}&date={WORD}")
    caller.ask("POST", "Observation", {**pulse(patient), "status": f"{WORD}s"})
    caller.ask("POST", "Observation", {**pulse(patient), f"{WORD}": 1})
    caller.ask("POST", "Observation", {**pulse(patient), "subject": {"reference": f"Patient/{WORD}"}})
    caller.client.raise_request_exception = False
    failed = caller.ask("POST", "Observation", pulse(patient))
    assert failed.status_code == 500
    return [failed.content.decode()]


def pages(anna: Actor, patient: str) -> list[str]:
    """Pages: they show the word, refuse it in forms, and fail with it; what the failures say."""
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(pk=anna.account or 0))
    assert WORD in client.get(f"/patients/{patient}/").content.decode()
    assert client.get(f"/{WORD}/").status_code == client.get(f"/patients/{WORD}/").status_code == 404
    client.post("/patients/", {"q": f"{WORD}n"})
    client.post("/sign-in/", {"username": f"{WORD}n", "password": f"{WORD}p"})
    measure = f"/patients/{patient}/measure/pulse/"
    client.post(measure, {"value0": f"{WORD}z"})
    failed = client.post(measure, {"value0": "71", "note": f"{WORD}k"})
    assert failed.status_code == 500, failed.content
    return [failed.content.decode()]


def sockets(live: Live, anna: Actor, patient: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The gateway: messages, frames that are none, a command that fails; what the answers say."""

    def burst(socket: Any, frame: Any) -> None:
        raise RuntimeError(f"cannot do {frame.values}")

    monkeypatch.setattr(commands, "_commands", {**commands._commands, "test.burst": commands.Command(burst)})
    token = accounts.issue_token(User.objects.get(pk=anna.account or 0))
    answers = []
    with live.stranger(Authorization=f"Bearer {token}") as socket:
        thread = str(chat.open_thread(anna, patient).pk)
        socket.ask("thread.send", thread=thread, cid=str(uuid.uuid4()), text=f"{WORD}t")
        for do, fields in (("test.burst", {"text": WORD}), ("open", {"topic": f"thread:{WORD}"}), (f"x{WORD}", {})):
            with pytest.raises(Refused) as caught:
                socket.ask(do, **fields)
            answers.append(str(caught.value))
        socket.raw.send(f"no frame: {WORD}")
        socket.raw.send(WORD.encode())
        socket.ask("ping")
    assert answers[0].startswith("failed")
    return answers


def imported(folder: Path, patient: str) -> str:
    """An import into a running server, of what is broken, what is refused, and what fails; what the operator reads."""
    file = folder / "practice.ndjson"
    broken = {"resourceType": "Patient", "name": [{"family": WORD}], "gender": WORD}
    file.write_text(f'{json.dumps(broken)}\n{json.dumps({**pulse(patient), "id": "x"})}\n{{"resourceType": "{WORD}')
    out = io.StringIO()
    with control.listening(cli.run):
        assert control.ask(["import", str(file)], out) == 1
    assert "the command failed inside the server" in out.getvalue()
    return out.getvalue()


def work_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job whose error quotes a letter."""

    def send(to: int) -> None:
        try:
            raise ValueError(f"no such mailbox: {WORD}@example.org")
        except ValueError as problem:
            raise OSError(f"the letter to {WORD}n was not sent") from problem

    monkeypatch.setitem(registry._work, "letter", send)
    with write():
        jobs.add("letter", run_at=timezone.now() + timedelta(hours=1), to=7)  # not before this test carries it out
    runner.carry_out(Job.objects.get(name="letter"))
    assert Job.objects.get(name="letter").failure == "OSError"


def test_measured_numbers_do_not_show_either(
    cast: dict[str, Actor], everything_is_logged: pytest.LogCaptureFixture, values_fail: None
) -> None:
    caller = Caller(Stranger("anna", cast["anna"], ""))
    caller.client.raise_request_exception = False
    odd = {**pulse(ident("heinrich")), "valueQuantity": {**PULSE["valueQuantity"], "value": float(Decimal("71.625"))}}  # type: ignore[dict-item]
    assert caller.ask("POST", "Observation", odd).status_code == 500
    assert everything_is_logged.records
    assert not [one for one in everything_is_logged.records if "71.625" in logging.Formatter().format(one)]
