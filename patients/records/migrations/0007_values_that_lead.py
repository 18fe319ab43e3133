"""Few numbers, and few dates after a moment, are found by their own indexes; what is longer than a year stands apart."""

from django.db import migrations, models
from django.db.models import F, Q

YEAR = 366 * 86_400 * 1_000_000 + 7_200_000_000  # microseconds, as records.index.slots has it


class Migration(migrations.Migration):
    dependencies = [("records", "0006_erasures")]

    operations = [
        migrations.AddIndex("quantity", models.Index(fields=["slot", "lo"], name="quantity_by_value")),
        migrations.AddIndex(
            "quantity", models.Index(fields=["slot", "hi"], name="quantity_of_range", condition=Q(lo__lt=F("hi")))
        ),
        migrations.AddIndex(
            "date", models.Index(fields=["slot", "hi"], name="date_of_long", condition=Q(hi__gt=F("lo") + YEAR))
        ),
        migrations.AddIndex(
            "document",
            models.Index(
                fields=["type", "moment", "until"],
                name="document_of_long",
                condition=Q(until__gt=F("moment") + YEAR),
            ),
        ),
    ]
