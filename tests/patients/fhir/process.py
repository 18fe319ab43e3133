"""A real server with the cast: `python -m tests.patients.fhir.process PORT` prints Clara's token, then serves."""

from __future__ import annotations

import sys

from tests.process import serve


def prepared() -> str:
    """Write the cast; gives Clara's token."""
    from patients.accounts import services
    from patients.accounts.models import User
    from tests import cast

    cast.build()
    return services.issue_token(User.objects.get(username="clara"))


if __name__ == "__main__":
    serve(int(sys.argv[1]), "127.0.0.1", prepared)
