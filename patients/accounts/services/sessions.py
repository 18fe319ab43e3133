"""The browsers in which one is signed in, and ending that."""

from __future__ import annotations

from django.utils.translation import gettext as _

from patients import audit, events
from patients.accounts.actor import Actor
from patients.accounts.models import OneTimeCode, Session, Token, Turn
from patients.database import write
from patients.errors import Missing


def forget(account: int) -> None:
    """Every sign-in of an account is over: sessions, tokens, turns on tablets. The caller's event cuts sockets."""
    Session.objects.filter(user=account).delete()
    Token.objects.filter(user=account).delete()
    Turn.objects.filter(user=account).delete()


def end_session(actor: Actor, number: int) -> None:
    """Sign out in another browser: its sockets are cut, its next request is a stranger's. Raises Missing."""
    with write():
        row = Session.objects.filter(pk=number, user=actor.account or 0).first()
        if row is None:
            raise Missing(_("You are not signed in there any more."))
        row.delete()
        audit.record(actor, action="sign-out", type="Account", ident=str(actor.account), source="page", detail=row.name)
        events.emit("account.cut", account=actor.account, session=row.name)


def end_all_sessions() -> None:
    """A backup was restored: nobody knows what of then was ended or used up meanwhile. All sign in again."""
    for model in (Session, Token, Turn, OneTimeCode):
        model.objects.all().delete()


def sign_out_everywhere(actor: Actor) -> None:
    """Sign out everywhere, this browser and connected programs included."""
    with write():
        forget(actor.account or 0)
        audit.record(actor, action="sign-out-everywhere", type="Account", ident=str(actor.account or ""), source="page")
        events.emit("account.cut", account=actor.account, session=None)
