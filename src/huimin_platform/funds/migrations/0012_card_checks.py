"""Questions to the bank about cards, with their history; the bank's word that it did not pay; exceptions about cards."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from huimin_platform.base.migrations_operations import AppendOnly

# The function as it was, and what a payment keeps: its card only from the moment on when it is sent.
PAYMENT_HEAD = """
create or replace function funds_payment_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        raise exception 'payment % cannot be removed', old.id using errcode = 'restrict_violation';
    end if;
    if tg_op = 'INSERT' then
        if new.state <> 'approved' then
            raise exception 'payment % starts as %, not approved', new.id, new.state using errcode = 'restrict_violation';
        end if;
        return new;
    end if;
"""
KEPT = """\
    if (new.id, new.order_id, new.component, new.line, new.year, new.policy, new.payee_id, new.amount_fen, new.card_sealed)
            is distinct from
            (old.id, old.order_id, old.component, old.line, old.year, old.policy, old.payee_id, old.amount_fen, old.card_sealed) then
"""
KEPT_ONCE_SENT = KEPT.replace(
    "old.amount_fen, old.card_sealed)",
    "old.amount_fen, case when old.state = 'approved' then new.card_sealed else old.card_sealed end)",
)
PAYMENT_TAIL = """\
        raise exception 'payment % keeps its amount, fund, payee and card', old.id using errcode = 'restrict_violation';
    end if;
    if old.state <> 'approved' and new.batch_id is distinct from old.batch_id then
        raise exception 'payment % stays in the batch it was sent in', old.id using errcode = 'restrict_violation';
    end if;
    if new.state <> old.state and (old.state, new.state) not in (
        ('approved', 'sending'), ('sending', 'settled'), ('sending', 'returned'), ('sending', 'unknown'),
        ('unknown', 'settled'), ('unknown', 'returned'), ('unknown', 'sending'), ('settled', 'returned')
    ) then
        raise exception 'payment % cannot go from % to %', old.id, old.state, new.state using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
"""
PAYMENT, PAYMENT_BACK = PAYMENT_HEAD + KEPT_ONCE_SENT + PAYMENT_TAIL, PAYMENT_HEAD + KEPT + PAYMENT_TAIL
GUARDS = """
create function funds_cardcheck_guard() returns trigger language plpgsql as $$
declare
    later text[] := array['state', 'reason', 'times', 'asked_at', 'answered_at'];
begin
    if tg_op = 'INSERT' then
        if new.state <> 'asked' then
            raise exception 'check % starts as %, not asked', new.id, new.state using errcode = 'restrict_violation';
        end if;
        return new;
    end if;
    if tg_op = 'DELETE' or to_jsonb(new) - later is distinct from to_jsonb(old) - later
            or new.state <> old.state and (old.state, new.state) not in (
                ('asked', 'verified'), ('asked', 'refused'), ('asked', 'unknown'), ('unknown', 'asked'),
                ('unknown', 'verified'), ('unknown', 'refused'), ('verified', 'refused')
            ) then
        raise exception 'check % keeps what was asked and answered', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger cardcheck_guard before insert or update or delete on funds_cardcheck
    for each row execute function funds_cardcheck_guard();

create function funds_notpaid_guard() returns trigger language plpgsql as $$
declare
    later text[] := array['state', 'decided_at', 'decided_by_id', 'decision'];
begin
    if tg_op = 'DELETE' or to_jsonb(new) - later is distinct from to_jsonb(old) - later
            or (old.state, new.state) not in (('proposed', 'confirmed'), ('proposed', 'refused')) then
        raise exception 'the word of the bank % keeps what was said and decided', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger notpaid_guard before update or delete on funds_notpaid
    for each row execute function funds_notpaid_guard();
"""
BACK = """
drop trigger cardcheck_guard on funds_cardcheck; drop function funds_cardcheck_guard();
drop trigger notpaid_guard on funds_notpaid; drop function funds_notpaid_guard();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('base', '0005_api_keys'),
        ('delivery', '0002_rates'),
        ('funds', '0011_hold_releases'),
        ('registry', '0007_second_opinion'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CardCheck',
            fields=[
                ('id', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('card_index', models.BinaryField(max_length=16)),
                ('national_id_index', models.BinaryField(max_length=16, null=True)),
                ('turn', models.SmallIntegerField(default=1)),
                ('division', models.CharField(max_length=12)),
                ('state', models.CharField(choices=[('asked', 'The bank is being asked'), ('verified', 'Confirmed by the bank'), ('refused', 'Not confirmed by the bank'), ('unknown', 'The bank has not answered')], default='asked', max_length=16)),
                ('reason', models.CharField(blank=True, max_length=35)),
                ('times', models.SmallIntegerField(default=1)),
                ('asked_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(null=True)),
                ('why_again', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='CardMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('move', models.CharField(max_length=16)),
                ('state_before', models.CharField(blank=True, max_length=16)),
                ('state_after', models.CharField(max_length=16)),
                ('at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=35)),
            ],
        ),
        migrations.CreateModel(
            name='NotPaid',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('document', models.CharField(max_length=100)),
                ('reason', models.TextField()),
                ('approvals_needed', models.SmallIntegerField()),
                ('state', models.CharField(choices=[('proposed', 'Waiting for a second person'), ('confirmed', 'Confirmed'), ('refused', 'Refused')], max_length=16)),
                ('proposed_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('decision', models.TextField(blank=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='hold',
            name='hold_reason_known',
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['no_payee', 'payee_dead', 'no_card', 'card_unverified', 'card_refused', 'finding', 'no_budget', 'year_closed', 'amount'])), name='hold_reason_known'),
        ),
        migrations.AddField(
            model_name='cardcheck',
            name='asked_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='cardcheck',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.person'),
        ),
        migrations.AddField(
            model_name='difference',
            name='card_check',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='differences', to='funds.cardcheck'),
        ),
        migrations.AddField(
            model_name='cardmove',
            name='audit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='base.auditline'),
        ),
        migrations.AddField(
            model_name='cardmove',
            name='card_check',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='funds.cardcheck'),
        ),
        migrations.AddField(
            model_name='cardmove',
            name='message',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='funds.bankmessage'),
        ),
        migrations.AddField(
            model_name='notpaid',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='notpaid',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='not_paid', to='funds.payment'),
        ),
        migrations.AddField(
            model_name='notpaid',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='cardcheck',
            index=models.Index(fields=['person', 'card_index', '-turn'], name='card_check_of_person'),
        ),
        migrations.AddIndex(
            model_name='cardcheck',
            index=models.Index(condition=models.Q(('state', 'verified'), _negated=True), fields=['state', 'asked_at'], name='card_check_not_verified'),
        ),
        migrations.AddConstraint(
            model_name='cardcheck',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['asked', 'verified', 'refused', 'unknown'])), name='card_check_state_known'),
        ),
        migrations.AddConstraint(
            model_name='cardcheck',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('asked_by', None), ('turn', 1), ('why_again', '')), models.Q(('asked_by__isnull', False), ('turn__gt', 1), models.Q(('why_again', ''), _negated=True)), _connector='OR'), name='card_check_asked_anew_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='notpaid',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['proposed', 'confirmed'])), fields=('payment',), name='not_paid_once_a_payment'),
        ),
        migrations.AddConstraint(
            model_name='notpaid',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), _negated=True), models.Q(('document', ''), _negated=True)), name='not_paid_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='notpaid',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approvals_needed', 2), ('decided_by', None), ('state', 'proposed')), models.Q(('approvals_needed', 1), ('decided_by', None), ('state', 'confirmed')), models.Q(('approvals_needed', 2), ('decided_at__isnull', False), ('decided_by__isnull', False), ('state__in', ['confirmed', 'refused']), models.Q(('decided_by', models.F('proposed_by')), _negated=True)), _connector='OR'), name='not_paid_decided_by_another'),
        ),
        migrations.RemoveConstraint(
            model_name='bankmessage',
            name='bank_message_once',
        ),
        migrations.AddConstraint(
            model_name='bankmessage',
            constraint=models.UniqueConstraint(condition=models.Q(('outgoing', False)), fields=('sha256',), name='bank_message_once'),
        ),
        AppendOnly("funds_cardmove"),
        migrations.RunSQL(GUARDS, BACK),
        migrations.RunSQL(PAYMENT, PAYMENT_BACK),
    ]
