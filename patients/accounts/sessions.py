"""Sessions: one row per browser. A stolen copy of the table signs nobody in and tells nothing of who sat where.

Of the cookie only a keyed HMAC is stored; what a session holds, the browser and network among it, is sealed to its row.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, connection
from django.db.models import Q
from django.utils import timezone

from patients import vault
from patients.accounts.models import Session
from patients.database import write
from patients.errors import Unavailable
from patients.vault import Unreadable

COARSE: Final = timedelta(minutes=10)
SHARED: Final = "shared"  # in a session: it ends after so many seconds without a page
LONGEST: Final = timedelta(hours=14)  # a shift; after that everybody signs in anew, whatever they did meanwhile
_COARSE_SHARED: Final = timedelta(minutes=1)
_PURPOSE: Final = "session"
_SELECT: Final = (
    "SELECT content, seen_at < %s, seen_at < %s FROM accounts_session"
    " WHERE digest = %s AND expires_at > %s AND seen_at > %s AND created_at > %s"
)


def stored(key: str) -> bytes:
    """What stands in the table for a session's key."""
    return vault.mac("session key", key)


def name_of(key: str | None) -> str | None:
    """How a session is called in an actor and in events; the key itself is a secret."""
    return stored(key)[:12].hex() if key else None


def content_of(row: Session) -> dict[str, Any]:
    """What a session holds; nothing where its row was tampered with."""
    return _opened(bytes(row.digest), row.content)


class SessionStore(SessionBase):
    """Django's interface to them; written, like everything else, in `write()`.

    `watching`: only to look whether it is still there, as sockets do; that keeps nobody signed in.
    """

    def __init__(self, session_key: str | None = None, *, watching: bool = False) -> None:
        super().__init__(session_key)
        self.watching = watching

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(digest=stored(session_key)).exists()

    def create(self) -> None:
        self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
        self.save(must_create=True)
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        """Raises UpdateError when somebody has ended it meanwhile, and CreateError when the key is taken."""
        if self.session_key is None:
            self.create()
            return
        data: dict[str, Any] = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        digest = stored(self.session_key)
        now = timezone.now()
        kept: dict[str, Any] = {
            "user_id": int(data[SESSION_KEY]) if SESSION_KEY in data else None,
            "content": vault.seal_secret(_PURPOSE, digest.hex(), json.dumps(data, separators=(",", ":"))),
            "expires_at": self.get_expiry_date(),
        }
        with write():
            if not must_create:
                if not Session.objects.filter(digest=digest).update(**kept):
                    raise UpdateError
                return
            Session.objects.filter(expires_at__lt=now).delete()
            try:
                Session.objects.create(digest=digest, created_at=now, seen_at=now, **kept)
            except IntegrityError as problem:
                raise CreateError from problem

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            with write():
                Session.objects.filter(digest=stored(key)).delete()

    def load(self) -> dict[str, Any]:
        """By a statement built once: assembling it through the ORM took ten times as long as running it."""
        key, row = self.session_key, None
        if key:
            now, digest = timezone.now(), stored(key)
            moment = connection.ops.adapt_datetimefield_value
            with connection.cursor() as cursor:
                coarse, shared, idle, longest = (
                    moment(now - span) for span in (COARSE, _COARSE_SHARED, _idle(), LONGEST)
                )
                cursor.execute(_SELECT, [coarse, shared, digest, moment(now), idle, longest])
                row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return {}
        data = _opened(digest, row[0])
        if not self.watching and (row[1] or (row[2] and SHARED in data)):
            self._seen(digest, now, data)
        return data

    def _seen(self, digest: bytes, now: datetime, data: dict[str, Any]) -> None:
        later = {"expires_at": now + timedelta(seconds=int(data[SHARED]))} if SHARED in data else {}
        with suppress(Unavailable), write():  # a full disk must not keep anybody from reading
            Session.objects.filter(digest=digest).update(seen_at=now, **later)


def live(now: datetime) -> Q:
    """The rows of sessions that are not over: neither by their own time, nor idle, nor after a shift."""
    return Q(expires_at__gt=now, seen_at__gt=now - _idle(), created_at__gt=now - LONGEST)


def _idle() -> timedelta:
    return timedelta(minutes=settings.SESSION_IDLE)


def _opened(digest: bytes, content: str) -> dict[str, Any]:
    try:
        data: dict[str, Any] = json.loads(vault.open_secret(_PURPOSE, digest.hex(), content))
    except Unreadable:
        return {}
    return data
