"""Messages that tell people of their notices, and the files in which they go to a gateway."""

from collections.abc import Callable

from django.db import models
from django.utils.translation import gettext_lazy as _

# In these states no message has reached the person, as far as anybody knows; an officer goes there.
NOT_REACHED = ("unreached", "failed", "unknown")


class ReminderFile(models.Model):
    """Messages as they go to the gateway 短信发件箱, sealed: kept with the rows before it is written, so that a crash loses none."""

    name = models.CharField(max_length=40, unique=True)
    content_sealed = models.BinaryField()
    count = models.IntegerField()
    made_at = models.DateTimeField()
    written_at = models.DateTimeField(null=True)

    data_classes = dict.fromkeys(["id", "name", "count", "made_at", "written_at"], "internal") | {
        "content_sealed": "sensitive"
    }

    def __str__(self) -> str:
        return self.name


class ReceiptFile(models.Model):
    """A file in which the gateway says what became of messages 状态报告, known by its digest: what it moved, or why it was refused."""

    name = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64, unique=True)
    read_at = models.DateTimeField()
    counts = models.JSONField(default=dict)
    problem = models.JSONField(null=True)

    data_classes = dict.fromkeys(["id", "name", "sha256", "read_at", "counts", "problem"], "internal")

    def __str__(self) -> str:
        return self.name


class Reminder(models.Model):
    """That a person was told of a notice: by a message, or in person where none arrived. Once a notice.

    `receipt_code`, `receipt_at` and `receipt_reason` are the gateway's own words about the message.
    """

    get_state_display: Callable[[], str]

    class State(models.TextChoices):
        """How the person hears of it."""

        HANDED = "handed", _("Message handed over, no receipt yet")
        DELIVERED = "delivered", _("Message delivered")
        FAILED = "failed", _("Message not delivered: tell in person")
        UNKNOWN = "unknown", _("Not known whether the message arrived: tell in person")
        UNREACHED = "unreached", _("No telephone: tell in person")
        TOLD = "told", _("Told in person")

    notice = models.OneToOneField("cases.Notice", on_delete=models.PROTECT, related_name="reminder")
    file = models.ForeignKey(ReminderFile, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=State)
    at = models.DateTimeField()
    told_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")
    told_at = models.DateTimeField(null=True)
    receipt_code = models.CharField(max_length=16, blank=True, db_default="")
    receipt_at = models.DateTimeField(null=True)
    receipt_reason = models.CharField(max_length=40, blank=True, db_default="")

    data_classes = dict.fromkeys(
        [
            "id", "notice", "file", "state", "at", "told_by", "told_at", "receipt_code", "receipt_at", "receipt_reason",
        ],
        "internal",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["handed", "delivered", "failed", "unknown"], file__isnull=False, told_by=None
                )
                | models.Q(state="unreached", file=None, told_by=None)
                | models.Q(state="told", told_by__isnull=False, told_at__isnull=False),
                name="reminder_by_file_or_by_somebody",
            )
        ]
        indexes = [
            models.Index(fields=["at"], condition=models.Q(state__in=NOT_REACHED), name="reminder_unreached")
        ]

    def __str__(self) -> str:
        return f"{self.notice_id}: {self.state}"
