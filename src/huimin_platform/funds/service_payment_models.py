"""What a provider was paid for services, by a voucher of the treasury that rests on a signed settlement."""

from django.db import models


class ServicePayment(models.Model):
    """A signed settlement paid to its provider 服务结算支付: prepared by one finance officer, approved by another, then in
    the ledger. The treasury transfers to the confirmed account; `document` is the number of its voucher.

    One a settlement, so that nothing proven is paid twice. `payer`, whose money it is, and `source` are found when it is approved.
    """

    settlement_id: int
    prepared_by_id: int

    settlement = models.OneToOneField(
        "delivery.Settlement", primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    line = models.CharField(max_length=16)
    year = models.SmallIntegerField()
    policy = models.CharField(max_length=64)
    payer = models.CharField(max_length=12, blank=True)
    source = models.CharField(max_length=32, blank=True)
    amount_fen = models.BigIntegerField()
    document = models.CharField(max_length=64, unique=True)
    prepared_at = models.DateTimeField()
    prepared_by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")

    data_classes = dict.fromkeys(
        [
            "settlement", "line", "year", "policy", "payer", "source", "amount_fen", "document", "prepared_at", "prepared_by",
            "approved_at", "approved_by",
        ],
        "internal",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_fen__gt=0) & ~models.Q(document=""),
                name="service_payment_pays_something",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by=None, approved_at=None)
                | models.Q(approved_by__isnull=False, approved_at__isnull=False)
                & ~models.Q(approved_by=models.F("prepared_by")),
                name="service_payment_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.settlement_id} {self.document}"
