"""The lines of the bank's statements."""

from django.db import models


class StatementLine(models.Model):
    """A line of the paying account as the bank states it 对账单明细. Added, never changed; its key has it once.

    `payment` is ours where the line names one of ours; what the bank called it stays in `named`.
    """

    payment_id: str | None

    key = models.CharField(max_length=160, unique=True)
    message = models.ForeignKey("funds.BankMessage", on_delete=models.PROTECT, related_name="lines")
    payment = models.ForeignKey("funds.Payment", null=True, on_delete=models.PROTECT, related_name="lines")
    named = models.CharField(max_length=35, blank=True)
    amount_fen = models.BigIntegerField()
    credit = models.BooleanField()
    booked_on = models.DateField(null=True)

    data_classes = dict.fromkeys(
        ["id", "key", "message", "payment", "named", "amount_fen", "credit", "booked_on"], "internal"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_fen__gte=0), name="statement_line_not_below_zero"
            )
        ]

    def __str__(self) -> str:
        return self.key
