"""Persons, households, memberships and dated facts with their source rows; links, doubts, decisions."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from huimin_platform.intake.models import DeliveryFile
from huimin_platform.registry.correction_models import Correction as Correction
from huimin_platform.registry.identity_models import CrossCheck as CrossCheck
from huimin_platform.registry.identity_models import MatchRate as MatchRate
from huimin_platform.registry.identity_models import Opinion as Opinion
from huimin_platform.registry.identity_models import Run as Run
from huimin_platform.registry.identity_models import Threshold as Threshold
from huimin_platform.registry.identity_models import Touch as Touch
from huimin_platform.registry.verified_models import Verified as Verified


def _file_key(**options: Any) -> models.ForeignKey:
    return models.ForeignKey(DeliveryFile, on_delete=models.PROTECT, related_name="+", **options)


class Person(models.Model):
    """One person, one file 一人一档. The number never changes; a merged one says into whom."""

    name = models.CharField(max_length=100, db_index=True)
    sex = models.CharField(max_length=8, blank=True)
    born_on = models.DateField(null=True)
    died_on = models.DateField(null=True)
    division = models.CharField(max_length=12, blank=True)
    national_id_sealed = models.BinaryField(null=True)
    national_id_index = models.BinaryField(null=True, max_length=16, db_index=True)
    phone_sealed = models.BinaryField(null=True)
    phone_index = models.BinaryField(null=True, max_length=16)
    card_sealed = models.BinaryField(null=True)
    card_index = models.BinaryField(null=True, max_length=16)
    address_sealed = models.BinaryField(null=True)
    address_index = models.BinaryField(null=True, max_length=16)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")

    data_classes = {
        "id": "personal",
        "name": "personal",
        "sex": "personal",
        "born_on": "personal",
        "died_on": "personal",
        "division": "internal",
        "national_id_sealed": "sensitive",
        "national_id_index": "sensitive",
        "phone_sealed": "sensitive",
        "phone_index": "sensitive",
        "card_sealed": "sensitive",
        "card_index": "sensitive",
        "address_sealed": "sensitive",
        "address_index": "sensitive",
        "merged_into": "personal",
    }

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(merged_into=models.F("id")), name="person_not_merged_into_self"
            ),
            models.CheckConstraint(
                condition=models.Q(division="") | models.Q(division__regex=r"^[0-9]{12}$"),
                name="person_division_of_12_digits",
            ),
        ]
        indexes = [
            models.Index(
                fields=["division"], opclasses=["varchar_pattern_ops"], name="person_division_prefix"
            )
        ]

    def __str__(self) -> str:
        return f"P{self.pk}"


class OtherNationalId(models.Model):
    """A further national id that a person bears, or was registered under."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="other_national_ids")
    national_id_sealed = models.BinaryField()
    national_id_index = models.BinaryField(max_length=16, db_index=True)

    data_classes = {
        "id": "internal",
        "person": "personal",
        "national_id_sealed": "sensitive",
        "national_id_index": "sensitive",
    }

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "national_id_index"], name="other_national_id_once")
        ]

    def __str__(self) -> str:
        return f"{self.person_id}"


class Residence(models.TextChoices):
    """By which standard a household is measured."""

    URBAN = "urban", _("Urban")
    RURAL = "rural", _("Rural")


class Household(models.Model):
    """A household 家庭: people of one booklet, and a spouse registered elsewhere."""

    residence = models.CharField(max_length=8, choices=Residence)
    division = models.CharField(max_length=12, blank=True)
    head = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    address_sealed = models.BinaryField(null=True)
    address_index = models.BinaryField(null=True, max_length=16)
    started_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)

    data_classes = {
        "id": "personal",
        "residence": "internal",
        "division": "internal",
        "head": "personal",
        "address_sealed": "sensitive",
        "address_index": "sensitive",
        "started_on": "internal",
        "ended_on": "internal",
    }

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(residence__in=Residence.values), name="household_residence_known"
            ),
            models.CheckConstraint(
                condition=models.Q(division="") | models.Q(division__regex=r"^[0-9]{12}$"),
                name="household_division_of_12_digits",
            ),
        ]
        indexes = [
            models.Index(
                fields=["division"], opclasses=["varchar_pattern_ops"], name="household_division_prefix"
            )
        ]

    def __str__(self) -> str:
        return f"H{self.pk}"


class Membership(models.Model):
    """A person in a household from a day to a day, the end excluded; withdrawn where no register says so."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="memberships")
    relation = models.CharField(max_length=32, blank=True)
    started_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    source_file = _file_key(null=True)
    source_line = models.BigIntegerField(null=True)
    received_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    data_classes = {
        "id": "internal",
        "person": "personal",
        "household": "personal",
        "relation": "personal",
        "started_on": "personal",
        "ended_on": "personal",
        "source_file": "internal",
        "source_line": "internal",
        "received_at": "internal",
        "withdrawn_at": "internal",
    }

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=models.Q(withdrawn_at=None, ended_on=None),
                name="membership_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(started_on=None)
                | models.Q(ended_on=None)
                | models.Q(started_on__lte=models.F("ended_on")),
                name="membership_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"P{self.person_id} in H{self.household_id}"


class Fact(models.Model):
    """A dated value about a person or a household, with its source row. Withdrawn when no row says it."""

    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="facts")
    household = models.ForeignKey(Household, null=True, on_delete=models.PROTECT, related_name="facts")
    kind = models.CharField(max_length=64)
    value = models.BigIntegerField(null=True)
    words = models.CharField(max_length=200, blank=True)
    started_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    occurred_on = models.DateField(null=True)
    key = models.CharField(max_length=200, blank=True)
    source_file = _file_key()
    source_line = models.BigIntegerField()
    received_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    data_classes = {
        "id": "internal",
        "person": "personal",
        "household": "personal",
        "kind": "internal",
        "value": "sensitive",
        "words": "sensitive",
        "started_on": "personal",
        "ended_on": "personal",
        "occurred_on": "personal",
        "key": "personal",
        "source_file": "internal",
        "source_line": "internal",
        "received_at": "internal",
        "withdrawn_at": "internal",
    }

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(person=None, household__isnull=False)
                | models.Q(person__isnull=False, household=None),
                name="fact_of_person_or_household",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Link(models.Model):
    """Which person a row is about 关联, how we know and how sure; no person where the row waits."""

    file = _file_key()
    line = models.BigIntegerField()
    role = models.CharField(max_length=32)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="links")
    how = models.CharField(max_length=32)
    score = models.FloatField(null=True)
    # Of a weighed link the weight of each comparison, by name; null where there was nothing to compare.
    evidence = models.JSONField(null=True)

    data_classes = {
        "id": "internal",
        "file": "internal",
        "line": "internal",
        "role": "internal",
        "person": "personal",
        "how": "internal",
        "score": "internal",
        "evidence": "internal",
    }

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "line", "role"], name="link_once")]

    def __str__(self) -> str:
        return f"{self.file_id}:{self.line} {self.role}"


class PairState(models.TextChoices):
    """What a clerk has decided of a pair."""

    OPEN = "open", _("To be decided")
    SAME = "same", _("The same person")
    DIFFERENT = "different", _("Two persons")
    GONE = "gone", _("No longer in question")


class Pair(models.Model):
    """A row and a person that may be the same human 待核对; `other` is whom the row is with now.

    A `whole` one asks whether `person` and `other` are one human, with all their rows; the row is one of the other's.
    """

    key = models.CharField(max_length=128, unique=True)
    file = _file_key()
    line = models.BigIntegerField()
    role = models.CharField(max_length=32)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    # Null where a clerk raised the question: nobody has weighed it.
    score = models.FloatField(null=True)
    whole = models.BooleanField(default=False)
    reasons = models.JSONField(default=list)
    evidence = models.JSONField(null=True)
    # Only where Splink raised the question: kind, its weights of this person and of our link, how and how surely we linked.
    second = models.JSONField(null=True)
    state = models.CharField(max_length=16, choices=PairState, default=PairState.OPEN)
    skipped_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)

    data_classes = {
        "id": "internal",
        "key": "internal",
        "file": "internal",
        "line": "internal",
        "role": "internal",
        "person": "personal",
        "other": "personal",
        "score": "internal",
        "whole": "internal",
        "reasons": "personal",
        "evidence": "internal",
        "second": "internal",
        "state": "internal",
        "skipped_at": "internal",
        "decided_by": "internal",
        "decided_at": "internal",
    }

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=PairState.values), name="pair_state_known"),
            models.CheckConstraint(
                condition=models.Q(decided_at=None, state__in=["open", "gone"])
                | models.Q(decided_at__isnull=False, state__in=["same", "different"]),
                name="pair_decided_has_time",
            ),
            models.CheckConstraint(
                condition=models.Q(whole=False)
                | models.Q(other__isnull=False) & models.Q(other__gt=models.F("person")),
                name="pair_of_files_in_order",
            ),
        ]
        indexes = [models.Index(fields=["state", "-score"], name="pair_queue")]

    def __str__(self) -> str:
        return self.key


class Doubt(models.Model):
    """An unlinked row that could belong to a person 存疑, so that answers can be "unknown"; `role` is whose place in it waits."""

    file = _file_key()
    line = models.BigIntegerField()
    # Empty where an earlier release wrote it: then the first place of the row is meant.
    role = models.CharField(max_length=32, db_default="", default="")
    dataset = models.CharField(max_length=64)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="doubts")
    weight = models.FloatField()

    data_classes = {
        "id": "internal",
        "file": "internal",
        "line": "internal",
        "role": "internal",
        "dataset": "internal",
        "person": "personal",
        "weight": "internal",
    }

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "line", "role", "person"], name="doubt_once")]

    def __str__(self) -> str:
        return f"{self.file_id}:{self.line} P{self.person_id}"


class IdentityEvent(models.Model):
    """What changed about who is who: decided, undone, linked anew, merged. Lines are added, never changed."""

    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    kind = models.CharField(
        max_length=16
    )  # asked | opinion | taken_back | same | different | undo | moved | merged | parted
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="identity_events")
    other = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    pair = models.ForeignKey(Pair, null=True, on_delete=models.PROTECT, related_name="events")
    file = _file_key(null=True)
    line = models.BigIntegerField(null=True)
    role = models.CharField(max_length=32, blank=True)
    undoes = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="undone_by")

    data_classes = {
        "id": "internal",
        "at": "internal",
        "by": "internal",
        "kind": "internal",
        "person": "personal",
        "other": "personal",
        "pair": "internal",
        "file": "internal",
        "line": "internal",
        "role": "internal",
        "undoes": "internal",
    }

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Proposal(models.Model):
    """Numbers 标准 or the text of a policy that a place means to set, from a day on. Never changed; a better one is another one.

    `values` holds the numbers; `policy` and `text` are empty then. A text has no numbers but its own.
    """

    division = models.CharField(max_length=12)
    values = models.JSONField()
    policy = models.CharField(max_length=100, blank=True, default="")
    text = models.TextField(blank=True, default="")
    effective_on = models.DateField()
    reason = models.CharField(max_length=500)
    by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    data_classes = dict.fromkeys(
        ["id", "division", "values", "policy", "text", "effective_on", "reason", "by", "at"], "internal"
    )

    def __str__(self) -> str:
        return f"{self.pk} of {self.division} from {self.effective_on}"


class Signature(models.Model):
    """What a second person said of a proposal: published, or refused. Never changed."""

    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, related_name="signature")
    published = models.BooleanField()
    reason = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    data_classes = dict.fromkeys(["id", "proposal", "published", "reason", "by", "at"], "internal")

    def __str__(self) -> str:
        return f"{self.proposal_id} {'published' if self.published else 'refused'}"
