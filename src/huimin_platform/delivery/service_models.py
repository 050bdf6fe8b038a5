"""Services ordered for people: the order, its history, the visits that prove it, and what a provider is owed for a month."""

from collections.abc import Callable

from django.db import models
from django.utils.translation import gettext_lazy as _

from huimin.delivery import proofs, services


class ServiceOrder(models.Model):
    """What one grant of services orders 服务订单, from whom, for whom. One a grant; the provider changes, the order stays.

    `contract` is whom it is offered to or who serves; `declined` lists the contracts that said no. `skills` is what it asks of who
    serves. `stuck` says of a waiting order why nobody was asked in the last turn.
    """

    id: int
    grant_id: int
    recipient_id: int
    contract_id: str | None
    visits: "models.QuerySet[Visit]"
    moves: "models.QuerySet[OrderMove]"

    class State(models.TextChoices):
        """How far an order is; the moves are in `huimin.delivery.services`."""

        WAITING = "waiting"
        OFFERED = "offered"
        ACCEPTED = "accepted"
        UNDER_WAY = "under_way"
        ENDED = "ended"

    grant = models.OneToOneField("delivery.Grant", on_delete=models.PROTECT, related_name="service_order")
    recipient = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    division = models.CharField(max_length=12)
    policy = models.CharField(max_length=64)
    service = models.CharField(max_length=64)
    unit = models.CharField(max_length=8)
    contract = models.ForeignKey(
        "supply.ServiceContract", null=True, on_delete=models.PROTECT, related_name="+"
    )
    declined = models.JSONField(default=list)
    skills = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    stuck = models.CharField(max_length=16, blank=True, db_default="")
    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    started_on = models.DateField()
    ended_on = models.DateField(null=True)
    issued_at = models.DateTimeField()

    data_classes = dict.fromkeys(
        [
            "id", "grant", "division", "service", "unit", "contract", "declined", "state", "started_on", "ended_on", "issued_at",
            "stuck",
        ],
        "internal",
    ) | {"recipient": "personal", "policy": "personal", "skills": "personal"}  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=list(services.STATES)), name="service_order_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(unit__in=list(services.UNITS)), name="service_order_unit_known"
            ),
            models.CheckConstraint(
                condition=models.Q(stuck__in=["", *services.STUCK]), name="service_order_stuck_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "ended"]) | models.Q(contract__isnull=False),
                name="service_order_served_under_a_contract",
            ),
        ]
        indexes = [
            models.Index(fields=["contract", "state"], name="service_order_of_contract"),
            models.Index(fields=["division", "state"], name="service_order_by_division"),
        ]

    def __str__(self) -> str:
        return f"{self.service} {self.pk}"


class OrderMove(models.Model):
    """One move of a service order: by whom, under which contract, and why. Added, never changed.

    `why` of an offer is how the contracts that fit stood at that moment, in the order in which they were asked.
    """

    order = models.ForeignKey(ServiceOrder, on_delete=models.PROTECT, related_name="moves")
    move = models.CharField(max_length=16)
    state_before = models.CharField(max_length=16)
    state_after = models.CharField(max_length=16)
    contract = models.ForeignKey(
        "supply.ServiceContract", null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True)
    why = models.JSONField(null=True)
    at = models.DateTimeField()
    by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")

    data_classes = dict.fromkeys(
        ["id", "order", "move", "state_before", "state_after", "contract", "why", "at", "by"], "internal"
    ) | {"reason": "personal"}

    def __str__(self) -> str:
        return f"{self.order_id} {self.state_after}"


class Visit(models.Model):
    """One proof of service 服务凭证: who was there, from when to when, how many units, and who has confirmed it.

    `key` is made when the form opens, so that a form sent twice is one visit. `faults` names what speaks against it.
    What was entered never changes; `state` moves as `huimin.delivery.proofs` says, and what was paid stays.
    """

    order_id: int
    contract_id: str
    settlement_id: int | None
    get_how_display: Callable[[], str]

    class State(models.TextChoices):
        """How far a proof is."""

        PROVEN = "proven"
        SET_ASIDE = "set_aside"
        DISPUTED = "disputed"
        ACCEPTED = "accepted"
        REFUSED = "refused"
        SETTLED = "settled"
        PAID = "paid"

    class How(models.TextChoices):
        """How it was accepted."""

        RESIDENT = "resident", _("By the resident, on the own page")
        CODE = "code", _("By a code that the resident read out")
        OFFICER = "officer", _("By an officer who checked")

    key = models.UUIDField(unique=True)
    order = models.ForeignKey(ServiceOrder, on_delete=models.PROTECT, related_name="visits")
    contract = models.ForeignKey("supply.ServiceContract", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    worker = models.CharField(max_length=32)
    worker_name = models.CharField(max_length=100)
    on = models.DateField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    units = models.IntegerField()
    place = models.CharField(max_length=200)
    photo_sha256 = models.CharField(max_length=64, blank=True)
    faults = models.JSONField(default=list)
    state = models.CharField(max_length=16, choices=State)
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    code_number = models.SmallIntegerField(null=True)
    code_misses = models.SmallIntegerField(default=0)
    how = models.CharField(max_length=16, choices=How, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    settlement = models.ForeignKey(
        "delivery.Settlement", null=True, on_delete=models.PROTECT, related_name="visits"
    )

    data_classes = dict.fromkeys(
        [
            "id", "key", "order", "contract", "worker", "on", "started_at", "ended_at", "units", "photo_sha256", "state",
            "entered_at", "entered_by", "code_number", "code_misses", "how", "decided_at", "decided_by", "settlement",
        ],
        "internal",
    ) | dict.fromkeys(["person", "worker_name", "place", "faults", "reason"], "personal")  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=list(proofs.STATES)), name="visit_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__gt=models.F("started_at")), name="visit_time_forward"
            ),
            models.CheckConstraint(condition=models.Q(units__gte=0), name="visit_units_not_below_zero"),
            models.CheckConstraint(
                condition=~models.Q(state__in=["accepted", "settled", "paid"]) | ~models.Q(how=""),
                name="visit_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["settled", "paid"], settlement__isnull=False)
                | ~models.Q(state__in=["settled", "paid"]) & models.Q(settlement=None),
                name="visit_settled_once",
            ),
            models.UniqueConstraint(
                fields=["order", "on", "code_number"],
                condition=models.Q(code_number__isnull=False),
                name="visit_code_used_once_a_day",
            ),
        ]
        indexes = [
            models.Index(fields=["contract", "worker", "on"], name="visit_of_worker"),
            models.Index(fields=["person", "on"], name="visit_of_person"),
            models.Index(fields=["contract", "state", "on"], name="visit_to_settle"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.on}"


class Settlement(models.Model):
    """What a provider is owed for a month of one contract 结算单: drawn from accepted visits, signed by another person.

    One a contract and month, and one more for what was accepted later; it is a statement for finance and never changes.
    """

    contract_id: str
    drawn_by_id: int | None
    visits: "models.QuerySet[Visit]"
    lines: "models.QuerySet[SettlementLine]"

    number = models.CharField(max_length=64, unique=True)
    contract = models.ForeignKey("supply.ServiceContract", on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    units = models.IntegerField()
    own_fen = models.BigIntegerField()
    public_fen = models.BigIntegerField()
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")

    data_classes = dict.fromkeys(
        [
            "id", "number", "contract", "month", "units", "own_fen", "public_fen", "drawn_at", "drawn_by", "signed_at", "signed_by",
        ],
        "internal",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(units__gt=0, own_fen__gte=0, public_fen__gt=0),
                name="settlement_is_about_something",
            ),
            models.CheckConstraint(
                condition=models.Q(signed_by=None, signed_at=None)
                | models.Q(signed_by__isnull=False, signed_at__isnull=False)
                & (models.Q(drawn_by=None) | ~models.Q(signed_by=models.F("drawn_by"))),
                name="settlement_signed_by_another",
            ),
        ]
        indexes = [models.Index(fields=["contract", "month"], name="settlement_of_contract")]

    def __str__(self) -> str:
        return self.number


class SettlementLine(models.Model):
    """One order's part of a settlement: units accepted, units paid, and what they cost. Added, never changed."""

    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, related_name="lines")
    order = models.ForeignKey(ServiceOrder, on_delete=models.PROTECT, related_name="+")
    worth_fen = models.BigIntegerField()
    units = models.IntegerField()
    own_fen = models.BigIntegerField()
    public_fen = models.BigIntegerField()

    data_classes = dict.fromkeys(["id", "settlement", "order", "units"], "internal") | dict.fromkeys(
        ["worth_fen", "own_fen", "public_fen"], "personal"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["settlement", "order"], name="settlement_line_once_an_order"),
            models.CheckConstraint(
                condition=models.Q(units__gt=0, own_fen__gte=0, public_fen__gt=0)
                & models.Q(public_fen__lte=models.F("worth_fen")),
                name="settlement_line_not_above_the_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.settlement_id} {self.order_id}"
