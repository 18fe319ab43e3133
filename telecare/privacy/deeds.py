"""What the log's actions are called on screen. One that is not named here stands as it is in the log."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: Final[dict[str, str | Promise]] = {
    "read": _("read"),
    "version": _("read an older version"),
    "history": _("read the history"),
    "search": _("saw in a list"),
    "create": _("recorded"),
    "update": _("changed"),
    "delete": _("deleted"),
    "import": _("imported"),
    "export": _("exported"),
    "listen": _("listened to news"),
    "sign-in": _("signed in"),
    "sign-out": _("signed out"),
    "choose-function": _("chose a function"),
    "change-password": _("changed the password"),
    "issue-token": _("got an access token"),
    "activate": _("opened an account again"),
    "deactivate": _("closed an account"),
    "find-person": _("looked a person up"),
    "audit-retention": _("dropped old periods of the log"),
    "purge-metadata": _("took out what is kept for a while only"),
    "start page": _("saw the start page"),
    "patient page": _("saw the patient page"),
    "own page": _("saw the patient page"),
    "patient list": _("saw the list of people"),
    "worklist": _("saw the worklist"),
    "care team": _("saw the care team"),
    "latest values": _("saw the values"),
    "measurements": _("saw the values"),
    "measure": _("saw the page for measuring"),
    "limits": _("saw the limits"),
    "limit": _("saw the limits"),
    "review": _("saw a review"),
    "order": _("saw the page for orders"),
    "visit": _("saw a visit"),
    "note": _("saw a note"),
    "consultation": _("saw a consultation"),
    "waiting room": _("saw the waiting room"),
    "call in": _("saw the page for calling in"),
    "summary": _("read the summary"),
    "document": _("read a document"),
    "match": _("compared people"),
    "look at the log": _("saw who has read the record"),
    "request of access": _("asked for access"),
    "answer to a request of access": _("answered a request of access"),
    "request of erasure": _("asked for erasure"),
    "answer to a request of erasure": _("answered a request of erasure"),
    "emergency": _("opened an emergency access"),
    "review of an emergency": _("reviewed an emergency access"),
    "erase": _("erased a record"),
    "hold": _("postponed an erasure"),
    "release": _("ended the postponement of an erasure"),
    "backup": _("made a backup"),
    "restore": _("restored a backup"),
    "admission check": _("checked an admission"),
}


def word(action: str) -> str:
    """What somebody did, in the language of the reader."""
    return str(WORDS.get(action, action))
