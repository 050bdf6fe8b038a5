"""Decisions are added and never changed; cases are numbered by a sequence."""

from django.db import migrations

from huimin_platform.base.migrations_operations import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("base", "0001_initial")]

    operations = [
        AppendOnly("cases_decision"),
        migrations.RunSQL("create sequence cases_number", "drop sequence cases_number"),
    ]
