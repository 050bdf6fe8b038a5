"""Orders, visits and settlements, and what must always hold of services.

What a provider entered of a visit never changes, and a visit moves as the table says; a settlement keeps its content, adds
up to its lines, and no order is settled above what it was worth in the month.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from huimin_platform.base.migrations_operations import AppendOnly, CreateModels

VISITS = """
create function delivery_visit_guard() returns trigger language plpgsql as $$
declare
    kept constant text[] := array['state', 'faults', 'how', 'reason', 'decided_at', 'decided_by_id', 'settlement_id', 'code_number', 'code_misses'];
begin
    if tg_op = 'DELETE' then
        raise exception 'visit % cannot be removed', old.id using errcode = 'restrict_violation';
    end if;
    if tg_op = 'INSERT' then
        if new.state not in ('proven', 'set_aside') then
            raise exception 'visit % starts as %', new.key, new.state using errcode = 'restrict_violation';
        end if;
        return new;
    end if;
    if to_jsonb(new) - kept is distinct from to_jsonb(old) - kept then
        raise exception 'visit % keeps what was entered', old.id using errcode = 'restrict_violation';
    end if;
    if new.state <> old.state and (old.state, new.state) not in (
        ('proven', 'accepted'), ('proven', 'disputed'), ('proven', 'refused'), ('proven', 'set_aside'),
        ('set_aside', 'accepted'), ('set_aside', 'refused'), ('disputed', 'accepted'), ('disputed', 'refused'),
        ('accepted', 'disputed'), ('accepted', 'set_aside'), ('accepted', 'settled'), ('settled', 'paid')
    ) then
        raise exception 'visit % cannot go from % to %', old.id, old.state, new.state using errcode = 'restrict_violation';
    end if;
    if old.settlement_id is not null and new.settlement_id is distinct from old.settlement_id then
        raise exception 'visit % stays in its settlement', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger visit_guard before insert or update or delete on delivery_visit
    for each row execute function delivery_visit_guard();
"""

SETTLEMENTS = """
create function delivery_settlement_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or to_jsonb(new) - array['signed_at', 'signed_by_id']
            is distinct from to_jsonb(old) - array['signed_at', 'signed_by_id'] or old.signed_by_id is not null then
        raise exception 'settlement % keeps what was drawn', old.number using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger settlement_guard before update or delete on delivery_settlement
    for each row execute function delivery_settlement_guard();

create function delivery_settlement_whole() returns trigger language plpgsql as $$
begin
    if exists (
        select from (
            select sum(units) as units, sum(own_fen) as own_fen, sum(public_fen) as public_fen
            from delivery_settlementline where settlement_id = new.id
        ) lines
        where (lines.units, lines.own_fen, lines.public_fen) is distinct from (new.units, new.own_fen, new.public_fen)
    ) then
        raise exception 'settlement % does not add up to its lines', new.number using errcode = 'check_violation';
    end if;
    if (select count(*) from delivery_visit where settlement_id = new.id) = 0 then
        raise exception 'settlement % rests on no visit', new.number using errcode = 'check_violation';
    end if;
    return null;
end $$;
create constraint trigger settlement_whole after insert on delivery_settlement
    deferrable initially deferred for each row execute function delivery_settlement_whole();

create function delivery_line_within() returns trigger language plpgsql as $$
declare
    subject delivery_settlement;
    owed bigint;
    proven bigint;
begin
    select * into subject from delivery_settlement where id = new.settlement_id;
    select coalesce(sum(line.public_fen), 0) into owed
    from delivery_settlementline line join delivery_settlement settlement on settlement.id = line.settlement_id
    where line.order_id = new.order_id and settlement.month = subject.month;
    if owed > new.worth_fen then
        raise exception 'order % is settled with % of % fen', new.order_id, owed, new.worth_fen using errcode = 'check_violation';
    end if;
    select coalesce(sum(units), 0) into proven from delivery_visit
    where settlement_id = new.settlement_id and order_id = new.order_id;
    if proven < new.units then
        raise exception 'order % is settled for % units, % are proven', new.order_id, new.units, proven
            using errcode = 'check_violation';
    end if;
    return null;
end $$;
create constraint trigger line_within after insert on delivery_settlementline
    deferrable initially deferred for each row execute function delivery_line_within();
"""

TABLES = [
    migrations.CreateModel(
        name='Grant',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('case_number', models.CharField(max_length=32)),
            ('division', models.CharField(max_length=12)),
            ('policy', models.CharField(max_length=64)),
            ('policy_version', models.CharField(max_length=64)),
            ('kind', models.CharField(choices=[('cash', 'Money'), ('status', 'Standing'), ('service', 'Services')], max_length=8)),
            ('amount_fen', models.BigIntegerField()),
            ('per', models.CharField(choices=[('month', 'Each month'), ('once', 'Once'), ('none', 'Without money')], max_length=8)),
            ('decided_on', models.DateField()),
            ('started_on', models.DateField()),
            ('ended_on', models.DateField(null=True)),
            ('case_item', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.caseitem')),
            ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.household')),
            ('payee', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.person')),
        ],
        options={
            'indexes': [
                models.Index(fields=['household'], name='grant_of_household'),
                models.Index(fields=['kind', 'started_on'], name='grant_by_start'),
            ],
            'constraints': [
                models.CheckConstraint(condition=models.Q(('kind__in', ['cash', 'status', 'service'])), name='grant_kind_known'),
                models.CheckConstraint(condition=models.Q(('per__in', ['month', 'once', 'none'])), name='grant_per_known'),
                models.CheckConstraint(condition=models.Q(models.Q(('amount_fen', 0), ('kind', 'status'), ('per', 'none')), models.Q(('amount_fen__gt', 0), ('kind', 'cash'), ('per__in', ['month', 'once'])), models.Q(('amount_fen__gt', 0), ('kind', 'service'), ('per', 'month')), _connector='OR'), name='grant_of_money_has_an_amount'),
                models.CheckConstraint(condition=models.Q(('ended_on', None), ('ended_on__gt', models.F('started_on')), _connector='OR'), name='grant_period_forward'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Order',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('key', models.CharField(max_length=64, unique=True)),
            ('period', models.CharField(max_length=16)),
            ('due_on', models.DateField()),
            ('amount_fen', models.BigIntegerField()),
            ('division', models.CharField(max_length=12)),
            ('state', models.CharField(choices=[('due', 'Due'), ('paying', 'Being paid'), ('paid', 'Paid'), ('returned', 'Came back'), ('dropped', 'Not due any more')], default='due', max_length=16)),
            ('grant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='delivery.grant')),
            ('payee', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.person')),
        ],
        options={
            'indexes': [
                models.Index(fields=['state', 'due_on'], name='order_by_state'),
                models.Index(fields=['division', 'due_on'], name='order_by_division'),
            ],
            'constraints': [
                models.UniqueConstraint(fields=('grant', 'period'), name='order_once_a_period'),
                models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0)), name='order_amount_above_zero'),
                models.CheckConstraint(condition=models.Q(('state__in', ['due', 'paying', 'paid', 'returned', 'dropped'])), name='order_state_known'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Rate',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('started_on', models.DateField()),
            ('amount_fen', models.BigIntegerField()),
            ('annulled', models.BooleanField(default=False)),
            ('grant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rates', to='delivery.grant')),
            ('path', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.path')),
        ],
        options={
            'ordering': ['id'],
            'constraints': [
                models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0)), name='rate_amount_above_zero'),
                models.UniqueConstraint(condition=models.Q(('path', None)), fields=('grant',), name='rate_one_first_a_grant'),
            ],
        },
    ),
    migrations.CreateModel(
        name='ServiceOrder',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('division', models.CharField(max_length=12)),
            ('policy', models.CharField(max_length=64)),
            ('service', models.CharField(max_length=64)),
            ('unit', models.CharField(max_length=8)),
            ('declined', models.JSONField(default=list)),
            ('state', models.CharField(choices=[('waiting', 'Waiting'), ('offered', 'Offered'), ('accepted', 'Accepted'), ('under_way', 'Under Way'), ('ended', 'Ended')], default='waiting', max_length=16)),
            ('started_on', models.DateField()),
            ('ended_on', models.DateField(null=True)),
            ('issued_at', models.DateTimeField()),
            ('contract', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='supply.servicecontract')),
            ('grant', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='service_order', to='delivery.grant')),
            ('recipient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.person')),
        ],
        options={
            'indexes': [
                models.Index(fields=['contract', 'state'], name='service_order_of_contract'),
                models.Index(fields=['division', 'state'], name='service_order_by_division'),
            ],
            'constraints': [
                models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'offered', 'accepted', 'under_way', 'ended'])), name='service_order_state_known'),
                models.CheckConstraint(condition=models.Q(('unit__in', ['visit', 'hour', 'piece'])), name='service_order_unit_known'),
                models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'ended']), ('contract__isnull', False), _connector='OR'), name='service_order_served_under_a_contract'),
            ],
        },
    ),
    migrations.CreateModel(
        name='OrderMove',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('move', models.CharField(max_length=16)),
            ('state_before', models.CharField(max_length=16)),
            ('state_after', models.CharField(max_length=16)),
            ('reason', models.CharField(blank=True, max_length=500)),
            ('at', models.DateTimeField()),
            ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('contract', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='supply.servicecontract')),
            ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='delivery.serviceorder')),
        ],
    ),
    migrations.CreateModel(
        name='Settlement',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('number', models.CharField(max_length=64, unique=True)),
            ('month', models.DateField()),
            ('units', models.IntegerField()),
            ('own_fen', models.BigIntegerField()),
            ('public_fen', models.BigIntegerField()),
            ('drawn_at', models.DateTimeField()),
            ('signed_at', models.DateTimeField(null=True)),
            ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='supply.servicecontract')),
            ('drawn_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('signed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
        ],
        options={
            'indexes': [models.Index(fields=['contract', 'month'], name='settlement_of_contract')],
            'constraints': [
                models.CheckConstraint(condition=models.Q(('own_fen__gte', 0), ('public_fen__gt', 0), ('units__gt', 0)), name='settlement_is_about_something'),
                models.CheckConstraint(condition=models.Q(models.Q(('signed_at', None), ('signed_by', None)), models.Q(('signed_at__isnull', False), ('signed_by__isnull', False), models.Q(('drawn_by', None), models.Q(('signed_by', models.F('drawn_by')), _negated=True), _connector='OR')), _connector='OR'), name='settlement_signed_by_another'),
            ],
        },
    ),
    migrations.CreateModel(
        name='SettlementLine',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('worth_fen', models.BigIntegerField()),
            ('units', models.IntegerField()),
            ('own_fen', models.BigIntegerField()),
            ('public_fen', models.BigIntegerField()),
            ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='delivery.serviceorder')),
            ('settlement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='delivery.settlement')),
        ],
        options={
            'constraints': [
                models.UniqueConstraint(fields=('settlement', 'order'), name='settlement_line_once_an_order'),
                models.CheckConstraint(condition=models.Q(('own_fen__gte', 0), ('public_fen__gt', 0), ('units__gt', 0), ('public_fen__lte', models.F('worth_fen'))), name='settlement_line_not_above_the_order'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Visit',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('key', models.UUIDField(unique=True)),
            ('worker', models.CharField(max_length=32)),
            ('worker_name', models.CharField(max_length=100)),
            ('on', models.DateField()),
            ('started_at', models.DateTimeField()),
            ('ended_at', models.DateTimeField()),
            ('units', models.IntegerField()),
            ('place', models.CharField(max_length=200)),
            ('photo_sha256', models.CharField(blank=True, max_length=64)),
            ('faults', models.JSONField(default=list)),
            ('state', models.CharField(choices=[('proven', 'Proven'), ('set_aside', 'Set Aside'), ('disputed', 'Disputed'), ('accepted', 'Accepted'), ('refused', 'Refused'), ('settled', 'Settled'), ('paid', 'Paid')], max_length=16)),
            ('entered_at', models.DateTimeField()),
            ('code_number', models.SmallIntegerField(null=True)),
            ('code_misses', models.SmallIntegerField(default=0)),
            ('how', models.CharField(blank=True, choices=[('resident', 'By the resident, on the own page'), ('code', 'By a code that the resident read out'), ('officer', 'By an officer who checked')], max_length=16)),
            ('decided_at', models.DateTimeField(null=True)),
            ('reason', models.CharField(blank=True, max_length=500)),
            ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='supply.servicecontract')),
            ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='visits', to='delivery.serviceorder')),
            ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.person')),
            ('settlement', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='visits', to='delivery.settlement')),
        ],
        options={
            'indexes': [
                models.Index(fields=['contract', 'worker', 'on'], name='visit_of_worker'),
                models.Index(fields=['person', 'on'], name='visit_of_person'),
                models.Index(fields=['contract', 'state', 'on'], name='visit_to_settle'),
            ],
            'constraints': [
                models.CheckConstraint(condition=models.Q(('state__in', ['proven', 'set_aside', 'disputed', 'accepted', 'refused', 'settled', 'paid'])), name='visit_state_known'),
                models.CheckConstraint(condition=models.Q(('ended_at__gt', models.F('started_at'))), name='visit_time_forward'),
                models.CheckConstraint(condition=models.Q(('units__gte', 0)), name='visit_units_not_below_zero'),
                models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['accepted', 'settled', 'paid']), _negated=True), models.Q(('how', ''), _negated=True), _connector='OR'), name='visit_accepted_by_somebody'),
                models.CheckConstraint(condition=models.Q(models.Q(('settlement__isnull', False), ('state__in', ['settled', 'paid'])), models.Q(models.Q(('state__in', ['settled', 'paid']), _negated=True), ('settlement', None)), _connector='OR'), name='visit_settled_once'),
                models.UniqueConstraint(condition=models.Q(('code_number__isnull', False)), fields=('order', 'on', 'code_number'), name='visit_code_used_once_a_day'),
            ],
        },
    ),
]


class Migration(migrations.Migration):

    replaces = [
        ('delivery', '0001_initial'),
        ('delivery', '0002_rates'),
        ('delivery', '0003_services'),
        ('delivery', '0004_service_guards'),
    ]

    initial = True

    dependencies = [
        ('cases', '0001_squashed_0010_reminders'),
        ('registry', '0001_squashed_0012_doubts_of_a_place'),
        ('supply', '0001_squashed_0003_ratings'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(TABLES),
        AppendOnly('delivery_ordermove'),
        AppendOnly('delivery_settlementline'),
        migrations.RunSQL(VISITS),
        migrations.RunSQL(SETTLEMENTS),
    ]
