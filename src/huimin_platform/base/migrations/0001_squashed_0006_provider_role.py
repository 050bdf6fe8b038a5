"""People who log in, systems with keys, places, the audit and exports."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from huimin_platform.base.migrations_operations import AppendOnly, CreateModels

TABLES = [
    migrations.CreateModel(
        name='AuditSeal',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('at', models.DateTimeField()),
            ('runs', models.JSONField()),
            ('lines', models.BigIntegerField()),
            ('settled_below', models.BigIntegerField()),
            ('digest', models.BinaryField(max_length=32)),
        ],
    ),
    migrations.CreateModel(
        name='User',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('password', models.CharField(max_length=128, verbose_name='password')),
            ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
            ('username', models.CharField(max_length=64, unique=True)),
            ('name', models.CharField(blank=True, max_length=100)),
            ('role', models.CharField(choices=[('resident', 'Resident'), ('village', 'Village officer'), ('township', 'Township officer'), ('county', 'County case worker'), ('steward', 'Data steward'), ('finance', 'Finance officer'), ('auditor', 'Auditor'), ('leader', 'Leader'), ('operator', 'Operator'), ('appraiser', 'Outside appraiser'), ('provider', 'Provider of services'), ('system', 'System of a department')], max_length=16)),
            ('division', models.CharField(blank=True, max_length=12)),
            ('department', models.CharField(blank=True, max_length=32)),
            ('language', models.CharField(blank=True, max_length=8)),
            ('person_id', models.BigIntegerField(blank=True, null=True)),
            ('is_active', models.BooleanField(default=True)),
        ],
        options={
            'constraints': [
                models.CheckConstraint(condition=models.Q(('role__in', ['resident', 'village', 'township', 'county', 'steward', 'finance', 'auditor', 'leader', 'operator', 'appraiser', 'provider', 'system'])), name='user_role_known'),
                models.CheckConstraint(condition=models.Q(('division', ''), ('division__regex', '^[0-9]{12}$'), _connector='OR'), name='user_division_of_12_digits'),
            ],
        },
    ),
    migrations.CreateModel(
        name='DataKey',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('use', models.CharField(max_length=8)),
            ('name', models.CharField(max_length=32)),
            ('year', models.SmallIntegerField()),
            ('algorithm', models.CharField(max_length=16)),
            ('wrapped', models.BinaryField(max_length=200)),
            ('created_at', models.DateTimeField()),
        ],
        options={
            'constraints': [
                models.UniqueConstraint(fields=('use', 'name', 'year'), name='data_key_once'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Division',
        fields=[
            ('code', models.CharField(max_length=12, primary_key=True, serialize=False)),
            ('name', models.CharField(max_length=100)),
        ],
        options={
            'constraints': [
                models.CheckConstraint(condition=models.Q(('code__regex', '^[0-9]{12}$')), name='division_code_of_12_digits'),
            ],
        },
    ),
    migrations.CreateModel(
        name='AuditLine',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('at', models.DateTimeField()),
            ('by', models.CharField(max_length=64)),
            ('on_behalf', models.BigIntegerField(null=True)),
            ('action', models.CharField(max_length=32)),
            ('kind', models.CharField(max_length=32)),
            ('object_id', models.CharField(max_length=64)),
            ('purpose', models.CharField(blank=True, max_length=100)),
            ('decision', models.CharField(max_length=8)),
            ('details', models.JSONField(null=True)),
            ('digest', models.BinaryField(max_length=32)),
            ('by_user', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
        ],
        options={
            'indexes': [
                models.Index(fields=['kind', 'object_id', 'at'], name='audit_of_object'),
                models.Index(condition=models.Q(('by_user__isnull', False)), fields=['by_user'], name='audit_of_user'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Export',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('key', models.CharField(max_length=64, unique=True)),
            ('table', models.CharField(max_length=32)),
            ('form', models.CharField(choices=[('csv', 'CSV, for Excel and other programs'), ('xlsx', 'Excel workbook'), ('parquet', 'Parquet, for analysts')], max_length=8)),
            ('filters', models.JSONField(default=dict)),
            ('as_of', models.DateTimeField(null=True)),
            ('purpose', models.CharField(max_length=16)),
            ('language', models.CharField(max_length=8)),
            ('asked_at', models.DateTimeField()),
            ('expires_at', models.DateTimeField()),
            ('state', models.CharField(choices=[('waiting', 'Waiting'), ('reading', 'Reading rows'), ('writing', 'Writing the file'), ('done', 'Ready'), ('failed', 'Failed'), ('expired', 'Expired')], default='waiting', max_length=8)),
            ('started_at', models.DateTimeField(null=True)),
            ('finished_at', models.DateTimeField(null=True)),
            ('rows_total', models.BigIntegerField(default=0)),
            ('rows_read', models.BigIntegerField(default=0)),
            ('rows_written', models.BigIntegerField(default=0)),
            ('blocks', models.IntegerField(default=0)),
            ('last_key', models.CharField(blank=True, max_length=64)),
            ('resumed', models.IntegerField(default=0)),
            ('hidden', models.JSONField(default=list)),
            ('parts', models.JSONField(default=list)),
            ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
        ],
        options={
            'indexes': [models.Index(fields=['by', '-asked_at'], name='export_of_user')],
            'constraints': [
                models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'reading', 'writing', 'done', 'failed', 'expired'])), name='export_state_known'),
                models.CheckConstraint(condition=models.Q(('form__in', ['csv', 'xlsx', 'parquet'])), name='export_form_known'),
                models.CheckConstraint(condition=models.Q(('purpose', ''), _negated=True), name='export_has_a_purpose'),
                models.CheckConstraint(condition=models.Q(('rows_written__lte', models.F('rows_read'))), name='export_writes_what_it_read'),
            ],
        },
    ),
    migrations.CreateModel(
        name='ApiAnswer',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('key', models.CharField(max_length=255)),
            ('fingerprint', models.BinaryField(max_length=32)),
            ('begun_at', models.DateTimeField()),
            ('status', models.SmallIntegerField(null=True)),
            ('content_type', models.CharField(blank=True, max_length=64)),
            ('location', models.CharField(blank=True, max_length=200)),
            ('body', models.TextField(blank=True)),
            ('holder', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
        ],
        options={
            'constraints': [models.UniqueConstraint(fields=('holder', 'key'), name='api_answer_once')],
        },
    ),
    migrations.CreateModel(
        name='ApiKey',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('prefix', models.CharField(max_length=8, unique=True)),
            ('digest', models.BinaryField(max_length=32)),
            ('actions', models.JSONField(default=list)),
            ('data_sets', models.JSONField(default=list)),
            ('exports', models.JSONField(default=list)),
            ('requests_a_minute', models.IntegerField()),
            ('bytes_a_day', models.BigIntegerField()),
            ('reason', models.CharField(max_length=300)),
            ('made_at', models.DateTimeField()),
            ('to_sign', models.BooleanField()),
            ('signed_at', models.DateTimeField(null=True)),
            ('expires_at', models.DateTimeField()),
            ('revoked_at', models.DateTimeField(null=True)),
            ('revoked_by', models.CharField(blank=True, max_length=64)),
            ('follows', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='base.apikey')),
            ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('signed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
        ],
        options={
            'constraints': [
                models.CheckConstraint(condition=models.Q(('bytes_a_day__gt', 0), ('requests_a_minute__gt', 0)), name='api_key_has_a_quota'),
                models.CheckConstraint(condition=models.Q(models.Q(('signed_at', None), ('signed_by', None)), models.Q(('signed_at__isnull', False), models.Q(('signed_by', models.F('made_by')), _negated=True)), _connector='OR'), name='api_key_signed_by_another'),
                models.CheckConstraint(condition=models.Q(models.Q(('revoked_at', None), ('revoked_by', '')), models.Q(('revoked_at__isnull', False), models.Q(('revoked_by', ''), _negated=True)), _connector='OR'), name='api_key_revoked_by_somebody'),
            ],
        },
    ),
    migrations.CreateModel(
        name='ApiUse',
        fields=[
            ('key', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='use', serialize=False, to='base.apikey')),
            ('tokens', models.FloatField()),
            ('at', models.DateTimeField()),
            ('day', models.DateField()),
            ('bytes', models.BigIntegerField()),
            ('refused', models.BooleanField(default=False)),
        ],
    ),
]


class Migration(migrations.Migration):

    replaces = [
        ('base', '0001_initial'),
        ('base', '0002_export'),
        ('base', '0003_audit_of_user'),
        ('base', '0004_outside_appraiser'),
        ('base', '0005_api_keys'),
        ('base', '0006_provider_role'),
    ]

    initial = True

    dependencies = [
    ]

    operations = [
        CreateModels(TABLES),
        AppendOnly('base_auditline'),
        AppendOnly('base_auditseal'),
    ]
