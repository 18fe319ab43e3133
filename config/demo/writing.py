"""The order in which the district is written, with progress. A district that was begun and not ended is not one."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import TextIO

from django.utils import timezone

from config.demo import district, duty, measurements, records, story
from config.demo.district import District
from config.demo.people import INHABITANTS, Inhabitant
from patients.accounts.models import User
from patients.errors import Conflict
from patients.fhir import ingest
from patients.records import wire

STEPS: tuple[tuple[str, Callable[[District], None]], ...] = (
    ("organisations", district.write_places),
    ("staff and sign-ins", district.write_colleagues),
    ("patients, care links, consents", district.write_people),
    ("limits", story.write_limits),
    ("visits", story.write_visits),
    ("appointments", story.write_appointments),
    ("today's measurements", story.write_today),
    ("tasks", story.write_orders),
    ("threads", story.write_words),
    ("duty", duty.write_duty),
)


def write_once(out: TextIO) -> None:
    """Write the district into an empty database; one that was begun and not finished is refused with words."""
    if User.objects.filter(username=district.LAST).exists():
        return
    if User.objects.exists():
        raise Conflict("The demo district was begun and not finished. Empty the data folder and start again.")
    began = time.monotonic()
    out.write("Writing the demo district of Ahrental (fictitious people) …\n")
    here = District()
    for name, step in STEPS[:3]:
        _tell(out, name, began)
        step(here)
    _tell(out, "sixty days of measurements, diagnoses, medication", began)
    _import_history(here)
    for name, step in STEPS[3:]:
        _tell(out, name, began)
        step(here)
    district.finish(here)
    out.write(f"Done in {time.monotonic() - began:.0f} s.\n")
    out.flush()


def _import_history(here: District) -> None:
    """Files per responsible organisation, taken in as any other files are."""
    today = timezone.localdate()

    def responsible(person: Inhabitant) -> str:
        return person.service or person.practice

    with tempfile.TemporaryDirectory(prefix="telecare-demo-") as folder:
        ordered = sorted(INHABITANTS, key=responsible)
        for slug, people in groupby(ordered, key=responsible):
            lines: list[bytes] = []
            for person in people:
                nurse = here.nurse_of(person) or here.doctor_of(person)
                patient = here.patient(person.slug)
                lines += [wire.text(one) for one in measurements.history(person, patient, nurse.person or "", today)]
            _ingest(Path(folder) / f"{slug}-measurements.ndjson", lines, here.place(slug))
        for slug, people in groupby(sorted(INHABITANTS, key=lambda one: one.practice), key=lambda one: one.practice):
            lines = [wire.text(one) for person in people for one in records.of(person, here)]
            _ingest(Path(folder) / f"{slug}-records.ndjson", lines, here.place(slug))


def _ingest(path: Path, lines: list[bytes], organisation: str) -> None:
    path.write_bytes(b"\n".join(lines) + b"\n")
    report = ingest.run([path], custodian=organisation, own=True)
    if report.refused:
        raise Conflict(f"The demo's own file {path.name} was refused in part. This is a mistake of ours.")


def _tell(out: TextIO, name: str, began: float) -> None:
    out.write(f"  {time.monotonic() - began:4.0f} s  {name}\n")
    out.flush()
