"""What an operator is told before real patients come."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from config import cli
from config.checks import production

GOOD: dict[str, Any] = {
    "PUBLIC_URL": "https://telecare.example",
    "SECURE": True,
    "ALLOWED_HOSTS": ["telecare.example"],
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
    "DEMO": False,
    "SECOND_FACTOR": "roles",
    "BREACHED_PASSWORDS": Path("/lists/stolen.txt"),
    "HELP_PHONE": "030 23125 110",
    "MASTER_KEY": "",
    "TURN_URLS": ["turn:relay.example"],
    "TURN_SECRET": "5" * 64,
    "CLAMD": "/run/clamd.sock",
    "EMBEDDED": False,
}


def found(**weak: Any) -> list[str]:
    with override_settings(**{**GOOD, **weak}):
        return [str(message.id) for message in production(None)]


def test_a_careful_operator_is_told_nothing():
    assert found() == []


@pytest.mark.parametrize(
    ("weak", "told"),
    [
        ({"SECURE": False}, "telecare.E001"),
        ({"DEMO": True}, "telecare.E002"),
        ({"ALLOWED_HOSTS": ["*", "telecare.example"]}, "telecare.E003"),
        ({"ALLOWED_HOSTS": ["127.0.0.1"]}, "telecare.E004"),
        ({"TURN_SECRET": "short"}, "telecare.E005"),
        ({"TURN_URLS": []}, "telecare.W001"),
        ({"EMBEDDED": True}, "telecare.W002"),
        ({"SECURE_PROXY_SSL_HEADER": None}, "telecare.W003"),
        ({"SECOND_FACTOR": "none"}, "telecare.W004"),
        ({"BREACHED_PASSWORDS": None}, "telecare.W005"),
        ({"HELP_PHONE": ""}, "telecare.W006"),
        ({"MASTER_KEY": "AAAA"}, "telecare.W007"),
        ({"CLAMD": ""}, "telecare.W008"),
    ],
    ids=lambda value: value if isinstance(value, str) else "+".join(value),
)
def test_each_weak_setting_is_named_alone(weak: dict[str, Any], told: str):
    assert found(**weak) == [told]


@pytest.mark.django_db
@pytest.mark.storage
@override_settings(DEMO=True, SECURE=False)
def test_the_doctor_says_what_stands_between_a_demo_and_real_patients():
    said = io.StringIO()
    assert cli.run(["doctor", "--production"], said) == 1
    lines = said.getvalue().splitlines()
    assert "BAD  TELECARE_DEMO is on: its passwords are public." in lines
    assert lines[-1].endswith("must be mended before real patients.")
    assert not [line for line in lines if "MIDDLEWARE" in line or "SECURE_" in line]  # in words of the framework


@pytest.mark.django_db
@override_settings(DEMO=True)
def test_of_a_demo_nothing_of_it_is_asked():
    said = io.StringIO()
    assert cli.run(["doctor"], said) == 0, said.getvalue()
    assert "TELECARE_DEMO" not in said.getvalue()
