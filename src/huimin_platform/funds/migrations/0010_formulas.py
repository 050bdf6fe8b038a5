"""Formulas that a county writes; what was proposed or decided never changes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GUARDS = """
create function funds_formulatext_guard() returns trigger language plpgsql as $$
declare
    later text[] := array['state', 'decided_at', 'decided_by_id', 'decision'];
begin
    if tg_op = 'DELETE' or old.state <> 'proposed' or to_jsonb(new) - later is distinct from to_jsonb(old) - later then
        raise exception 'formula % keeps what was proposed and decided', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger formulatext_guard before update or delete on funds_formulatext
    for each row execute function funds_formulatext_guard();
"""
BACK = """
drop trigger formulatext_guard on funds_formulatext; drop function funds_formulatext_guard();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('funds', '0009_named_payments'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FormulaText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=64)),
                ('version', models.DateField()),
                ('text', models.TextField()),
                ('reason', models.TextField()),
                ('trial', models.JSONField()),
                ('state', models.CharField(choices=[('proposed', 'Waiting for a signature'), ('signed', 'Signed'), ('refused', 'Refused')], default='proposed', max_length=16)),
                ('proposed_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('decision', models.TextField(blank=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'signed')), fields=('name', 'version'), name='formula_signed_once_a_day'), models.CheckConstraint(condition=models.Q(models.Q(('decided_by', None), ('state', 'proposed')), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('state__in', ['signed', 'refused'])), _connector='OR'), name='formula_decided_by_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'signed'), _negated=True), models.Q(('decided_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='formula_signed_by_another'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='formula_has_a_reason')],
            },
        ),
        migrations.RunSQL(GUARDS, BACK),
    ]
