"""Holds that a person releases: who proposed it, why, for what, who agreed, and what undid it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class HoldRelease(models.Model):
    """A hold by a finding, released for one payment or until a day 解除暂缓. What was proposed and decided never changes.

    `kinds` are the findings that it answers; a finding of another kind undoes it.
    """

    hold_id: int
    order_id: int
    grant_id: int
    proposed_by_id: int

    class State(models.TextChoices):
        """How far a release is."""

        PROPOSED = "proposed", _("Waiting for a second person")
        RELEASED = "released", _("Released")
        REFUSED = "refused", _("Refused")
        UNDONE = "undone", _("Undone by another finding")

    hold = models.ForeignKey("funds.Hold", on_delete=models.PROTECT, related_name="releases")
    order = models.ForeignKey("delivery.Order", on_delete=models.PROTECT, related_name="+")
    grant = models.ForeignKey("delivery.Grant", on_delete=models.PROTECT, related_name="+")
    kinds = models.JSONField()
    until_on = models.DateField(
        null=True
    )  # Payments of the grant that fall due until then; none: this one alone.
    amount_fen = models.BigIntegerField()
    approvals_needed = models.SmallIntegerField()
    reason = models.TextField()
    state = models.CharField(max_length=16, choices=State)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")
    decision = models.TextField(blank=True)
    undone_at = models.DateTimeField(null=True)

    data_classes = dict.fromkeys(
        [
            "id", "hold", "order", "grant", "until_on", "approvals_needed", "state", "proposed_at",
            "proposed_by", "decided_at", "decided_by", "undone_at",
        ],
        "internal",
    ) | dict.fromkeys(["kinds", "amount_fen", "reason", "decision"], "personal")  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hold"], condition=models.Q(state="proposed"), name="hold_release_one_waits"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="hold_release_has_a_reason"),
            models.CheckConstraint(
                condition=models.Q(approvals_needed__range=(1, 2)), name="hold_release_by_one_or_two"
            ),
            models.CheckConstraint(
                condition=models.Q(state="proposed", decided_by=None, approvals_needed=2)
                | models.Q(state__in=["released", "undone"], approvals_needed=1, decided_by=None)
                | models.Q(
                    state__in=["released", "undone", "refused"],
                    approvals_needed=2,
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                )
                & ~models.Q(decided_by=models.F("proposed_by")),
                name="hold_release_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hold_id} {self.state}"
