"""Ways into a room without an account: a link, whose token only the guest has, and a PIN that goes another way."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.realtime import publish
from patients import audit, events, vault
from patients.access import turns
from patients.accounts import attempts
from patients.accounts.actor import Actor, Role
from patients.database import write
from patients.errors import Conflict, Denied, Gone, Invalid, Missing
from telecare.consultations import state, topics
from telecare.consultations.models import Consultation, Invitation, Waiting
from telecare.consultations.queries import parties

OPENS_BEFORE = timedelta(minutes=60)
CLOSES_AFTER = timedelta(hours=12)
LONGEST_NAME = 80
PATH = "/j/"
WRONG_NUMBER = "wrong number of an invitation"  # as it stands in the log

_TOKEN = "invitation token"  # noqa: S105 (a purpose, not a secret)
_PIN = "invitation pin"
_DOOR = "invitation"


@dataclass(frozen=True, slots=True)
class Issued:
    """What is given to the one who invites, once: the link and the PIN are stored nowhere."""

    invitation: int
    name: str
    link: str
    pin: str  # "482 913"


def invite(
    actor: Actor,
    consultation: str,
    *,
    kind: Invitation.Kind,
    name: str,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
) -> Issued:
    """Invite the patient, a relative or somebody else. The window is that of the appointment unless given."""
    card = parties.staffed(actor, consultation)
    if card.over:
        raise Conflict(_("This consultation is closed already."))
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        text = _("Please enter a name of at most %(most)d characters.") % {"most": LONGEST_NAME}
        raise Invalid(text, code="value", where="name")
    now = timezone.now()
    opens_at = opens_at or min(card.planned_at or now, now + OPENS_BEFORE) - OPENS_BEFORE
    closes_at = closes_at or max(card.until or now, now) + CLOSES_AFTER
    if closes_at <= max(opens_at, now):
        raise Invalid(_("The invitation would have ended before it begins."))
    token, pin = secrets.token_urlsafe(16), _new_pin()
    digest = vault.mac(_TOKEN, token)
    with write():
        turns.beside([card.patient])
        parties.staffed(actor, consultation)
        key = vault.key_for(patient=card.patient, custodian=card.organisation)
        row = Invitation.objects.create(
            consultation=card.id,
            kind=kind,
            name=vault.seal(key, parties.NAME, digest.hex(), 1, name.encode()),
            key=key,
            digest=digest,
            pin=_pin_of(digest, pin),
            opens_at=opens_at,
            closes_at=closes_at,
            invited_by=actor.account or 0,
            invited_at=now,
        )
    return Issued(row.pk, name, f"{settings.PUBLIC_URL}{PATH}#{token}", shown(pin))


def give_new_pin(actor: Actor, invitation: int) -> Issued:
    """A new PIN for a guest who lost it or locked the invitation. The link stays, and is not known here."""
    row, card = _of_staff(actor, invitation)
    if card.over or row.cancelled_at:
        raise Conflict(_("This invitation leads nowhere any more. Please invite anew."))
    pin = _new_pin()
    with write():
        turns.beside([card.patient])
        parties.staffed(actor, card.id)
        Invitation.objects.filter(pk=row.pk).update(pin=_pin_of(bytes(row.digest), pin), wrong=0)
    return Issued(row.pk, parties.guest_name(row), "", shown(pin))


def cancel_invitation(actor: Actor, invitation: int) -> None:
    """Take an invitation back: the link leads nowhere, who is inside by it is out."""
    row, card = _of_staff(actor, invitation)
    now = timezone.now()
    with write():
        Invitation.objects.filter(pk=row.pk, cancelled_at=None).update(cancelled_at=now)
        _take_out(card, row)


def found_invitation(token: str) -> Invitation:
    """The invitation of a token; reading it changes nothing. Raises Gone, in words, when it leads nowhere."""
    row = Invitation.objects.filter(digest=vault.mac(_TOKEN, token.strip())).first() if token else None
    if row is None:
        raise Missing(_("This link is not complete or not right. Please open it again from the message or the letter."))
    check_holds(row)
    return row


def asked_for(number: int, *, even_if_over: bool = False) -> Invitation | None:
    """The invitation with this number as it stands now; None when it leads nowhere any more."""
    row = Invitation.objects.filter(pk=number).first()
    return row if row is not None and (even_if_over or parties.holds(row)) else None


def check_holds(row: Invitation) -> None:
    """Raises Gone, in words, when an invitation leads nowhere now; Invalid when it is too early."""
    now = timezone.now()
    if row.cancelled_at is not None:
        raise Gone(_("This invitation was cancelled. Please call the practice."))
    card = Consultation.objects.filter(id=row.consultation).first()
    if card is None or card.status == "cancelled":
        raise Gone(_("This appointment was cancelled. Please call the practice."))
    if card.over:
        raise Gone(_("This appointment is over. You need not do anything."))
    if now >= row.closes_at:
        raise Gone(_("This invitation has expired. Please call the practice."))
    if now < row.opens_at:
        when = date_format(timezone.localtime(row.opens_at), "j. F, H:i")
        raise Invalid(_("You are early. This page opens on %(when)s.") % {"when": when})


def enter_by_invitation(row: Invitation, pin: str, *, address: str) -> None:
    """Compare the PIN. Raises Invalid with what is left to do; Denied once it is locked. A right one is used again.

    Five wrong ones lock, wherever they come from. `address` is where the browser is: from one address the PINs of many
    invitations are tried slowly (attempts.TooManyAttempts).
    """
    check_holds(row)
    attempts.begin_at(_DOOR, address)
    digits = "".join(letter for letter in pin if letter.isdecimal())
    with write():
        row = Invitation.objects.select_for_update().get(pk=row.pk)
        right = not row.locked and vault.same(bytes(row.pin), _pin_of(bytes(row.digest), digits))
        if right:
            Invitation.objects.filter(pk=row.pk).update(wrong=0, knocked=False, entered_at=timezone.now())
            attempts.fitted_at(_DOOR, address)
            if row.knocked:  # whoever came without the number is not the one who has it
                _take_out(parties.card(row.consultation), row)
        elif not row.locked:
            row.wrong += 1
            Invitation.objects.filter(pk=row.pk).update(wrong=row.wrong)
            _log_wrong(row)
    if not right:
        _refuse(row)


def knock(row: Invitation, *, held_up: bool = False) -> None:
    """Come without the PIN after three wrong ones: recognised by face and voice. Raises Denied otherwise.

    `held_up`: this browser was told to wait because of what others behind the same address tried. It may knock at once.
    """
    check_holds(row)
    if row.locked or not (row.may_knock or held_up):
        raise Denied(_locked() if row.locked else _("Please enter your number first."))
    with write():
        row = Invitation.objects.select_for_update().get(pk=row.pk)
        inside = Waiting.objects.filter(consultation=row.consultation, visitor=row.visitor, left_at=None)
        if not row.knocked and inside.exists():  # both would be the same guest, and this one was let in
            raise Denied(_("Somebody is here with this number already. Please call the practice."))
        Invitation.objects.filter(pk=row.pk).update(knocked=True)
        if not row.knocked:  # who came with the number was let in, not who knocks
            _take_out(parties.card(row.consultation), row)


def shown(pin: str) -> str:
    """Three and three digits."""
    return f"{pin[:3]} {pin[3:]}"


def _log_wrong(row: Invitation) -> None:
    """One row of the log for each number that was compared and is not this one: five at most until staff gives another.

    It stands in the log of the organisation that invited, and holds the invitation's number, never what was typed.
    """
    card = parties.card(row.consultation)
    guest = Actor(Role.GUEST, person=f"{parties.GUEST}{row.pk}", organisation=card.organisation, room=card.id)
    audit.record(
        guest,
        action=WRONG_NUMBER,
        outcome="denied",
        patient=card.patient,
        type="Encounter",
        ident=card.id,
        source="page",
        detail=f"{parties.GUEST}{row.pk}",
    )


def _take_out(card: Consultation, row: Invitation) -> None:
    """Whoever is inside by this invitation is out, and comes back only as the invitation then stands."""
    with state.changing(card) as rules:
        waiting = Waiting.objects.filter(consultation=card.id, visitor=row.visitor, left_at=None)
        waiting.update(left_at=timezone.now())
        state.tell(card.id, rules.withdraw(row.visitor))
        events.emit("access.changed", patient=card.patient)
        publish.on_commit(topics.waiting(card.organisation), "waiting.changed")


def _refuse(row: Invitation) -> None:
    if row.locked:
        raise Denied(_locked())
    left = Invitation.LOCKED_AFTER - row.wrong
    said = ngettext(
        "This number is not right. You have %(left)d more try.",
        "This number is not right. You have %(left)d more tries.",
        left,
    )
    raise Invalid(said % {"left": left}, code="value", where="pin")


def _locked() -> str:
    return _("Too many wrong numbers: this invitation is locked. Please call the practice, they give you a new number.")


def _of_staff(actor: Actor, invitation: int) -> tuple[Invitation, Consultation]:
    row = Invitation.objects.filter(pk=invitation).first()
    if row is None:
        raise parties.missing()
    return row, parties.staffed(actor, row.consultation)


def _new_pin() -> str:
    return f"{secrets.randbelow(1_000_000):06d}"


def _pin_of(digest: bytes, pin: str) -> bytes:
    """A keyed HMAC over invitation and PIN: without the master key a dump does not let anybody try PINs."""
    return vault.mac(_PIN, digest + pin.encode())
