"""A change says of which type its document is, so that the history of a type is one walk along one index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial")]

    operations = [
        migrations.AddField("change", "type", models.CharField(max_length=32, default="")),
    ]
