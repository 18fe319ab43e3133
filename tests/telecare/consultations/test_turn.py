"""Credentials for the relay, as coturn checks them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path

from telecare.consultations import turn
from tests.running import telecare

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
URLS = ["turn:relay.example:3478?transport=udp", "turns:relay.example:5349?transport=tcp"]


def test_without_a_relay_browsers_connect_directly(settings):
    settings.TURN_URLS, settings.TURN_SECRET, settings.STUN_URLS = [], "", []
    assert turn.ice(NOW) == {"iceServers": []}


def test_an_operator_can_have_all_calls_go_through_the_relay(settings):
    settings.TURN_URLS, settings.TURN_SECRET, settings.RELAY_ONLY = URLS, "a secret", True
    assert turn.ice(NOW)["iceTransportPolicy"] == "relay"


def test_the_relay_can_check_the_password_by_itself(settings):
    settings.TURN_URLS, settings.TURN_SECRET, settings.STUN_URLS = URLS, "a secret", ["stun:relay.example"]
    stun, relay = turn.ice(NOW)["iceServers"]
    assert stun == {"urls": ["stun:relay.example"]}
    assert relay["urls"] == URLS  # UDP first
    expected = hmac.new(b"a secret", relay["username"].encode(), hashlib.sha1).digest()
    assert base64.b64decode(relay["credential"]) == expected


def test_the_name_says_until_when_and_not_who():
    name, _ = turn.credentials("a secret", NOW + turn.LIFETIME)
    expiry, _, random = name.partition(":")
    assert int(expiry) == int((NOW + turn.LIFETIME).timestamp())
    assert len(random) == 8
    assert turn.credentials("a secret", NOW)[0] != turn.credentials("a secret", NOW)[0]


def test_nothing_of_ours_records_a_call():
    scripts = Path(turn.__file__).parents[2] / "config" / "static" / "telecare"
    for script in scripts.rglob("*.js"):
        assert "MediaRecorder(" not in script.read_text("utf-8"), script


def test_relay_only_without_a_relay_does_not_start(tmp_path: Path):
    done = telecare("migrate", environment={"DATA": str(tmp_path), "TELECARE_RELAY_ONLY": "1", "TURN_URLS": ""})
    assert done.returncode != 0
    assert "Set TURN_URLS and TURN_SECRET" in done.stderr
