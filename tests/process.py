"""What a server for tests does in a process of its own, before and while it serves."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack

NEVER = 3600.0  # seconds, longer than any test
LOOKS = ("HEADS", "RECHECK")  # of messaging.realtime.vigil


def serve(port: int, host: str, prepared: Callable[[], str]) -> None:
    """Bring the database up to date, prepare what is served and print the line that `prepared` gives, then serve."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("TELECARE_SECOND_FACTOR", "none")  # it has tests of its own
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from config import serve as server
    from config import words

    words.compile_all()
    with ExitStack() as stack:
        if settings.EMBEDDED:
            stack.enter_context(server.only_one_process())
        call_command("migrate", verbosity=0, interactive=False)
        print(prepared(), flush=True)
        server.serve(host, port)


def only_told() -> None:
    """What is heard must have been told: the looks twice a minute would make up for it, later than at once."""
    from messaging.realtime import vigil

    for name in LOOKS:
        setattr(vigil, name, NEVER)
