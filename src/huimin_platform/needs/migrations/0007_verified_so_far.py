from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('needs', '0006_answers_are_worked_out'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='verified',
            field=models.BigIntegerField(default=0),
        ),
    ]
