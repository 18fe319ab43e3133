"""The person's switches: which categories of the record one organisation or one relative may see."""

from __future__ import annotations

from collections.abc import Collection

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.access import turns
from patients.access.categories import ADMINISTRATIVE, CHAT, CLINICAL, MEDICATION, MENTAL, NURSING
from patients.access.importing import among
from patients.access.models import Right
from patients.accounts.actor import Actor
from patients.database import write
from patients.errors import Invalid
from patients.network.queries.consents import Line, lines_of
from patients.network.services.consents import allow, object_to, withdraw
from patients.records.models import Document

SWITCHED = (CLINICAL, MEDICATION, NURSING, MENTAL, CHAT)


def choose(actor: Actor, patient: str, *, whom: str, categories: Collection[str]) -> None:
    """`whom` ("Organization/…", "RelatedPerson/…") sees these of `SWITCHED` from now on, and no others.

    Off: what allowed it is taken back; where a care link opens it without a consent, an objection is recorded. On: the
    other way round. Raises Invalid if an objection to everybody, or the scope of a care link, keeps something shut.
    """
    if not set(categories) <= set(SWITCHED):
        raise Invalid(_("Please choose what this is about."))
    wanted = set(categories)
    with write():
        turns.to_change_rights([patient])
        before = seen_by(patient, whom)
        if off := before - wanted:
            _narrow(actor, patient, whom, off, permit=True)
            if still := seen_by(patient, whom) & off:
                object_to(actor, patient, whom=whom, categories=still)
        if on := wanted - before:
            _narrow(actor, patient, whom, on, permit=False)
            if lacking := on - seen_by(patient, whom):
                relative = whom.startswith("RelatedPerson/")
                allow(actor, patient, whom=whom, categories=lacking | ({ADMINISTRATIVE} if relative else set()))
            if on - seen_by(patient, whom):
                raise Invalid(_("This stays shut: an objection to everybody, or the care link itself, keeps it so."))


def seen_by(patient: str, whom: str) -> set[str]:
    """Which of the categories with a switch `whom` may see now of others' records."""
    now = timezone.now()
    rights = Right.objects.filter(patient=patient, custodian="", since__lte=now, until__gt=now)
    kind, _slash, ident = whom.partition("/")
    if kind == "Organization":
        rights = rights.filter(organisation=ident, person="")
    else:
        rights = rights.filter(person=whom, basis=Right.Basis.DELEGATION)
    return set(rights.values_list("category", flat=True)) & set(SWITCHED)


def _narrow(actor: Actor, patient: str, whom: str, categories: set[str], *, permit: bool) -> None:
    """Take back what permits (or forbids) this to `whom`; the rest of such a Consent is recorded anew."""
    consents = list(Document.objects.filter(patient=patient, type="Consent", deleted=False).order_by("pk"))
    imported = among(consents)
    for document in consents:
        if document.pk in imported or document.content.get("status") != "active":
            continue
        lines = [one for one in lines_of(document) if not one.act]
        if not any(_concerned(line, whom, categories, permit) for line in lines):
            continue
        withdraw(actor, document.logical_id)
        for line in lines:
            _record_anew(actor, patient, line, categories if _concerned(line, whom, categories, permit) else set())


def _concerned(line: Line, whom: str, categories: set[str], permit: bool) -> bool:
    if line.since is not None and line.since > timezone.now():
        return False
    said = set(line.categories) or set(SWITCHED)
    return line.permit is permit and line.whom == whom and bool(said & categories)


def _record_anew(actor: Actor, patient: str, line: Line, without: set[str]) -> None:
    if line.until is not None and line.until <= timezone.now():
        return
    rest = None if not line.categories and not without else (set(line.categories) or _EVERYTHING) - without
    if rest is not None and rest <= ({ADMINISTRATIVE} if line.permit and without else set()):
        return
    if line.permit:
        allow(actor, patient, whom=line.whom, categories=rest or _EVERYTHING, until=line.until)
    else:
        object_to(actor, patient, whom=line.whom or None, categories=rest, until=line.until)


_EVERYTHING = {ADMINISTRATIVE, *SWITCHED}
