"""Cases are paid another monthly amount, and looked at again by class."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0006_postings'),
        ('registry', '0006_runs_of_days'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='case',
            name='review_class',
            field=models.CharField(blank=True, max_length=1),
        ),
        migrations.AddField(
            model_name='path',
            name='before_fen',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='path',
            name='counts_from_on',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='path',
            name='item',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.caseitem'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('review_class__in', ['', 'A', 'B', 'C'])), name='case_review_class_known'),
        ),
    ]
