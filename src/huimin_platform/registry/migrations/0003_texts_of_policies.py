from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0002_signed_numbers'),
    ]

    operations = [
        migrations.AddField(
            model_name='proposal',
            name='policy',
            field=models.CharField(blank=True, default='', max_length=100),
        ),
        migrations.AddField(
            model_name='proposal',
            name='text',
            field=models.TextField(blank=True, default=''),
        ),
    ]
