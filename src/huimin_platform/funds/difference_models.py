"""What finance has to look at: the exceptions of the bank and of the house."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Difference(models.Model):
    """Something finance has to look at 差异: a return, no answer, an answer that fits nothing. Each has an
    owner. It is about a payment, about a card that the bank was asked about, or about a file alone.
    """

    owner_id: int | None
    payment_id: str | None
    card_check_id: str | None

    class State(models.TextChoices):
        """Open until somebody says how it ended, or the bank's answer ends it."""

        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=32)
    payment = models.ForeignKey(
        "funds.Payment", null=True, on_delete=models.PROTECT, related_name="differences"
    )
    card_check = models.ForeignKey(
        "funds.CardCheck", null=True, on_delete=models.PROTECT, related_name="differences"
    )
    message = models.ForeignKey("funds.BankMessage", null=True, on_delete=models.PROTECT, related_name="+")
    details = models.JSONField(default=dict)
    owner = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)

    data_classes = dict.fromkeys(
        [
            "id", "key", "kind", "payment", "card_check", "message", "owner", "state", "opened_at", "closed_at",
            "closed_by", "reason",
        ],
        "internal",
    ) | {"details": "personal"}  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="open", closed_at=None)
                | models.Q(state="closed", closed_at__isnull=False),
                name="difference_closed_has_a_time",
            )
        ]
        indexes = [models.Index(fields=["state", "opened_at"], name="difference_by_state")]

    def __str__(self) -> str:
        return self.key
