"""What is recorded on pages of privacy; the rules stand in `patients.network`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.access import repository
from patients.access.categories import ADMINISTRATIVE, MENTAL
from patients.access.representation import OF_HEALTH
from patients.accounts.actor import Actor
from patients.database import write
from patients.errors import Invalid
from patients.network import services as network
from patients.network.numbers import holder_of
from patients.network.resources import Name, Paper
from patients.records.models import Document
from telecare.privacy import resources, words
from telecare.privacy.resources import Finding


def record_paper(
    actor: Actor,
    patient: str,
    *,
    permit: bool,
    act: str,
    whom: str | None,
    categories: Sequence[str],
    until: datetime | None,
    paper: Paper,
) -> Document:
    """Record what was signed by hand: about an `act` (video, photo), or about parts of the record.

    In an objection, `whom` None is everybody and no categories are all.
    """
    if act and permit:
        return network.agree_to(actor, patient, act=act, until=until, paper=paper)
    if act:
        return network.refuse(actor, patient, act=act, paper=paper)
    if permit:
        return network.allow(actor, patient, whom=whom or "", categories=categories, until=until, paper=paper)
    return network.object_to(actor, patient, whom=whom, categories=categories or None, until=until, paper=paper)


def record_representative(
    actor: Actor,
    patient: str,
    *,
    relative: str,
    name: Name | None,
    relationship: str,
    number: str,
    kind: str,
    scope: Iterable[str],
    evidence: str,
    seen: datetime,
    since: datetime | None,
    until: datetime | None,
) -> Document:
    """Somebody acts in the patient's name, as the paper says: a `relative` who is entered already, or a new one.

    `number`: of somebody who has an account already, because they represent others, too. Then a `name` is needed.
    """
    with write():
        holder = holder_of(number, name.family if name else "") if number.strip() else ""
        if not relative:
            if name is None:
                raise Invalid(_("Please choose a relative, or enter a name."))
            relative = network.add_relative(actor, patient, name=name, relationship=relationship).logical_id
        return network.make_representative(
            actor,
            relative,
            kind=kind,
            scope=scope,
            evidence=evidence,
            seen=seen,
            since=since,
            until=until,
            holder=holder,
        )


def scope_of(*, health: bool, mental: bool) -> list[str]:
    """The categories of a representation: with health, or for everyday matters only."""
    return [ADMINISTRATIVE, *(OF_HEALTH if health else ()), *((MENTAL,) if health and mental else ())]


def state_capacity(actor: Actor, patient: str, *, finding: Finding, matter: str, stated_date: date) -> Document:
    """A doctor states whether the person can decide on a matter. Dated, in the doctor's name, never computed."""
    if stated_date > timezone.localdate():
        raise Invalid(_("This day lies in the future."))
    return repository(actor).create(
        resources.capacity(
            patient,
            finding=finding,
            matter=matter,
            stated_date=stated_date,
            by=str(actor.person),
            word=words.finding(finding),
        )
    )
