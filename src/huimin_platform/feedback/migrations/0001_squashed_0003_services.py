"""Questions to the people served, and their answers."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from huimin_platform.base.migrations_operations import AppendOnly, CreateModels

TABLES = [
    migrations.CreateModel(
        name='Question',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('key', models.CharField(max_length=100, unique=True)),
            ('asked_at', models.DateTimeField()),
            ('state', models.CharField(choices=[('open', 'Open'), ('answered', 'Answered')], default='open', max_length=16)),
            ('household', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.household')),
            ('payment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='funds.payment')),
            ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.person')),
            ('service_order', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='delivery.serviceorder')),
            ('service_contract', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='supply.servicecontract')),
            ('month', models.DateField(null=True)),
        ],
        options={
            'indexes': [models.Index(fields=['state', 'asked_at'], name='question_by_state')],
            'constraints': [
                models.CheckConstraint(condition=models.Q(('state__in', ['open', 'answered'])), name='question_state_known'),
                models.CheckConstraint(condition=models.Q(models.Q(('month', None), ('payment__isnull', False), ('service_contract', None), ('service_order', None)), models.Q(('month__isnull', False), ('payment', None), ('service_contract__isnull', False), ('service_order__isnull', False)), _connector='OR'), name='question_about_one_thing'),
            ],
        },
    ),
    migrations.CreateModel(
        name='Answer',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('score', models.SmallIntegerField()),
            ('words', models.TextField(blank=True)),
            ('answered_at', models.DateTimeField()),
            ('on_behalf', models.BooleanField(default=False)),
            ('answered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('question', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='answer', to='feedback.question')),
        ],
        options={
            'constraints': [
                models.CheckConstraint(condition=models.Q(('score__gte', 1), ('score__lte', 5)), name='answer_score_on_the_scale'),
            ],
        },
    ),
]


class Migration(migrations.Migration):

    replaces = [
        ('feedback', '0001_initial'),
        ('feedback', '0002_append_only'),
        ('feedback', '0003_services'),
    ]

    initial = True

    dependencies = [
        ('delivery', '0001_squashed_0004_service_guards'),
        ('funds', '0001_squashed_0017_spending_asked_alone'),
        ('registry', '0001_squashed_0012_doubts_of_a_place'),
        ('supply', '0001_squashed_0003_ratings'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(TABLES),
        AppendOnly('feedback_answer'),
    ]
