"""A real server with the cast: `python -m tests.patients.fhir.process PORT` prints Clara's token, then serves."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack


def main(port: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from config import serve, words
    from patients.accounts import services
    from patients.accounts.models import User
    from tests import cast

    words.compile_all()
    with ExitStack() as stack:
        if settings.EMBEDDED:
            stack.enter_context(serve.only_one_process())
        call_command("migrate", verbosity=0, interactive=False)
        cast.build()
        print(services.issue_token(User.objects.get(username="clara")), flush=True)
        serve.serve("127.0.0.1", port)


if __name__ == "__main__":
    main(int(sys.argv[1]))
