"""People who sign in, divisions, the audit log and the data keys."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from huimin_platform.base.api_models import ApiAnswer as ApiAnswer
from huimin_platform.base.api_models import ApiKey as ApiKey
from huimin_platform.base.api_models import ApiUse as ApiUse
from huimin_platform.base.audit_words import action_words, kind_words
from huimin_platform.base.export_models import Export as Export


class Role(models.TextChoices):
    """What a person who signs in does here."""

    RESIDENT = "resident", _("Resident")
    VILLAGE = "village", _("Village officer")
    TOWNSHIP = "township", _("Township officer")
    COUNTY = "county", _("County case worker")
    STEWARD = "steward", _("Data steward")
    FINANCE = "finance", _("Finance officer")
    AUDITOR = "auditor", _("Auditor")
    LEADER = "leader", _("Leader")
    OPERATOR = "operator", _("Operator")
    APPRAISER = "appraiser", _("Outside appraiser")
    # Somebody of a provider of services: `department` holds the provider's code.
    PROVIDER = "provider", _("Provider of services")
    # No person: the program of a department that sends and fetches data with a key, and never signs in.
    SYSTEM = "system", _("System of a department")


class UserManager(BaseUserManager["User"]):
    """Makes people who can sign in."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """A saved user; without a password nobody can sign in with it."""
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in: an officer in a division, or a resident."""

    username = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=100, blank=True)
    role = models.CharField(max_length=16, choices=Role)
    division = models.CharField(max_length=12, blank=True)
    department = models.CharField(max_length=32, blank=True)
    language = models.CharField(max_length=8, blank=True)
    person_id = models.BigIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["role"]
    objects: ClassVar[UserManager] = UserManager()

    data_classes = {
        "id": "internal",
        "username": "internal",
        "name": "internal",
        "role": "internal",
        "division": "internal",
        "department": "internal",
        "language": "internal",
        "person_id": "personal",
        "is_active": "internal",
        "password": "sensitive",
        "last_login": "internal",
    }

    class Meta:  # pyright: ignore[reportIncompatibleVariableOverride]
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
            models.CheckConstraint(
                condition=models.Q(division="") | models.Q(division__regex=r"^[0-9]{12}$"),
                name="user_division_of_12_digits",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username


class Division(models.Model):
    """A division 行政区划 of any level, by its 12-digit code."""

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=100)

    data_classes = {"code": "public", "name": "public"}

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(code__regex=r"^[0-9]{12}$"), name="division_code_of_12_digits"
            )
        ]

    def __str__(self) -> str:
        return self.name


class AuditLine(models.Model):
    """One act or one look at a file. Lines are added, never changed: a trigger refuses the rest."""

    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    by_user_id: int | None
    by_user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    on_behalf = models.BigIntegerField(null=True)
    action = models.CharField(max_length=32)
    kind = models.CharField(max_length=32)
    object_id = models.CharField(max_length=64)
    purpose = models.CharField(max_length=100, blank=True)
    decision = models.CharField(max_length=8)
    details = models.JSONField(null=True)
    digest = models.BinaryField(max_length=32)

    data_classes = {
        "id": "internal",
        "at": "internal",
        "by": "internal",
        "by_user": "internal",
        "on_behalf": "personal",
        "action": "internal",
        "kind": "internal",
        "object_id": "personal",
        "purpose": "internal",
        "decision": "internal",
        "details": "personal",
        "digest": "internal",
    }

    class Meta:
        # What the system does by itself, a million lines in a sweep, has no user to be found by.
        indexes = [
            models.Index(fields=["kind", "object_id", "at"], name="audit_of_object"),
            models.Index(fields=["by_user"], condition=models.Q(by_user__isnull=False), name="audit_of_user"),
        ]

    @property
    def action_words(self) -> str:
        """The act in the reader's language."""
        return action_words(self.action)

    @property
    def kind_words(self) -> str:
        """The kind of thing in the reader's language."""
        return kind_words(self.kind)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.by} {self.action} {self.kind} {self.object_id}"


class AuditSeal(models.Model):
    """A batch of audit lines closed by one digest, which takes in the seal before it."""

    at = models.DateTimeField()
    runs = models.JSONField()  # the ids sealed here, as [first, last] runs
    lines = models.BigIntegerField()
    settled_below = models.BigIntegerField()  # no line with a smaller id can come any more
    digest = models.BinaryField(max_length=32)

    data_classes = {
        "id": "internal",
        "at": "internal",
        "runs": "internal",
        "lines": "internal",
        "settled_below": "internal",
        "digest": "internal",
    }

    def __str__(self) -> str:
        return f"{self.pk}: {self.lines}"


class DataKey(models.Model):
    """A key, wrapped by the master key: it seals values of one class and year, or makes one blind index."""

    use = models.CharField(max_length=8)  # seal | index
    name = models.CharField(max_length=32)  # of a seal its data class, of an index its kind
    year = models.SmallIntegerField()
    algorithm = models.CharField(max_length=16)
    wrapped = models.BinaryField(max_length=200)
    created_at = models.DateTimeField()

    data_classes = {
        "id": "internal",
        "use": "internal",
        "name": "internal",
        "year": "internal",
        "algorithm": "internal",
        "wrapped": "sensitive",
        "created_at": "internal",
    }

    class Meta:
        constraints = [models.UniqueConstraint(fields=["use", "name", "year"], name="data_key_once")]

    def __str__(self) -> str:
        return f"{self.use} {self.name} {self.year}"
