"""Appraisals by an outsider: the sample as it was drawn, a form for each unit, and shortcomings with an owner and a term."""

from collections.abc import Callable

from django.db import models
from django.utils.translation import gettext_lazy as _

from huimin_platform.funds.project_models import Voucher


class Appraisal(models.Model):
    """The appraisal of what a programme or project spent in a place and a year 第三方绩效评价, drawn once, by one outsider.

    `strata`: stratum -> [units, spread of amounts, asked]; `frame` is the whole frame of indicators in force.
    """

    appraiser_id: int
    units: "models.QuerySet[AppraisedUnit]"
    shortcomings: "models.QuerySet[Shortcoming]"
    get_state_display: Callable[[], str]

    class State(models.TextChoices):
        """How far an appraisal is."""

        OPEN = "open", _("Being appraised")
        CLOSED = "closed", _("Appraised")
        PUBLISHED = "published", _("Published")

    number = models.CharField(max_length=32, unique=True)
    place = models.CharField(max_length=12, blank=True, db_default="")
    purpose = models.CharField(max_length=64)
    year = models.SmallIntegerField()
    frame = models.JSONField()
    way = models.CharField(max_length=16)
    margin = models.FloatField()
    confidence = models.FloatField()
    seed = models.CharField(max_length=64)
    population = models.IntegerField()
    population_digest = models.CharField(max_length=64)
    strata = models.JSONField()
    appraiser = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=State, default=State.OPEN)
    result = models.JSONField(null=True)
    opinion = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")

    data_classes = dict.fromkeys(
        [
            "id", "number", "place", "purpose", "year", "frame", "way", "margin", "confidence", "seed", "population",
            "population_digest", "strata", "appraiser", "due_on", "drawn_at", "drawn_by", "state", "result",
            "opinion", "closed_at", "published_at", "published_by",
        ],
        "internal",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["place", "purpose", "year"], name="appraisal_drawn_once"),
            models.CheckConstraint(
                condition=models.Q(population__gt=0, margin__gt=0, margin__lt=1, confidence__gt=0, confidence__lt=1),
                name="appraisal_of_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", result=None, closed_at=None, published_at=None)
                | models.Q(state="closed", result__isnull=False, closed_at__isnull=False, published_at=None)
                | models.Q(state="published", result__isnull=False, published_by__isnull=False, published_at__isnull=False),
                name="appraisal_closed_with_its_result",
            ),
            models.CheckConstraint(
                condition=~models.Q(appraiser=models.F("drawn_by")), name="appraisal_by_an_outsider"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number


class AppraisedUnit(models.Model):
    """One grant or voucher of a sample, in the order of its stratum; those in reserve are asked when another cannot be."""

    grant_id: int | None
    voucher_id: object
    get_state_display: Callable[[], str]

    class State(models.TextChoices):
        """How far the asking of a unit is."""

        RESERVE = "reserve", _("In reserve")
        ASKED = "asked", _("To be asked")
        ANSWERED = "answered", _("Has answered")
        ABSENT = "absent", _("Could not be reached")

    appraisal = models.ForeignKey(Appraisal, on_delete=models.PROTECT, related_name="units")
    grant = models.ForeignKey("delivery.Grant", null=True, on_delete=models.PROTECT, related_name="+")
    voucher = models.ForeignKey(Voucher, null=True, on_delete=models.PROTECT, related_name="+")
    place = models.CharField(max_length=12)
    stratum = models.CharField(max_length=32)
    rank = models.IntegerField()
    amount_fen = models.BigIntegerField()
    state = models.CharField(max_length=16, choices=State)
    reason = models.TextField(blank=True)

    data_classes = {
        "id": "internal",
        "appraisal": "internal",
        "grant": "personal",
        "voucher": "internal",
        "place": "internal",
        "stratum": "internal",
        "rank": "internal",
        "amount_fen": "personal",
        "state": "internal",
        "reason": "personal",
    }

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["appraisal", "stratum", "rank"], name="appraised_unit_once_a_rank"
            ),
            models.CheckConstraint(
                condition=models.Q(grant__isnull=False, voucher=None)
                | models.Q(grant=None, voucher__isnull=False),
                name="appraised_unit_is_one_thing",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="absent", reason=""), name="appraised_unit_absent_for_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stratum} {self.rank}"


class AppraisalForm(models.Model):
    """What the appraiser wrote down for a unit 评价表. Added, never changed; the latest counts."""

    unit = models.ForeignKey(AppraisedUnit, on_delete=models.PROTECT, related_name="forms")
    answers = models.JSONField()
    note = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")

    data_classes = {
        "id": "internal",
        "unit": "internal",
        "answers": "personal",
        "note": "personal",
        "at": "internal",
        "by": "internal",
    }

    def __str__(self) -> str:
        return str(self.pk)


class Shortcoming(models.Model):
    """What an appraisal found wanting 评价问题, with the department that owns it, a term, and its answer."""

    appraisal = models.ForeignKey(Appraisal, on_delete=models.PROTECT, related_name="shortcomings")
    text = models.TextField()
    owner = models.CharField(max_length=32)
    due_on = models.DateField()
    raised_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")

    data_classes = dict.fromkeys(
        ["id", "appraisal", "text", "owner", "due_on", "raised_at", "answer", "answered_at", "answered_by"],
        "internal",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["appraisal", "text", "owner"], name="shortcoming_raised_once"),
            models.CheckConstraint(condition=~models.Q(text=""), name="shortcoming_says_what"),
            models.CheckConstraint(
                condition=models.Q(answer="", answered_by=None)
                | ~models.Q(answer="") & models.Q(answered_by__isnull=False, answered_at__isnull=False),
                name="shortcoming_answered_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["owner", "due_on"], name="shortcoming_by_owner")]

    def __str__(self) -> str:
        return self.text[:60]
