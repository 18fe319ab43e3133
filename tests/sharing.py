"""A pytest plugin for the processes that share a run: which tests go together, which go first, and whose servers.

It is loaded by `-p tests.sharing`, before Django reads its settings. `SHARED_DATABASE_URLS` and `SHARED_REDIS_URLS`
list servers, one for each process, separated by blanks; the first is for a run in one process.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parent.parent
TOGETHER = ("tests/journeys/", "tests/clients/")  # their files share what a folder has started: it starts once
FIRST = (  # what takes longest goes first; else one process would still be at it when the others have nothing left
    "tests/telecare/consultations/test_in_browsers.py",
    "tests/journeys/",
    "tests/config/test_look.py",
    "tests/messaging/chat/test_browser.py",
    "tests/house/test_hostile_fhir.py",
    "tests/telecare/consultations/test_scripts.py",
    "tests/messaging/test_processes.py",
    "tests/house/test_dump.py",
    "tests/house/test_hostile.py",
    "tests/patients/records/search/test_oracle.py",
    "tests/telecare/consultations/test_processes.py",
    "tests/deploy/test_postgres.py",
    "tests/house/test_strangers_fhir.py",
    "tests/config/test_serve.py",
    "tests/house/test_erasure.py",
    "tests/patients/fhir/test_openapi.py",
    "tests/messaging/realtime/test_gateway.py",
    "tests/telecare/consultations/test_relay.py",
    "tests/telecare/dashboards/test_statements.py",
    "tests/telecare/consultations/test_socket.py",
    "tests/house/test_strangers_sockets.py",
    "tests/patients/accounts/test_passkeys.py",
    "tests/telecare/privacy/test_cut.py",
    "tests/config/test_backup_live.py",
    "tests/config/test_socket_client.py",
    "tests/house/test_strangers_too.py",
    "tests/config/test_backup.py",
    "tests/house/test_strangers.py",
    "tests/config/test_erase_subject.py",
)

_NUMBER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))

for _name in ("DATABASE_URL", "REDIS_URL"):
    if _urls := os.environ.get(f"SHARED_{_name}S", "").split():
        os.environ[_name] = _urls[_NUMBER]


def unit(nodeid: str) -> str:
    """What is given to one process as a whole: a file, or a folder whose files belong together."""
    path = nodeid.partition("::")[0]
    return next((folder for folder in TOGETHER if path.startswith(folder)), path)


def turn(nodeid: str) -> int:
    """Its place in `FIRST`; all others come after."""
    return FIRST.index(unit(nodeid)) if unit(nodeid) in FIRST else len(FIRST)


class Units(LoadScopeScheduling):
    """pytest-xdist's scheduler, with units of our own in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a list that names what is no longer there."""
    if gone := [one for one in (*TOGETHER, *FIRST) if not (ROOT / one).exists()]:
        raise pytest.UsageError(f"tests/sharing.py names what does not exist: {', '.join(gone)}")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first."""
    items.sort(key=lambda item: turn(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    config.option.loadscopereorder = False  # it would go by the number of tests
    return Units(config, log)
