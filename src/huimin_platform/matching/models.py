"""Regional parameters, runs, entitlements with their trace, and findings with their evidence."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from huimin_platform.intake.models import DeliveryFile
from huimin_platform.matching.statement_models import Statement as Statement
from huimin_platform.registry.models import Household, Person


class ParameterSet(models.Model):
    """The numbers that the law leaves to a division, as its department delivered them."""

    division = models.CharField(max_length=12)
    name = models.CharField(max_length=64)
    effective_on = models.DateField()
    values = models.JSONField()
    source_file = models.ForeignKey(DeliveryFile, null=True, on_delete=models.PROTECT, related_name="+")

    data_classes = dict.fromkeys(
        ["id", "division", "name", "effective_on", "values", "source_file"], "public"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["division", "name", "effective_on"], name="parameter_set_once"),
            models.CheckConstraint(
                condition=models.Q(division__regex=r"^[0-9]{12}$"), name="parameter_set_division_of_12_digits"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.division} {self.name} {self.effective_on}"


class Run(models.Model):
    """One time that the policies were asked: on which day, from which inputs.

    `inputs` is the digest of the run of the `registry` that it rested on, of the last writing of what officers
    `verified`, of the `grounds` and of the day. `everybody`
    was asked about, or else the households that changed since the run before.
    """

    at = models.DateTimeField()
    on = models.DateField()
    inputs = models.CharField(max_length=64)
    policies = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    registry = models.BigIntegerField(null=True)
    verified = models.BigIntegerField(default=0)
    grounds = models.CharField(max_length=64, blank=True, default="")
    everybody = models.BooleanField(default=True)

    data_classes = dict.fromkeys(
        ["id", "at", "on", "inputs", "policies", "counts", "registry", "verified", "grounds", "everybody"],
        "internal",
    )

    def __str__(self) -> str:
        return f"{self.pk} of {self.on}"


class Status(models.TextChoices):
    """What a policy says of a household."""

    ENTITLED = "entitled", _("Entitled")
    NOT_ENTITLED = "not_entitled", _("Not entitled")
    UNKNOWN = "unknown", _("To be verified")


class Entitlement(models.Model):
    """What a policy says of a household on a day 应享待遇. A changed answer is a new row.

    `ended_run` is the run that gave another answer, or none any more: so what was the answer at a moment can be told.
    """

    policy = models.CharField(max_length=64)
    policy_version = models.CharField(max_length=64)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=16, choices=Status)
    amount_fen = models.BigIntegerField(null=True)
    missing = models.JSONField(default=list)
    trace = models.JSONField(null=True)
    on = models.DateField()
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="entitlements")
    current = models.BooleanField(default=True)
    ended_run = models.ForeignKey(Run, null=True, on_delete=models.PROTECT, related_name="+")

    data_classes = {
        "id": "internal",
        "policy": "internal",
        "policy_version": "internal",
        "household": "personal",
        "status": "personal",
        "amount_fen": "sensitive",
        "missing": "personal",
        "trace": "sensitive",
        "on": "internal",
        "run": "internal",
        "current": "internal",
        "ended_run": "internal",
    }

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "household"],
                condition=models.Q(current=True),
                name="entitlement_one_current",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=Status.values), name="entitlement_status_known"
            ),
            models.CheckConstraint(
                condition=models.Q(amount_fen=None) | models.Q(amount_fen__gte=0),
                name="entitlement_amount_not_negative",
            ),
        ]
        indexes = [
            models.Index(
                fields=["policy", "status"], condition=models.Q(current=True), name="entitlement_current"
            )
        ]

    def __str__(self) -> str:
        return f"{self.policy} H{self.household_id} {self.status}"


class FindingState(models.TextChoices):
    """What was decided of a finding; `gone` when the data no longer show it."""

    OPEN = "open", _("To be checked")
    CONFIRMED = "confirmed", _("Confirmed")
    DISMISSED = "dismissed", _("Dismissed")
    GONE = "gone", _("No longer so")


class Finding(models.Model):
    """Something paid or listed that should not be 疑点, with its evidence."""

    key = models.CharField(max_length=128, unique=True)
    kind = models.CharField(max_length=64)
    household = models.ForeignKey(Household, null=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    division = models.CharField(max_length=12, blank=True)
    evidence = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=FindingState, default=FindingState.OPEN)
    found_on = models.DateField()
    gone_on = models.DateField(null=True)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)

    data_classes = {
        "id": "internal",
        "key": "internal",
        "kind": "internal",
        "household": "personal",
        "person": "personal",
        "division": "internal",
        "evidence": "sensitive",
        "state": "internal",
        "found_on": "internal",
        "gone_on": "internal",
        "decided_by": "internal",
        "decided_at": "internal",
        "reason": "personal",
    }

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=FindingState.values), name="finding_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(household__isnull=False) | models.Q(person__isnull=False),
                name="finding_of_somebody",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["confirmed", "dismissed"])
                | models.Q(decided_at__isnull=False),
                name="finding_decided_has_time",
            ),
        ]
        indexes = [models.Index(fields=["state", "kind"], name="finding_list")]

    def __str__(self) -> str:
        return self.key
