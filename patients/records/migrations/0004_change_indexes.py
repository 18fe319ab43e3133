"""The history of a type, and of all, is read from the newest change on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0003_change_type_of_old_changes")]

    operations = [
        migrations.AddIndex("change", models.Index(fields=["type", "at", "seq"], name="change_by_type")),
        migrations.AddIndex("change", models.Index(fields=["at", "seq"], name="change_by_time")),
    ]
