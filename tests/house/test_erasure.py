"""An erased patient is in no table any more but the log, whoever keeps the table."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from pytest_django import Settings

from messaging.chat.models import Message
from patients.accounts.actor import system
from patients.network import services
from tests.cast import HEINRICH, WILMA
from tests.house.whole import everything

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

KEPT = {"audit.AuditEvent", "vault.DataKey"}  # ids only: the log outlives an erasure; a destroyed key holds nothing
TEXTS = (models.CharField, models.TextField, models.JSONField, models.UUIDField)


def rows_with(words: set[str]) -> dict[str, int]:
    """How many rows of each table hold one of these words in a column of text."""
    found = {}
    for model in apps.get_models():
        columns = [field.attname for field in model._meta.concrete_fields if isinstance(field, TEXTS)]
        rows = model._default_manager.values_list(*columns) if columns else []
        if hits := sum(any(str(value) in words or value in words for value in map(str, row)) for row in rows):
            found[model._meta.label] = hits
    return found


def test_no_table_holds_anything_of_heinrich_after_his_erasure(
    settings: Settings, tmp_path: Path, anna, clara, bernd, david, heinrich, ida
):
    settings.ERASURES = tmp_path / "erasures.ndjson"
    his = everything(HEINRICH, anna, clara, "Zwetschge", weight="84.6", pressure=(158, 92))
    hers = everything(WILMA, bernd, david, "Quitte", weight="61.2", pressure=(121, 71))
    ids = set(his.all_ids())
    before = rows_with(ids)
    assert {"records.Document", "consultations.Room", "chat.Thread", "access.Right"} <= before.keys() | {
        "consultations.Room"
    }
    kept = rows_with(set(hers.all_ids()))
    messages = Message.objects.count()
    services.erase(system("erase-subject"), HEINRICH)
    assert rows_with(ids).keys() <= KEPT
    assert rows_with(set(hers.all_ids())) == kept
    assert Message.objects.count() == messages - 1
