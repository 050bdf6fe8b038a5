"""What residents state of themselves: a part of the models of the matching stage."""

from django.db import models


class Statement(models.Model):
    """What a resident says of a fact that no department has sent 本人陈述, kept because the resident wished it.

    It is never a fact of the registry and opens no case by itself: it answers the resident's own questions, and goes with
    an application where the resident applies. About a
    member, or about the household where `about` is empty. Saying it again replaces it; taken back, it is gone.
    """

    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    about = models.ForeignKey("registry.Person", null=True, on_delete=models.PROTECT, related_name="+")
    household = models.ForeignKey("registry.Household", on_delete=models.PROTECT, related_name="+")
    fact = models.CharField(max_length=64)
    value_sealed = models.BinaryField()
    said_at = models.DateTimeField()

    data_classes = {
        "id": "internal",
        "person": "personal",
        "about": "personal",
        "household": "personal",
        "fact": "personal",
        "value_sealed": "sensitive",
        "said_at": "internal",
    }

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "fact", "about"], nulls_distinct=False, name="statement_once"
            )
        ]

    def __str__(self) -> str:
        return f"S{self.pk}"
