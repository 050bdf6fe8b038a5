"""What officers have verified: a part of the models of the registry."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Verified(models.Model):
    """A fact that an officer has verified 核实事实, because no department has sent it.

    `fact` is the full name that rules declare, `value` is written as in worked cases. About a person, or about a
    household. It counts where no register says anything, from the day it was verified to `holds_until`, that day
    excluded; the latest one of a fact counts. Where `two` is set it counts once a second officer has confirmed it. It is
    never changed: who finds something else verifies anew, who finds it wrong takes it back with a reason. `ground` is
    the case it was verified for. `changed` is the place of the last writing in the order of all: a trigger sets it, one
    writing at a time, so that whoever has read so far misses none.
    """

    person_id: int | None
    household_id: int | None
    by_id: int
    second_by_id: int | None

    class How(models.TextChoices):
        """How it was verified."""

        VISIT = "visit", _("Visit to the home")
        PAPER = "paper", _("Paper seen")
        WORD = "word", _("Word of another department")

    key = models.CharField(max_length=100, unique=True)
    person = models.ForeignKey("registry.Person", null=True, on_delete=models.PROTECT, related_name="+")
    household = models.ForeignKey("registry.Household", null=True, on_delete=models.PROTECT, related_name="+")
    fact = models.CharField(max_length=64)
    value = models.CharField(max_length=64)
    how = models.CharField(max_length=8, choices=How)
    seen = models.CharField(max_length=500)
    verified_on = models.DateField()
    holds_until = models.DateField()
    ground = models.CharField(max_length=32)
    two = models.BooleanField()
    by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    second_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")
    second_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=500, blank=True)
    changed = models.BigIntegerField(default=0, db_index=True)

    data_classes = {
        "id": "internal",
        "key": "internal",
        "person": "personal",
        "household": "personal",
        "fact": "personal",
        "value": "sensitive",
        "how": "internal",
        "seen": "sensitive",
        "verified_on": "internal",
        "holds_until": "internal",
        "ground": "internal",
        "two": "internal",
        "by": "internal",
        "at": "internal",
        "second_by": "internal",
        "second_at": "internal",
        "withdrawn_by": "internal",
        "withdrawn_at": "internal",
        "withdrawn_reason": "personal",
        "changed": "internal",
    }

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(person=None, household__isnull=False, fact__startswith="household.")
                | models.Q(person__isnull=False, household=None, fact__startswith="person."),
                name="verified_of_person_or_household",
            ),
            models.CheckConstraint(
                condition=models.Q(how__in=["visit", "paper", "word"]), name="verified_how_known"
            ),
            models.CheckConstraint(
                condition=models.Q(verified_on__lt=models.F("holds_until")), name="verified_holds_some_time"
            ),
            models.CheckConstraint(
                condition=models.Q(second_by=None, second_at=None)
                | models.Q(two=True, second_at__isnull=False) & ~models.Q(second_by=models.F("by")),
                name="verified_second_is_another",
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_by=None, withdrawn_at=None, withdrawn_reason="")
                | models.Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False)
                & ~models.Q(withdrawn_reason=""),
                name="verified_withdrawn_with_reason",
            ),
        ]

    @property
    def waits(self) -> bool:
        """Whether a second officer has still to confirm it."""
        return self.two and self.second_at is None and self.withdrawn_at is None

    def __str__(self) -> str:
        return f"V{self.pk}"
