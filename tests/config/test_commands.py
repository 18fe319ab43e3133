"""Operators at the command line, against real processes."""

from __future__ import annotations

import stat
from pathlib import Path

import httpx
import pytest

from tests.running import free_port, server, telecare


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    with server(tmp_path_factory.mktemp("live") / "data") as running:
        yield running


def test_a_server_on_an_empty_folder_is_ready_and_says_of_what_parts(live):
    assert httpx.get(f"{live.url}/healthz", timeout=60).text == "ok\n"
    assert httpx.get(f"{live.url}/readyz", timeout=60).json() == {"database": "up", "keys": "up"}


def test_the_master_key_is_made_for_its_owner_alone_and_not_among_the_data(live):
    key = Path(live.environment["TELECARE_KEY_FILE"])
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert live.data not in key.parents


def test_a_second_server_on_the_same_data_is_refused_with_words(live):
    done = telecare("serve", environment={**live.environment, "PORT": str(free_port())})
    assert done.returncode == 1
    assert "already serves the data" in done.stdout


def test_a_command_runs_inside_the_live_server(live):
    done = live.command("verify-audit")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all as they were written" in done.stdout
    assert "seals in one chain" in done.stdout


def test_reindex_says_how_many_documents_it_read(live):
    done = live.command("reindex")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "documents indexed anew" in done.stdout


def test_a_live_command_that_is_refused_says_why_and_fails(live):
    done = live.command("token", "anna")
    assert done.returncode == 1
    assert "demo mode only" in done.stdout


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "eighty", "whole number"),
        ("DATABASE_URL", "mysql://x/y", "postgresql"),
        ("REDIS_URL", "redis://127.0.0.1:1/0", "without DATABASE_URL"),
        ("TELECARE_DEMO", "perhaps", "write 1 or 0"),
    ],
)
def test_a_setting_that_cannot_be_used_stops_the_start_and_is_named(tmp_path, name, value, words):
    done = telecare("doctor", environment={"DATA": str(tmp_path), "DATABASE_URL": "", "REDIS_URL": "", name: value})
    assert done.returncode != 0
    assert words in done.stdout + done.stderr


def test_the_demo_refuses_a_database_that_is_not_named_for_it(tmp_path):
    done = telecare("doctor", environment={"DATABASE_URL": "postgresql://u:p@127.0.0.1/district", "TELECARE_DEMO": "1"})
    assert done.returncode != 0
    assert "refuses a PostgreSQL database" in done.stdout + done.stderr
