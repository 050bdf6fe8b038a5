"""Ratings of providers, added and never changed; and how many persons a contract serves at most."""

import django.db.models.deletion
from django.db import migrations, models

from huimin_platform.base.migrations_operations import AppendOnly


def hundredths(**more):
    return models.DecimalField(max_digits=4, decimal_places=2, **more)


class Migration(migrations.Migration):
    dependencies = [("supply", "0002_guards")]

    operations = [
        migrations.CreateModel(
            name="Rating",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField()),
                ("rated_at", models.DateTimeField()),
                ("persons", models.IntegerField()),
                ("answers", models.IntegerField()),
                ("on_behalf", models.IntegerField()),
                ("mean", hundredths(null=True)),
                ("estimate", hundredths()),
                ("low", hundredths()),
                ("high", hundredths()),
                ("division_estimate", hundredths()),
                ("division_persons", models.IntegerField()),
                ("released", models.BooleanField(default=False)),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="ratings", to="supply.provider"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("provider", "on"), name="rating_once_a_day"),
                    models.CheckConstraint(
                        condition=models.Q(
                            persons__gte=0, answers__gte=models.F("persons"), on_behalf__gte=0,
                            on_behalf__lte=models.F("answers"),
                        ),
                        name="rating_counts_fit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            low__gte=1, low__lte=models.F("estimate"), high__gte=models.F("estimate"), high__lte=5
                        ),
                        name="rating_within_its_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(persons=0, mean=None) | models.Q(persons__gt=0, mean__gte=1, mean__lte=5),
                        name="rating_mean_of_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(released=False) | models.Q(persons__gte=10),
                        name="rating_released_of_enough",
                    ),
                ]
            },
        ),
        AppendOnly("supply_rating"),
        migrations.AddField("servicecontract", "most_persons", models.IntegerField(null=True)),
        migrations.AddConstraint(
            "servicecontract",
            models.CheckConstraint(
                condition=models.Q(most_persons=None) | models.Q(most_persons__gt=0),
                name="service_contract_for_somebody",
            ),
        ),
    ]
