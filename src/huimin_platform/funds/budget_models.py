"""Sources of money, budget years that are closed, and allocations that two persons stand for."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from huimin.funds.sources import KINDS


class Source(models.Model):
    """A source of money with its purposes 资金来源. Registered once, never changed: money of it stands on accounts
    that the database opens for its purposes only.

    `purposes` are names of policies, or `project:` and the code of a project; `place` is whose source it is.
    """

    code = models.CharField(max_length=32, primary_key=True)
    place = models.CharField(max_length=12, blank=True, db_default="")
    kind = models.CharField(max_length=16)
    title = models.CharField(max_length=120)
    document = models.CharField(max_length=64)
    giver = models.CharField(max_length=120, blank=True)
    purposes = models.JSONField()
    registered_at = models.DateTimeField()
    registered_by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")

    data_classes = dict.fromkeys(
        [
            "code", "place", "kind", "title", "document", "giver", "purposes", "registered_at", "registered_by",
        ],
        "internal",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=list(KINDS)), name="source_kind_known"),
            models.CheckConstraint(
                condition=models.Q(code__regex=r"^[A-Za-z0-9-]{1,32}$"),
                name="source_code_of_letters_and_digits",
            ),
            models.CheckConstraint(
                condition=~models.Q(purposes=[]) & ~models.Q(title="") & ~models.Q(document=""),
                name="source_says_what_it_is_for",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class ClosedYear(models.Model):
    """A budget year that is closed 决算 for a place and all inside: nothing is put on it, handed down or promised any more.

    Never opened again.
    """

    place = models.CharField(max_length=12, blank=True, db_default="")
    year = models.SmallIntegerField()
    closed_at = models.DateTimeField()
    closed_by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    left_fen = models.BigIntegerField()

    data_classes = dict.fromkeys(["id", "place", "year", "closed_at", "closed_by", "left_fen"], "internal")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place", "year"], name="closed_year_once")]

    def __str__(self) -> str:
        return f"{self.place} {self.year}"


class Proposal(models.Model):
    """An allocation as it was proposed 分配方案: definition, figures, result. Its content never changes; another person signs
    it, and it then stands in the ledger.

    `kind`: `allocation` hands a pot of `place` down; `correction` moves what an earlier one handed down, by new transfers.
    """

    corrects_id: int | None
    partly: bool = False  # Cut to what somebody may see.
    proposed_by_id: int
    decided_by_id: int | None

    class State(models.TextChoices):
        """How far a proposal is."""

        PROPOSED = "proposed", _("Waiting for a signature")
        SIGNED = "signed", _("Signed and posted")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    number = models.CharField(max_length=32, unique=True)
    key = models.UUIDField(unique=True)
    kind = models.CharField(max_length=16)
    place = models.CharField(max_length=12, blank=True, db_default="")
    year = models.SmallIntegerField()
    source = models.CharField(max_length=32, blank=True)
    definition = models.JSONField()
    figures = models.JSONField()
    figures_on = models.DateField()
    result = models.JSONField()
    total_fen = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="corrections")
    reason = models.TextField(blank=True)
    state = models.CharField(max_length=16, choices=State, default=State.PROPOSED)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")
    decision = models.TextField(blank=True)

    data_classes = dict.fromkeys(
        [
            "id", "number", "key", "kind", "place", "year", "source", "definition", "figures", "figures_on", "result",
            "total_fen", "digest", "corrects", "reason", "state", "proposed_at", "proposed_by", "decided_at",
            "decided_by", "decision",
        ],
        "internal",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="allocation", corrects=None)
                | models.Q(kind="correction", corrects__isnull=False) & ~models.Q(reason=""),
                name="proposal_kind_known",
            ),
            models.CheckConstraint(condition=models.Q(total_fen__gt=0), name="proposal_moves_something"),
            models.CheckConstraint(
                condition=models.Q(state="proposed", decided_by=None)
                | models.Q(state__in=["signed", "refused", "withdrawn"], decided_by__isnull=False),
                name="proposal_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="signed") | ~models.Q(decided_by=models.F("proposed_by")),
                name="proposal_signed_by_another",
            ),
        ]
        indexes = [models.Index(fields=["state", "proposed_at"], name="proposal_by_state")]

    def __str__(self) -> str:
        return self.number
