"""Contracts that a place writes itself: a part of the models of intake."""

from django.db import models


class ContractText(models.Model):
    """The text of a contract 数据契约 of a data set that a place adds or changes, and what a second person said of it.

    Never changed; a better one is another one. Until it is signed it changes nothing.
    """

    name = models.CharField(max_length=41)
    version = models.CharField(max_length=16)
    text = models.TextField()
    reason = models.CharField(max_length=500)
    by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    published = models.BooleanField(null=True)
    answer = models.CharField(max_length=500, blank=True)
    signed_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True)

    data_classes = dict.fromkeys(
        [
            "id",
            "name",
            "version",
            "text",
            "reason",
            "by",
            "at",
            "published",
            "answer",
            "signed_by",
            "signed_at",
        ],
        "internal",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(published=None, signed_by=None, signed_at=None)
                | models.Q(published__isnull=False, signed_by__isnull=False, signed_at__isnull=False),
                name="contract_signed_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(signed_by=None) | ~models.Q(signed_by=models.F("by")),
                name="contract_signed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"
