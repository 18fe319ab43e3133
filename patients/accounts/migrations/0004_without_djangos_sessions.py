from django.db import migrations


class Migration(migrations.Migration):
    """Sessions have a table of their own now: nobody stays signed in by the old one."""

    dependencies = [("accounts", "0003_sessions")]

    operations = [migrations.RunSQL("DROP TABLE IF EXISTS django_session", migrations.RunSQL.noop)]
