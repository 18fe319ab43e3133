from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("chat", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["sent_at", "id"], name="message_by_moment"),
        ),
    ]
