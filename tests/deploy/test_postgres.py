"""Two roles on a real PostgreSQL, made as the runbook says: the one that serves cannot change the log."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from patients.audit import append_only
from tests.config.test_erase_subject import PATIENTS, VALUES
from tests.running import ROOT, telecare
from tests.servers import postgresql, program

SCRIPT = ROOT / "deploy" / "postgres" / "roles.sql"


@dataclass(frozen=True)
class District:
    """A migrated database, and how each role reaches it."""

    admin: str
    serving: str
    owner: str
    environment: dict[str, str]

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return telecare(*words, environment={**self.environment, **environment})


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[District]:
    folder = tmp_path_factory.mktemp("roles")
    with postgresql("somebody_elses") as url:
        names = {"owner": "tc_owner", "serving": "tc", "database": "district"}
        secrets = {"owner_password": "it's mine", "serving_password": "serve"}
        given = [f"--set={name}={value}" for name, value in {**names, **secrets}.items()]
        subprocess.run([program("psql"), url, *given, "-q", "-f", str(SCRIPT)], check=True, capture_output=True)
        one = District(
            url,
            _as(url, "tc", "district"),
            _as(url, "tc_owner", "district"),
            {
                "DATA": str(folder / "data"),
                "TELECARE_MASTER_KEY": "0123456789abcdef0123456789abcdef0123456789a=",
                "DATABASE_URL": _as(url, "tc", "district"),
                "REDIS_URL": "",
                "TELECARE_DEMO": "0",
                "DJANGO_SETTINGS_MODULE": "config.settings",
            },
        )
        done = one.run("migrate", DATABASE_OWNER_URL=one.owner)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "The role tc may serve" in done.stdout
        yield one


@pytest.fixture
def another(district: District) -> District:
    """A further database of the same owner, still empty of all but tables."""
    with psycopg.connect(district.admin, autocommit=True) as link:
        link.execute("CREATE DATABASE another OWNER tc_owner")
    serving, owner = (_as(district.admin, role, "another") for role in ("tc", "tc_owner"))
    environment = {**district.environment, "DATABASE_URL": serving, "TELECARE_AUDIT_YEARS": "1"}
    one = District(district.admin, serving, owner, environment)
    done = one.run("migrate", DATABASE_OWNER_URL=owner)
    assert done.returncode == 0, done.stdout + done.stderr
    return one


def _as(url: str, role: str, database: str) -> str:
    """The same server, for another role and database; it trusts whoever comes by its socket."""
    return f"postgresql://{role}@/{database}?{url.partition('?')[2]}"


def test_the_tables_belong_to_the_owner(district):
    with psycopg.connect(district.serving) as link:
        found = link.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert found == [("tc_owner",)]


def test_the_serving_role_does_all_the_work_there_is(district):
    done = subprocess.run(
        [sys.executable, "-m", "tests.deploy.serving"],
        cwd=ROOT,
        env={**os.environ, **district.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "worked" in done.stdout


@pytest.mark.parametrize("table", append_only.TABLES)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET mac = mac",
        "DELETE FROM {table}",
        "TRUNCATE {table}",
        "ALTER TABLE {table} DISABLE TRIGGER ALL",
        "ALTER TABLE {table} OWNER TO tc",
        "DROP TRIGGER {table}_never_changes ON {table}",
        "DROP TABLE {table}",
        "CREATE TRIGGER mine BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION audit_event_refuse()",
        "GRANT UPDATE ON {table} TO tc",
        "SET session_replication_role = replica",
        "SET ROLE tc_owner",
        "CREATE TABLE mine (id int)",
        "CREATE OR REPLACE FUNCTION audit_event_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN END $$",
    ],
)
def test_the_serving_role_cannot_change_the_log_nor_switch_its_guards_off(district, table, statement):
    with psycopg.connect(district.serving, autocommit=True) as link:
        link.execute("SET client_min_messages = error")
        asked = statement.format(table=table)
        if asked.startswith("GRANT"):  # PostgreSQL warns, and grants nothing
            link.execute(asked)
            allowed = link.execute("SELECT has_table_privilege(%s, 'UPDATE')", [table]).fetchone()
            assert allowed == (False,)
            return
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            link.execute(asked)
    with psycopg.connect(district.serving) as link:
        assert link.execute(f"SELECT count(*) >= 0 FROM {table}").fetchone() == (True,)


def test_the_owner_is_refused_by_the_triggers_as_well(district):
    with psycopg.connect(district.owner, autocommit=True) as link:
        for table in append_only.TABLES:
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
                link.execute(f"TRUNCATE {table}")


OLD = """
import time
import django
django.setup()
now = time.time_ns()
time.time_ns = lambda: now - 2 * 366 * 86_400 * 10**9
from patients import audit, vault
from patients.audit.sealer import seal
vault.unlock()
audit.record(None, action="sign-in", outcome="denied")
assert seal("serving") == 1
"""


def test_the_owner_drops_old_periods_and_the_serving_role_does_not(another):
    """The log is older than it is kept: it was written by a process whose clock stood two years before."""
    environment = {**os.environ, **another.environment}
    subprocess.run([sys.executable, "-c", OLD], cwd=ROOT, env=environment, check=True, capture_output=True)
    refused = another.run("audit-retention")
    assert refused.returncode == 1
    assert "DATABASE_OWNER_URL" in refused.stdout
    done = another.run("audit-retention", DATABASE_OWNER_URL=another.owner)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 rows under 1 seals" in done.stdout
    proved = another.run("verify-audit")
    assert proved.returncode == 0, proved.stdout


def test_a_restore_under_both_roles_leaves_the_erased_gone_and_the_log_append_only(district, tmp_path):
    """Backed up by the role that serves, restored by the owner, served again."""
    ledger = {"TELECARE_ERASURES": str(tmp_path / "erasures.ndjson")}
    file, backup = tmp_path / "records.ndjson", tmp_path / "backup"
    file.write_text("\n".join(json.dumps(one) for one in PATIENTS + VALUES))
    for words in (("import", str(file)), ("backup", str(backup)), ("erase-subject", "quastenberg")):
        done = district.run(*words, **ledger)
        assert done.returncode == 0, done.stdout + done.stderr
    with psycopg.connect(district.admin, autocommit=True) as link:
        link.execute("CREATE DATABASE restored OWNER tc_owner")
    serving, owner = (_as(district.admin, role, "restored") for role in ("tc", "tc_owner"))
    place = {**district.environment, **ledger, "DATABASE_URL": serving, "DATA": str(tmp_path / "data")}
    restored = District(district.admin, serving, owner, place)
    refused = restored.run("restore", str(backup))
    assert refused.returncode == 1
    assert "DATABASE_OWNER_URL" in refused.stdout
    done = restored.run("restore", str(backup), DATABASE_OWNER_URL=owner)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 erasures since then carried out again" in done.stdout
    assert restored.run("export-subject", "quastenberg", "--to", str(tmp_path / "gone")).returncode == 1
    assert restored.run("export-subject", "nottbohm", "--to", str(tmp_path / "there")).returncode == 0
    assert restored.run("verify-audit").returncode == 0
    assert "could change the audit log" not in restored.run("doctor").stdout
    for url, error in ((serving, "permission denied"), (owner, "append-only")):
        for statement in ("UPDATE audit_event SET mac = mac", "DELETE FROM audit_event", "TRUNCATE audit_event"):
            with psycopg.connect(url) as link, pytest.raises(psycopg.Error, match=error):
                link.execute(statement)


def test_the_doctor_says_when_the_serving_role_could_change_the_log(district):
    words = "could change the audit log"
    assert words not in district.run("doctor").stdout
    assert words in district.run("doctor", DATABASE_URL=district.owner).stdout


def test_migrating_again_changes_nothing(district):
    done = district.run("migrate", DATABASE_OWNER_URL=district.owner)
    assert done.returncode == 0, done.stdout + done.stderr
