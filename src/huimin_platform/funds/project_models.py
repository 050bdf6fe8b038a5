"""Projects with their running costs, vouchers of what was spent on them, and decisions to end or keep what goes badly."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from huimin_platform.funds import service_payment_models as service_payment_models


class Project(models.Model):
    """A project of the register 项目库: building, running costs over its life and who pays them. Another person approves."""

    class State(models.TextChoices):
        """How far a project is."""

        PLANNED = "planned", _("Planned")
        APPROVED = "approved", _("Approved")

    code = models.CharField(max_length=32, primary_key=True)
    title = models.CharField(max_length=120)
    division = models.CharField(max_length=12)
    build_fen = models.BigIntegerField()
    running_fen = models.BigIntegerField()
    life_years = models.SmallIntegerField()
    opens_year = models.SmallIntegerField()
    promises = models.JSONField()  # who pays how much of a year's running: [[source or name, fen]]
    promised_fen = models.BigIntegerField()
    state = models.CharField(max_length=16, choices=State, default=State.PLANNED)
    planned_at = models.DateTimeField()
    planned_by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")

    data_classes = dict.fromkeys(
        [
            "code", "title", "division", "build_fen", "running_fen", "life_years", "opens_year", "promises",
            "promised_fen", "state", "planned_at", "planned_by", "approved_at", "approved_by",
        ],
        "internal",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(code__regex=r"^[A-Za-z0-9-]{1,32}$"), name="project_code_of_letters_and_digits"
            ),
            models.CheckConstraint(
                condition=models.Q(build_fen__gt=0, running_fen__gte=0, life_years__range=(1, 100)),
                name="project_costs_possible",
            ),
            models.CheckConstraint(
                condition=models.Q(state="planned", approved_by=None)
                | models.Q(
                    state="approved", approved_by__isnull=False, running_fen__gt=0,
                    promised_fen__gte=models.F("running_fen"),
                )
                & ~models.Q(approved_by=models.F("planned_by")),
                name="project_approved_with_its_upkeep",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class Voucher(models.Model):
    """Money spent on a project 支出凭证: prepared by one person, approved by another, then in the ledger."""

    project_id: str
    prepared_by_id: int

    class Kind(models.TextChoices):
        """What it was spent on."""

        BUILD = "build", _("Building")
        RUNNING = "running", _("Running and upkeep")

    key = models.UUIDField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="vouchers")
    year = models.SmallIntegerField()
    source = models.CharField(max_length=32, blank=True)
    kind = models.CharField(max_length=16, choices=Kind)
    document = models.CharField(max_length=64)
    payee = models.CharField(max_length=120)
    amount_fen = models.BigIntegerField()
    prepared_at = models.DateTimeField()
    prepared_by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")

    data_classes = dict.fromkeys(
        [
            "key", "project", "year", "source", "kind", "document", "payee", "amount_fen", "prepared_at",
            "prepared_by", "approved_at", "approved_by",
        ],
        "internal",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "document"], name="voucher_document_once"),
            models.CheckConstraint(
                condition=models.Q(amount_fen__gt=0, kind__in=["build", "running"]),
                name="voucher_spends_something",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("prepared_by")),
                name="voucher_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.document}"


class Verdict(models.Model):
    """A person's decision on a programme or project of a place put up for ending 退出决定, with the evidence as it was.

    Added, never changed.
    """

    place = models.CharField(max_length=12, blank=True, db_default="")
    purpose = models.CharField(max_length=64)
    last_year = models.SmallIntegerField()
    evidence = models.JSONField()  # [[year, received_fen, paid_fen]]
    ends = models.BooleanField()
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")

    data_classes = dict.fromkeys(
        ["id", "place", "purpose", "last_year", "evidence", "ends", "reason", "at", "by"], "internal"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["place", "purpose", "last_year"], name="verdict_once_a_period"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="verdict_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.last_year}"
