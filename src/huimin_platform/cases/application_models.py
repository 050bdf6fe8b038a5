"""What residents apply for: a part of the models of the cases stage."""

from typing import Any

from django.db import models


class Application(models.Model):
    """One application 申请 of a household for one or several policies, and what was stated with it.

    `key` is the form's: sent twice, it opens one case. `said_sealed` is what the applicant stated of facts that no
    department has sent, sealed; it is the applicant's word, never a fact of the registry. `by` sent the form: the
    applicant, or the officer who helped. `run` is the turn of the data that its answers rest on.
    """

    case_id: int
    person_id: int

    key = models.CharField(max_length=100, unique=True)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="applications")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    policies: Any = models.JSONField()
    said_sealed = models.BinaryField()
    run = models.ForeignKey("matching.Run", on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    data_classes = {
        "id": "internal",
        "key": "internal",
        "case": "internal",
        "person": "personal",
        "policies": "personal",
        "said_sealed": "sensitive",
        "run": "internal",
        "by": "internal",
        "at": "internal",
    }

    @property
    def helped(self) -> bool:
        """Whether an officer filled the form in with the applicant."""
        return self.by.role != "resident"

    def __str__(self) -> str:
        return f"A{self.pk}"
