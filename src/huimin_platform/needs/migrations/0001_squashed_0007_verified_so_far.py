"""Needs, and what became of them."""

import django.db.models.deletion
from django.conf import settings
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
            ('counts', models.JSONField(default=dict)),
            ('everybody', models.BooleanField(default=True)),
            ('grounds', models.CharField(blank=True, default='', max_length=64)),
            ('registry', models.BigIntegerField(null=True)),
            ('verified', models.BigIntegerField(default=0)),
        ],
    ),
    migrations.CreateModel(
        name='Message',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('key', models.CharField(max_length=64, unique=True)),
            ('text_sealed', models.BinaryField()),
            ('topic', models.CharField(max_length=32)),
            ('guessed', models.CharField(blank=True, max_length=32)),
            ('at', models.DateTimeField()),
            ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.person')),
        ],
    ),
    migrations.CreateModel(
        name='Need',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('key', models.CharField(max_length=128, unique=True)),
            ('kind', models.CharField(max_length=64)),
            ('level', models.CharField(max_length=16)),
            ('reason', models.JSONField(default=dict)),
            ('source', models.CharField(choices=[('indicator', 'Found in the data'), ('feedback', 'From an answer'), ('officer', 'Raised by an officer'), ('message', 'From a message')], max_length=16)),
            ('state', models.CharField(choices=[('draft', 'Draft'), ('open', 'Open'), ('closed', 'Closed')], default='open', max_length=16)),
            ('raised_on', models.DateField()),
            ('closed_on', models.DateField(null=True)),
            ('household', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.household')),
            ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.person')),
            ('department', models.CharField(blank=True, default='', max_length=32)),
            ('respond_by', models.DateTimeField(null=True)),
            ('responded_at', models.DateTimeField(null=True)),
            ('responded_by', models.CharField(blank=True, default='', max_length=64)),
            ('message', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='need', to='needs.message')),
            ('escalated_at', models.DateTimeField(null=True)),
            ('escalated_level', models.CharField(blank=True, default='', max_length=16)),
            ('found_with', models.IntegerField(default=0)),
            ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('raised_at', models.DateTimeField(null=True)),
        ],
        options={
            'indexes': [
                models.Index(fields=['state', 'kind'], name='need_list'),
                models.Index(condition=models.Q(('responded_at', None), ('state__in', ['draft', 'open'])), fields=['respond_by'], name='need_unanswered_by_term'),
            ],
            'constraints': [
                models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'open', 'closed'])), name='need_state_known'),
                models.CheckConstraint(condition=models.Q(('source__in', ['indicator', 'feedback', 'officer', 'message'])), name='need_source_known'),
                models.CheckConstraint(condition=models.Q(('household__isnull', False), ('person__isnull', False), _connector='OR'), name='need_of_somebody'),
                models.CheckConstraint(condition=models.Q(models.Q(('closed_on', None), ('state__in', ['draft', 'open'])), models.Q(('closed_on__isnull', False), ('state', 'closed')), _connector='OR'), name='need_closed_has_day'),
                models.CheckConstraint(condition=models.Q(models.Q(('responded_at', None), ('responded_by', '')), models.Q(('responded_at__isnull', False), models.Q(('responded_by', ''), _negated=True)), _connector='OR'), name='need_response_has_who'),
                models.CheckConstraint(condition=models.Q(models.Q(('escalated_at', None), ('escalated_level', '')), models.Q(('escalated_at__isnull', False), ('escalated_level__in', ['township', 'county'])), _connector='OR'), name='need_escalated_has_time'),
            ],
        },
    ),
]


class Migration(migrations.Migration):

    replaces = [
        ('needs', '0001_initial'),
        ('needs', '0002_messages_and_answers'),
        ('needs', '0003_terms_and_owners'),
        ('needs', '0004_runs_that_follow'),
        ('needs', '0005_when_raised'),
        ('needs', '0006_answers_are_worked_out'),
        ('needs', '0007_verified_so_far'),
    ]

    initial = True

    dependencies = [
        ('registry', '0001_squashed_0012_doubts_of_a_place'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(TABLES),
    ]
