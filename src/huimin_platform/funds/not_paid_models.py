"""The bank's word, brought in by a person, that it did not pay: who said so, on what, who agreed."""

from collections.abc import Callable

from django.db import models
from django.utils.translation import gettext_lazy as _


class NotPaid(models.Model):
    """That the bank has confirmed not to have paid a payment of unknown outcome 银行确认未付. What was said never changes.

    Once it is confirmed, the money is in the budget again.
    """

    payment_id: str
    proposed_by_id: int
    get_state_display: Callable[[], str]

    class State(models.TextChoices):
        """How far it is."""

        PROPOSED = "proposed", _("Waiting for a second person")
        CONFIRMED = "confirmed", _("Confirmed")
        REFUSED = "refused", _("Refused")

    payment = models.ForeignKey("funds.Payment", on_delete=models.PROTECT, related_name="not_paid")
    document = models.CharField(max_length=100)
    reason = models.TextField()
    approvals_needed = models.SmallIntegerField()
    state = models.CharField(max_length=16, choices=State)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")
    decision = models.TextField(blank=True)

    data_classes = dict.fromkeys(
        [
            "id", "payment", "approvals_needed", "state", "proposed_at", "proposed_by", "decided_at",
            "decided_by",
        ],
        "internal",
    ) | dict.fromkeys(["document", "reason", "decision"], "personal")  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payment"],
                condition=models.Q(state__in=["proposed", "confirmed"]),
                name="not_paid_once_a_payment",
            ),
            models.CheckConstraint(
                condition=~models.Q(reason="") & ~models.Q(document=""), name="not_paid_has_a_reason"
            ),
            models.CheckConstraint(
                condition=models.Q(state="proposed", decided_by=None, approvals_needed=2)
                | models.Q(state="confirmed", approvals_needed=1, decided_by=None)
                | models.Q(
                    state__in=["confirmed", "refused"],
                    approvals_needed=2,
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                )
                & ~models.Q(decided_by=models.F("proposed_by")),
                name="not_paid_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} {self.state}"
