"""Grants have rates; an order can be dropped."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0007_rating'),
        ('delivery', '0001_initial'),
        ('registry', '0006_runs_of_days'),
    ]

    operations = [
        migrations.CreateModel(
            name='Rate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_on', models.DateField()),
                ('amount_fen', models.BigIntegerField()),
                ('annulled', models.BooleanField(default=False)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='order',
            name='order_state_known',
        ),
        migrations.AlterField(
            model_name='order',
            name='state',
            field=models.CharField(choices=[('due', 'Due'), ('paying', 'Being paid'), ('paid', 'Paid'), ('returned', 'Came back'), ('dropped', 'Not due any more')], default='due', max_length=16),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['due', 'paying', 'paid', 'returned', 'dropped'])), name='order_state_known'),
        ),
        migrations.AddField(
            model_name='rate',
            name='grant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rates', to='delivery.grant'),
        ),
        migrations.AddField(
            model_name='rate',
            name='path',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.path'),
        ),
        migrations.AddConstraint(
            model_name='rate',
            constraint=models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0)), name='rate_amount_above_zero'),
        ),
        migrations.AddConstraint(
            model_name='rate',
            constraint=models.UniqueConstraint(condition=models.Q(('path', None)), fields=('grant',), name='rate_one_first_a_grant'),
        ),
    ]
