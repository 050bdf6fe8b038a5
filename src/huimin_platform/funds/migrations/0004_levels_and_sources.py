"""Accounts of townships and sources, allocations that two persons stand for, closed years, projects with their upkeep."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('base', '0002_export'),
        ('delivery', '0001_initial'),
        ('funds', '0003_claims'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ClosedYear',
            fields=[
                ('year', models.SmallIntegerField(primary_key=True, serialize=False)),
                ('closed_at', models.DateTimeField()),
                ('left_fen', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Project',
            fields=[
                ('code', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('title', models.CharField(max_length=120)),
                ('division', models.CharField(max_length=12)),
                ('build_fen', models.BigIntegerField()),
                ('running_fen', models.BigIntegerField()),
                ('life_years', models.SmallIntegerField()),
                ('opens_year', models.SmallIntegerField()),
                ('promises', models.JSONField()),
                ('promised_fen', models.BigIntegerField()),
                ('state', models.CharField(choices=[('planned', 'Planned'), ('approved', 'Approved')], default='planned', max_length=16)),
                ('planned_at', models.DateTimeField()),
                ('approved_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=32, unique=True)),
                ('key', models.UUIDField(unique=True)),
                ('kind', models.CharField(max_length=16)),
                ('year', models.SmallIntegerField()),
                ('source', models.CharField(blank=True, max_length=32)),
                ('definition', models.JSONField()),
                ('figures', models.JSONField()),
                ('figures_on', models.DateField()),
                ('result', models.JSONField()),
                ('total_fen', models.BigIntegerField()),
                ('digest', models.CharField(max_length=64)),
                ('reason', models.TextField(blank=True)),
                ('state', models.CharField(choices=[('proposed', 'Waiting for a signature'), ('signed', 'Signed and posted'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn')], default='proposed', max_length=16)),
                ('proposed_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('decision', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='Source',
            fields=[
                ('code', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=16)),
                ('title', models.CharField(max_length=120)),
                ('document', models.CharField(max_length=64)),
                ('giver', models.CharField(blank=True, max_length=120)),
                ('purposes', models.JSONField()),
                ('registered_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Verdict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(max_length=64)),
                ('last_year', models.SmallIntegerField()),
                ('evidence', models.JSONField()),
                ('ends', models.BooleanField()),
                ('reason', models.TextField()),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Voucher',
            fields=[
                ('key', models.UUIDField(primary_key=True, serialize=False)),
                ('year', models.SmallIntegerField()),
                ('source', models.CharField(blank=True, max_length=32)),
                ('kind', models.CharField(choices=[('build', 'Building'), ('running', 'Running and upkeep')], max_length=16)),
                ('document', models.CharField(max_length=64)),
                ('payee', models.CharField(max_length=120)),
                ('amount_fen', models.BigIntegerField()),
                ('prepared_at', models.DateTimeField()),
                ('approved_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='account',
            name='account_once',
        ),
        migrations.RemoveConstraint(
            model_name='hold',
            name='hold_reason_known',
        ),
        migrations.RemoveConstraint(
            model_name='transfer',
            name='transfer_names_its_case',
        ),
        migrations.AddField(
            model_name='account',
            name='source',
            field=models.CharField(blank=True, db_default='', max_length=32),
        ),
        migrations.AddField(
            model_name='account',
            name='town',
            field=models.CharField(blank=True, db_default='', max_length=12),
        ),
        migrations.AddField(
            model_name='payment',
            name='source',
            field=models.CharField(blank=True, db_default='', max_length=32),
        ),
        migrations.AddField(
            model_name='payment',
            name='town',
            field=models.CharField(blank=True, db_default='', max_length=12),
        ),
        migrations.AddField(
            model_name='transfer',
            name='document',
            field=models.CharField(blank=True, db_default='', max_length=64),
        ),
        migrations.AlterField(
            model_name='account',
            name='code',
            field=models.CharField(max_length=160, unique=True),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(fields=('line', 'year', 'purpose', 'town', 'source', 'leg'), name='account_once'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['no_payee', 'payee_dead', 'no_card', 'finding', 'no_budget', 'year_closed', 'amount'])), name='hold_reason_known'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('payment', None), ('reason__in', ['appropriate', 'allocate', 'assign', 'take_back', 'spend'])), models.Q(('payment', None), ('reason__in', ['recover', 'annul']), models.Q(('case_number', ''), _negated=True)), models.Q(models.Q(('reason__in', ['appropriate', 'allocate', 'assign', 'take_back', 'spend', 'recover', 'annul']), _negated=True), ('payment__isnull', False), models.Q(('case_number', ''), _negated=True)), _connector='OR'), name='transfer_names_its_case'),
        ),
        migrations.AddField(
            model_name='closedyear',
            name='closed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='project',
            name='approved_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='project',
            name='planned_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='proposal',
            name='corrects',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='funds.proposal'),
        ),
        migrations.AddField(
            model_name='proposal',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='proposal',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='source',
            name='registered_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='verdict',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='voucher',
            name='approved_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='voucher',
            name='prepared_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='voucher',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='vouchers', to='funds.project'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.CheckConstraint(condition=models.Q(('code__regex', '^[A-Za-z0-9-]{1,32}$')), name='project_code_of_letters_and_digits'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.CheckConstraint(condition=models.Q(('build_fen__gt', 0), ('life_years__range', (1, 100)), ('running_fen__gte', 0)), name='project_costs_possible'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approved_by', None), ('state', 'planned')), models.Q(('approved_by__isnull', False), ('promised_fen__gte', models.F('running_fen')), ('running_fen__gt', 0), ('state', 'approved'), models.Q(('approved_by', models.F('planned_by')), _negated=True)), _connector='OR'), name='project_approved_with_its_upkeep'),
        ),
        migrations.AddIndex(
            model_name='proposal',
            index=models.Index(fields=['state', 'proposed_at'], name='proposal_by_state'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('corrects', None), ('kind', 'allocation')), models.Q(('corrects__isnull', False), ('kind', 'correction'), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='proposal_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(('total_fen__gt', 0)), name='proposal_moves_something'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_by', None), ('state', 'proposed')), models.Q(('decided_by__isnull', False), ('state__in', ['signed', 'refused', 'withdrawn'])), _connector='OR'), name='proposal_decided_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'signed'), _negated=True), models.Q(('decided_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='proposal_signed_by_another'),
        ),
        migrations.AddConstraint(
            model_name='source',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['budget', 'transfer', 'bond', 'livelihood_fund', 'donation', 'partnership'])), name='source_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='source',
            constraint=models.CheckConstraint(condition=models.Q(('code__regex', '^[A-Za-z0-9-]{1,32}$')), name='source_code_of_letters_and_digits'),
        ),
        migrations.AddConstraint(
            model_name='source',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('purposes', []), _negated=True), models.Q(('title', ''), _negated=True), models.Q(('document', ''), _negated=True)), name='source_says_what_it_is_for'),
        ),
        migrations.AddConstraint(
            model_name='verdict',
            constraint=models.UniqueConstraint(fields=('purpose', 'last_year'), name='verdict_once_a_period'),
        ),
        migrations.AddConstraint(
            model_name='verdict',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='verdict_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='voucher',
            constraint=models.UniqueConstraint(fields=('project', 'document'), name='voucher_document_once'),
        ),
        migrations.AddConstraint(
            model_name='voucher',
            constraint=models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0), ('kind__in', ['build', 'running'])), name='voucher_spends_something'),
        ),
        migrations.AddConstraint(
            model_name='voucher',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by', None), models.Q(('approved_by', models.F('prepared_by')), _negated=True), _connector='OR'), name='voucher_approved_by_another'),
        ),
    ]
