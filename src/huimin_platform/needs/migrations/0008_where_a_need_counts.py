"""Needs say where they count, so that the lists of a place do not look through all homes."""

from django.conf import settings
from django.db import migrations, models

FILL = """
update needs_need need set division = now.place from (
    select said.id, coalesce(home.division, person.division, '') as place from needs_need said
    left join registry_household home on home.id = said.household_id
    left join registry_person person on person.id = said.person_id
) now where now.id = need.id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('needs', '0001_squashed_0007_verified_so_far'),
        ('registry', '0001_squashed_0012_doubts_of_a_place'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='need',
            name='need_unanswered_by_term',
        ),
        migrations.AddField(
            model_name='need',
            name='division',
            field=models.CharField(blank=True, db_default='', default='', max_length=12),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='need',
            index=models.Index(fields=['state', '-raised_on', 'id'], include=('division',), name='need_latest'),
        ),
        migrations.AddIndex(
            model_name='need',
            index=models.Index(fields=['state', 'division', 'level', 'household', 'kind'], name='need_of_place'),
        ),
        migrations.AddIndex(
            model_name='need',
            index=models.Index(condition=models.Q(('responded_at', None), ('state__in', ['draft', 'open'])), fields=['respond_by', 'id'], include=('division', 'owner'), name='need_unanswered_by_term'),
        ),
    ]
