"""Appraisals by an outsider; what was drawn, written down or published never changes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from huimin_platform.base.migrations_operations import AppendOnly

GUARDS = """
create function funds_appraisal_guard() returns trigger language plpgsql as $$
declare
    later text[] := array['state', 'published_at', 'published_by_id'];
begin
    if old.state = 'open' then later := later || array['result', 'opinion', 'closed_at']; end if;
    if tg_op = 'DELETE' or old.state = 'published' or to_jsonb(new) - later is distinct from to_jsonb(old) - later
            or new.state = 'open' and old.state <> 'open' then
        raise exception 'appraisal % keeps what was drawn and found', old.number using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger appraisal_guard before update or delete on funds_appraisal for each row execute function funds_appraisal_guard();

create function funds_appraisedunit_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or to_jsonb(new) - array['state', 'reason'] is distinct from to_jsonb(old) - array['state', 'reason']
            or old.state = 'absent' or old.state = 'answered' and new.state <> 'answered'
            or (select state from funds_appraisal where id = old.appraisal_id) <> 'open' then
        raise exception 'unit % of an appraisal keeps its place in the sample', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger appraisedunit_guard before update or delete on funds_appraisedunit
    for each row execute function funds_appraisedunit_guard();

create function funds_shortcoming_guard() returns trigger language plpgsql as $$
declare
    later text[] := array['answer', 'answered_at', 'answered_by_id'];
begin
    if tg_op = 'DELETE' or old.answer <> '' or to_jsonb(new) - later is distinct from to_jsonb(old) - later then
        raise exception 'shortcoming % keeps what was found and answered', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger shortcoming_guard before update or delete on funds_shortcoming
    for each row execute function funds_shortcoming_guard();
"""
BACK = """
drop trigger appraisal_guard on funds_appraisal; drop function funds_appraisal_guard();
drop trigger appraisedunit_guard on funds_appraisedunit; drop function funds_appraisedunit_guard();
drop trigger shortcoming_guard on funds_shortcoming; drop function funds_shortcoming_guard();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0001_initial'),
        ('funds', '0007_statements'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Appraisal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=32, unique=True)),
                ('purpose', models.CharField(max_length=64)),
                ('year', models.SmallIntegerField()),
                ('frame', models.JSONField()),
                ('way', models.CharField(max_length=16)),
                ('margin', models.FloatField()),
                ('confidence', models.FloatField()),
                ('seed', models.CharField(max_length=64)),
                ('population', models.IntegerField()),
                ('population_digest', models.CharField(max_length=64)),
                ('strata', models.JSONField()),
                ('due_on', models.DateField()),
                ('drawn_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('open', 'Being appraised'), ('closed', 'Appraised'), ('published', 'Published')], default='open', max_length=16)),
                ('result', models.JSONField(null=True)),
                ('opinion', models.TextField(blank=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('published_at', models.DateTimeField(null=True)),
                ('appraiser', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('drawn_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('published_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='AppraisedUnit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.CharField(max_length=12)),
                ('stratum', models.CharField(max_length=32)),
                ('rank', models.IntegerField()),
                ('amount_fen', models.BigIntegerField()),
                ('state', models.CharField(choices=[('reserve', 'In reserve'), ('asked', 'To be asked'), ('answered', 'Has answered'), ('absent', 'Could not be reached')], max_length=16)),
                ('reason', models.TextField(blank=True)),
                ('appraisal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='units', to='funds.appraisal')),
                ('grant', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='delivery.grant')),
                ('voucher', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='funds.voucher')),
            ],
        ),
        migrations.CreateModel(
            name='AppraisalForm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('answers', models.JSONField()),
                ('note', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='forms', to='funds.appraisedunit')),
            ],
        ),
        migrations.CreateModel(
            name='Shortcoming',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField()),
                ('owner', models.CharField(max_length=32)),
                ('due_on', models.DateField()),
                ('raised_at', models.DateTimeField()),
                ('answer', models.TextField(blank=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('appraisal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shortcomings', to='funds.appraisal')),
            ],
        ),
        migrations.AddConstraint(
            model_name='appraisal',
            constraint=models.UniqueConstraint(fields=('purpose', 'year'), name='appraisal_drawn_once'),
        ),
        migrations.AddConstraint(
            model_name='appraisal',
            constraint=models.CheckConstraint(condition=models.Q(('confidence__gt', 0), ('confidence__lt', 1), ('margin__gt', 0), ('margin__lt', 1), ('population__gt', 0)), name='appraisal_of_somebody'),
        ),
        migrations.AddConstraint(
            model_name='appraisal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('published_at', None), ('result', None), ('state', 'open')), models.Q(('closed_at__isnull', False), ('published_at', None), ('result__isnull', False), ('state', 'closed')), models.Q(('published_at__isnull', False), ('published_by__isnull', False), ('result__isnull', False), ('state', 'published')), _connector='OR'), name='appraisal_closed_with_its_result'),
        ),
        migrations.AddConstraint(
            model_name='appraisal',
            constraint=models.CheckConstraint(condition=models.Q(('appraiser', models.F('drawn_by')), _negated=True), name='appraisal_by_an_outsider'),
        ),
        migrations.AddConstraint(
            model_name='appraisedunit',
            constraint=models.UniqueConstraint(fields=('appraisal', 'stratum', 'rank'), name='appraised_unit_once_a_rank'),
        ),
        migrations.AddConstraint(
            model_name='appraisedunit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('grant__isnull', False), ('voucher', None)), models.Q(('grant', None), ('voucher__isnull', False)), _connector='OR'), name='appraised_unit_is_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='appraisedunit',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), ('state', 'absent'), _negated=True), name='appraised_unit_absent_for_a_reason'),
        ),
        migrations.AddIndex(
            model_name='shortcoming',
            index=models.Index(fields=['owner', 'due_on'], name='shortcoming_by_owner'),
        ),
        migrations.AddConstraint(
            model_name='shortcoming',
            constraint=models.UniqueConstraint(fields=('appraisal', 'text', 'owner'), name='shortcoming_raised_once'),
        ),
        migrations.AddConstraint(
            model_name='shortcoming',
            constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='shortcoming_says_what'),
        ),
        migrations.AddConstraint(
            model_name='shortcoming',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('answered_by', None)), models.Q(models.Q(('answer', ''), _negated=True), ('answered_at__isnull', False), ('answered_by__isnull', False)), _connector='OR'), name='shortcoming_answered_by_somebody'),
        ),
        AppendOnly('funds_appraisalform'),
        migrations.RunSQL(GUARDS, BACK),
    ]
