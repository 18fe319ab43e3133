"""What monitoring reads of the seals: how long the oldest row of the log has waited for one."""

from __future__ import annotations

import math

import pytest
from django.test import Client

from patients import audit
from patients.audit import sealer
from patients.audit.models import Chain

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def waited() -> float:
    text = Client().get("/metrics").content.decode()
    [line] = [line for line in text.splitlines() if line.startswith("telecare_audit_unsealed_seconds ")]
    return float(line.split()[1])


def test_a_row_without_a_seal_is_told_until_it_has_one():
    audit.record(None, action="sign-in", outcome="denied")
    assert waited() > 0
    sealer.seal("test")
    assert waited() == 0


def test_a_chain_that_nobody_can_go_on_with_is_told_as_infinite():
    audit.record(None, action="sign-in", outcome="denied")
    sealer.seal("test")
    Chain.objects.update(head=7)
    assert waited() == math.inf
