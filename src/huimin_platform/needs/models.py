"""Needs of households and persons."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from huimin_platform.registry.models import Household, Person


class Run(models.Model):
    """One time that the registry was looked through for needs: on which day, from which inputs.

    `inputs` is the digest of the run of the `registry` that it rested on, of the last writing of what officers
    `verified`, of the `grounds` and of the day. `everybody`
    was looked at, or else who changed since the run before.
    """

    at = models.DateTimeField()
    on = models.DateField()
    inputs = models.CharField(max_length=64)
    counts = models.JSONField(default=dict)
    registry = models.BigIntegerField(null=True)
    verified = models.BigIntegerField(default=0)
    grounds = models.CharField(max_length=64, blank=True, default="")
    everybody = models.BooleanField(default=True)

    data_classes = dict.fromkeys(
        ["id", "at", "on", "inputs", "counts", "registry", "verified", "grounds", "everybody"], "internal"
    )

    def __str__(self) -> str:
        return f"{self.pk} of {self.on}"


class NeedState(models.TextChoices):
    """Whether a need counts. What became of it, whether a policy fits and help has arrived, is worked out where that is
    known (`evaluation.queries.answers`).
    """

    DRAFT = "draft", _("Draft")
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class NeedSource(models.TextChoices):
    """Who said so."""

    INDICATOR = "indicator", _("Found in the data")
    FEEDBACK = "feedback", _("From an answer")
    OFFICER = "officer", _("Raised by an officer")
    MESSAGE = "message", _("From a message")


class Message(models.Model):
    """What a resident wrote in free words 群众诉求, and what it is about; the key has the same words kept once.

    `guessed` is the topic that the platform proposed, empty where it was in doubt or has not learned to sort.
    """

    key = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    text_sealed = models.BinaryField()
    topic = models.CharField(max_length=32)
    guessed = models.CharField(max_length=32, blank=True)
    at = models.DateTimeField()

    data_classes = {
        "id": "internal",
        "key": "internal",
        "person": "personal",
        "text_sealed": "sensitive",
        "topic": "personal",
        "guessed": "internal",
        "at": "internal",
    }

    def __str__(self) -> str:
        return f"M{self.pk}"


class Need(models.Model):
    """What a household or a person lacks 需求, with a level and a reason.

    A draft 待确认 is what a resident's message says; it counts once an officer has confirmed it. `raised_at` is when the
    change was seen or the message came. `respond_by` is until
    when `department` answers for it, and `responded_at` when somebody first did. `found_with` says with how many others
    its place found it at once, where that is why 72 hours do not hold. `owner` looks after it: the officer of the place,
    or whom it was passed to because nobody answered in time (`escalated_level`, `escalated_at`). `division` is where the
    household lives, or the person without one: kept here because lists of a place would else look through all homes.
    """

    key = models.CharField(max_length=128, unique=True)
    household = models.ForeignKey(Household, null=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    division = models.CharField(max_length=12, blank=True, default="", db_default="")
    kind = models.CharField(max_length=64)
    level = models.CharField(max_length=16)
    reason = models.JSONField(default=dict)
    source = models.CharField(max_length=16, choices=NeedSource)
    state = models.CharField(max_length=16, choices=NeedState, default=NeedState.OPEN)
    raised_on = models.DateField()
    raised_at = models.DateTimeField(null=True)
    closed_on = models.DateField(null=True)
    message = models.OneToOneField(Message, null=True, on_delete=models.PROTECT, related_name="need")
    department = models.CharField(max_length=32, blank=True, default="")
    respond_by = models.DateTimeField(null=True)
    responded_at = models.DateTimeField(null=True)
    responded_by = models.CharField(max_length=64, blank=True, default="")
    found_with = models.IntegerField(default=0)
    owner = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")
    escalated_level = models.CharField(max_length=16, blank=True, default="")
    escalated_at = models.DateTimeField(null=True)

    data_classes = {
        "id": "internal",
        "key": "internal",
        "household": "personal",
        "person": "personal",
        "division": "internal",
        "kind": "personal",
        "level": "personal",
        "reason": "sensitive",
        "source": "internal",
        "state": "internal",
        "raised_on": "internal",
        "raised_at": "internal",
        "closed_on": "internal",
        "message": "personal",
        "department": "internal",
        "respond_by": "internal",
        "responded_at": "internal",
        "responded_by": "internal",
        "found_with": "internal",
        "owner": "internal",
        "escalated_level": "internal",
        "escalated_at": "internal",
    }

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=NeedState.values), name="need_state_known"),
            models.CheckConstraint(
                condition=models.Q(source__in=NeedSource.values), name="need_source_known"
            ),
            models.CheckConstraint(
                condition=models.Q(household__isnull=False) | models.Q(person__isnull=False),
                name="need_of_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_on=None, state__in=["draft", "open"])
                | models.Q(closed_on__isnull=False, state="closed"),
                name="need_closed_has_day",
            ),
            models.CheckConstraint(
                condition=models.Q(responded_at=None, responded_by="")
                | (models.Q(responded_at__isnull=False) & ~models.Q(responded_by="")),
                name="need_response_has_who",
            ),
            models.CheckConstraint(
                condition=models.Q(escalated_level="", escalated_at=None)
                | models.Q(escalated_level__in=["township", "county"], escalated_at__isnull=False),
                name="need_escalated_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "kind"], name="need_list"),
            models.Index(fields=["state", "-raised_on", "id"], include=["division"], name="need_latest"),
            models.Index(fields=["state", "division", "level", "household", "kind"], name="need_of_place"),
            models.Index(
                fields=["respond_by", "id"],
                include=["division", "owner"],
                condition=models.Q(responded_at=None, state__in=["draft", "open"]),
                name="need_unanswered_by_term",
            ),
        ]

    def __str__(self) -> str:
        return self.key
