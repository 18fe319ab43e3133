"""A pytest plugin: each of the processes that share a run has servers of its own.

`SHARED_DATABASE_URLS` and `SHARED_REDIS_URLS` list them, separated by blanks; the first is for a run in one process.
It is loaded by `-p tests.portion`, before Django reads its settings.
"""

from __future__ import annotations

import os

_NUMBER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))

for _name in ("DATABASE_URL", "REDIS_URL"):
    if _urls := os.environ.get(f"SHARED_{_name}S", "").split():
        os.environ[_name] = _urls[_NUMBER]
