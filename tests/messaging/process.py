"""A real server process with Anna, Clara and Bernd and one patient: `python -m tests.messaging.process PORT PATIENT`.

It prints one line of JSON with their tokens and the thread, then serves until it is stopped or killed.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import ExitStack


def main(port: int, patient: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from config import serve
    from tests.process import only_told

    only_told()
    with ExitStack() as stack:
        if settings.EMBEDDED:
            stack.enter_context(serve.only_one_process())
        call_command("migrate", verbosity=0, interactive=False)
        print(json.dumps(cast(patient)), flush=True)
        serve.serve("127.0.0.1", port)


def cast(patient: str) -> dict[str, str]:
    """Make who is not there yet; tokens by name, and the thread."""
    from messaging.chat import services
    from patients.access.models import EVERYTHING, FOREVER, Right
    from patients.accounts import queries
    from patients.accounts import services as accounts
    from patients.accounts.actor import Role
    from patients.accounts.models import User
    from tests.messaging.conftest import SINCE, staff

    people = {"anna": ("moorland", Role.NURSE), "clara": ("markt", Role.DOCTOR), "bernd": ("elsewhere", Role.NURSE)}
    tokens = {}
    for name, (organisation, role) in people.items():
        user = User.objects.filter(username=name).first() or staff(name, name.title(), organisation, role).user
        tokens[name] = accounts.issue_token(user)
        if name == "anna":
            anna = queries.actor_of(user)
    if not Right.objects.filter(patient=patient).exists():
        for organisation in ("moorland", "markt"):
            for category in ("chat", "administrative"):
                Right.objects.create(
                    patient=patient, organisation=organisation, person="", category=category, custodian="",
                    actions=EVERYTHING, since=SINCE, until=FOREVER, basis="treatment", document="CareTeam/test",
                )  # fmt: skip
    return {**tokens, "thread": str(services.open_thread(anna, patient).pk)}


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
