from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("audit", "0002_append_only")]

    operations = [
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["organisation", "id"], name="audit_event_by_organisation"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["person", "id"], name="audit_event_by_person"),
        ),
    ]
