"""Exports: which table somebody asked for, what for, how far it is, and where the sealed files lie."""

from collections.abc import Callable

from django.db import models
from django.utils.translation import gettext_lazy as _


class Export(models.Model):
    """A table written to files by a job 导出, kept sealed until it expires.

    `last_key` is the key of the last row that was read; a job that dies goes on behind it. `as_of` is the moment as of
    which the table stands, where its rows are kept with their times. `parts` names the files with their length,
    the number of their sealed pieces and their digest. `hidden` are the columns that the asker's role sees in part.
    """

    get_state_display: Callable[[], str]
    get_form_display: Callable[[], str]
    by_id: int

    class Form(models.TextChoices):
        """What kind of file."""

        CSV = "csv", _("CSV, for Excel and other programs")
        XLSX = "xlsx", _("Excel workbook")
        PARQUET = "parquet", _("Parquet, for analysts")

    class State(models.TextChoices):
        """How far the export is."""

        WAITING = "waiting", _("Waiting")
        READING = "reading", _("Reading rows")
        WRITING = "writing", _("Writing the file")
        DONE = "done", _("Ready")
        FAILED = "failed", _("Failed")
        EXPIRED = "expired", _("Expired")

    key = models.CharField(max_length=64, unique=True)
    table = models.CharField(max_length=32)
    form = models.CharField(max_length=8, choices=Form)
    filters = models.JSONField(default=dict)
    as_of = models.DateTimeField(null=True)
    purpose = models.CharField(max_length=16)
    language = models.CharField(max_length=8)
    by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    rows_total = models.BigIntegerField(default=0)
    rows_read = models.BigIntegerField(default=0)
    rows_written = models.BigIntegerField(default=0)
    blocks = models.IntegerField(default=0)
    last_key = models.CharField(max_length=64, blank=True)
    resumed = models.IntegerField(default=0)
    hidden = models.JSONField(default=list)
    parts = models.JSONField(default=list)

    data_classes = dict.fromkeys(
        [
            "id", "key", "table", "form", "filters", "as_of", "purpose", "language", "by", "asked_at", "expires_at",
            "state", "started_at", "finished_at", "rows_total", "rows_read", "rows_written", "blocks", "last_key",
            "resumed", "hidden", "parts",
        ],
        "internal",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "reading", "writing", "done", "failed", "expired"]),
                name="export_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(form__in=["csv", "xlsx", "parquet"]), name="export_form_known"
            ),
            models.CheckConstraint(condition=~models.Q(purpose=""), name="export_has_a_purpose"),
            models.CheckConstraint(
                condition=models.Q(rows_written__lte=models.F("rows_read")), name="export_writes_what_it_read"
            ),
        ]
        indexes = [models.Index(fields=["by", "-asked_at"], name="export_of_user")]

    def __str__(self) -> str:
        return f"{self.pk} {self.table}.{self.form}"
