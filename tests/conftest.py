"""What all tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.management.commands import flush
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as examples

from config import words
from patients.accounts.actor import Actor
from patients.accounts.models import User
from patients.audit import append_only
from patients.vault import state
from tests.cast import Cast

Tell = Callable[[str], None]

examples.register_profile(
    "same", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
examples.load_profile("same")  # the same examples in each run, however long one takes

words.compile_all()  # before anything asks for a translation: Django remembers what it did not find


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    """Say what was tried: it is printed at the end of the run, from whatever process."""
    return lambda line: record_property("told", line)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests have told."""
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, [])]
    told = [value for one in reports if one.when == "call" for name, value in one.user_properties if name == "told"]
    if told:
        terminalreporter.section("what was tried")
        terminalreporter.write_line("\n".join(map(str, told)))


@pytest.fixture(scope="session", autouse=True)
def pages_have_their_files(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Static files come from their sources, without a collected copy.

    They are looked for when they are asked for: each new `Client` would otherwise go through all of them.
    """
    settings.STATIC_ROOT = tmp_path_factory.mktemp("static")
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def keys_go_with_their_database() -> Iterator[None]:
    """No test keeps keys that an earlier one has committed: they went when its database was emptied."""
    yield
    state.forget()


@pytest.fixture(scope="session", autouse=True)
def keys_are_not_looked_after_while_statements_are_counted() -> Iterator[None]:
    """Outside of writes a process compares its keys once a second: a statement, in whatever test a second had passed.

    Whoever tests that look goes on in time by `SECONDS_OUTSIDE_OF_WRITES`.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state, "SECONDS_OUTSIDE_OF_WRITES", 3600.0)
        yield


@pytest.fixture(scope="session", autouse=True)
def the_cast_needs_no_second_factor() -> None:
    """As in the demo; the tests of second factors demand them."""
    settings.SECOND_FACTOR = "none"


@pytest.fixture(scope="session", autouse=True)
def only_the_flush_of_a_test_database_empties_the_audit_log() -> Iterator[None]:
    """The log refuses to be emptied, which Django does after each test that commits. It gives way to that alone."""
    refused = BaseDatabaseOperations.execute_sql_flush

    def empty(self: Any, sql_list: Any) -> None:
        append_only.release(self.connection)
        refused(self, sql_list)
        append_only.protect(self.connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", empty)
        yield


NEVER_CHANGED = ("django_content_type", "auth_permission")  # Django derives their rows from the models


@pytest.fixture(scope="session", autouse=True)
def the_flush_keeps_what_follows_from_the_models() -> Iterator[None]:
    """Django would empty these tables too after each test that commits, and fill them again: most of its time."""

    def statements(style: Any, connection: Any, reset_sequences: bool = True, allow_cascade: bool = False) -> Any:
        names = connection.introspection.django_table_names(only_existing=True, include_views=False)
        tables = [name for name in names if name not in NEVER_CHANGED]
        return connection.ops.sql_flush(style, tables, reset_sequences=reset_sequences, allow_cascade=allow_cascade)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "sql_flush", statements)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_given, **_named: None)
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite in a file, as in production: in memory, threads would share one cache and lock whole tables."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture
def browser(db: None) -> Callable[[Actor], Client]:
    """A browser in which somebody is signed in."""

    def of(actor: Actor) -> Client:
        client = Client()
        client.force_login(User.objects.get(pk=actor.account))
        return client

    return of


# -- the cast: see tests/cast.py


@pytest.fixture(scope="session")
def all_characters() -> Cast:
    """Built once in a run."""
    return Cast()


@pytest.fixture
def cast(db: None, all_characters: Cast) -> dict[str, Actor]:
    """Everybody, by name. Their accounts have no password yet."""
    all_characters.enter()
    return all_characters.actors


@pytest.fixture
def anna(cast: dict[str, Actor]) -> Actor:
    """Nurse at Pflegedienst Moorland; cares for Heinrich."""
    return cast["anna"]


@pytest.fixture
def bernd(cast: dict[str, Actor]) -> Actor:
    """Nurse at Pflegedienst Sonnenhof; does not."""
    return cast["bernd"]


@pytest.fixture
def clara(cast: dict[str, Actor]) -> Actor:
    """Doctor at the Hausarztpraxis am Markt; treats Heinrich."""
    return cast["clara"]


@pytest.fixture
def david(cast: dict[str, Actor]) -> Actor:
    """Doctor at the Praxis Deichweg; does not."""
    return cast["david"]


@pytest.fixture
def mia(cast: dict[str, Actor]) -> Actor:
    """Assistant in Clara's practice."""
    return cast["mia"]


@pytest.fixture
def sabine(cast: dict[str, Actor]) -> Actor:
    """Pharmacist at the Linden-Apotheke; sees Heinrich's medication."""
    return cast["sabine"]


@pytest.fixture
def heinrich(cast: dict[str, Actor]) -> Actor:
    """Patient; his id is `heinrich.patient`."""
    return cast["heinrich"]


@pytest.fixture
def wilma(cast: dict[str, Actor]) -> Actor:
    """Patient of David and Bernd; nobody of Heinrich's team knows her."""
    return cast["wilma"]


@pytest.fixture
def ida(cast: dict[str, Actor]) -> Actor:
    """Heinrich's daughter; he lets her see values and the thread."""
    return cast["ida"]


@pytest.fixture
def karl(cast: dict[str, Actor]) -> Actor:
    """Coordinator in the town hall: counts, never names."""
    return cast["karl"]


@pytest.fixture
def admin(cast: dict[str, Actor]) -> Actor:
    """Operator of the network."""
    return cast["admin"]


@pytest.fixture
def dora(cast: dict[str, Actor]) -> Actor:
    """Data protection officer of Clara's practice."""
    return cast["dora"]
