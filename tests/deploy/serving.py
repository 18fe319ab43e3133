"""Run by test_postgres as the role that serves: work of all kinds, so that a right that is lacking shows."""

from __future__ import annotations

import django

django.setup()


def work() -> None:
    from datetime import timedelta
    from uuid import uuid4

    from django.utils import timezone

    from config import purge
    from messaging.chat import services as chat
    from messaging.chat.writer import writer
    from patients import audit, vault
    from patients.access import bodies
    from patients.audit.sealer import seal
    from patients.records.reindex import reindex
    from telecare.consultations import services as consultations
    from tests import cast

    vault.unlock()
    people = cast.build()
    clara = people["clara"]
    now = timezone.now()
    consultations.book(
        clara, cast.HEINRICH, starts_at=now + timedelta(hours=1), doctor=clara.person or "", reason="Kontrolle"
    )
    reindex()
    purge.purge(keep=timedelta(days=90), now=now + timedelta(days=100))
    thread = chat.open_thread(clara, cast.HEINRICH)
    chat.send(clara, thread.id, cid=uuid4(), text="Guten Morgen")
    assert seal("serving") > 20
    assert audit.verify().fault == ""
    assert bodies.compare().fault == ""
    writer.stop()
    print("worked")


if __name__ == "__main__":
    work()
