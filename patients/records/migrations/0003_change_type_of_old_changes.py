"""Give the changes that were written before their type."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("records", "0002_change_type")]

    operations = [
        migrations.RunSQL(
            "UPDATE records_change SET type = COALESCE("
            "(SELECT d.type FROM records_document d WHERE d.id = records_change.document_id), '') WHERE type = ''",
            migrations.RunSQL.noop,
        ),
    ]
