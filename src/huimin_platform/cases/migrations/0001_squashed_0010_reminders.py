"""Cases, their steps, decisions, notices and paths."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from huimin_platform.base.migrations_operations import AppendOnly, CreateModels

TABLES = [
    migrations.CreateModel(
        name='Case',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('number', models.CharField(max_length=32, unique=True)),
            ('division', models.CharField(max_length=12)),
            ('department', models.CharField(max_length=32)),
            ('state', models.CharField(choices=[('opened', 'Opened'), ('reviewing', 'Under review'), ('returned', 'Sent back'), ('approved', 'Approved'), ('refused', 'Refused'), ('closed', 'Closed')], default='opened', max_length=16)),
            ('opened_on', models.DateField()),
            ('due_on', models.DateField()),
            ('decided_at', models.DateTimeField(null=True)),
            ('version', models.IntegerField(default=1)),
            ('applicant', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.person')),
            ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.household')),
            ('opened_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('stopped_on', models.DateField(null=True)),
            ('suspended_on', models.DateField(null=True)),
            ('review_class', models.CharField(blank=True, max_length=1)),
        ],
        options={
            'indexes': [
                models.Index(fields=['state', 'due_on'], name='case_by_state'),
                models.Index(fields=['division', 'state'], name='case_by_division'),
            ],
            'constraints': [
                models.CheckConstraint(condition=models.Q(('state__in', ['opened', 'reviewing', 'returned', 'approved', 'refused', 'closed'])), name='case_state_known'),
                models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('state__in', ['opened', 'reviewing', 'returned'])), models.Q(('decided_at__isnull', False), ('state__in', ['approved', 'refused'])), ('state', 'closed'), _connector='OR'), name='case_decided_has_a_time'),
                models.CheckConstraint(condition=models.Q(models.Q(('stopped_on', None), ('suspended_on', None)), ('state__in', ['approved', 'closed']), _connector='OR'), name='case_suspended_or_stopped_was_approved'),
                models.CheckConstraint(condition=models.Q(('review_class__in', ['', 'A', 'B', 'C'])), name='case_review_class_known'),
                models.UniqueConstraint(condition=models.Q(('state__in', ('opened', 'reviewing', 'returned'))), fields=('household',), name='case_one_undecided_a_household'),
            ],
        },
    ),
    migrations.CreateModel(
        name='CaseItem',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('policy', models.CharField(max_length=64)),
            ('policy_version', models.CharField(max_length=64)),
            ('amount_fen', models.BigIntegerField(null=True)),
            ('per', models.CharField(max_length=8)),
            ('live', models.BooleanField(default=True)),
            ('lapsed_on', models.DateField(null=True)),
            ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='cases.case')),
            ('entitlement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='matching.entitlement')),
            ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.household')),
            ('applied_on', models.DateField(null=True)),
            ('refused', models.TextField(blank=True)),
        ],
        options={
            'ordering': ['id'],
            'constraints': [
                models.UniqueConstraint(fields=('case', 'policy'), name='case_item_once_a_case'),
                models.UniqueConstraint(condition=models.Q(('live', True)), fields=('household', 'policy'), name='case_item_one_live_a_policy'),
                models.CheckConstraint(condition=models.Q(('amount_fen', None), ('amount_fen__gte', 0), _connector='OR'), name='case_item_amount_not_below_zero'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Decision',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('key', models.CharField(max_length=100, unique=True)),
            ('outcome', models.CharField(choices=[('approve', 'Approved'), ('return', 'Sent back'), ('refuse', 'Refused')], max_length=16)),
            ('reason', models.TextField(blank=True)),
            ('trace', models.JSONField()),
            ('at', models.DateTimeField()),
            ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='cases.case')),
        ],
        options={
            'indexes': [models.Index(fields=['at'], name='decision_by_time')],
            'constraints': [
                models.CheckConstraint(condition=models.Q(('outcome__in', ['approve', 'return', 'refuse'])), name='decision_outcome_known'),
                models.CheckConstraint(condition=models.Q(('outcome', 'approve'), models.Q(('reason', ''), _negated=True), _connector='OR'), name='decision_against_has_a_reason'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Step',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('key', models.CharField(max_length=64)),
            ('name', models.JSONField()),
            ('department', models.CharField(max_length=32)),
            ('level', models.CharField(max_length=16)),
            ('policies', models.JSONField(default=list)),
            ('state', models.CharField(choices=[('waiting', 'Waiting'), ('open', 'Under way'), ('paused', 'Paused'), ('done', 'Done'), ('returned', 'Sent back'), ('skipped', 'Left out')], default='open', max_length=16)),
            ('working_days', models.SmallIntegerField()),
            ('due_on', models.DateField()),
            ('after', models.JSONField(default=list)),
            ('datasets', models.JSONField(default=list)),
            ('escalated_on', models.DateField(null=True)),
            ('escalated_level', models.CharField(blank=True, max_length=16)),
            ('evidence', models.JSONField(default=list)),
            ('reason', models.JSONField(null=True)),
            ('done_at', models.DateTimeField(null=True)),
            ('case', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='cases.case')),
            ('done_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('assigned_to', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('paused_on', models.DateField(null=True)),
        ],
        options={
            'ordering': ['id'],
            'indexes': [
                models.Index(condition=models.Q(('state__in', ['waiting', 'open', 'returned'])), fields=['due_on'], name='step_unfinished_by_due'),
                models.Index(condition=models.Q(('assigned_to__isnull', False)), fields=['assigned_to'], name='step_by_assigned'),
            ],
            'constraints': [
                models.UniqueConstraint(fields=('case', 'key'), name='step_once_a_case'),
                models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'open', 'paused', 'done', 'returned', 'skipped'])), name='step_state_known'),
                models.CheckConstraint(condition=models.Q(models.Q(('done_at__isnull', False), ('reason__isnull', False), ('state__in', ['done', 'skipped'])), models.Q(('done_at', None), ('state__in', ['waiting', 'open', 'paused', 'returned'])), _connector='OR'), name='step_finished_has_time_and_reason'),
                models.CheckConstraint(condition=models.Q(models.Q(('paused_on__isnull', False), ('reason__isnull', False), ('state', 'paused')), models.Q(models.Q(('state', 'paused'), _negated=True), ('paused_on', None)), _connector='OR'), name='step_paused_has_day_and_reason'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Path',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('name', models.CharField(max_length=32)),
            ('version', models.CharField(max_length=10)),
            ('task', models.CharField(blank=True, max_length=32)),
            ('end', models.CharField(blank=True, max_length=32)),
            ('turn', models.IntegerField(default=0)),
            ('cause', models.TextField()),
            ('amount_fen', models.BigIntegerField(null=True)),
            ('begun_at', models.DateTimeField()),
            ('due_on', models.DateField(null=True)),
            ('escalated_on', models.DateField(null=True)),
            ('ended_at', models.DateTimeField(null=True)),
            ('begun_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='paths', to='cases.case')),
            ('contested', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.path')),
            ('before_fen', models.BigIntegerField(null=True)),
            ('counts_from_on', models.DateField(null=True)),
            ('item', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.caseitem')),
        ],
        options={
            'ordering': ['id'],
            'indexes': [
                models.Index(condition=models.Q(('end', '')), fields=['due_on'], name='path_running_by_due'),
            ],
            'constraints': [
                models.CheckConstraint(condition=models.Q(models.Q(('due_on__isnull', False), ('end', ''), ('ended_at', None), models.Q(('task', ''), _negated=True)), models.Q(('due_on', None), ('ended_at__isnull', False), ('task', ''), models.Q(('end', ''), _negated=True)), _connector='OR'), name='path_runs_or_has_ended'),
                models.CheckConstraint(condition=models.Q(('cause', ''), _negated=True), name='path_has_a_cause'),
                models.CheckConstraint(condition=models.Q(('amount_fen', None), ('amount_fen__gt', 0), _connector='OR'), name='path_amount_above_zero'),
                models.UniqueConstraint(condition=models.Q(('end', '')), fields=('case', 'name'), name='path_one_of_a_name_runs'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Notice',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('key', models.CharField(max_length=64, unique=True)),
            ('kind', models.CharField(choices=[('decision', 'Decision'), ('begun', 'Something begins'), ('ended', 'Result'), ('money', 'Money that waits')], max_length=16)),
            ('title', models.JSONField()),
            ('text', models.JSONField()),
            ('reply_by', models.DateField(null=True)),
            ('issued_at', models.DateTimeField()),
            ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='cases.case')),
            ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.person')),
            ('path', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.path')),
        ],
        options={
            'ordering': ['-id'],
            'indexes': [models.Index(fields=['person'], name='notice_of_person')],
            'constraints': [
                models.CheckConstraint(condition=models.Q(('kind__in', ['decision', 'begun', 'ended', 'money'])), name='notice_kind_known'),
            ],
        },
    ),
    migrations.CreateModel(
        name='PathMove',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('turn', models.IntegerField()),
            ('task', models.CharField(max_length=32)),
            ('move', models.CharField(max_length=32)),
            ('to', models.CharField(max_length=32)),
            ('reason', models.TextField(blank=True)),
            ('at', models.DateTimeField()),
            ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('path', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='cases.path')),
        ],
        options={
            'ordering': ['id'],
            'constraints': [
                models.UniqueConstraint(fields=('path', 'turn'), name='path_move_once_a_turn'),
                models.CheckConstraint(condition=models.Q(models.Q(('by', None), ('move', 'overdue')), models.Q(('by__isnull', False), models.Q(('move', 'overdue'), _negated=True)), _connector='OR'), name='path_move_by_time_or_somebody'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Meeting',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('key', models.UUIDField(unique=True)),
            ('division', models.CharField(max_length=12)),
            ('held_on', models.DateField()),
            ('subject', models.CharField(max_length=200)),
            ('departments', models.JSONField()),
            ('minutes', models.TextField()),
            ('at', models.DateTimeField()),
            ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('case', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='meetings', to='cases.case')),
        ],
        options={
            'ordering': ['-held_on', '-id'],
            'constraints': [
                models.CheckConstraint(condition=models.Q(models.Q(('subject', ''), _negated=True), models.Q(('minutes', ''), _negated=True)), name='meeting_has_minutes'),
            ],
        },
    ),
    migrations.CreateModel(
        name='FollowUp',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('what', models.CharField(max_length=200)),
            ('department', models.CharField(max_length=32)),
            ('due_on', models.DateField()),
            ('result', models.TextField(blank=True)),
            ('done_at', models.DateTimeField(null=True)),
            ('done_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('meeting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='follow_ups', to='cases.meeting')),
        ],
        options={
            'ordering': ['due_on', 'id'],
            'indexes': [
                models.Index(condition=models.Q(('done_at', None)), fields=['due_on'], name='follow_up_open_by_due'),
            ],
            'constraints': [
                models.CheckConstraint(condition=models.Q(models.Q(('done_at', None), ('done_by', None), ('result', '')), models.Q(('done_at__isnull', False), ('done_by__isnull', False), models.Q(('result', ''), _negated=True)), _connector='OR'), name='follow_up_done_has_a_result'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Telling',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('on', models.DateField()),
            ('level', models.CharField(max_length=16)),
            ('department', models.CharField(max_length=32)),
            ('division', models.CharField(max_length=12)),
            ('superior', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
        ],
        options={
            'constraints': [
                models.UniqueConstraint(fields=('on', 'level', 'department', 'division'), name='telling_once_a_day_and_office'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Posting',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('division', models.CharField(max_length=12)),
            ('shown', models.JSONField()),
            ('posted_on', models.DateField()),
            ('until', models.DateField()),
            ('taken_down_on', models.DateField(null=True)),
            ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='cases.case')),
            ('step', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.step')),
        ],
        options={
            'ordering': ['-id'],
            'indexes': [
                models.Index(condition=models.Q(('taken_down_on', None)), fields=['division', 'until'], name='posting_running'),
            ],
            'constraints': [
                models.UniqueConstraint(condition=models.Q(('taken_down_on', None)), fields=('step',), name='posting_one_running_a_step'),
                models.CheckConstraint(condition=models.Q(('until__gt', models.F('posted_on'))), name='posting_lasts_a_day'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Objection',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('key', models.CharField(max_length=64, unique=True)),
            ('text_sealed', models.BinaryField()),
            ('made_at', models.DateTimeField()),
            ('outcome', models.CharField(blank=True, choices=[('holds', 'The objection holds'), ('does_not_hold', 'The objection does not hold')], max_length=16)),
            ('answer', models.TextField(blank=True)),
            ('answered_at', models.DateTimeField(null=True)),
            ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('step', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.step')),
            ('posting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='objections', to='cases.posting')),
        ],
        options={
            'ordering': ['id'],
            'constraints': [
                models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('answered_at', None), ('answered_by', None), ('outcome', '')), models.Q(('answered_at__isnull', False), ('answered_by__isnull', False), ('outcome__in', ['holds', 'does_not_hold']), models.Q(('answer', ''), _negated=True)), _connector='OR'), name='objection_answered_whole'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Withholding',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('reason', models.TextField()),
            ('at', models.DateTimeField()),
            ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='withholding', to='cases.case')),
        ],
        options={
            'constraints': [
                models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='withholding_has_a_reason'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Application',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('key', models.CharField(max_length=100, unique=True)),
            ('policies', models.JSONField()),
            ('said_sealed', models.BinaryField()),
            ('at', models.DateTimeField()),
            ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='applications', to='cases.case')),
            ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.person')),
            ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='matching.run')),
        ],
    ),
    migrations.CreateModel(
        name='ReminderFile',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('name', models.CharField(max_length=40, unique=True)),
            ('content_sealed', models.BinaryField()),
            ('count', models.IntegerField()),
            ('made_at', models.DateTimeField()),
            ('written_at', models.DateTimeField(null=True)),
        ],
    ),
    migrations.CreateModel(
        name='Reminder',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('state', models.CharField(choices=[('handed', 'Message handed over'), ('unreached', 'No telephone: tell in person'), ('told', 'Told in person')], max_length=16)),
            ('at', models.DateTimeField()),
            ('told_at', models.DateTimeField(null=True)),
            ('notice', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='reminder', to='cases.notice')),
            ('told_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('file', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.reminderfile')),
        ],
        options={
            'indexes': [
                models.Index(condition=models.Q(('state', 'unreached')), fields=['at'], name='reminder_unreached'),
            ],
            'constraints': [
                models.CheckConstraint(condition=models.Q(models.Q(('file__isnull', False), ('state', 'handed'), ('told_by', None)), models.Q(('file', None), ('state', 'unreached'), ('told_by', None)), models.Q(('file', None), ('state', 'told'), ('told_at__isnull', False), ('told_by__isnull', False)), _connector='OR'), name='reminder_by_file_or_by_somebody'),
            ],
        },
    ),
]


class Migration(migrations.Migration):

    replaces = [
        ('cases', '0001_initial'),
        ('cases', '0002_guards'),
        ('cases', '0003_paths'),
        ('cases', '0004_step_care'),
        ('cases', '0005_lean_steps'),
        ('cases', '0006_postings'),
        ('cases', '0007_rating'),
        ('cases', '0008_applications'),
        ('cases', '0009_notices_of_money'),
        ('cases', '0010_reminders'),
    ]

    initial = True

    dependencies = [
        ('matching', '0001_squashed_0006_verified_so_far'),
        ('registry', '0001_squashed_0012_doubts_of_a_place'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(TABLES),
        AppendOnly('cases_decision'),
        AppendOnly('cases_pathmove'),
        AppendOnly('cases_notice'),
        AppendOnly('cases_meeting'),
        migrations.RunSQL("create sequence cases_number"),
        # Room on each page, so that a step told of or a case moved on stays where the indexes know it.
        migrations.RunSQL(
            "alter table cases_step set (fillfactor = 70); alter table cases_case set (fillfactor = 85)"
        ),
    ]
