"""Keys of departments' systems, what they have used of their quota, and the answers kept for repeated requests."""

from django.db import models


class ApiKey(models.Model):
    """A key of a system 接口密钥: shown once, kept as a digest, for some acts on some data sets, until it ends.

    The system is a user of the role `system`, which has a division and cannot sign in; keys that overlap while one is
    changed for another belong to the same one. A key that may end, take back or carry out personal data counts only
    once a second person has signed it.
    """

    holder_id: int
    made_by_id: int | None
    signed_by_id: int | None

    holder = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    prefix = models.CharField(max_length=8, unique=True)
    digest = models.BinaryField(max_length=32)
    actions = models.JSONField(default=list)
    data_sets = models.JSONField(default=list)
    exports = models.JSONField(default=list)
    requests_a_minute = models.IntegerField()
    bytes_a_day = models.BigIntegerField()
    reason = models.CharField(max_length=300)
    made_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    to_sign = models.BooleanField()
    signed_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True)
    follows = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=64, blank=True)

    data_classes = dict.fromkeys(
        [
            "id", "holder", "prefix", "actions", "data_sets", "exports", "requests_a_minute", "bytes_a_day", "reason",
            "made_by", "made_at", "to_sign", "signed_by", "signed_at", "follows", "expires_at", "revoked_at",
            "revoked_by",
        ],
        "internal",
    ) | {"digest": "sensitive"}  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(requests_a_minute__gt=0, bytes_a_day__gt=0), name="api_key_has_a_quota"
            ),
            models.CheckConstraint(
                condition=models.Q(signed_by=None, signed_at=None)
                | (models.Q(signed_at__isnull=False) & ~models.Q(signed_by=models.F("made_by"))),
                name="api_key_signed_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_at=None, revoked_by="")
                | (models.Q(revoked_at__isnull=False) & ~models.Q(revoked_by="")),
                name="api_key_revoked_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.prefix


class ApiUse(models.Model):
    """What a key has used: tokens left of its minute as they stood at a moment, and the bytes of a day."""

    key = models.OneToOneField(ApiKey, on_delete=models.CASCADE, primary_key=True, related_name="use")
    tokens = models.FloatField()
    at = models.DateTimeField()
    day = models.DateField()
    bytes = models.BigIntegerField()
    refused = models.BooleanField(default=False)

    data_classes = dict.fromkeys(["key", "tokens", "at", "day", "bytes", "refused"], "internal")

    def __str__(self) -> str:
        return f"{self.key_id}: {self.tokens:.1f}, {self.bytes}"


class ApiAnswer(models.Model):
    """What a system was answered under a key of its own choosing, so that a repeated request is answered alike."""

    holder = models.ForeignKey("base.User", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32)
    begun_at = models.DateTimeField()
    status = models.SmallIntegerField(null=True)
    content_type = models.CharField(max_length=64, blank=True)
    location = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)

    data_classes = dict.fromkeys(
        ["id", "holder", "key", "fingerprint", "begun_at", "status", "content_type", "location", "body"],
        "internal",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["holder", "key"], name="api_answer_once")]

    def __str__(self) -> str:
        return self.key
