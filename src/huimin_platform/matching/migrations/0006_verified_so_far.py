from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('matching', '0005_runs_that_follow'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='verified',
            field=models.BigIntegerField(default=0),
        ),
    ]
