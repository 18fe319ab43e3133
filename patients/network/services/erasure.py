"""Erasing what organisations keep of a patient, and keeping it until a day where the law says so.

Each custodian decides about its own records. What all share (the person, care team, consents, the thread) goes with the
last one: when no other organisation has records of its own or a care link.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from patients import audit, events, vault
from patients.access import codes, repository, turns
from patients.access.models import Right
from patients.access.permit import PERMIT
from patients.accounts.actor import Actor, Role, system
from patients.database import write
from patients.errors import Denied, Invalid, Missing
from patients.network.resources import asking
from patients.network.services.links import end_link
from patients.records import erasure
from patients.records.models import Document, Hold, Postponed

OFFICE: Final = (Role.DATA_PROTECTION_OFFICER, Role.ADMINISTRATOR)
LONGEST_REASON: Final = 500
DONE: Final = "erasure carried out"  # as it stands in the log


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an erasure at one custodian; `custodian` is "" for what all share."""

    custodian: str
    documents: int = 0
    keys: int = 0
    mentions: int = 0
    until: date | None = None  # postponed: the last day of the hold
    reason: str = ""

    @property
    def erased(self) -> bool:
        return self.until is None


@dataclass(frozen=True, slots=True)
class Kept:
    """A hold in force."""

    id: int
    custodian: str
    until: date
    reason: str


def erase(actor: Actor, patient: str, *, custodian: str | None = None) -> list[Answer]:
    """Make unreadable, for good, what this custodian keeps of the patient; the system may name none: everybody.

    For the system, and the data protection officer or administrator of that custodian. A hold postpones it: it is then
    carried out after its last day (`carry_out_postponed`). Raises Denied, and Missing where nothing is kept.
    """
    _check(actor, custodian)
    with write():
        turns.to_change_rights([patient])
        keepers = _keepers(patient)
        wanted = keepers if custodian is None else keepers & {custodian}
        if not (wanted or (custodian is None and Document.objects.filter(patient=patient).exists())):
            raise Missing(_("Nothing is kept of this person there."))
        held = {one.custodian: one for one in holds(actor, patient, custodians=wanted)}
        answers = [_postponed(actor, patient, hold) for hold in held.values()]
        going = wanted - held.keys()
        if keepers == going:
            return [*answers, *_erased_everywhere(actor, patient, sorted(going))]
        return answers + [_erased_at(actor, patient, one) for one in sorted(going)]


def hold(actor: Actor, patient: str, *, custodian: str, until: date, reason: str) -> Kept:
    """Keep what this custodian has of the patient up to and with that day: no erasure before. Raises Invalid, Denied.

    `reason` names the duty or claim, as in "§ 630f BGB, treated until March 2026". It is stored sealed.
    """
    _check(actor, custodian)
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        text = _("Please say why it must be kept, in at most %(most)d characters.") % {"most": LONGEST_REASON}
        raise Invalid(text, code="required", where="reason")
    if until < timezone.localdate():
        raise Invalid(_("The day until when it must be kept lies in the past."), code="value", where="until")
    with write():
        turns.beside([patient])
        if custodian not in _keepers(patient):
            raise Missing(_("Nothing is kept of this person there."))
        key = vault.key_for(patient=patient, custodian=custodian)
        placed = Hold.objects.create(
            patient=patient, custodian=custodian, until_date=until, key=key, placed_at=timezone.now(),
            placed_by=actor.account, reason=vault.seal(key, "Hold", f"{patient}/{custodian}", 1, reason.encode()),
        )  # fmt: skip
        audit.record(actor, action="hold", patient=patient, type="Hold", ident=str(placed.pk), detail=custodian)
    return Kept(placed.pk, custodian, until, reason)


def release(actor: Actor, ident: int) -> None:
    """End a hold early. What was postponed because of it is carried out next time."""
    with write():
        found = Hold.objects.filter(pk=ident, released_at=None).first()
        if found is None:
            raise Missing(_("There is no such hold."))
        _check(actor, found.custodian)
        Hold.objects.filter(pk=ident).update(released_at=timezone.now())
        audit.record(
            actor, action="release", patient=found.patient, type="Hold", ident=str(ident), detail=found.custodian
        )


def holds(actor: Actor, patient: str, *, custodians: Iterable[str] | None = None) -> list[Kept]:
    """The holds in force on what is kept of this patient; of several at one custodian, the longest."""
    found = Hold.objects.filter(patient=patient, released_at=None, until_date__gte=timezone.localdate())
    if custodians is not None:
        found = found.filter(custodian__in=list(custodians))
    longest = {one.custodian: one for one in found.order_by("until_date")}
    for custodian in longest:
        _check(actor, custodian)
    return [Kept(one.pk, one.custodian, one.until_date, _reason(one)) for one in longest.values()]


def carry_out_postponed() -> None:
    """Erase what waited for holds that are over."""
    for waiting in Postponed.objects.order_by("pk"):
        try:
            erase(system("postponed erasure"), waiting.patient, custodian=waiting.custodian)
        except Missing:  # it went another way meanwhile
            with write():
                Postponed.objects.filter(pk=waiting.pk).delete()
                say_done(waiting.patient, waiting.custodian)


def say_done(patient: str, custodian: str) -> None:
    """The custodian erased (`patient.erased`): what the person had asked of it is done, and the person is told."""
    if not custodian:
        return  # the requests go as well
    records = repository(system(DONE))
    pairs = [("patient", f"Patient/{patient}"), ("code", f"{codes.TASK_CODE}|{codes.ERASURE_REQUEST}")]
    pairs += [("status", f"{asking.RECEIVED},{asking.CARRIED_OUT_LATER}"), ("_total", "none")]
    for one in records.search("Task", [*pairs, ("owner", f"Organization/{custodian}")]).rows:
        done = asking.erasure_carried_out(one.content, timezone.localtime())
        records.update(done, if_match=one.version, permit=PERMIT)
        events.emit("erasure.answered", patient=patient, task=one.logical_id)


def _check(actor: Actor, custodian: str | None) -> None:
    if actor.role is Role.SYSTEM:
        return
    if not actor.active or actor.role not in OFFICE or custodian is None or custodian != actor.organisation:
        raise Denied(_("An organisation's own data protection officer or administrator decides about this."))


def _keepers(patient: str) -> set[str]:
    linked = Right.objects.filter(patient=patient, until__gt=timezone.now()).exclude(organisation="")
    return erasure.keepers(patient) | set(linked.values_list("organisation", flat=True).distinct())


def _erased_everywhere(actor: Actor, patient: str, custodians: list[str]) -> list[Answer]:
    answers = [_erased_at(actor, patient, one, link=False) for one in custodians]
    gone = erasure.erase(patient)
    audit.record(actor, action="erase", patient=patient, type="Patient", ident=patient)
    return [*answers, Answer("", gone.documents, gone.keys, gone.mentions)]


def _erased_at(actor: Actor, patient: str, custodian: str, *, link: bool = True) -> Answer:
    if link and Right.objects.filter(patient=patient, organisation=custodian, until__gt=timezone.now()).exists():
        end_link(actor.as_system("erasure"), patient, organisation=custodian)
    gone = erasure.erase(patient, custodian)
    audit.record(actor, action="erase", patient=patient, type="Patient", ident=patient, detail=custodian)
    return Answer(custodian, gone.documents, gone.keys)


def _postponed(actor: Actor, patient: str, kept: Kept) -> Answer:
    Postponed.objects.get_or_create(patient=patient, custodian=kept.custodian, defaults={"asked_at": timezone.now()})
    audit.record(
        actor, action="erase", outcome="postponed", patient=patient, type="Patient", ident=patient,
        detail=f"{kept.custodian} {kept.until}",
    )  # fmt: skip
    return Answer(kept.custodian, until=kept.until, reason=kept.reason)


def _reason(found: Hold) -> str:
    return vault.unseal(found.key, "Hold", f"{found.patient}/{found.custodian}", 1, found.reason).decode()
