"""The ZIP: written while it is sent, in bounded memory, and broken off when the right to it ends."""

from __future__ import annotations

import csv
import io
import zipfile
from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from patients.access.joining import together
from patients.accounts.actor import Actor
from patients.audit.models import AuditEvent
from patients.errors import Missing
from patients.fhir import subject
from patients.network import queries as network
from patients.network import resources
from patients.records import wire
from telecare.privacy.queries import log
from telecare.privacy.taking import lines
from telecare.privacy.taking.files import names
from telecare.privacy.taking.paper import Paper

ON_PAPER: Final = 400  # lines of one section, the newest
ROWS: Final = 500  # of the log at once
BYTE_ORDER: Final = b"\xef\xbb\xbf"  # by which spreadsheets know UTF-8


def archive(actor: Actor, patient: str) -> Iterator[bytes]:
    """The parts of the ZIP. Raises Missing at the first step for who may not see it; that the right to it has ended
    meanwhile is seen by who asks for the parts (`patients.fhir.streaming`).
    """
    sink = _Sink()
    gathered = _Gathered()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as packed:
        for step in (_record, _paper, _accesses):
            for _done in step(packed, actor, patient, gathered):
                yield sink.taken()
    yield sink.taken()


class _Sink(io.RawIOBase):
    """Takes what the ZIP writes, and hands it on; it cannot be wound back."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(data)  # type: ignore[call-overload]
        self._parts.append(part)
        return len(part)

    def taken(self) -> bytes:
        whole = b"".join(self._parts)
        self._parts.clear()
        return whole


class _Gathered:
    """What goes on paper: of each section the newest lines."""

    def __init__(self) -> None:
        self.sections: dict[str, list[lines.Line]] = defaultdict(list)
        self.cut = 0
        self.name = ""

    def add(self, type_: str, resource: wire.Json) -> None:
        section = lines.section_of(type_)
        if not section:
            return
        if type_ == "Patient" and not self.name:
            self.name = str(resources.name_of(resource))
        held = self.sections[section]
        insort(held, lines.line(resource))
        if len(held) > ON_PAPER:
            held.pop(0)
            self.cut += 1


def _record(packed: zipfile.ZipFile, actor: Actor, patient: str, gathered: _Gathered) -> Iterator[None]:
    """A Bundle of everything that the reader may see, with whom it names."""
    with packed.open(names().resources, "w", force_zip64=True) as file:
        file.write(b'{"resourceType":"Bundle","type":"collection","entry":[')
        before = b""
        told: set[tuple[str, str]] = set()  # joined records name the same houses and people
        for part in chain.from_iterable(
            subject.in_parts(actor, one, source="page") for one in together(actor, patient)
        ):
            for one in part:
                resource = wire.opened(one.text)
                if (one.type, resource["id"]) in told:
                    continue
                told.add((one.type, resource["id"]))
                address = f"{settings.PUBLIC_URL}/fhir/{one.type}/{resource['id']}".encode()
                file.write(before + b'{"fullUrl":"' + address + b'","resource":' + one.text + b"}")
                before = b",\n"
                gathered.add(one.type, resource)
            yield
        file.write(b"]}")


def _paper(packed: zipfile.ZipFile, actor: Actor, patient: str, gathered: _Gathered) -> Iterator[None]:
    """The same, to be read."""
    for held in gathered.sections.values():
        held.reverse()
    paper = Paper(gathered.name, gathered.sections, gathered.cut)
    yield from paper.steps()
    packed.writestr(names().paper, paper.content)
    yield


def _accesses(packed: zipfile.ZipFile, actor: Actor, patient: str, gathered: _Gathered) -> Iterator[None]:
    """Who has read or changed what, when, for which purpose; for who may read the log."""
    with packed.open(names().accesses, "w", force_zip64=True) as file:
        head = [_("Time"), _("Who"), _("Function"), _("Organisation"), _("What"), _("Action"), _("Purpose")]
        file.write(BYTE_ORDER + table([head]))
        asked = log.Asked()
        while rows := _rows(actor, patient, asked):
            called = network.names({one.person for one in rows} | {f"Organization/{one.organisation}" for one in rows})
            file.write(
                table(
                    [
                        date_format(localtime(one.at), "d.m.Y H:i:s"),
                        log.name_of(one, called),
                        log.role_of(one),
                        called.get(f"Organization/{one.organisation}", ""),
                        ", ".join(log.what_of(one)),
                        log.act_of(one),
                        log.purpose_of(one),
                    ]
                    for one in rows
                )
            )
            asked = log.Asked(before=rows[-1].id)
            yield
    yield


def _rows(actor: Actor, patient: str, asked: log.Asked) -> list[AuditEvent]:
    try:
        return log.rows_of(actor, together(actor, patient), asked, most=ROWS)
    except Missing:  # a relative takes along what they may see, and the log is not among it
        return []


def table(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as RFC 4180; a cell that a spreadsheet would calculate is a word (OWASP: CSV injection)."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    for row in rows:
        writer.writerow([f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell for cell in row])
    return text.getvalue().encode()
