"""Questions asked after a payment or about a service, and their answers."""

from django.db import models

from huimin.feedback.scale import SCALE


class Question(models.Model):
    """The satisfaction question 满意度 about one settled payment, or about one order of services, whom it is served by, since
    a month; the key has it asked once.
    """

    payment_id: str | None
    service_order_id: int | None
    service_contract_id: str | None

    class State(models.TextChoices):
        """Whether somebody has answered."""

        OPEN = "open"
        ANSWERED = "answered"

    key = models.CharField(max_length=100, unique=True)
    payment = models.ForeignKey("funds.Payment", null=True, on_delete=models.PROTECT, related_name="+")
    service_order = models.ForeignKey(
        "delivery.ServiceOrder", null=True, on_delete=models.PROTECT, related_name="+"
    )
    service_contract = models.ForeignKey(
        "supply.ServiceContract", null=True, on_delete=models.PROTECT, related_name="+"
    )
    month = models.DateField(null=True)
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    household = models.ForeignKey("registry.Household", null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=State, default=State.OPEN)

    data_classes = dict.fromkeys(
        ["id", "key", "service_contract", "month", "asked_at", "state"], "internal"
    ) | dict.fromkeys(["payment", "service_order", "person", "household"], "personal")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "answered"]), name="question_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    payment__isnull=False, service_order=None, service_contract=None, month=None
                )
                | models.Q(
                    payment=None,
                    service_order__isnull=False,
                    service_contract__isnull=False,
                    month__isnull=False,
                ),
                name="question_about_one_thing",
            ),
        ]
        indexes = [models.Index(fields=["state", "asked_at"], name="question_by_state")]

    def __str__(self) -> str:
        return self.key


class Answer(models.Model):
    """One answer, 1 to 5 with words; never changed. `on_behalf`: an officer, or another of the household, gave it."""

    question = models.OneToOneField(Question, on_delete=models.PROTECT, related_name="answer")
    score = models.SmallIntegerField()
    words = models.TextField(blank=True)
    answered_at = models.DateTimeField()
    answered_by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    on_behalf = models.BooleanField(default=False)

    data_classes = {
        "id": "internal",
        "question": "internal",
        "score": "personal",
        "words": "personal",
        "answered_at": "internal",
        "answered_by": "internal",
        "on_behalf": "internal",
    }

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(score__gte=SCALE[0].score, score__lte=SCALE[-1].score),
                name="answer_score_on_the_scale",
            )
        ]

    def __str__(self) -> str:
        return f"{self.question_id}: {self.score}"
