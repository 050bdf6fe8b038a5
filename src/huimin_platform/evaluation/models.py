"""Figures: what an indicator was, on a day, in a division."""

from django.db import models


class Figure(models.Model):
    """One figure as the fraction it is, so that it can be checked; definitions live in the library."""

    indicator = models.CharField(max_length=40)
    on = models.DateField()
    division = models.CharField(max_length=12)
    numerator = models.DecimalField(max_digits=26, decimal_places=6)
    denominator = models.DecimalField(max_digits=26, decimal_places=6)
    computed_at = models.DateTimeField()

    data_classes = {
        "id": "public",
        "indicator": "public",
        "on": "public",
        "division": "public",
        "numerator": "internal",
        "denominator": "internal",
        "computed_at": "internal",
    }

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["indicator", "on", "division"], name="figure_once"),
            models.CheckConstraint(
                condition=models.Q(division="") | models.Q(division__regex=r"^[0-9]{12}$"),
                name="figure_division_of_12_digits",
            ),
        ]
        indexes = [models.Index(fields=["division", "on"], name="figure_of_division")]

    def __str__(self) -> str:
        return f"{self.indicator} {self.on} {self.division}"
