"""What is posted where the neighbours can read it, and what they say against it."""

from collections.abc import Callable

from django.db import models
from django.utils.translation import gettext_lazy as _


class Posting(models.Model):
    """One case posted for its days 公示. `shown` is what stood there, word for word: the masked name and, for each
    policy, what its law lets stand beside it. `until` is the last day; an objection moves it.
    """

    case_id: int
    step_id: int
    objections: "models.QuerySet[Objection]"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="postings")
    step = models.ForeignKey("cases.Step", on_delete=models.PROTECT, related_name="+")
    division = models.CharField(max_length=12)
    shown = models.JSONField()
    posted_on = models.DateField()
    until = models.DateField()
    taken_down_on = models.DateField(null=True)

    data_classes = {
        **dict.fromkeys(
            ["id", "case", "step", "division", "posted_on", "until", "taken_down_on"], "internal"
        ),
        "shown": "personal",
    }

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["step"], condition=models.Q(taken_down_on=None), name="posting_one_running_a_step"
            ),
            models.CheckConstraint(
                condition=models.Q(until__gt=models.F("posted_on")), name="posting_lasts_a_day"
            ),
        ]
        indexes = [
            models.Index(
                fields=["division", "until"], condition=models.Q(taken_down_on=None), name="posting_running"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.posted_on}"


class Objection(models.Model):
    """What somebody said against a posting 异议. Nobody is asked for a name: whoever wrote it keeps a code, which
    is made from its number, and reads the answer with it. `key` has the same form recorded once; `step` is the check that it opened.
    """

    get_outcome_display: Callable[[], str]
    posting_id: int
    step_id: int

    class Outcome(models.TextChoices):
        """What the check found."""

        HOLDS = "holds", _("The objection holds")
        DOES_NOT_HOLD = "does_not_hold", _("The objection does not hold")

    key = models.CharField(max_length=64, unique=True)
    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="objections")
    step = models.OneToOneField("cases.Step", on_delete=models.PROTECT, related_name="+")
    text_sealed = models.BinaryField()
    made_at = models.DateTimeField()
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    data_classes = {
        **dict.fromkeys(
            ["id", "key", "posting", "step", "made_at", "answered_by", "answered_at"], "internal"
        ),
        "text_sealed": "sensitive",
        **dict.fromkeys(["outcome", "answer"], "personal"),
    }

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome="", answer="", answered_by=None, answered_at=None)
                | models.Q(outcome__in=["holds", "does_not_hold"], answered_by__isnull=False,
                           answered_at__isnull=False) & ~models.Q(answer=""),
                name="objection_answered_whole",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.posting_id} {self.key}"


class Withholding(models.Model):
    """A case whose name stands on no public list, because that would put somebody in danger. Added, never changed."""

    case = models.OneToOneField("cases.Case", on_delete=models.PROTECT, related_name="withholding")
    reason = models.TextField()
    by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    data_classes = {
        **dict.fromkeys(["id", "case", "by", "at"], "internal"),
        "reason": "sensitive",
    }

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="withholding_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}"
