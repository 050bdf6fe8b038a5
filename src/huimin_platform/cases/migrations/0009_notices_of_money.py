"""Notices about money that waits."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0008_applications'),
        ('registry', '0007_second_opinion'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='notice',
            name='notice_kind_known',
        ),
        migrations.AlterField(
            model_name='notice',
            name='kind',
            field=models.CharField(choices=[('decision', 'Decision'), ('begun', 'Something begins'), ('ended', 'Result'), ('money', 'Money that waits')], max_length=16),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['decision', 'begun', 'ended', 'money'])), name='notice_kind_known'),
        ),
    ]
