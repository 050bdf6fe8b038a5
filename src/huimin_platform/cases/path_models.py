"""Paths of a decision's life, the moves on them, and the notices to people."""

from collections.abc import Callable

from django.db import models
from django.utils.translation import gettext_lazy as _


class Path(models.Model):
    """One way of a decided case: an appeal, a suspension, a review. Name and version say which definition of
    `huimin.cases.paths` it follows to its end. `turn` grows with each move, so that two who move it at once notice
    each other. `contested` is the path an appeal is about. A path that gives an item another monthly amount keeps the
    one `before_fen`; once decided it counts from `counts_from_on`, the first of a month.
    """

    case_id: int
    item_id: int | None
    begun_by_id: int | None
    moves: "models.QuerySet[PathMove]"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="paths")
    name = models.CharField(max_length=32)
    version = models.CharField(max_length=10)
    task = models.CharField(max_length=32, blank=True)
    end = models.CharField(max_length=32, blank=True)
    turn = models.IntegerField(default=0)
    cause = models.TextField()
    amount_fen = models.BigIntegerField(null=True)
    item = models.ForeignKey("cases.CaseItem", null=True, on_delete=models.PROTECT, related_name="+")
    before_fen = models.BigIntegerField(null=True)
    counts_from_on = models.DateField(null=True)
    contested = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    begun_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()
    due_on = models.DateField(null=True)
    escalated_on = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)

    data_classes = {
        **dict.fromkeys(
            ["id", "case", "version", "task", "turn", "contested", "begun_by", "begun_at", "due_on",
             "escalated_on", "ended_at", "item", "counts_from_on"], "internal"),
        **dict.fromkeys(["name", "end", "cause", "amount_fen", "before_fen"], "personal"),
    }  # fmt: skip

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end="", ended_at=None, due_on__isnull=False) & ~models.Q(task="")
                | models.Q(task="", ended_at__isnull=False, due_on=None) & ~models.Q(end=""),
                name="path_runs_or_has_ended",
            ),
            models.CheckConstraint(condition=~models.Q(cause=""), name="path_has_a_cause"),
            models.CheckConstraint(
                condition=models.Q(amount_fen=None) | models.Q(amount_fen__gt=0),
                name="path_amount_above_zero",
            ),
            models.UniqueConstraint(
                fields=["case", "name"], condition=models.Q(end=""), name="path_one_of_a_name_runs"
            ),
        ]
        indexes = [
            models.Index(fields=["due_on"], condition=models.Q(end=""), name="path_running_by_due"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.name}"


class PathMove(models.Model):
    """One move on a path, by somebody or, without `by`, because a term had passed. Added, never changed."""

    path = models.ForeignKey(Path, on_delete=models.PROTECT, related_name="moves")
    turn = models.IntegerField()
    task = models.CharField(max_length=32)
    move = models.CharField(max_length=32)
    to = models.CharField(max_length=32)
    reason = models.TextField(blank=True)
    by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    data_classes = {
        **dict.fromkeys(["id", "path", "turn", "task", "by", "at"], "internal"),
        **dict.fromkeys(["move", "to", "reason"], "personal"),
    }

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["path", "turn"], name="path_move_once_a_turn"),
            models.CheckConstraint(
                condition=models.Q(by=None, move="overdue")
                | models.Q(by__isnull=False) & ~models.Q(move="overdue"),
                name="path_move_by_time_or_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.path} {self.move}"


class Notice(models.Model):
    """What a person was told 告知书, in both languages, word for word. Added, never changed. `key` has each thing
    told once; `reply_by` is the last day of the right of reply, where there is one.
    """

    get_kind_display: Callable[[], str]
    case_id: int
    person_id: int | None

    class Kind(models.TextChoices):
        """What a notice is about."""

        DECISION = "decision", _("Decision")
        BEGUN = "begun", _("Something begins")
        ENDED = "ended", _("Result")
        MONEY = "money", _("Money that waits")

    key = models.CharField(max_length=64, unique=True)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="notices")
    path = models.ForeignKey(Path, null=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("registry.Person", null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=Kind)
    title = models.JSONField()
    text = models.JSONField()
    reply_by = models.DateField(null=True)
    issued_at = models.DateTimeField()

    data_classes = {
        **dict.fromkeys(["id", "key", "case", "path", "kind", "reply_by", "issued_at"], "internal"),
        **dict.fromkeys(["person", "title", "text"], "personal"),
    }

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["decision", "begun", "ended", "money"]), name="notice_kind_known"
            ),
        ]
        indexes = [models.Index(fields=["person"], name="notice_of_person")]

    def __str__(self) -> str:
        return self.key
