"""Deliveries, their files and the problems in them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from huimin_platform.base.migrations_operations import CreateModels

TABLES = [
    migrations.CreateModel(
        name='Delivery',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('name', models.CharField(max_length=200)),
            ('received_at', models.DateTimeField()),
            ('by', models.CharField(max_length=64)),
            ('state', models.CharField(choices=[('receiving', 'Being read'), ('received', 'Received'), ('staged', 'Looked at, not taken in yet'), ('discarded', 'Not taken in')], default='receiving', max_length=16)),
            ('as_of_on', models.DateField(null=True)),
            ('counts_at', models.DateTimeField(null=True)),
            ('way', models.CharField(blank=True, choices=[('snapshot', 'Everything there is: what it no longer names ends'), ('register', 'Everything there is of its part'), ('records', 'Takes the place of the file of the same name'), ('increment', 'Adds to what is there; of equal rows the later one counts')], max_length=16)),
        ],
        options={
            'constraints': [
                models.CheckConstraint(condition=models.Q(('state__in', ['receiving', 'received', 'staged', 'discarded'])), name='delivery_state_known'),
            ],
        },
    ),
    migrations.CreateModel(
        name='DeliveryFile',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('name', models.CharField(max_length=255)),
            ('sha256', models.CharField(db_index=True, max_length=64)),
            ('dataset', models.CharField(blank=True, max_length=64)),
            ('department', models.CharField(blank=True, max_length=64)),
            ('state', models.CharField(choices=[('accepted', 'Accepted'), ('partly', 'Accepted in part'), ('refused', 'Refused'), ('unknown_kind', 'Not recognised'), ('ambiguous', 'Could be several data sets'), ('repeated', 'Received before'), ('unreadable', 'Cannot be read')], max_length=16)),
            ('rows_accepted', models.IntegerField(default=0)),
            ('rows_refused', models.IntegerField(default=0)),
            ('problem_count', models.IntegerField(default=0)),
            ('encoding', models.CharField(blank=True, max_length=32)),
            ('heading_line', models.IntegerField(null=True)),
            ('current', models.BooleanField(default=False)),
            ('raw_path', models.CharField(blank=True, max_length=300)),
            ('rows_path', models.CharField(blank=True, max_length=300)),
            ('refused_path', models.CharField(blank=True, max_length=300)),
            ('problems_path', models.CharField(blank=True, max_length=300)),
            ('message_code', models.CharField(blank=True, max_length=64)),
            ('message_params', models.JSONField(default=dict)),
            ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='intake.delivery')),
            ('supersedes', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='intake.deliveryfile')),
            ('profile', models.JSONField(default=dict)),
            ('as_of_on', models.DateField(null=True)),
            ('content', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='brought_again_by', to='intake.deliveryfile')),
            ('part', models.CharField(blank=True, max_length=255)),
            ('rank', models.IntegerField(default=0)),
            ('way', models.CharField(choices=[('snapshot', 'Everything there is: what it no longer names ends'), ('register', 'Everything there is of its part'), ('records', 'Takes the place of the file of the same name'), ('increment', 'Adds to what is there; of equal rows the later one counts')], default='records', max_length=16)),
            ('withdrawn_at', models.DateTimeField(null=True)),
            ('withdrawn_by', models.CharField(blank=True, max_length=64)),
            ('withdrawn_reason', models.CharField(blank=True, max_length=500)),
        ],
        options={
            'constraints': [
                models.CheckConstraint(condition=models.Q(('state__in', ['accepted', 'partly', 'refused', 'unknown_kind', 'ambiguous', 'repeated', 'unreadable'])), name='file_state_known'),
                models.CheckConstraint(condition=models.Q(('current', False), ('state__in', ('accepted', 'partly')), _connector='OR'), name='file_current_was_taken'),
                models.CheckConstraint(condition=models.Q(('problem_count__gte', 0), ('rows_accepted__gte', 0), ('rows_refused__gte', 0)), name='file_counts_not_negative'),
                models.CheckConstraint(condition=models.Q(models.Q(('withdrawn_at', None), ('withdrawn_by', ''), ('withdrawn_reason', '')), models.Q(('withdrawn_at__isnull', False), models.Q(('withdrawn_by', ''), _negated=True), models.Q(('withdrawn_reason', ''), _negated=True)), _connector='OR'), name='file_withdrawn_with_reason'),
                models.CheckConstraint(condition=models.Q(('content', None), ('state', 'repeated'), _connector='OR'), name='file_content_of_repeated'),
                models.UniqueConstraint(condition=models.Q(('state__in', ('accepted', 'partly'))), fields=('sha256',), name='file_content_taken_once'),
            ],
        },
    ),
    migrations.CreateModel(
        name='ProblemGroup',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('code', models.CharField(max_length=64)),
            ('severity', models.CharField(max_length=8)),
            ('column', models.CharField(blank=True, max_length=200)),
            ('count', models.IntegerField()),
            ('first_line', models.BigIntegerField(null=True)),
            ('params', models.JSONField(default=dict)),
            ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='problem_groups', to='intake.deliveryfile')),
        ],
        options={
            'constraints': [
                models.UniqueConstraint(fields=('file', 'code', 'column'), name='problem_group_once'),
                models.CheckConstraint(condition=models.Q(('count__gt', 0)), name='problem_group_not_empty'),
            ],
        },
    ),
    migrations.CreateModel(
        name='ContractText',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('name', models.CharField(max_length=41)),
            ('version', models.CharField(max_length=16)),
            ('text', models.TextField()),
            ('reason', models.CharField(max_length=500)),
            ('at', models.DateTimeField()),
            ('published', models.BooleanField(null=True)),
            ('answer', models.CharField(blank=True, max_length=500)),
            ('signed_at', models.DateTimeField(null=True)),
            ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('signed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
        ],
        options={
            'constraints': [
                models.CheckConstraint(condition=models.Q(models.Q(('published', None), ('signed_at', None), ('signed_by', None)), models.Q(('published__isnull', False), ('signed_at__isnull', False), ('signed_by__isnull', False)), _connector='OR'), name='contract_signed_whole'),
                models.CheckConstraint(condition=models.Q(('signed_by', None), models.Q(('signed_by', models.F('by')), _negated=True), _connector='OR'), name='contract_signed_by_another'),
            ],
        },
    ),
    migrations.CreateModel(
        name='InboxFile',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('path', models.CharField(max_length=500, unique=True)),
            ('size', models.BigIntegerField()),
            ('seen_at', models.DateTimeField()),
        ],
    ),
]


class Migration(migrations.Migration):

    replaces = [
        ('intake', '0001_initial'),
        ('intake', '0002_profiles'),
        ('intake', '0003_contract_texts'),
        ('intake', '0004_standing'),
        ('intake', '0005_fill_what_files_stand_for'),
        ('intake', '0006_inbox'),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(TABLES),
    ]
