"""Cards that the bank was asked about, with every move of each question."""

from collections.abc import Callable

from django.db import models
from django.utils.translation import gettext_lazy as _

from huimin.funds.cards import STATES


class CardCheck(models.Model):
    """One question to the bank, whether a card is this person's and can take money 账户核验.

    It is for the card, name and id number as they were: `card_index` and `national_id_index` tell whether they still are.
    The id is a digest of them, and `turn` counts how often a person asked anew. What was asked never changes.
    """

    person_id: int
    asked_by_id: int | None
    moves: "models.QuerySet[CardMove]"
    differences: "models.QuerySet"
    get_state_display: Callable[[], str]

    class State(models.TextChoices):
        """What the bank has said; the moves are in `huimin.funds.cards`."""

        ASKED = "asked", _("The bank is being asked")
        VERIFIED = "verified", _("Confirmed by the bank")
        REFUSED = "refused", _("Not confirmed by the bank")
        UNKNOWN = "unknown", _("The bank has not answered")

    id = models.CharField(max_length=32, primary_key=True)
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    card_index = models.BinaryField(max_length=16)
    national_id_index = models.BinaryField(null=True, max_length=16)
    turn = models.SmallIntegerField(default=1)
    division = models.CharField(max_length=12)
    state = models.CharField(max_length=16, choices=State, default=State.ASKED)
    reason = models.CharField(max_length=35, blank=True)
    times = models.SmallIntegerField(default=1)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    asked_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")
    why_again = models.TextField(blank=True)

    data_classes = {
        **dict.fromkeys(
            ["id", "turn", "division", "times", "asked_at", "answered_at", "asked_by"], "internal"
        ),
        **dict.fromkeys(["person", "name", "state", "reason", "why_again"], "personal"),
        **dict.fromkeys(["card_index", "national_id_index"], "sensitive"),
    }

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=list(STATES)), name="card_check_state_known"),
            models.CheckConstraint(
                condition=models.Q(turn=1, asked_by=None, why_again="")
                | models.Q(turn__gt=1, asked_by__isnull=False) & ~models.Q(why_again=""),
                name="card_check_asked_anew_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "card_index", "-turn"], name="card_check_of_person"),
            models.Index(
                fields=["state", "asked_at"],
                condition=~models.Q(state="verified"),
                name="card_check_not_verified",
            ),
        ]

    def __str__(self) -> str:
        return self.id


class CardMove(models.Model):
    """One move of a question about a card: what caused it, and the bank's reason. Added, never changed."""

    card_check_id: str

    card_check = models.ForeignKey(CardCheck, on_delete=models.PROTECT, related_name="moves")
    move = models.CharField(max_length=16)
    state_before = models.CharField(max_length=16, blank=True)
    state_after = models.CharField(max_length=16)
    at = models.DateTimeField()
    audit = models.ForeignKey("base.AuditLine", on_delete=models.PROTECT, related_name="+")
    message = models.ForeignKey("funds.BankMessage", null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=35, blank=True)

    data_classes = {
        **dict.fromkeys(["id", "card_check", "move", "at", "audit", "message"], "internal"),
        **dict.fromkeys(["state_before", "state_after", "reason"], "personal"),
    }

    def __str__(self) -> str:
        return f"{self.card_check_id} {self.state_after}"
