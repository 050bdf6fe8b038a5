"""The ledger, payments, batches, messages to and from the bank, and what finance has to look at."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from huimin.funds.checks import HOLDS
from huimin.funds.ledger import CLAIM_LEGS, CLAIMS, LEGS, PLACE
from huimin.funds.levels import STEPS
from huimin_platform.funds import appraisal_models as appraisal_models
from huimin_platform.funds import budget_models as budget_models
from huimin_platform.funds import card_models as card_models
from huimin_platform.funds import formula_models as formula_models
from huimin_platform.funds import hold_models as hold_models
from huimin_platform.funds import not_paid_models as not_paid_models
from huimin_platform.funds import project_models as project_models
from huimin_platform.funds import statement_models as statement_models
from huimin_platform.funds.difference_models import Difference as Difference


class Account(models.Model):
    """One account of a fund, its balance kept by a trigger on entries; only what stands outside goes below zero."""

    code = models.CharField(max_length=160, unique=True)
    line = models.CharField(max_length=16)
    year = models.SmallIntegerField()
    purpose = models.CharField(max_length=64)
    place = models.CharField(max_length=12, blank=True, db_default="")
    source = models.CharField(max_length=32, blank=True, db_default="")
    leg = models.CharField(max_length=16)
    balance_fen = models.BigIntegerField(default=0)

    data_classes = dict.fromkeys(
        ["id", "code", "line", "year", "purpose", "place", "source", "leg", "balance_fen"], "internal"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["line", "year", "purpose", "place", "source", "leg"], name="account_once"
            ),
            models.CheckConstraint(condition=models.Q(place__regex=PLACE), name="account_place_known"),
            models.CheckConstraint(
                condition=models.Q(leg__in=[*LEGS, *CLAIM_LEGS]), name="account_leg_known"
            ),
            models.CheckConstraint(
                condition=models.Q(leg__in=["treasury", "claim"], balance_fen__lte=0)
                | ~models.Q(leg__in=["treasury", "claim"]) & models.Q(balance_fen__gte=0),
                name="account_not_below_zero",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Batch(models.Model):
    """Payments of one fund that go to the bank in one file 支付批次. `number` is the file's name and
    message id.

    `approvals_needed` follows from the total by the rule of the day it was prepared; a trigger counts the
    approvals.
    """

    prepared_by_id: int | None
    approvals: "models.QuerySet[BatchApproval]"
    payments: "models.QuerySet[Payment]"
    messages: "models.QuerySet[BankMessage]"

    class State(models.TextChoices):
        """How far a batch is."""

        PREPARED = "prepared", _("Waiting for release")
        RELEASED = "released", _("Released")
        SENT = "sent", _("Sent to the bank")
        CLOSED = "closed", _("All answered")

    number = models.CharField(max_length=32, unique=True)
    line = models.CharField(max_length=16)
    year = models.SmallIntegerField()
    purpose = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=State, default=State.PREPARED)
    count = models.IntegerField()
    total_fen = models.BigIntegerField()
    approvals_needed = models.SmallIntegerField()
    rule = models.JSONField()
    prepared_at = models.DateTimeField()
    prepared_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    data_classes = dict.fromkeys(
        [
            "id", "number", "line", "year", "purpose", "state", "count", "total_fen",
            "approvals_needed", "rule", "prepared_at", "prepared_by", "released_at", "sent_at",
        ],
        "internal",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["prepared", "released", "sent", "closed"]),
                name="batch_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(count__gte=0, total_fen__gte=0), name="batch_total_not_below_zero"
            ),
            models.CheckConstraint(
                condition=models.Q(approvals_needed__range=(0, 2)), name="batch_approvals_0_to_2"
            ),
        ]
        indexes = [models.Index(fields=["state", "prepared_at"], name="batch_by_state")]

    def __str__(self) -> str:
        return self.number


class BatchApproval(models.Model):
    """One person's approval of a batch; each person once, never who prepared it. Added, never changed."""

    batch_id: int
    by_id: int

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="approvals")
    by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    data_classes = {"id": "internal", "batch": "internal", "by": "internal", "at": "internal"}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "by"], name="batch_approval_once_a_person")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.by_id}"


class Payment(models.Model):
    """One order on its way to a card. The id is a digest of grant, period and component, and the bank's
    EndToEndId.
    """

    order_id: int
    payee_id: int
    moves: "models.QuerySet[PaymentMove]"
    transfers: "models.QuerySet[Transfer]"
    differences: "models.QuerySet[Difference]"

    class State(models.TextChoices):
        """Where the money is; the moves are in `huimin.funds.payment`."""

        APPROVED = "approved", _("Approved")
        SENDING = "sending", _("With the bank")
        SETTLED = "settled", _("Settled")
        RETURNED = "returned", _("Returned")
        UNKNOWN = "unknown", _("Outcome unknown")

    id = models.CharField(max_length=32, primary_key=True)
    order = models.ForeignKey("delivery.Order", on_delete=models.PROTECT, related_name="+")
    component = models.CharField(max_length=16)
    line = models.CharField(max_length=16)
    year = models.SmallIntegerField()
    payer = models.CharField(max_length=12, blank=True, db_default="")  # The place of the fund.
    source = models.CharField(max_length=32, blank=True, db_default="")
    policy = models.CharField(max_length=64)
    policy_version = models.CharField(max_length=64)
    case_number = models.CharField(max_length=32)
    household = models.ForeignKey("registry.Household", on_delete=models.PROTECT, related_name="+")
    payee = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    division = models.CharField(max_length=12)
    amount_fen = models.BigIntegerField()
    card_sealed = models.BinaryField(max_length=200)
    state = models.CharField(max_length=16, choices=State, default=State.APPROVED)
    batch = models.ForeignKey(Batch, null=True, on_delete=models.PROTECT, related_name="payments")
    approved_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    return_code = models.CharField(max_length=35, blank=True)

    data_classes = dict.fromkeys(
        [
            "id", "order", "component", "line", "year", "payer", "source", "policy_version", "case_number",
            "division", "state", "batch", "approved_at", "sent_at", "answered_at", "return_code",
        ],
        "internal",
    ) | {
        "policy": "personal",
        "household": "personal",
        "payee": "personal",
        "amount_fen": "personal",
        "card_sealed": "sensitive",
    }  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "component"], name="payment_once_a_component"),
            models.UniqueConstraint(
                fields=["order"], condition=~models.Q(state="returned"), name="payment_one_live_an_order"
            ),
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="payment_amount_above_zero"),
            models.CheckConstraint(
                condition=models.Q(state__in=["approved", "sending", "settled", "returned", "unknown"]),
                name="payment_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state="approved") | models.Q(batch__isnull=False, sent_at__isnull=False),
                name="payment_sent_in_a_batch",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "approved_at"], name="payment_by_state"),
            models.Index(fields=["line", "year", "policy", "state"], name="payment_by_fund"),
            models.Index(fields=["answered_at"], name="payment_by_answer"),
        ]

    def __str__(self) -> str:
        return self.id


class BankMessage(models.Model):
    """A file to or from the bank, kept sealed as it was. An outgoing one is the outbox: it is written to
    the exchange folder after its transaction, and again from these bytes when that was cut short.
    """

    batch_id: int | None

    class State(models.TextChoices):
        """Outgoing: pending, written. Incoming: applied, or refused whole."""

        PENDING = "pending", _("To be written")
        WRITTEN = "written", _("Handed to the bank")
        APPLIED = "applied", _("Applied")
        REFUSED = "refused", _("Refused whole")

    outgoing = models.BooleanField()
    kind = models.CharField(max_length=16)  # order | status | statement | card_check | card_report | unread
    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    batch = models.ForeignKey(Batch, null=True, on_delete=models.PROTECT, related_name="messages")
    content_sealed = models.BinaryField()
    state = models.CharField(max_length=16, choices=State)
    attempts = models.SmallIntegerField(default=0)
    problem = models.JSONField(null=True)
    counts = models.JSONField(default=dict)
    # The days that a statement closes, first and last.
    from_on = models.DateField(null=True)
    until_on = models.DateField(null=True)
    at = models.DateTimeField()

    data_classes = dict.fromkeys(
        [
            "id", "outgoing", "kind", "name", "sha256", "batch", "state", "attempts", "problem", "counts",
            "from_on", "until_on", "at",
        ],
        "internal",
    ) | {"content_sealed": "sensitive"}  # fmt: skip

    class Meta:
        constraints = [
            # A file for the bank has its own name; asking the same again may be the same bytes.
            models.UniqueConstraint(
                fields=["sha256"], condition=models.Q(outgoing=False), name="bank_message_once"
            ),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(outgoing=True), name="bank_message_one_file_a_name"
            ),
            models.CheckConstraint(
                condition=models.Q(outgoing=True, state__in=["pending", "written"])
                | models.Q(outgoing=False, state__in=["applied", "refused"]),
                name="bank_message_state_fits",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Transfer(models.Model):
    """One move of money. The key can stand once; `entry_count` fixes at birth how many entries it has.

    Each names the audit line of the act, and the case and policy version it is for; those between budgets
    have none, but the document that they follow: a letter, or a signed allocation. What people owe back
    belongs to a case, but to no payment.
    """

    audit_id: int
    entries: "models.QuerySet[Entry]"

    key = models.CharField(max_length=120, unique=True)
    reason = models.CharField(max_length=32)
    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="transfers")
    case_number = models.CharField(max_length=32, blank=True)
    policy_version = models.CharField(max_length=64, blank=True)
    audit = models.ForeignKey("base.AuditLine", on_delete=models.PROTECT, related_name="+")
    entry_count = models.SmallIntegerField(default=2)
    document = models.CharField(max_length=64, blank=True, db_default="")
    at = models.DateTimeField()

    data_classes = dict.fromkeys(
        [
            "id", "key", "reason", "payment", "case_number", "policy_version", "audit", "entry_count",
            "document", "at",
        ],
        "internal",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reason__in=list(STEPS), payment=None)
                | models.Q(reason__in=list(CLAIMS), payment=None) & ~models.Q(case_number="")
                | ~models.Q(reason__in=[*STEPS, *CLAIMS])
                & models.Q(payment__isnull=False)
                & ~models.Q(case_number=""),
                name="transfer_names_its_case",
            ),
            models.CheckConstraint(
                condition=models.Q(reason__in=list(STEPS)) | ~models.Q(policy_version=""),
                name="transfer_names_its_version",
            ),
            models.CheckConstraint(condition=models.Q(entry_count__gte=2), name="transfer_has_two_entries"),
        ]
        indexes = [models.Index(fields=["reason", "at"], name="transfer_by_reason")]

    def __str__(self) -> str:
        return self.key


class Entry(models.Model):
    """Money on one account. Added, never changed; the entries of a transfer sum to zero, which a trigger
    checks.
    """

    account_id: int
    transfer_id: int

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="entries")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries")
    amount_fen = models.BigIntegerField()

    data_classes = {"id": "internal", "transfer": "internal", "account": "internal", "amount_fen": "internal"}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transfer", "account"], name="entry_once_an_account"),
            models.CheckConstraint(condition=~models.Q(amount_fen=0), name="entry_moves_something"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.amount_fen}"


class PaymentMove(models.Model):
    """One move of a payment from state to state: who or which message caused it, and why. Added, never
    changed.
    """

    payment_id: str

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="moves")
    move = models.CharField(max_length=16)
    state_before = models.CharField(max_length=16, blank=True)
    state_after = models.CharField(max_length=16)
    at = models.DateTimeField()
    audit = models.ForeignKey("base.AuditLine", on_delete=models.PROTECT, related_name="+")
    message = models.ForeignKey(BankMessage, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200, blank=True)

    data_classes = dict.fromkeys(
        [
            "id", "payment", "move", "state_before", "state_after", "at", "audit", "message", "reason",
        ],
        "internal",
    )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.payment_id} {self.state_after}"


class Hold(models.Model):
    """Why an order or payment waits. One open hold an order; lifted when the reason is gone, and kept."""

    order_id: int

    order = models.ForeignKey("delivery.Order", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=16)
    held_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    data_classes = {
        "id": "internal",
        "order": "internal",
        "reason": "personal",
        "held_at": "internal",
        "lifted_at": "internal",
    }

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(lifted_at=None), name="hold_one_open_an_order"
            ),
            models.CheckConstraint(condition=models.Q(reason__in=list(HOLDS)), name="hold_reason_known"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.reason}"
