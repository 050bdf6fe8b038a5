"""An answer is never changed."""

from django.db import migrations

from huimin_platform.base.migrations_operations import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("feedback", "0001_initial")]

    operations = [AppendOnly("feedback_answer")]
