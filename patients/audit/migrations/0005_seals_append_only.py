"""The seals refuse to be changed or emptied, as the rows do."""

from typing import Any

from django.db import migrations

from patients.audit import append_only


def protect(apps: Any, schema_editor: Any) -> None:
    append_only.protect(schema_editor.connection, "audit_seal")


def release(apps: Any, schema_editor: Any) -> None:
    append_only.release(schema_editor.connection, "audit_seal")


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_seals")]
    operations = [migrations.RunPython(protect, release)]
