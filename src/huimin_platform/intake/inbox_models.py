"""What lies in the watched inbox: a part of the models of intake."""

from django.db import models


class InboxFile(models.Model):
    """A file of the inbox as it was last seen: one that still grows is not taken up."""

    path = models.CharField(max_length=500, unique=True)
    size = models.BigIntegerField()
    seen_at = models.DateTimeField()

    data_classes = dict.fromkeys(["id", "path", "size", "seen_at"], "internal")

    def __str__(self) -> str:
        return self.path
