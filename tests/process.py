"""What a server for tests does in a process of its own, before and while it serves."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack


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
