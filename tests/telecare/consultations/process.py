"""A real server with the cast, who can sign in: `python -m tests.telecare.consultations.process PORT [HOST]`.

It prints one line when all are there, then serves until it is stopped. Everybody's password is `PASSWORD`.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack

PASSWORD = "kitchen table at seven"


def main(port: int, host: str = "127.0.0.1") -> None:
    """Bring the database up to date, write the cast unless it is there, serve."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from config import serve, words

    words.compile_all()
    with ExitStack() as stack:
        if settings.EMBEDDED:
            stack.enter_context(serve.only_one_process())
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        write_cast()
        print("ready", flush=True)
        serve.serve(host, port)


def write_cast() -> None:
    """Everybody of tests/cast.py and Jonas, another doctor of Clara's practice, with a password."""
    from patients.accounts import services as accounts
    from patients.accounts.actor import Role, system
    from patients.accounts.models import User
    from patients.database import write
    from patients.network import services as network
    from patients.network.resources import Name
    from tests import cast

    if not User.objects.exists():
        cast.build()
        maker, name = system("cast"), Name("Wessel", "Jonas", "Dr.")
        jonas = network.add_practitioner(maker, name=name, organisation=cast.ident("markt"), role=Role.DOCTOR)
        accounts.create_account(maker, kind="staff", username="jonas", person=jonas.reference, name=str(name))
        with write():
            for user in User.objects.all():
                user.set_password(PASSWORD)
                user.save()


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
