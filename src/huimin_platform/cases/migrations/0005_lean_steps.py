"""Who was told of late steps is kept once a day and office; steps carry fewer indexes and can change where they are."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


FILL = """
insert into cases_telling ("on", level, department, division, superior_id)
select step.escalated_on, step.level, step.department, late.division, max(step.escalated_to_id)
from cases_step step join cases_case late on late.id = step.case_id
where step.escalated_on is not null group by 1, 2, 3, 4
"""


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0004_step_care'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # Room on each page, so that a step told of or a case moved on stays where the indexes know it.
        migrations.RunSQL(
            "alter table cases_step set (fillfactor = 70); alter table cases_case set (fillfactor = 85)",
            "alter table cases_step reset (fillfactor); alter table cases_case reset (fillfactor)",
        ),
        migrations.CreateModel(
            name='Telling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField()),
                ('level', models.CharField(max_length=16)),
                ('department', models.CharField(max_length=32)),
                ('division', models.CharField(max_length=12)),
                ('superior', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddConstraint(
            model_name='telling',
            constraint=models.UniqueConstraint(fields=('on', 'level', 'department', 'division'), name='telling_once_a_day_and_office'),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RemoveField(
            model_name='step',
            name='escalated_to',
        ),
        migrations.AlterField(
            model_name='step',
            name='assigned_to',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='step',
            name='case',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='cases.case'),
        ),
        migrations.AlterField(
            model_name='step',
            name='done_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='step',
            index=models.Index(condition=models.Q(('assigned_to__isnull', False)), fields=['assigned_to'], name='step_by_assigned'),
        ),
    ]
