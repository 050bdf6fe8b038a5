"""Holds by a finding that a person releases; what was proposed and decided never changes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GUARDS = """
create function funds_holdrelease_guard() returns trigger language plpgsql as $$
declare
    later text[] := array['state', 'decided_at', 'decided_by_id', 'decision', 'undone_at'];
begin
    if tg_op = 'DELETE' or to_jsonb(new) - later is distinct from to_jsonb(old) - later
            or (old.state, new.state) not in (('proposed', 'released'), ('proposed', 'refused'), ('released', 'undone'))
            or old.state = 'released' and (old.decided_at, old.decided_by_id, old.decision)
                is distinct from (new.decided_at, new.decided_by_id, new.decision) then
        raise exception 'release % keeps what was proposed and decided', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger holdrelease_guard before update or delete on funds_holdrelease
    for each row execute function funds_holdrelease_guard();
"""
BACK = """
drop trigger holdrelease_guard on funds_holdrelease; drop function funds_holdrelease_guard();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0002_rates'),
        ('funds', '0010_formulas'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HoldRelease',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kinds', models.JSONField()),
                ('until_on', models.DateField(null=True)),
                ('amount_fen', models.BigIntegerField()),
                ('approvals_needed', models.SmallIntegerField()),
                ('reason', models.TextField()),
                ('state', models.CharField(choices=[('proposed', 'Waiting for a second person'), ('released', 'Released'), ('refused', 'Refused'), ('undone', 'Undone by another finding')], max_length=16)),
                ('proposed_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('decision', models.TextField(blank=True)),
                ('undone_at', models.DateTimeField(null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('grant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='delivery.grant')),
                ('hold', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='releases', to='funds.hold')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='delivery.order')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('hold',), name='hold_release_one_waits'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='hold_release_has_a_reason'), models.CheckConstraint(condition=models.Q(('approvals_needed__range', (1, 2))), name='hold_release_by_one_or_two'), models.CheckConstraint(condition=models.Q(models.Q(('approvals_needed', 2), ('decided_by', None), ('state', 'proposed')), models.Q(('approvals_needed', 1), ('decided_by', None), ('state__in', ['released', 'undone'])), models.Q(('approvals_needed', 2), ('decided_at__isnull', False), ('decided_by__isnull', False), ('state__in', ['released', 'undone', 'refused']), models.Q(('decided_by', models.F('proposed_by')), _negated=True)), _connector='OR'), name='hold_release_decided_by_another')],
            },
        ),
        migrations.RunSQL(GUARDS, BACK),
    ]
