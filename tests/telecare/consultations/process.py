"""A real server with the cast, who can sign in: `python -m tests.telecare.consultations.process PORT [HOST]`.

It prints one line when all are there, then serves until it is stopped. Everybody's password is `PASSWORD`.
"""

from __future__ import annotations

import sys

from tests.process import serve

PASSWORD = "kitchen table at seven"


def main(port: int, host: str = "127.0.0.1") -> None:
    """Bring the database up to date, write the cast unless it is there, serve."""
    serve(port, host, prepared)


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
