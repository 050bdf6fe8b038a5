"""Who above was told that an office is late."""

from django.db import models


class Telling(models.Model):
    """One message upwards 督办: on a day, the superior of an office heard that so many cases of a place are late with
    it. Its steps say the day; the office and the place say the rest.
    """

    superior_id: int | None

    on = models.DateField()
    level = models.CharField(max_length=16)
    department = models.CharField(max_length=32)
    division = models.CharField(max_length=12)
    superior = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")

    data_classes = dict.fromkeys(["id", "on", "level", "department", "division", "superior"], "internal")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["on", "level", "department", "division"], name="telling_once_a_day_and_office"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.department} {self.division}"
