"""Formulas that a county writes itself: a text with a day, tried on last year's figures, signed by another person."""

from collections.abc import Callable

from django.db import models
from django.utils.translation import gettext_lazy as _


class FormulaText(models.Model):
    """A formula of a place 本地分配办法. Its text never changes; another person signs it, and it holds there from its own day on."""

    proposed_by_id: int
    get_state_display: Callable[[], str]

    class State(models.TextChoices):
        """How far a text is."""

        PROPOSED = "proposed", _("Waiting for a signature")
        SIGNED = "signed", _("Signed")
        REFUSED = "refused", _("Refused")

    place = models.CharField(max_length=12, blank=True, db_default="")
    name = models.CharField(max_length=64)
    version = models.DateField()
    text = models.TextField()
    reason = models.TextField()
    trial = models.JSONField()
    state = models.CharField(max_length=16, choices=State, default=State.PROPOSED)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")
    decision = models.TextField(blank=True)

    data_classes = dict.fromkeys(
        [
            "id", "place", "name", "version", "text", "reason", "trial", "state", "proposed_at", "proposed_by", "decided_at",
            "decided_by", "decision",
        ],
        "internal",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["place", "name", "version"],
                condition=models.Q(state="signed"),
                name="formula_signed_once_a_day",
            ),
            models.CheckConstraint(
                condition=models.Q(state="proposed", decided_by=None)
                | models.Q(
                    state__in=["signed", "refused"], decided_by__isnull=False, decided_at__isnull=False
                ),
                name="formula_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="signed") | ~models.Q(decided_by=models.F("proposed_by")),
                name="formula_signed_by_another",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="formula_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"
