"""A real server with the cast, who can sign in: `python -m tests.telecare.consultations.process PORT [HOST [HOW]]`.

It prints one line when all are there, then serves until it is stopped. Everybody's password is `PASSWORD`.
"""

from __future__ import annotations

import sys

from tests.process import NEVER, only_told, serve

PASSWORD = "kitchen table at seven"


def main(port: int, host: str = "127.0.0.1", how: str = "") -> None:
    """Bring the database up to date, write the cast unless it is there, serve: `patiently`, or as in production."""
    serve(port, host, patiently if how == "patiently" else prepared)


def patiently() -> str:
    """However long a test takes: a seat waits for its line, and what is heard must have been told."""
    from telecare.consultations import room

    room.GRACE = NEVER
    only_told()
    return prepared()


def prepared() -> str:
    """The pages' files, and the cast."""
    from django.core.management import call_command

    call_command("collectstatic", verbosity=0, interactive=False)
    write_cast()
    return "ready"


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
