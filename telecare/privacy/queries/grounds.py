"""On which ground: who acts in the person's name, whether they can decide, why each care link opens something."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from patients.access import Repository, Search
from patients.access.categories import MENTAL, OF_PATIENTS
from patients.access.derivation import Span
from patients.access.documents import PRESUMED_WILL_LASTS, links
from patients.access.models import EVER, FOREVER, Right
from patients.access.periods import span_of
from patients.access.representation import Kind, Representation, representation
from patients.accounts.actor import Actor, Role
from patients.network import queries as network
from patients.network import words as network_words
from patients.network.resources import Basis, Resource, bases_of, name_of
from patients.records.models import Document
from telecare.privacy import resources, words
from telecare.privacy.shapes import LinkRow, RepresentativeRow, Sign, StatementRow

STATEMENTS = 10


def search_of_statements(patient: str) -> Search:
    """The newest statements on whether the person can decide."""
    whose = ("patient", f"Patient/{patient}")
    return "Observation", (whose, ("code", resources.TOKEN), ("_sort", "-date"), ("_count", str(STATEMENTS)))


def statements(records: Repository, patient: str) -> tuple[StatementRow, ...]:
    """The newest first; empty for who may not read findings."""
    found = [resources.statement_of(one.content) for one in records.search(*search_of_statements(patient)).rows]
    known = [one for one in found if one is not None]
    called = network.names([one.by for one in known])
    return tuple(
        StatementRow(words.finding(one.finding), called.get(one.by, "–"), one.stated_date, one.matter) for one in known
    )


def representatives(actor: Actor, found: Iterable[Document], *, may_record: bool) -> tuple[RepresentativeRow, ...]:
    """Who acts in the person's name, or did, among the documents that the reader sees."""
    shown = [(one, representation(one.content)) for one in found if one.type == "RelatedPerson"]
    known = [(one, said) for one, said in shown if said is not None]
    called = network.names([said.by for _one, said in known])
    return tuple(_representative(actor, one, said, called, may_record=may_record) for one, said in known)


def care_links(found: Iterable[Document]) -> tuple[LinkRow, ...]:
    """The organisations with a live care link, each with what it rests on."""
    now, spans = timezone.now(), defaultdict[str, list[Span]](list)
    bases = defaultdict[str, list[Basis]](list)
    for organisation, participant, span in _parts_of(found):
        if now in span:
            spans[organisation].append(span)
            bases[organisation] += bases_of(participant)
    called = network.names([*spans, *(one.by for each in bases.values() for one in each)])
    return tuple(
        LinkRow(
            called.get(organisation, "–"),
            _day(min(span.since for span in held)),
            _day(max(span.until for span in held)),
            tuple(_basis(one, called) for one in bases[organisation]),
        )
        for organisation, held in spans.items()
    )


def _parts_of(found: Iterable[Document]) -> Iterator[tuple[str, Resource, Span]]:
    """Every part of an organisation in a care link: who, the participant, and when."""
    for one in found:
        if one.type != "CareTeam" or not any(True for _link in links(one.content, "")):
            continue
        team = span_of(one.content.get("period"))
        for participant in one.content.get("participant", ()):
            member = str(participant.get("member", {}).get("reference", ""))
            if member.startswith("Organization/"):
                yield member, participant, team.within(span_of(participant.get("period")))


def _representative(
    actor: Actor, document: Document, said: Representation, called: dict[str, str], *, may_record: bool
) -> RepresentativeRow:
    span = span_of(document.content.get("period")).within(said.span)
    live = timezone.now() in span and document.content.get("active", True)
    own = (said.holder or document.reference) == actor.person and actor.role is Role.REPRESENTATIVE
    revokes = actor.role is Role.PATIENT and said.kind is Kind.ATTORNEY
    return RepresentativeRow(
        id=document.logical_id,
        name=str(name_of(document.content)),
        kind=words.representation(said.kind or ""),
        scope=_scope(said),
        span=_span(span),
        seen=_("%(evidence)s, seen by %(name)s on %(day)s")
        % {
            "evidence": said.evidence,
            "name": called.get(said.by, "–"),
            "day": date_format(said.seen, "d.m.Y") if said.seen else "–",
        },
        sign=_sign(span, live=live),
        may_end=live and (may_record or own or revokes),
    )


def _scope(said: Representation) -> str:
    if not said.health:
        return _("Not for health: %(what)s") % {"what": _parts(said.scope)}
    return _("With health: %(what)s") % {"what": _parts(said.scope)}


def _parts(scope: frozenset[str]) -> str:
    shown = [words.category(one) for one in OF_PATIENTS if one in scope and one != MENTAL]
    return ", ".join([*shown, *([words.category(MENTAL)] if MENTAL in scope else [])]) or "–"


def _sign(span: Span, *, live: bool) -> Sign:
    if live:
        return Sign("ok", _("Acts now"))
    return Sign("idle", _("Not yet begun") if span and span.since > timezone.now() else _("Over"))


def _span(span: Span) -> str:
    since, until = _day(span.since), _day(span.until)
    if not span:
        return _("never")
    begins = _("since %(day)s") % {"day": date_format(since, "d.m.Y")} if since else ""
    ends = _("until %(day)s") % {"day": date_format(until, "d.m.Y")} if until else _("without an end")
    return " ".join(filter(None, [begins, ends]))


def _basis(one: Basis, called: dict[str, str]) -> str:
    """One basis as a sentence: why, by whom, when, and until when."""
    on = timezone.localtime(one.on)
    said = _("%(why)s: %(name)s, %(day)s") % {
        "why": capfirst(network_words.basis(one.kind)),
        "name": called.get(one.by, "–"),
        "day": date_format(on, "d.m.Y"),
    }
    until = one.until
    if one.kind == Right.Basis.PRESUMED:
        until = min(until, one.on + PRESUMED_WILL_LASTS) if until else one.on + PRESUMED_WILL_LASTS
        said = f"{said}. {one.reason}"
    if until:
        said += f" ({_until(until)})"
    return said


def _until(until: datetime) -> str:
    day = {"day": date_format(timezone.localtime(until), "d.m.Y")}
    return (_("over since %(day)s") if until <= timezone.now() else _("until %(day)s")) % day


def _day(moment: datetime) -> datetime | None:
    return None if moment in (EVER, FOREVER) else timezone.localtime(moment)
