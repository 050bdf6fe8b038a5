"""Providers, contracts and ratings: what was entered never changes, and what another person signed stays."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from huimin_platform.base.migrations_operations import AppendOnly, CreateModels

KEEPS = """
create function supply_keeps() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE'
            or to_jsonb(new) - array[tg_argv[0] || '_at', tg_argv[0] || '_by_id']
               is distinct from to_jsonb(old) - array[tg_argv[0] || '_at', tg_argv[0] || '_by_id']
            or to_jsonb(old) ->> (tg_argv[0] || '_by_id') is not null then
        raise exception '% keeps what was entered', tg_table_name using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger provider_guard before update or delete on supply_provider
    for each row execute function supply_keeps('confirmed');
create trigger service_contract_guard before update or delete on supply_servicecontract
    for each row execute function supply_keeps('signed');
"""

TABLES = [
    migrations.CreateModel(
        name='Provider',
        fields=[
            ('code', models.CharField(max_length=18, primary_key=True, serialize=False)),
            ('name', models.CharField(max_length=120)),
            ('division', models.CharField(max_length=12)),
            ('account_sealed', models.BinaryField(max_length=200)),
            ('added_at', models.DateTimeField()),
            ('confirmed_at', models.DateTimeField(null=True)),
            ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
        ],
        options={
            'constraints': [
                models.CheckConstraint(condition=models.Q(('code__regex', '^[0-9A-Z]{18}$')), name='provider_code_of_18_characters'),
                models.CheckConstraint(condition=models.Q(('division__regex', '^[0-9]{12}$')), name='provider_division_of_12_digits'),
                models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at', None), ('confirmed_by', None)), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False), models.Q(('confirmed_by', models.F('added_by')), _negated=True)), _connector='OR'), name='provider_confirmed_by_another'),
            ],
        },
    ),
    migrations.CreateModel(
        name='ServiceContract',
        fields=[
            ('number', models.CharField(max_length=32, primary_key=True, serialize=False)),
            ('policy', models.CharField(max_length=64)),
            ('service', models.CharField(max_length=64)),
            ('unit', models.CharField(max_length=8)),
            ('division', models.CharField(max_length=12)),
            ('price_fen', models.BigIntegerField()),
            ('ceiling_fen', models.BigIntegerField()),
            ('own_percent', models.SmallIntegerField(default=0)),
            ('least_minutes', models.SmallIntegerField()),
            ('late_days', models.SmallIntegerField()),
            ('started_on', models.DateField()),
            ('ended_on', models.DateField()),
            ('proposed_at', models.DateTimeField()),
            ('signed_at', models.DateTimeField(null=True)),
            ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contracts', to='supply.provider')),
            ('signed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('most_persons', models.IntegerField(null=True)),
        ],
        options={
            'indexes': [models.Index(fields=['policy', 'started_on'], name='service_contract_of_policy')],
            'constraints': [
                models.CheckConstraint(condition=models.Q(('number__regex', '^[A-Za-z0-9-]{1,32}$')), name='service_contract_number_of_letters'),
                models.CheckConstraint(condition=models.Q(('unit__in', ['visit', 'hour', 'piece'])), name='service_contract_unit_known'),
                models.CheckConstraint(condition=models.Q(('division__regex', '^[0-9]{12}$')), name='service_contract_division_of_12_digits'),
                models.CheckConstraint(condition=models.Q(('price_fen__gt', 0), ('price_fen__lte', models.F('ceiling_fen'))), name='service_contract_price_not_above_the_ceiling'),
                models.CheckConstraint(condition=models.Q(('own_percent__gte', 0), ('own_percent__lt', 100)), name='service_contract_own_share_below_all'),
                models.CheckConstraint(condition=models.Q(('late_days__gte', 0), ('least_minutes__gte', 0)), name='service_contract_terms_not_below_zero'),
                models.CheckConstraint(condition=models.Q(('most_persons', None), ('most_persons__gt', 0), _connector='OR'), name='service_contract_for_somebody'),
                models.CheckConstraint(condition=models.Q(('ended_on__gt', models.F('started_on'))), name='service_contract_term_forward'),
                models.CheckConstraint(condition=models.Q(models.Q(('signed_at', None), ('signed_by', None)), models.Q(('signed_at__isnull', False), ('signed_by__isnull', False), models.Q(('signed_by', models.F('proposed_by')), _negated=True)), _connector='OR'), name='service_contract_signed_by_another'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Rating',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('on', models.DateField()),
            ('rated_at', models.DateTimeField()),
            ('persons', models.IntegerField()),
            ('answers', models.IntegerField()),
            ('on_behalf', models.IntegerField()),
            ('mean', models.DecimalField(decimal_places=2, max_digits=4, null=True)),
            ('estimate', models.DecimalField(decimal_places=2, max_digits=4)),
            ('low', models.DecimalField(decimal_places=2, max_digits=4)),
            ('high', models.DecimalField(decimal_places=2, max_digits=4)),
            ('division_estimate', models.DecimalField(decimal_places=2, max_digits=4)),
            ('division_persons', models.IntegerField()),
            ('released', models.BooleanField(default=False)),
            ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ratings', to='supply.provider')),
        ],
        options={
            'constraints': [
                models.UniqueConstraint(fields=('provider', 'on'), name='rating_once_a_day'),
                models.CheckConstraint(condition=models.Q(('answers__gte', models.F('persons')), ('on_behalf__gte', 0), ('on_behalf__lte', models.F('answers')), ('persons__gte', 0)), name='rating_counts_fit'),
                models.CheckConstraint(condition=models.Q(('high__gte', models.F('estimate')), ('high__lte', 5), ('low__gte', 1), ('low__lte', models.F('estimate'))), name='rating_within_its_range'),
                models.CheckConstraint(condition=models.Q(models.Q(('mean', None), ('persons', 0)), models.Q(('mean__gte', 1), ('mean__lte', 5), ('persons__gt', 0)), _connector='OR'), name='rating_mean_of_somebody'),
                models.CheckConstraint(condition=models.Q(('released', False), ('persons__gte', 10), _connector='OR'), name='rating_released_of_enough'),
            ],
        },
    ),
]


class Migration(migrations.Migration):

    replaces = [
        ('supply', '0001_providers'),
        ('supply', '0002_guards'),
        ('supply', '0003_ratings'),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(TABLES),
        AppendOnly('supply_rating'),
        migrations.RunSQL(KEEPS),
    ]
