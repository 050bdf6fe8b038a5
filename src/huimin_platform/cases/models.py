"""Cases, what they are about, their steps and the decisions on them."""

from collections.abc import Callable

from django.db import models
from django.utils.translation import gettext_lazy as _

from huimin.cases.process import UNDECIDED
from huimin.cases.reviews import CLASSES
from huimin_platform.cases.application_models import Application
from huimin_platform.cases.late_models import Telling
from huimin_platform.cases.meeting_models import FollowUp, Meeting
from huimin_platform.cases.path_models import Notice, Path, PathMove
from huimin_platform.cases.posting_models import Objection, Posting, Withholding
from huimin_platform.cases.reminder_models import ReceiptFile, Reminder, ReminderFile

__all__ = [
    "Application", "Case", "CaseItem", "Decision", "FollowUp", "Meeting", "Notice", "Objection", "Path", "PathMove", "Posting",
    "ReceiptFile", "Reminder", "ReminderFile", "Step", "Telling", "Withholding",
]  # fmt: skip


class Case(models.Model):
    """One household's matter 办件, covering one or several policies. `version` grows with each change, so
    that two officers who decide at once notice each other. Nothing is paid while `suspended_on` is set, nor from
    `stopped_on` on; a path has led there.
    """

    get_state_display: Callable[[], str]
    household_id: int
    applicant_id: int | None
    items: "models.QuerySet[CaseItem]"
    steps: "models.QuerySet[Step]"
    decisions: "models.QuerySet[Decision]"
    applications: "models.QuerySet[Application]"
    paths: "models.QuerySet[Path]"
    notices: "models.QuerySet[Notice]"

    class State(models.TextChoices):
        """Where a case stands; the moves are in `huimin.cases.process`."""

        OPENED = "opened", _("Opened")
        REVIEWING = "reviewing", _("Under review")
        RETURNED = "returned", _("Sent back")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        CLOSED = "closed", _("Closed")

    number = models.CharField(max_length=32, unique=True)
    household = models.ForeignKey("registry.Household", on_delete=models.PROTECT, related_name="+")
    applicant = models.ForeignKey("registry.Person", null=True, on_delete=models.PROTECT, related_name="+")
    division = models.CharField(max_length=12)
    department = models.CharField(max_length=32)
    state = models.CharField(max_length=16, choices=State, default=State.OPENED)
    opened_on = models.DateField()
    opened_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    decided_at = models.DateTimeField(null=True)
    suspended_on = models.DateField(null=True)
    stopped_on = models.DateField(null=True)
    review_class = models.CharField(max_length=1, blank=True)
    version = models.IntegerField(default=1)

    data_classes = {
        "id": "internal",
        "number": "internal",
        "household": "personal",
        "applicant": "personal",
        "division": "internal",
        "department": "internal",
        "state": "personal",
        "opened_on": "internal",
        "opened_by": "internal",
        "due_on": "internal",
        "decided_at": "internal",
        "suspended_on": "personal",
        "stopped_on": "personal",
        "review_class": "personal",
        "version": "internal",
    }

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["opened", "reviewing", "returned", "approved", "refused", "closed"]
                ),
                name="case_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["opened", "reviewing", "returned"], decided_at=None)
                | models.Q(state__in=["approved", "refused"], decided_at__isnull=False)
                | models.Q(state="closed"),
                name="case_decided_has_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(suspended_on=None, stopped_on=None)
                | models.Q(state__in=["approved", "closed"]),
                name="case_suspended_or_stopped_was_approved",
            ),
            models.CheckConstraint(
                condition=models.Q(review_class__in=["", *CLASSES]), name="case_review_class_known"
            ),
            models.UniqueConstraint(
                fields=["household"],
                condition=models.Q(state__in=UNDECIDED),
                name="case_one_undecided_a_household",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_on"], name="case_by_state"),
            models.Index(fields=["division", "state"], name="case_by_division"),
        ]

    def __str__(self) -> str:
        return self.number


class CaseItem(models.Model):
    """One policy of a case, with the entitlement it rests on. `live` is false once its case is closed.

    `applied_on`: the household applied for it. `lapsed_on`: the data do not support it, or no longer. `refused` is the
    reason why it was refused where the rest of its case was approved.
    """

    case_id: int
    household_id: int

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="items")
    household = models.ForeignKey("registry.Household", on_delete=models.PROTECT, related_name="+")
    policy = models.CharField(max_length=64)
    policy_version = models.CharField(max_length=64)
    entitlement = models.ForeignKey("matching.Entitlement", on_delete=models.PROTECT, related_name="+")
    amount_fen = models.BigIntegerField(null=True)
    per = models.CharField(max_length=8)
    live = models.BooleanField(default=True)
    lapsed_on = models.DateField(null=True)
    applied_on = models.DateField(null=True)
    refused = models.TextField(blank=True)

    data_classes = {
        "id": "internal",
        "case": "internal",
        "household": "personal",
        "policy": "personal",
        "policy_version": "internal",
        "entitlement": "personal",
        "amount_fen": "personal",
        "per": "internal",
        "live": "internal",
        "lapsed_on": "internal",
        "applied_on": "internal",
        "refused": "personal",
    }

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "policy"], name="case_item_once_a_case"),
            models.UniqueConstraint(
                fields=["household", "policy"],
                condition=models.Q(live=True),
                name="case_item_one_live_a_policy",
            ),
            models.CheckConstraint(
                condition=models.Q(amount_fen=None) | models.Q(amount_fen__gte=0),
                name="case_item_amount_not_below_zero",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.policy}"


class Step(models.Model):
    """One department's part of a case 环节, as the policy had it when the case opened.

    `after` names the steps it waits for, `datasets` what completes it by itself, `reason` says in both
    languages why it is done, left out, paused or sent back. `assigned_to` does it in place of its office.
    On `escalated_on` a superior was told that it is late; the `Telling` of that day and office says who.
    """

    case_id: int
    done_by_id: int | None
    get_state_display: Callable[[], str]

    class State(models.TextChoices):
        """Where a step stands; the moves are in `huimin.cases.process`."""

        WAITING = "waiting", _("Waiting")
        OPEN = "open", _("Under way")
        PAUSED = "paused", _("Paused")
        DONE = "done", _("Done")
        RETURNED = "returned", _("Sent back")
        SKIPPED = "skipped", _("Left out")

    # The unique pair of case and key finds the steps of a case.
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps", db_index=False)
    key = models.CharField(max_length=64)
    name = models.JSONField()
    department = models.CharField(max_length=32)
    level = models.CharField(max_length=16)
    policies = models.JSONField(default=list)
    state = models.CharField(max_length=16, choices=State, default=State.OPEN)
    working_days = models.SmallIntegerField()
    due_on = models.DateField()
    after = models.JSONField(default=list)
    datasets = models.JSONField(default=list)
    escalated_on = models.DateField(null=True)
    escalated_level = models.CharField(max_length=16, blank=True)
    assigned_to = models.ForeignKey(
        "base.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    paused_on = models.DateField(null=True)
    evidence = models.JSONField(default=list)
    reason = models.JSONField(null=True)
    # An index of who did a step would be written with every step and read by nobody.
    done_by = models.ForeignKey(
        "base.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    done_at = models.DateTimeField(null=True)

    data_classes = {
        "id": "internal",
        "case": "internal",
        "key": "internal",
        "name": "internal",
        "department": "internal",
        "level": "internal",
        "policies": "personal",
        "state": "internal",
        "working_days": "internal",
        "due_on": "internal",
        "after": "internal",
        "datasets": "internal",
        "escalated_on": "internal",
        "escalated_level": "internal",
        "assigned_to": "internal",
        "paused_on": "internal",
        "evidence": "sensitive",
        "reason": "personal",
        "done_by": "internal",
        "done_at": "internal",
    }

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "key"], name="step_once_a_case"),
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "open", "paused", "done", "returned", "skipped"]),
                name="step_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["done", "skipped"], done_at__isnull=False, reason__isnull=False)
                | models.Q(state__in=["waiting", "open", "paused", "returned"], done_at=None),
                name="step_finished_has_time_and_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(state="paused", paused_on__isnull=False, reason__isnull=False)
                | ~models.Q(state="paused") & models.Q(paused_on=None),
                name="step_paused_has_day_and_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on"],
                condition=models.Q(state__in=["waiting", "open", "returned"]),
                name="step_unfinished_by_due",
            ),
            models.Index(
                fields=["assigned_to"],
                condition=models.Q(assigned_to__isnull=False),
                name="step_by_assigned",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.key}"


class Decision(models.Model):
    """One decision on a case, with the whole explanation as it stood then. Added, never changed: a trigger
    refuses it.

    `key` is the client's: the same form sent twice decides once.
    """

    get_outcome_display: Callable[[], str]
    case_id: int

    class Outcome(models.TextChoices):
        """What was decided."""

        APPROVE = "approve", _("Approved")
        RETURN = "return", _("Sent back")
        REFUSE = "refuse", _("Refused")

    key = models.CharField(max_length=100, unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=16, choices=Outcome)
    reason = models.TextField(blank=True)
    trace = models.JSONField()
    by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    data_classes = {
        "id": "internal",
        "key": "internal",
        "case": "internal",
        "outcome": "personal",
        "reason": "personal",
        "trace": "sensitive",
        "by": "internal",
        "at": "internal",
    }

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=["approve", "return", "refuse"]), name="decision_outcome_known"
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="approve") | ~models.Q(reason=""),
                name="decision_against_has_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["at"], name="decision_by_time")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.outcome}"
