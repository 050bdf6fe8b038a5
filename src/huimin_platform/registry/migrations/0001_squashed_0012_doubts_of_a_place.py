"""Persons, households, what is known of them, and which rows are whose."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

from huimin_platform.base.migrations_operations import AppendOnly, CreateModels

# What is verified is numbered in the order in which it is written, so that needs and answers ask only whom it is about.
NUMBERED = """
create sequence registry_verified_changed;
create function registry_verified_numbered() returns trigger language plpgsql as $$
begin
    -- Held until the end of the transaction: who comes later has a greater number and is seen later.
    perform pg_advisory_xact_lock(4813016624);
    new.changed := nextval('registry_verified_changed');
    return new;
end $$;
create trigger registry_verified_numbered before insert or update on registry_verified
    for each row execute function registry_verified_numbered();
"""

TABLES = [
    migrations.CreateModel(
        name='Run',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('at', models.DateTimeField()),
            ('inputs', models.CharField(max_length=64)),
            ('counts', models.JSONField(default=dict)),
            ('decisions', models.CharField(blank=True, max_length=64)),
            ('files', models.JSONField(default=list)),
            ('kind', models.CharField(choices=[('whole', 'Everything'), ('day', 'What is new')], default='whole', max_length=8)),
            ('release', models.CharField(blank=True, max_length=32)),
            ('standing', models.CharField(blank=True, max_length=100)),
            ('everybody', models.BooleanField(default=True)),
            ('why', models.CharField(blank=True, choices=[('first', 'There was nothing to go on from'), ('asked', 'As every night, or because somebody asked for it'), ('release', 'The release, the contracts or the thresholds are others'), ('booklet', 'Rows of a residence booklet were replaced, withdrawn or decided on'), ('large', 'More than a fifth of all rows are new'), ('rested', 'Rows of other files rested on a withdrawn one'), ('files', 'Clerks joined whole files, or parted them')], default='', max_length=8)),
            ('joined', models.CharField(blank=True, default='', max_length=64)),
        ],
    ),
    migrations.CreateModel(
        name='Person',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('name', models.CharField(db_index=True, max_length=100)),
            ('sex', models.CharField(blank=True, max_length=8)),
            ('born_on', models.DateField(null=True)),
            ('died_on', models.DateField(null=True)),
            ('division', models.CharField(blank=True, max_length=12)),
            ('national_id_sealed', models.BinaryField(null=True)),
            ('national_id_index', models.BinaryField(db_index=True, max_length=16, null=True)),
            ('phone_sealed', models.BinaryField(null=True)),
            ('phone_index', models.BinaryField(max_length=16, null=True)),
            ('card_sealed', models.BinaryField(null=True)),
            ('card_index', models.BinaryField(max_length=16, null=True)),
            ('address_sealed', models.BinaryField(null=True)),
            ('address_index', models.BinaryField(max_length=16, null=True)),
            ('merged_into', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='registry.person')),
        ],
        options={
            'indexes': [
                models.Index(fields=['division'], name='person_division_prefix', opclasses=['varchar_pattern_ops']),
            ],
            'constraints': [
                models.CheckConstraint(condition=models.Q(('merged_into', models.F('id')), _negated=True), name='person_not_merged_into_self'),
                models.CheckConstraint(condition=models.Q(('division', ''), ('division__regex', '^[0-9]{12}$'), _connector='OR'), name='person_division_of_12_digits'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Household',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('residence', models.CharField(choices=[('urban', 'Urban'), ('rural', 'Rural')], max_length=8)),
            ('division', models.CharField(blank=True, max_length=12)),
            ('address_sealed', models.BinaryField(null=True)),
            ('address_index', models.BinaryField(max_length=16, null=True)),
            ('started_on', models.DateField(null=True)),
            ('ended_on', models.DateField(null=True)),
            ('head', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.person')),
        ],
        options={
            'indexes': [
                models.Index(fields=['division'], name='household_division_prefix', opclasses=['varchar_pattern_ops']),
            ],
            'constraints': [
                models.CheckConstraint(condition=models.Q(('residence__in', ['urban', 'rural'])), name='household_residence_known'),
                models.CheckConstraint(condition=models.Q(('division', ''), ('division__regex', '^[0-9]{12}$'), _connector='OR'), name='household_division_of_12_digits'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Pair',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('key', models.CharField(max_length=128, unique=True)),
            ('line', models.BigIntegerField()),
            ('role', models.CharField(max_length=32)),
            ('score', models.FloatField(null=True)),
            ('reasons', models.JSONField(default=list)),
            ('state', models.CharField(choices=[('open', 'To be decided'), ('same', 'The same person'), ('different', 'Two persons'), ('gone', 'No longer in question')], default='open', max_length=16)),
            ('skipped_at', models.DateTimeField(null=True)),
            ('decided_by', models.CharField(blank=True, max_length=64)),
            ('decided_at', models.DateTimeField(null=True)),
            ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='intake.deliveryfile')),
            ('other', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.person')),
            ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.person')),
            ('evidence', models.JSONField(null=True)),
            ('second', models.JSONField(null=True)),
            ('whole', models.BooleanField(default=False)),
        ],
        options={
            'indexes': [models.Index(fields=['state', '-score'], name='pair_queue')],
            'constraints': [
                models.CheckConstraint(condition=models.Q(('state__in', ['open', 'same', 'different', 'gone'])), name='pair_state_known'),
                models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('state__in', ['open', 'gone'])), models.Q(('decided_at__isnull', False), ('state__in', ['same', 'different'])), _connector='OR'), name='pair_decided_has_time'),
                models.CheckConstraint(condition=models.Q(('whole', False), models.Q(('other__isnull', False), ('other__gt', models.F('person'))), _connector='OR'), name='pair_of_files_in_order'),
            ],
        },
    ),
    migrations.CreateModel(
        name='OtherNationalId',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('national_id_sealed', models.BinaryField()),
            ('national_id_index', models.BinaryField(db_index=True, max_length=16)),
            ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='other_national_ids', to='registry.person')),
        ],
        options={
            'constraints': [
                models.UniqueConstraint(fields=('person', 'national_id_index'), name='other_national_id_once'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Membership',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('relation', models.CharField(blank=True, max_length=32)),
            ('started_on', models.DateField(null=True)),
            ('ended_on', models.DateField(null=True)),
            ('source_line', models.BigIntegerField(null=True)),
            ('received_at', models.DateTimeField(null=True)),
            ('withdrawn_at', models.DateTimeField(null=True)),
            ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='registry.household')),
            ('source_file', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='intake.deliveryfile')),
            ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='registry.person')),
        ],
        options={
            'constraints': [
                models.UniqueConstraint(condition=models.Q(('ended_on', None), ('withdrawn_at', None)), fields=('person',), name='membership_one_open'),
                models.CheckConstraint(condition=models.Q(('started_on', None), ('ended_on', None), ('started_on__lte', models.F('ended_on')), _connector='OR'), name='membership_ends_after_start'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Link',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('line', models.BigIntegerField()),
            ('role', models.CharField(max_length=32)),
            ('how', models.CharField(max_length=32)),
            ('score', models.FloatField(null=True)),
            ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='intake.deliveryfile')),
            ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='links', to='registry.person')),
            ('evidence', models.JSONField(null=True)),
        ],
        options={
            'constraints': [models.UniqueConstraint(fields=('file', 'line', 'role'), name='link_once')],
        },
    ),
    migrations.CreateModel(
        name='IdentityEvent',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('at', models.DateTimeField()),
            ('by', models.CharField(max_length=64)),
            ('kind', models.CharField(max_length=16)),
            ('line', models.BigIntegerField(null=True)),
            ('role', models.CharField(blank=True, max_length=32)),
            ('file', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='intake.deliveryfile')),
            ('undoes', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undone_by', to='registry.identityevent')),
            ('pair', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='registry.pair')),
            ('other', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.person')),
            ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='identity_events', to='registry.person')),
        ],
    ),
    migrations.CreateModel(
        name='Fact',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('kind', models.CharField(max_length=64)),
            ('value', models.BigIntegerField(null=True)),
            ('words', models.CharField(blank=True, max_length=200)),
            ('started_on', models.DateField(null=True)),
            ('ended_on', models.DateField(null=True)),
            ('occurred_on', models.DateField(null=True)),
            ('key', models.CharField(blank=True, max_length=200)),
            ('source_line', models.BigIntegerField()),
            ('received_at', models.DateTimeField()),
            ('withdrawn_at', models.DateTimeField(null=True)),
            ('source_file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='intake.deliveryfile')),
            ('household', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='facts', to='registry.household')),
            ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='facts', to='registry.person')),
        ],
        options={
            'constraints': [
                models.CheckConstraint(condition=models.Q(models.Q(('household__isnull', False), ('person', None)), models.Q(('household', None), ('person__isnull', False)), _connector='OR'), name='fact_of_person_or_household'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Doubt',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('line', models.BigIntegerField()),
            ('dataset', models.CharField(max_length=64)),
            ('weight', models.FloatField()),
            ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='intake.deliveryfile')),
            ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='doubts', to='registry.person')),
            ('role', models.CharField(db_default='', default='', max_length=32)),
        ],
        options={
            'constraints': [
                models.UniqueConstraint(fields=('file', 'line', 'role', 'person'), name='doubt_once'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Proposal',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('division', models.CharField(max_length=12)),
            ('values', models.JSONField()),
            ('effective_on', models.DateField()),
            ('reason', models.CharField(max_length=500)),
            ('at', models.DateTimeField()),
            ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('policy', models.CharField(blank=True, default='', max_length=100)),
            ('text', models.TextField(blank=True, default='')),
        ],
    ),
    migrations.CreateModel(
        name='Signature',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('published', models.BooleanField()),
            ('reason', models.CharField(blank=True, max_length=500)),
            ('at', models.DateTimeField()),
            ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('proposal', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='signature', to='registry.proposal')),
        ],
    ),
    migrations.CreateModel(
        name='Opinion',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('by', models.CharField(max_length=64)),
            ('same', models.BooleanField()),
            ('at', models.DateTimeField()),
            ('withdrawn_at', models.DateTimeField(null=True)),
            ('pair', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='opinions', to='registry.pair')),
        ],
        options={
            'constraints': [
                models.UniqueConstraint(condition=models.Q(('withdrawn_at', None)), fields=('pair', 'by'), name='opinion_one_a_clerk'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Correction',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('key', models.CharField(max_length=64, unique=True)),
            ('department', models.CharField(max_length=32)),
            ('text_sealed', models.BinaryField()),
            ('state', models.CharField(choices=[('asked', 'Asked'), ('corrected', 'Will be put right at the source'), ('refused', 'Stays as it is')], default='asked', max_length=16)),
            ('asked_at', models.DateTimeField()),
            ('answer_by', models.DateField()),
            ('answer', models.CharField(blank=True, max_length=500)),
            ('answered_at', models.DateTimeField(null=True)),
            ('answered_by', models.CharField(blank=True, max_length=64)),
            ('fact', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.fact')),
            ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.person')),
        ],
        options={
            'constraints': [
                models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('answered_at', None), ('answered_by', ''), ('state', 'asked')), models.Q(('answered_at__isnull', False), ('state__in', ['corrected', 'refused']), models.Q(('answer', ''), _negated=True), models.Q(('answered_by', ''), _negated=True)), _connector='OR'), name='correction_answered_with_reason'),
            ],
        },
    ),
    migrations.CreateModel(
        name='MatchRate',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('dataset', models.CharField(max_length=64)),
            ('rows', models.IntegerField()),
            ('by_number', models.IntegerField()),
            ('repaired', models.IntegerField()),
            ('weighed', models.IntegerField()),
            ('waiting', models.IntegerField()),
            ('drift', models.FloatField(null=True)),
            ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='intake.deliveryfile')),
            ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rates', to='registry.run')),
        ],
        options={
            'constraints': [
                models.UniqueConstraint(fields=('run', 'file'), name='match_rate_once'),
                models.CheckConstraint(condition=models.Q(('rows', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('by_number'), '+', models.F('repaired')), '+', models.F('weighed')), '+', models.F('waiting')))), name='match_rate_adds_up'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Threshold',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('sure', models.FloatField()),
            ('grey', models.FloatField()),
            ('doubt', models.FloatField()),
            ('pairs', models.IntegerField(default=0)),
            ('wrong_at_most', models.FloatField(null=True)),
            ('reason', models.CharField(max_length=500)),
            ('at', models.DateTimeField()),
            ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
        ],
        options={
            'constraints': [
                models.CheckConstraint(condition=models.Q(('doubt__gt', 0), ('doubt__lte', models.F('grey')), ('grey__lte', models.F('sure')), ('sure__lt', 1)), name='thresholds_in_order'),
            ],
        },
    ),
    migrations.CreateModel(
        name='CrossCheck',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('on', models.DateField(unique=True)),
            ('at', models.DateTimeField()),
            ('pairs', models.BigIntegerField()),
            ('placed', models.IntegerField()),
            ('agreeing', models.IntegerField()),
            ('disagreements', models.IntegerField()),
            ('asked', models.IntegerField()),
            ('withdrawn', models.IntegerField()),
            ('seconds', models.FloatField()),
            ('model_at', models.DateTimeField()),
        ],
        options={
            'constraints': [
                models.CheckConstraint(condition=models.Q(('agreeing__gte', 0), ('agreeing__lte', models.F('placed'))), name='cross_check_agrees'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Touch',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('household', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.household')),
            ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.person')),
            ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.run')),
        ],
        options={
            'constraints': [
                models.CheckConstraint(condition=models.Q(('person__isnull', False), ('household__isnull', False), _connector='OR'), name='touch_of_somebody'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Verified',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('key', models.CharField(max_length=100, unique=True)),
            ('fact', models.CharField(max_length=64)),
            ('value', models.CharField(max_length=64)),
            ('how', models.CharField(choices=[('visit', 'Visit to the home'), ('paper', 'Paper seen'), ('word', 'Word of another department')], max_length=8)),
            ('seen', models.CharField(max_length=500)),
            ('verified_on', models.DateField()),
            ('holds_until', models.DateField()),
            ('ground', models.CharField(max_length=32)),
            ('two', models.BooleanField()),
            ('at', models.DateTimeField()),
            ('second_at', models.DateTimeField(null=True)),
            ('withdrawn_at', models.DateTimeField(null=True)),
            ('withdrawn_reason', models.CharField(blank=True, max_length=500)),
            ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('household', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.household')),
            ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.person')),
            ('second_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('withdrawn_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('changed', models.BigIntegerField(db_index=True, default=0)),
        ],
        options={
            'constraints': [
                models.CheckConstraint(condition=models.Q(models.Q(('fact__startswith', 'household.'), ('household__isnull', False), ('person', None)), models.Q(('fact__startswith', 'person.'), ('household', None), ('person__isnull', False)), _connector='OR'), name='verified_of_person_or_household'),
                models.CheckConstraint(condition=models.Q(('how__in', ['visit', 'paper', 'word'])), name='verified_how_known'),
                models.CheckConstraint(condition=models.Q(('verified_on__lt', models.F('holds_until'))), name='verified_holds_some_time'),
                models.CheckConstraint(condition=models.Q(models.Q(('second_at', None), ('second_by', None)), models.Q(('second_at__isnull', False), ('two', True), models.Q(('second_by', models.F('by')), _negated=True)), _connector='OR'), name='verified_second_is_another'),
                models.CheckConstraint(condition=models.Q(models.Q(('withdrawn_at', None), ('withdrawn_by', None), ('withdrawn_reason', '')), models.Q(('withdrawn_at__isnull', False), ('withdrawn_by__isnull', False), models.Q(('withdrawn_reason', ''), _negated=True)), _connector='OR'), name='verified_withdrawn_with_reason'),
            ],
        },
    ),
]


class Migration(migrations.Migration):

    replaces = [
        ('registry', '0001_initial'),
        ('registry', '0002_signed_numbers'),
        ('registry', '0003_texts_of_policies'),
        ('registry', '0004_opinions'),
        ('registry', '0005_corrections'),
        ('registry', '0006_runs_of_days'),
        ('registry', '0007_second_opinion'),
        ('registry', '0008_touches'),
        ('registry', '0009_verified_facts'),
        ('registry', '0010_whole_files'),
        ('registry', '0011_verified_in_order'),
        ('registry', '0012_doubts_of_a_place'),
    ]

    initial = True

    dependencies = [
        ('intake', '0001_squashed_0006_inbox'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(TABLES),
        AppendOnly('registry_identityevent'),
        AppendOnly('registry_proposal'),
        AppendOnly('registry_signature'),
        AppendOnly('registry_threshold'),
        migrations.RunSQL(NUMBERED),
    ]
