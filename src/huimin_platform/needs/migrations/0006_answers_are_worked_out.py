"""Needs keep whether they count; what became of them is worked out from what later stages keep."""

from django.db import migrations, models


def without_dead_states(apps, schema_editor):
    """No code ever set these two; should some hand have, they become what they were taken for."""
    Need = apps.get_model('needs', 'Need')
    Need.objects.filter(state='matched').update(state='open')
    Need.objects.filter(state='met').update(state='closed')


class Migration(migrations.Migration):

    dependencies = [
        ('needs', '0005_when_raised'),
    ]

    operations = [
        migrations.RunPython(without_dead_states, migrations.RunPython.noop),
        migrations.RemoveConstraint(model_name='need', name='need_state_known'),
        migrations.RemoveConstraint(model_name='need', name='need_closed_has_day'),
        migrations.AlterField(
            model_name='need',
            name='state',
            field=models.CharField(choices=[('draft', 'Draft'), ('open', 'Open'), ('closed', 'Closed')], default='open', max_length=16),
        ),
        migrations.AddConstraint(
            model_name='need',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'open', 'closed'])), name='need_state_known'),
        ),
        migrations.AddConstraint(
            model_name='need',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_on', None), ('state__in', ['draft', 'open'])), models.Q(('closed_on__isnull', False), ('state', 'closed')), _connector='OR'), name='need_closed_has_day'),
        ),
    ]
