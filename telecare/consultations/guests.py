"""A guest is known by the session: the PIN was right once on this device. Nobody else gets such a session."""

from __future__ import annotations

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone

from patients.accounts import queries, sessions
from patients.accounts.actor import Actor, Purpose, Role
from telecare.consultations.models import Invitation
from telecare.consultations.queries import parties

ENTERED = "guest"  # in the session: the invitation whose PIN was right, or that may knock
KNOCKED = "guest knocked"  # came without the PIN: holds until somebody comes with it
ASKED = "guest asked"  # the invitation whose link was opened, before the PIN
HELD_UP = "guest held up"  # the one whose number was not looked at, for what others behind this address tried


def of_request(request: HttpRequest) -> Actor | None:
    """The guest who asks, for a page or with a socket; None for anybody else. Reads nothing for who has no session."""
    return _actor(request.session)


def let_in(session: SessionBase, invitation: Invitation, *, knocked: bool = False) -> None:
    """Make this the session of a guest. Whoever was signed in before on this device is not any more."""
    if queries.in_session(session):
        session.flush()
    session.cycle_key()
    for before in (ASKED, HELD_UP, KNOCKED):
        session.pop(before, None)
    session[ENTERED] = invitation.pk
    if knocked:
        session[KNOCKED] = True
    session.set_expiry(max(60, int((invitation.closes_at - timezone.now()).total_seconds())))


def has_entered(session: SessionBase, invitation: Invitation) -> bool:
    """Whether the number of this invitation was right on this device: it is not asked again, even when it is locked."""
    return session.get(ENTERED) == invitation.pk and KNOCKED not in session


def _actor(session: SessionBase) -> Actor | None:
    number = session.get(ENTERED)
    if not isinstance(number, int):
        return None
    invitation = Invitation.objects.filter(pk=number).first()
    if invitation is None or not parties.holds(invitation) or (KNOCKED in session and not invitation.knocked):
        return None
    return Actor(
        role=Role.GUEST,
        person=f"{parties.GUEST}{invitation.pk}",
        purpose=Purpose.PATIENT_REQUEST,
        room=invitation.consultation,
        session=sessions.name_of(session.session_key),
    )
