"""From facts to rights, in plain Python: links, bases, objections, delegations and break-glass of one patient.

A live link lets an organisation work on its own records. A basis on the link opens those of others. An objection takes
away both, for its category and time. Mental health is opened by a consent that names it, by nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from patients.access.categories import CHAT, CONSENT, MENTAL, OF_PATIENTS
from patients.access.models import CREATE, EVER, EVERYTHING, FOREVER, READ, Right

EVERY_CATEGORY: Final = frozenset(OF_PATIENTS)
_READ_IN_AN_EMERGENCY: Final = tuple(one for one in OF_PATIENTS if one != CHAT)


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open time, `since` ≤ t < `until`."""

    since: datetime = EVER
    until: datetime = FOREVER

    def within(self, other: Span) -> Span:
        """What both have in common; it may be empty."""
        return Span(max(self.since, other.since), min(self.until, other.until))

    def without(self, other: Span) -> Iterator[Span]:
        """What remains of it outside the other: nothing, one span or two."""
        if not self.within(other):
            yield self
            return
        for rest in (Span(self.since, other.since), Span(other.until, self.until)):
            if rest:
                yield rest

    def __bool__(self) -> bool:
        return self.since < self.until

    def __contains__(self, moment: datetime) -> bool:
        return self.since <= moment < self.until


ALWAYS: Final = Span()


@dataclass(frozen=True, slots=True)
class Basis:
    """Why a link opens the records of others: one of `Right.Basis`; consents are facts of their own (`Provision`)."""

    kind: str
    span: Span = ALWAYS


@dataclass(frozen=True, slots=True)
class Link:
    """An organisation, or one named person of it, cares for the patient."""

    organisation: str
    document: str
    span: Span = ALWAYS
    person: str = ""
    scope: frozenset[str] = EVERY_CATEGORY
    bases: tuple[Basis, ...] = ()


@dataclass(frozen=True, slots=True)
class Provision:
    """What the patient allows or forbids. A denial without organisation and person is meant for all."""

    permit: bool
    document: str
    organisation: str = ""
    person: str = ""
    categories: frozenset[str] = EVERY_CATEGORY
    span: Span = ALWAYS


@dataclass(frozen=True, slots=True)
class Relation:
    """A RelatedPerson; with `scope`, the patient's representative for these categories while `acting`.

    `holder`: the RelatedPerson by whom the same human being is known who represents several patients.
    """

    person: str
    document: str
    span: Span = ALWAYS
    scope: frozenset[str] = frozenset()
    acting: Span = ALWAYS
    holder: str = ""

    @property
    def represents(self) -> Span:
        """When this person acts in the patient's name."""
        return self.span.within(self.acting)


@dataclass(frozen=True, slots=True)
class Emergency:
    """Break-glass: one person reads all records that the role allows, for minutes.

    Not the team's thread, and of requests and readings in an emergency only those of the own organisation (`rules`).
    """

    organisation: str
    person: str
    document: str
    span: Span


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the access documents of one patient say."""

    links: tuple[Link, ...] = ()
    provisions: tuple[Provision, ...] = ()
    relations: tuple[Relation, ...] = ()
    emergencies: tuple[Emergency, ...] = ()
    same: tuple[str, ...] = ()  # "Patient/…": as whom the person is known in other records that were joined with this
    not_applied: tuple[str, ...] = field(default=(), compare=False)  # documents that need reading by hand


def rights(patient: str, facts: Facts) -> list[Right]:
    """The rows of one patient, unsaved."""
    rows: list[Right] = []
    for link in facts.links:
        rows.extend(_of_link(patient, link, facts.provisions))
    for relation in facts.relations:
        rows.extend(_of_relation(patient, relation, facts.provisions))
    for emergency in facts.emergencies:
        rows.extend(_of_emergency(patient, emergency))
    for person in facts.same:
        rows.extend(
            _row(patient, category, ALWAYS, Right.Basis.SELF, person, actions=EVERYTHING, person=person)
            for category in OF_PATIENTS
        )
    return [row for row in rows if row.since < row.until]


def _of_link(patient: str, link: Link, provisions: Iterable[Provision]) -> Iterator[Right]:
    denials = [one for one in provisions if not one.permit and one.organisation in ("", link.organisation)]
    denials = [one for one in denials if not one.person or one.organisation]
    permits = [one for one in provisions if one.permit and one.organisation == link.organisation and not one.person]
    for category in OF_PATIENTS:
        objections = [one.span for one in denials if category in one.categories]
        ways: list[tuple[str, Span, str, str]] = [(Right.Basis.OWN, link.span, link.organisation, link.document)]
        if category in link.scope:
            if category != MENTAL:
                ways += [(one.kind, link.span.within(one.span), "", link.document) for one in link.bases]
            ways += [
                (Right.Basis.CONSENT, link.span.within(one.span), "", one.document)
                for one in permits
                if category in one.categories
            ]
        for basis, span, custodian, document in ways:
            for rest in _less(span, objections):
                yield _row(
                    patient, category, rest, basis, document, actions=EVERYTHING,
                    organisation=link.organisation, person=link.person, custodian=custodian,
                )  # fmt: skip


def _of_relation(patient: str, relation: Relation, provisions: Iterable[Provision]) -> Iterator[Right]:
    for category in relation.scope:
        yield _row(
            patient, category, relation.represents, Right.Basis.REPRESENTATION, relation.document, actions=EVERYTHING,
            person=relation.holder or relation.person,
        )  # fmt: skip
    denials = [one for one in provisions if not one.permit and one.person in ("", relation.person)]
    denials = [one for one in denials if not one.organisation]
    for permit in provisions:
        if not permit.permit or permit.person != relation.person:
            continue
        for category in permit.categories:
            objections = [one.span for one in denials if category in one.categories]
            for rest in _less(relation.span.within(permit.span), objections):
                yield _row(
                    patient, category, rest, Right.Basis.DELEGATION, permit.document,
                    actions=READ | CREATE if category == CHAT else READ, person=relation.holder or relation.person,
                )  # fmt: skip


def _of_emergency(patient: str, emergency: Emergency) -> Iterator[Right]:
    holder = {"organisation": emergency.organisation, "person": emergency.person}
    for category in _READ_IN_AN_EMERGENCY:
        yield _row(patient, category, emergency.span, Right.Basis.EMERGENCY, emergency.document, actions=READ, **holder)
    yield _row(
        patient, CONSENT, emergency.span, Right.Basis.EMERGENCY, emergency.document, actions=READ,
        custodian=emergency.organisation, **holder,
    )  # fmt: skip


def _less(span: Span, objections: Iterable[Span]) -> list[Span]:
    rests = [span] if span else []
    for objection in objections:
        rests = [rest for one in rests for rest in one.without(objection)]
    return rests


def _row(
    patient: str,
    category: str,
    span: Span,
    basis: str,
    document: str,
    *,
    actions: int,
    organisation: str = "",
    person: str = "",
    custodian: str = "",
) -> Right:
    return Right(
        patient=patient,
        organisation=organisation,
        person=person,
        category=category,
        custodian=custodian,
        actions=actions,
        since=span.since,
        until=span.until,
        basis=basis,
        document=document,
    )
