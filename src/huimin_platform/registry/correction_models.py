"""Requests to correct: a part of the models of the registry."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Correction(models.Model):
    """What a person says is wrong in the own file 更正请求, and what the department that sent it answers, with its reason.

    About a fact, or about something that is missing where `fact` is empty. The row is put right at its source.
    """

    class State(models.TextChoices):
        """How far a request is."""

        ASKED = "asked", _("Asked")
        CORRECTED = "corrected", _("Will be put right at the source")
        REFUSED = "refused", _("Stays as it is")

    key = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    fact = models.ForeignKey("registry.Fact", null=True, on_delete=models.PROTECT, related_name="+")
    department = models.CharField(max_length=32)
    text_sealed = models.BinaryField()
    state = models.CharField(max_length=16, choices=State, default=State.ASKED)
    asked_at = models.DateTimeField()
    answer_by = models.DateField()
    answer = models.CharField(max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=64, blank=True)

    data_classes = {
        "id": "internal",
        "key": "internal",
        "person": "personal",
        "fact": "personal",
        "department": "internal",
        "text_sealed": "sensitive",
        "state": "internal",
        "asked_at": "internal",
        "answer_by": "internal",
        "answer": "personal",
        "answered_at": "internal",
        "answered_by": "internal",
    }

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="asked", answered_at=None, answer="", answered_by="")
                | (
                    models.Q(state__in=["corrected", "refused"], answered_at__isnull=False)
                    & ~models.Q(answer="")
                    & ~models.Q(answered_by="")
                ),
                name="correction_answered_with_reason",
            )
        ]

    def __str__(self) -> str:
        return f"C{self.pk}"
