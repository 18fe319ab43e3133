"""The log refuses to be changed or emptied."""

from typing import Any

from django.db import migrations

from patients.audit import append_only


def protect(apps: Any, schema_editor: Any) -> None:
    append_only.protect(schema_editor.connection, "audit_event")


def release(apps: Any, schema_editor: Any) -> None:
    append_only.release(schema_editor.connection, "audit_event")


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(protect, release)]
