"""Runs, what clerks say, how well rows are linked, and from which probability on: a part of the models of the registry."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Run(models.Model):
    """One time that the registry was brought up to date, from which inputs.

    A whole run resolves every row; a run of a day links what is new against what the runs before have left in the lake
    under `standing`. `release`, which also names the contracts of the place and the thresholds, is what the next run must
    find unchanged to go on from there, and so is `joined`, what clerks decided of whole files; where `decisions` changed, the next
    run decides the rows anew that clerks looked at. `everybody` says that it may have changed something of anybody; else
    `Touch` names of whom. `why` says of a whole run why it was one.
    """

    class Kind(models.TextChoices):
        """How much was resolved."""

        WHOLE = "whole", _("Everything")
        DAY = "day", _("What is new")

    class Why(models.TextChoices):
        """Why everything was resolved."""

        FIRST = "first", _("There was nothing to go on from")
        ASKED = "asked", _("As every night, or because somebody asked for it")
        RELEASE = "release", _("The release, the contracts or the thresholds are others")
        BOOKLET = "booklet", _("Rows of a residence booklet were replaced, withdrawn or decided on")
        LARGE = "large", _("More than a fifth of all rows are new")
        RESTED = "rested", _("Rows of other files rested on a withdrawn one")
        FILES = "files", _("Clerks joined whole files, or parted them")

    at = models.DateTimeField()
    inputs = models.CharField(max_length=64)
    counts = models.JSONField(default=dict)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.WHOLE)
    files = models.JSONField(default=list)
    standing = models.CharField(max_length=100, blank=True)
    release = models.CharField(max_length=32, blank=True)
    decisions = models.CharField(max_length=64, blank=True)
    joined = models.CharField(max_length=64, blank=True, default="")
    everybody = models.BooleanField(default=True)
    why = models.CharField(max_length=8, choices=Why, blank=True, default="")

    data_classes = dict.fromkeys(
        [
            "id",
            "at",
            "inputs",
            "counts",
            "kind",
            "files",
            "standing",
            "release",
            "decisions",
            "joined",
            "everybody",
            "why",
        ],
        "internal",
    )

    def __str__(self) -> str:
        return f"{self.pk}"


class Touch(models.Model):
    """A person or a household of whom a run of the registry changed anything: needs and answers follow."""

    run = models.ForeignKey("registry.Run", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("registry.Person", null=True, on_delete=models.PROTECT, related_name="+")
    household = models.ForeignKey("registry.Household", null=True, on_delete=models.PROTECT, related_name="+")

    data_classes = {"id": "internal", "run": "internal", "person": "personal", "household": "personal"}

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(person__isnull=False) | models.Q(household__isnull=False),
                name="touch_of_somebody",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.household_id} in run {self.run_id}"


class Opinion(models.Model):
    """What one clerk says of a pair. Two that agree settle a pair on which a benefit hangs; one settles any other."""

    pair = models.ForeignKey("registry.Pair", on_delete=models.PROTECT, related_name="opinions")
    by = models.CharField(max_length=64)
    same = models.BooleanField()
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    data_classes = dict.fromkeys(["id", "pair", "by", "same", "at", "withdrawn_at"], "internal")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pair", "by"], condition=models.Q(withdrawn_at=None), name="opinion_one_a_clerk"
            )
        ]

    def __str__(self) -> str:
        return f"{self.by} on {self.pair_id}"


class MatchRate(models.Model):
    """How the rows of one file found their persons in one run; `drift` where that is unusual for its data set."""

    run = models.ForeignKey("registry.Run", on_delete=models.PROTECT, related_name="rates")
    file = models.ForeignKey("intake.DeliveryFile", on_delete=models.PROTECT, related_name="+")
    dataset = models.CharField(max_length=64)
    rows = models.IntegerField()
    by_number = models.IntegerField()
    repaired = models.IntegerField()
    weighed = models.IntegerField()
    waiting = models.IntegerField()
    drift = models.FloatField(null=True)

    data_classes = dict.fromkeys(
        ["id", "run", "file", "dataset", "rows", "by_number", "repaired", "weighed", "waiting", "drift"],
        "internal",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "file"], name="match_rate_once"),
            models.CheckConstraint(
                condition=models.Q(
                    rows=models.F("by_number")
                    + models.F("repaired")
                    + models.F("weighed")
                    + models.F("waiting")
                ),
                name="match_rate_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_id} in run {self.run_id}"


class CrossCheck(models.Model):
    """One night's second opinion 交叉核对: how far Splink agreed with our links, and what it had clerks asked."""

    on = models.DateField(unique=True)
    at = models.DateTimeField()
    pairs = models.BigIntegerField()
    placed = models.IntegerField()
    agreeing = models.IntegerField()
    disagreements = models.IntegerField()
    asked = models.IntegerField()
    withdrawn = models.IntegerField()
    seconds = models.FloatField()
    model_at = models.DateTimeField()

    data_classes = dict.fromkeys(
        [
            "id", "on", "at", "pairs", "placed", "agreeing", "disagreements", "asked", "withdrawn", "seconds", "model_at",
        ],
        "internal",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(agreeing__gte=0, agreeing__lte=models.F("placed")),
                name="cross_check_agrees",
            )
        ]

    def __str__(self) -> str:
        return f"{self.on}"

    @property
    def share(self) -> float | None:
        """The share of the rows that both have placed which both place with the same person."""
        return self.agreeing / self.placed if self.placed else None


class Threshold(models.Model):
    """From which probability on a row is linked and a clerk is asked, as a person adopted it. Added, never changed."""

    sure = models.FloatField()
    grey = models.FloatField()
    doubt = models.FloatField()
    pairs = models.IntegerField(default=0)
    wrong_at_most = models.FloatField(null=True)
    reason = models.CharField(max_length=500)
    by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    data_classes = dict.fromkeys(
        ["id", "sure", "grey", "doubt", "pairs", "wrong_at_most", "reason", "by", "at"], "internal"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    doubt__gt=0, doubt__lte=models.F("grey"), grey__lte=models.F("sure"), sure__lt=1
                ),
                name="thresholds_in_order",
            )
        ]

    def __str__(self) -> str:
        return f"{self.sure} / {self.grey}"
