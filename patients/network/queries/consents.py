"""Consents and objections of one patient as a page lists them: what holds, what held, what must be read by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.utils import timezone

from patients.access import acts, documents
from patients.access.categories import OF_PATIENTS
from patients.access.derivation import EVERY_CATEGORY
from patients.access.importing import among
from patients.access.models import EVER, FOREVER
from patients.access.periods import bounds
from patients.network import resources
from patients.network.queries.names import names
from patients.records.models import Document


class State(StrEnum):
    """Whether it holds."""

    LIVE = "live"
    COMING = "coming"
    OVER = "over"
    WITHDRAWN = "withdrawn"
    BY_HAND = "by hand"  # stored, not applied: grants nothing


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is allowed or forbidden. `whom` is a reference, empty for everybody; `act` video, photo or ""."""

    permit: bool
    whom: str
    name: str
    categories: tuple[str, ...]  # empty: all
    act: str
    only: bool  # this one consultation
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """One Consent. `why` says why it must be read by hand; `kept_by` is the organisation that has the paper."""

    id: str
    state: State
    lines: tuple[Line, ...]
    given_date: date | None
    given_by: str
    kept_by: str
    informed_by: str
    scan: str
    title: str
    why: str = ""
    denies: bool = False  # by hand, and counted as an objection
    ended_date: date | None = None
    ended_by: str = ""

    @property
    def permits(self) -> bool:
        return any(line.permit for line in self.lines)


def agreements(consents: Iterable[Document]) -> list[Agreement]:
    """What these Consents say, the newest first."""
    found = sorted(consents, key=lambda one: one.pk, reverse=True)
    imported = among(found) if found else set()
    said = {one.pk: _lines(one, trusted=one.pk not in imported) for one in found}
    called = names({name for one in found for name in _named(one, said[one.pk])})
    return [_agreement(one, said[one.pk], called, imported=one.pk in imported) for one in found]


def lines_of(document: Document) -> list[Line]:
    """What an active Consent of ours says, without names; for services."""
    return _lines(document, trusted=True)


def _agreement(document: Document, lines: Sequence[Line], called: dict[str, str], *, imported: bool) -> Agreement:
    content = document.content
    why = "imported" if imported else documents.why_not_applied(content)
    paper, withdrawal = resources.paper_of(content), resources.withdrawal_of(content)
    ended = content.get("status") != "active"
    return Agreement(
        id=document.logical_id,
        state=_state(content, lines, why),
        lines=tuple(_with_name(line, called) for line in lines) if not why else (),
        given_date=_given(content),
        given_by=called.get(_reference(content, "performer"), ""),
        kept_by=called.get(_reference(content, "organization"), ""),
        informed_by=called.get(paper.informed_by, "") if paper else "",
        scan=paper.scan if paper else "",
        title=_title(content),
        why=why,
        denies=bool(why and lines),
        ended_date=_ended(document, withdrawal) if ended else None,
        ended_by=called.get(withdrawal.by, "") if withdrawal else "",
    )


def _state(content: resources.Resource, lines: Sequence[Line], why: str) -> State:
    if content.get("status") != "active":
        return State.WITHDRAWN
    if why:
        return State.BY_HAND
    now = timezone.now()
    if all(line.until is not None and line.until <= now for line in lines):
        return State.OVER
    return State.COMING if all(line.since is not None and line.since > now for line in lines) else State.LIVE


def _lines(document: Document, *, trusted: bool) -> list[Line]:
    content = {**document.content, "status": "active"}
    if acts.kind_of(content):
        return [
            Line(one.permit, "", "", (), one.kind, bool(one.only), _open(one.span.since), _open(one.span.until))
            for one in acts.acts_of(content, trusted=trusted)
        ]
    return [
        Line(
            one.permit,
            f"Organization/{one.organisation}" if one.organisation else one.person,
            "",
            () if one.categories == EVERY_CATEGORY else tuple(each for each in OF_PATIENTS if each in one.categories),
            "",
            False,
            _open(one.span.since),
            _open(one.span.until),
        )
        for one in documents.provisions(content, document.reference, lambda _: (), trusted=trusted)
    ]


def _with_name(line: Line, called: dict[str, str]) -> Line:
    name = called.get(line.whom, "")
    return Line(line.permit, line.whom, name, line.categories, line.act, line.only, line.since, line.until)


def _named(document: Document, lines: Iterable[Line]) -> set[str]:
    content = document.content
    paper, withdrawal = resources.paper_of(content), resources.withdrawal_of(content)
    found = {line.whom for line in lines}
    found |= {_reference(content, "performer"), _reference(content, "organization")}
    found |= {paper.informed_by if paper else "", withdrawal.by if withdrawal else ""}
    return found - {""}


def _title(content: resources.Resource) -> str:
    """What a Consent of somebody else calls itself."""
    for concept in (*content.get("category", ()), content.get("scope", {})):
        for word in (concept.get("text"), *(one.get("display") for one in concept.get("coding", ()))):
            if word:
                return str(word)
    return ""


def _reference(content: resources.Resource, name: str) -> str:
    return next((str(one.get("reference", "")) for one in content.get(name, ())), "")


def _given(content: resources.Resource) -> date | None:
    found = bounds(content.get("dateTime"))
    return timezone.localtime(found[0]).date() if found else None


def _ended(document: Document, withdrawal: resources.Withdrawal | None) -> date:
    return withdrawal.date if withdrawal else timezone.localtime(document.updated_at).date()


def _open(moment: datetime) -> datetime | None:
    return None if moment in (EVER, FOREVER) else moment
