"""Joint meetings of departments, their minutes, and what follows from them."""

from django.db import models


class Meeting(models.Model):
    """A joint meeting 联席会议, or the joint review of one case, with its minutes. Added, never changed."""

    follow_ups: "models.QuerySet[FollowUp]"

    key = models.UUIDField(unique=True)
    division = models.CharField(max_length=12)
    case = models.ForeignKey("cases.Case", null=True, on_delete=models.PROTECT, related_name="meetings")
    held_on = models.DateField()
    subject = models.CharField(max_length=200)
    departments = models.JSONField()
    minutes = models.TextField()
    by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    data_classes = {
        **dict.fromkeys(["id", "key", "division", "case", "held_on", "departments", "by", "at"], "internal"),
        **dict.fromkeys(["subject", "minutes"], "personal"),
    }

    class Meta:
        ordering = ["-held_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(subject="") & ~models.Q(minutes=""), name="meeting_has_minutes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.held_on} {self.subject}"


class FollowUp(models.Model):
    """One thing a meeting decided 议定事项: what, which department, until when; done with what came of it."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="follow_ups")
    what = models.CharField(max_length=200)
    department = models.CharField(max_length=32)
    due_on = models.DateField()
    result = models.TextField(blank=True)
    done_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True)

    data_classes = {
        **dict.fromkeys(["id", "meeting", "department", "due_on", "done_by", "done_at"], "internal"),
        **dict.fromkeys(["what", "result"], "personal"),
    }

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(done_at=None, result="", done_by=None)
                | models.Q(done_at__isnull=False, done_by__isnull=False) & ~models.Q(result=""),
                name="follow_up_done_has_a_result",
            ),
        ]
        indexes = [
            models.Index(fields=["due_on"], condition=models.Q(done_at=None), name="follow_up_open_by_due")
        ]

    def __str__(self) -> str:
        return self.what
