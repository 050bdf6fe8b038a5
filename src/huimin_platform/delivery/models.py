"""What decisions grant, and the orders that follow from it."""

from collections.abc import Callable

from django.db import models
from django.utils.translation import gettext_lazy as _

from huimin_platform.delivery.service_models import OrderMove, ServiceOrder, Settlement, SettlementLine, Visit

__all__ = ["Grant", "Order", "OrderMove", "Rate", "ServiceOrder", "Settlement", "SettlementLine", "Visit"]


class Grant(models.Model):
    """What one decision gives a household: money for a period, a standing, or services worth an amount a month."""

    get_per_display: Callable[[], str]
    household_id: int
    payee_id: int | None
    orders: "models.QuerySet[Order]"
    rates: "models.QuerySet[Rate]"

    class Kind(models.TextChoices):
        """Money, a standing that opens other help, or services that are bought for the person."""

        CASH = "cash", _("Money")
        STATUS = "status", _("Standing")
        SERVICE = "service", _("Services")

    class Per(models.TextChoices):
        """How often the amount is due."""

        MONTH = "month", _("Each month")
        ONCE = "once", _("Once")
        NONE = "none", _("Without money")

    case_item = models.OneToOneField("cases.CaseItem", on_delete=models.PROTECT, related_name="+")
    case_number = models.CharField(max_length=32)
    household = models.ForeignKey("registry.Household", on_delete=models.PROTECT, related_name="+")
    payee = models.ForeignKey("registry.Person", null=True, on_delete=models.PROTECT, related_name="+")
    division = models.CharField(max_length=12)
    policy = models.CharField(max_length=64)
    policy_version = models.CharField(max_length=64)
    kind = models.CharField(max_length=8, choices=Kind)
    amount_fen = models.BigIntegerField()
    per = models.CharField(max_length=8, choices=Per)
    decided_on = models.DateField()
    started_on = models.DateField()
    ended_on = models.DateField(null=True)

    data_classes = {
        "id": "internal",
        "case_item": "internal",
        "case_number": "internal",
        "household": "personal",
        "payee": "personal",
        "division": "internal",
        "policy": "personal",
        "policy_version": "internal",
        "kind": "internal",
        "amount_fen": "personal",
        "per": "internal",
        "decided_on": "internal",
        "started_on": "internal",
        "ended_on": "internal",
    }

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["cash", "status", "service"]), name="grant_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(per__in=["month", "once", "none"]), name="grant_per_known"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="status", amount_fen=0, per="none")
                | models.Q(kind="cash", amount_fen__gt=0, per__in=["month", "once"])
                | models.Q(kind="service", amount_fen__gt=0, per="month"),
                name="grant_of_money_has_an_amount",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_on=None) | models.Q(ended_on__gt=models.F("started_on")),
                name="grant_period_forward",
            ),
        ]
        indexes = [
            models.Index(fields=["household"], name="grant_of_household"),
            models.Index(fields=["kind", "started_on"], name="grant_by_start"),
        ]

    def __str__(self) -> str:
        return f"{self.policy} {self.amount_fen} fen from {self.started_on}"


class Rate(models.Model):
    """What a grant owes each month from a month on, once it is another amount than at first; the first row of a grant is
    what it began with. `path` is the decision. Not counted while `annulled`, because an appeal has reversed it.
    """

    grant_id: int
    path_id: int | None

    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="rates")
    path = models.OneToOneField("cases.Path", null=True, on_delete=models.PROTECT, related_name="+")
    started_on = models.DateField()
    amount_fen = models.BigIntegerField()
    annulled = models.BooleanField(default=False)

    data_classes = {
        **dict.fromkeys(["id", "grant", "path", "started_on", "annulled"], "internal"),
        "amount_fen": "personal",
    }

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="rate_amount_above_zero"),
            models.UniqueConstraint(
                fields=["grant"], condition=models.Q(path=None), name="rate_one_first_a_grant"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grant_id} {self.amount_fen} fen from {self.started_on}"


class Order(models.Model):
    """One period of a grant, due to be paid 发放单; the key has it ordered once."""

    payee_id: int | None

    class State(models.TextChoices):
        """How far its payment is."""

        DUE = "due", _("Due")
        PAYING = "paying", _("Being paid")
        PAID = "paid", _("Paid")
        RETURNED = "returned", _("Came back")
        DROPPED = "dropped", _("Not due any more")

    key = models.CharField(max_length=64, unique=True)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="orders")
    period = models.CharField(max_length=16)
    due_on = models.DateField()
    amount_fen = models.BigIntegerField()
    payee = models.ForeignKey("registry.Person", null=True, on_delete=models.PROTECT, related_name="+")
    division = models.CharField(max_length=12)
    state = models.CharField(max_length=16, choices=State, default=State.DUE)

    data_classes = {
        "id": "internal",
        "key": "internal",
        "grant": "personal",
        "period": "internal",
        "due_on": "internal",
        "amount_fen": "personal",
        "payee": "personal",
        "division": "internal",
        "state": "internal",
    }

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["grant", "period"], name="order_once_a_period"),
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="order_amount_above_zero"),
            models.CheckConstraint(
                condition=models.Q(state__in=["due", "paying", "paid", "returned", "dropped"]),
                name="order_state_known",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_on"], name="order_by_state"),
            models.Index(fields=["division", "due_on"], name="order_by_division"),
        ]

    def __str__(self) -> str:
        return self.key
