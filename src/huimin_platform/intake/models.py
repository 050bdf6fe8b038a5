"""Deliveries of department files: what came in, what was taken from it, what is wrong with it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from huimin_platform.intake.contract_models import ContractText
from huimin_platform.intake.inbox_models import InboxFile

__all__ = [
    "TAKEN",
    "ContractText",
    "Delivery",
    "DeliveryFile",
    "DeliveryState",
    "FileState",
    "InboxFile",
    "ProblemGroup",
    "Way",
]


class DeliveryState(models.TextChoices):
    """How far a delivery is."""

    RECEIVING = "receiving", _("Being read")
    RECEIVED = "received", _("Received")
    STAGED = "staged", _("Looked at, not taken in yet")
    DISCARDED = "discarded", _("Not taken in")


class Way(models.TextChoices):
    """How a delivery stands to those before it."""

    SNAPSHOT = "snapshot", _("Everything there is: what it no longer names ends")
    REGISTER = "register", _("Everything there is of its part")
    RECORDS = "records", _("Takes the place of the file of the same name")
    INCREMENT = "increment", _("Adds to what is there; of equal rows the later one counts")


class FileState(models.TextChoices):
    """What became of a file."""

    ACCEPTED = "accepted", _("Accepted")
    PARTLY = "partly", _("Accepted in part")
    REFUSED = "refused", _("Refused")
    UNKNOWN_KIND = "unknown_kind", _("Not recognised")
    AMBIGUOUS = "ambiguous", _("Could be several data sets")
    REPEATED = "repeated", _("Received before")
    UNREADABLE = "unreadable", _("Cannot be read")


TAKEN = (FileState.ACCEPTED, FileState.PARTLY)


class Delivery(models.Model):
    """Files that came in together 数据报送.

    `way` and `as_of_on` are what the sender said of all its files; empty, contract and file name say it. `counts_at` is
    when it was received or, where it was looked at first, committed.
    """

    name = models.CharField(max_length=200)
    received_at = models.DateTimeField()
    by = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=DeliveryState, default=DeliveryState.RECEIVING)
    way = models.CharField(max_length=16, choices=Way, blank=True)
    as_of_on = models.DateField(null=True)
    counts_at = models.DateTimeField(null=True)

    data_classes = dict.fromkeys(
        ["id", "name", "received_at", "by", "state", "way", "as_of_on", "counts_at"], "internal"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=DeliveryState.values), name="delivery_state_known"
            )
        ]

    def __str__(self) -> str:
        return self.name


class DeliveryFile(models.Model):
    """One file of a delivery. `current` says that its rows count: taken, and superseded by no later file.

    `profile` is what its columns look like, in figures, against which the next delivery is held. `part`, `way` and
    `as_of_on` say what it stands for, how it stands to others, and of which day it is. A file that brings what came
    before has its rows in `content`. `rank` is the order of the files that count. A file that was withdrawn 撤回 keeps
    its record, and by whom and why.
    """

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64, db_index=True)
    dataset = models.CharField(max_length=64, blank=True)
    department = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=16, choices=FileState)
    rows_accepted = models.IntegerField(default=0)
    rows_refused = models.IntegerField(default=0)
    problem_count = models.IntegerField(default=0)
    encoding = models.CharField(max_length=32, blank=True)
    heading_line = models.IntegerField(null=True)
    supersedes = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")
    current = models.BooleanField(default=False)
    raw_path = models.CharField(max_length=300, blank=True)
    rows_path = models.CharField(max_length=300, blank=True)
    refused_path = models.CharField(max_length=300, blank=True)
    problems_path = models.CharField(max_length=300, blank=True)
    message_code = models.CharField(max_length=64, blank=True)
    message_params = models.JSONField(default=dict)
    profile = models.JSONField(default=dict)
    part = models.CharField(max_length=255, blank=True)
    way = models.CharField(max_length=16, choices=Way, default=Way.RECORDS)
    as_of_on = models.DateField(null=True)
    content = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="brought_again_by")
    rank = models.IntegerField(default=0)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=64, blank=True)
    withdrawn_reason = models.CharField(max_length=500, blank=True)

    data_classes = dict.fromkeys(
        [
            "id", "delivery", "profile", "name", "sha256", "dataset", "department", "state", "rows_accepted",
            "rows_refused", "problem_count", "encoding", "heading_line", "supersedes", "current", "raw_path",
            "rows_path", "refused_path", "problems_path", "message_code", "message_params", "part", "way", "as_of_on",
            "content", "rank", "withdrawn_at", "withdrawn_by", "withdrawn_reason",
        ],
        "internal",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=FileState.values), name="file_state_known"),
            models.CheckConstraint(
                condition=models.Q(current=False) | models.Q(state__in=TAKEN), name="file_current_was_taken"
            ),
            models.CheckConstraint(
                condition=models.Q(rows_accepted__gte=0, rows_refused__gte=0, problem_count__gte=0),
                name="file_counts_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at=None, withdrawn_by="", withdrawn_reason="")
                | (
                    models.Q(withdrawn_at__isnull=False)
                    & ~models.Q(withdrawn_by="")
                    & ~models.Q(withdrawn_reason="")
                ),
                name="file_withdrawn_with_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(content=None) | models.Q(state="repeated"), name="file_content_of_repeated"
            ),
            models.UniqueConstraint(
                fields=["sha256"], condition=models.Q(state__in=TAKEN), name="file_content_taken_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ProblemGroup(models.Model):
    """Problems of one kind in one column of a file, counted; the cells are in the lake."""

    file = models.ForeignKey(DeliveryFile, on_delete=models.PROTECT, related_name="problem_groups")
    code = models.CharField(max_length=64)
    severity = models.CharField(max_length=8)
    column = models.CharField(max_length=200, blank=True)
    count = models.IntegerField()
    first_line = models.BigIntegerField(null=True)
    params = models.JSONField(default=dict)

    data_classes = dict.fromkeys(
        ["id", "file", "code", "severity", "column", "count", "first_line", "params"], "internal"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "code", "column"], name="problem_group_once"),
            models.CheckConstraint(condition=models.Q(count__gt=0), name="problem_group_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.column}: {self.count}"
