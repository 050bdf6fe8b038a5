"""Runs of matching and what each household may get."""

import django.db.models.deletion
from django.db import migrations, models

from huimin_platform.base.migrations_operations import CreateModels

TABLES = [
    migrations.CreateModel(
        name='Run',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('at', models.DateTimeField()),
            ('on', models.DateField()),
            ('inputs', models.CharField(max_length=64)),
            ('policies', models.JSONField(default=dict)),
            ('counts', models.JSONField(default=dict)),
            ('everybody', models.BooleanField(default=True)),
            ('grounds', models.CharField(blank=True, default='', max_length=64)),
            ('registry', models.BigIntegerField(null=True)),
            ('verified', models.BigIntegerField(default=0)),
        ],
    ),
    migrations.CreateModel(
        name='Finding',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('key', models.CharField(max_length=128, unique=True)),
            ('kind', models.CharField(max_length=64)),
            ('division', models.CharField(blank=True, max_length=12)),
            ('evidence', models.JSONField(default=dict)),
            ('state', models.CharField(choices=[('open', 'To be checked'), ('confirmed', 'Confirmed'), ('dismissed', 'Dismissed'), ('gone', 'No longer so')], default='open', max_length=16)),
            ('found_on', models.DateField()),
            ('gone_on', models.DateField(null=True)),
            ('decided_by', models.CharField(blank=True, max_length=64)),
            ('decided_at', models.DateTimeField(null=True)),
            ('reason', models.CharField(blank=True, max_length=500)),
            ('household', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.household')),
            ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.person')),
        ],
        options={
            'indexes': [models.Index(fields=['state', 'kind'], name='finding_list')],
            'constraints': [
                models.CheckConstraint(condition=models.Q(('state__in', ['open', 'confirmed', 'dismissed', 'gone'])), name='finding_state_known'),
                models.CheckConstraint(condition=models.Q(('household__isnull', False), ('person__isnull', False), _connector='OR'), name='finding_of_somebody'),
                models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['confirmed', 'dismissed']), _negated=True), ('decided_at__isnull', False), _connector='OR'), name='finding_decided_has_time'),
            ],
        },
    ),
    migrations.CreateModel(
        name='ParameterSet',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('division', models.CharField(max_length=12)),
            ('name', models.CharField(max_length=64)),
            ('effective_on', models.DateField()),
            ('values', models.JSONField()),
            ('source_file', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='intake.deliveryfile')),
        ],
        options={
            'constraints': [
                models.UniqueConstraint(fields=('division', 'name', 'effective_on'), name='parameter_set_once'),
                models.CheckConstraint(condition=models.Q(('division__regex', '^[0-9]{12}$')), name='parameter_set_division_of_12_digits'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Entitlement',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('policy', models.CharField(max_length=64)),
            ('policy_version', models.CharField(max_length=64)),
            ('status', models.CharField(choices=[('entitled', 'Entitled'), ('not_entitled', 'Not entitled'), ('unknown', 'To be verified')], max_length=16)),
            ('amount_fen', models.BigIntegerField(null=True)),
            ('missing', models.JSONField(default=list)),
            ('trace', models.JSONField(null=True)),
            ('on', models.DateField()),
            ('current', models.BooleanField(default=True)),
            ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.household')),
            ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entitlements', to='matching.run')),
            ('ended_run', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='matching.run')),
        ],
        options={
            'indexes': [
                models.Index(condition=models.Q(('current', True)), fields=['policy', 'status'], name='entitlement_current'),
            ],
            'constraints': [
                models.UniqueConstraint(condition=models.Q(('current', True)), fields=('policy', 'household'), name='entitlement_one_current'),
                models.CheckConstraint(condition=models.Q(('status__in', ['entitled', 'not_entitled', 'unknown'])), name='entitlement_status_known'),
                models.CheckConstraint(condition=models.Q(('amount_fen', None), ('amount_fen__gte', 0), _connector='OR'), name='entitlement_amount_not_negative'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Statement',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('fact', models.CharField(max_length=64)),
            ('value_sealed', models.BinaryField()),
            ('said_at', models.DateTimeField()),
            ('about', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.person')),
            ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.household')),
            ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.person')),
        ],
        options={
            'constraints': [
                models.UniqueConstraint(fields=('person', 'fact', 'about'), name='statement_once', nulls_distinct=False),
            ],
        },
    ),
]


class Migration(migrations.Migration):

    replaces = [
        ('matching', '0001_initial'),
        ('matching', '0002_statements'),
        ('matching', '0003_entitlement_ended_run'),
        ('matching', '0004_runs_that_ended_answers'),
        ('matching', '0005_runs_that_follow'),
        ('matching', '0006_verified_so_far'),
    ]

    initial = True

    dependencies = [
        ('intake', '0001_squashed_0006_inbox'),
        ('registry', '0001_squashed_0012_doubts_of_a_place'),
    ]

    operations = [
        CreateModels(TABLES),
    ]
