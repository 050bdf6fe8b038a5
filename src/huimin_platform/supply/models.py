"""Who is paid for services: providers with the account they are paid on, the contracts of what is bought from them, and
what residents say of them.
"""

from django.db import models

from huimin.delivery.services import UNITS
from huimin.privacy.suppression import FEWEST


class Provider(models.Model):
    """A provider of services 服务机构, by its unified social credit code. Nothing is settled before another person than
    who entered it has confirmed the account.
    """

    added_by_id: int
    contracts: "models.QuerySet[ServiceContract]"
    ratings: "models.QuerySet[Rating]"
    qualifications: "models.QuerySet[Qualification]"

    code = models.CharField(max_length=18, primary_key=True)
    name = models.CharField(max_length=120)
    division = models.CharField(max_length=12)
    account_sealed = models.BinaryField(max_length=200)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")

    data_classes = dict.fromkeys(
        ["code", "name", "division", "added_at", "added_by", "confirmed_at", "confirmed_by"], "internal"
    ) | {"account_sealed": "sensitive"}

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(code__regex=r"^[0-9A-Z]{18}$"), name="provider_code_of_18_characters"
            ),
            models.CheckConstraint(
                condition=models.Q(division__regex=r"^[0-9]{12}$"), name="provider_division_of_12_digits"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None, confirmed_at=None)
                | models.Q(confirmed_by__isnull=False, confirmed_at__isnull=False)
                & ~models.Q(confirmed_by=models.F("added_by")),
                name="provider_confirmed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Qualification(models.Model):
    """What a provider may give 服务资质: a skill, by which paper, until when. Counts once another person has confirmed it.

    `ends_on` is the first day on which it does not count any more. A renewed paper is a row of its own; none is changed.
    """

    provider_id: str
    added_by_id: int

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="qualifications")
    skill = models.CharField(max_length=32)
    paper = models.CharField(max_length=120)
    ends_on = models.DateField(null=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")

    data_classes = dict.fromkeys(
        [
            "id",
            "provider",
            "skill",
            "paper",
            "ends_on",
            "added_at",
            "added_by",
            "confirmed_at",
            "confirmed_by",
        ],
        "internal",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "skill", "paper"], name="qualification_once_a_paper"),
            models.CheckConstraint(
                condition=models.Q(skill__regex=r"^[a-z_]{1,32}$") & ~models.Q(paper=""),
                name="qualification_by_a_paper",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None, confirmed_at=None)
                | models.Q(confirmed_by__isnull=False, confirmed_at__isnull=False)
                & ~models.Q(confirmed_by=models.F("added_by")),
                name="qualification_confirmed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.skill}"


class ServiceContract(models.Model):
    """A contract of a purchased service 政府购买服务合同: what, at which price, where, for which term. Another person signs.

    `policy` is the programme that it serves and is paid from; its money is for nothing else. `ended_on` is the first day
    on which it does not count any more. `most_persons` are served at once; none where the contract sets no limit.
    """

    provider_id: str
    proposed_by_id: int

    number = models.CharField(max_length=32, primary_key=True)
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="contracts")
    policy = models.CharField(max_length=64)
    service = models.CharField(max_length=64)
    unit = models.CharField(max_length=8)
    division = models.CharField(max_length=12)
    price_fen = models.BigIntegerField()
    ceiling_fen = models.BigIntegerField()
    own_percent = models.SmallIntegerField(default=0)
    least_minutes = models.SmallIntegerField()
    late_days = models.SmallIntegerField()
    most_persons = models.IntegerField(null=True)
    started_on = models.DateField()
    ended_on = models.DateField()
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey("base.User", on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey("base.User", null=True, on_delete=models.PROTECT, related_name="+")

    data_classes = dict.fromkeys(
        [
            "number", "provider", "policy", "service", "unit", "division", "price_fen", "ceiling_fen", "own_percent",
            "least_minutes", "late_days", "most_persons", "started_on", "ended_on", "proposed_at", "proposed_by", "signed_at",
            "signed_by",
        ],
        "internal",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(number__regex=r"^[A-Za-z0-9-]{1,32}$"),
                name="service_contract_number_of_letters",
            ),
            models.CheckConstraint(
                condition=models.Q(unit__in=list(UNITS)), name="service_contract_unit_known"
            ),
            models.CheckConstraint(
                condition=models.Q(division__regex=r"^[0-9]{12}$"),
                name="service_contract_division_of_12_digits",
            ),
            models.CheckConstraint(
                condition=models.Q(price_fen__gt=0, price_fen__lte=models.F("ceiling_fen")),
                name="service_contract_price_not_above_the_ceiling",
            ),
            models.CheckConstraint(
                condition=models.Q(own_percent__gte=0, own_percent__lt=100),
                name="service_contract_own_share_below_all",
            ),
            models.CheckConstraint(
                condition=models.Q(least_minutes__gte=0, late_days__gte=0),
                name="service_contract_terms_not_below_zero",
            ),
            models.CheckConstraint(
                condition=models.Q(most_persons=None) | models.Q(most_persons__gt=0),
                name="service_contract_for_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_on__gt=models.F("started_on")), name="service_contract_term_forward"
            ),
            models.CheckConstraint(
                condition=models.Q(signed_by=None, signed_at=None)
                | models.Q(signed_by__isnull=False, signed_at__isnull=False)
                & ~models.Q(signed_by=models.F("proposed_by")),
                name="service_contract_signed_by_another",
            ),
        ]
        indexes = [models.Index(fields=["policy", "started_on"], name="service_contract_of_policy")]

    def __str__(self) -> str:
        return self.number


class Rating(models.Model):
    """What residents say of a provider 服务评价, as it stood on a day; the feedback stage works it out. Added, never changed.

    `estimate` is drawn toward `division_estimate` where few persons have answered, and most likely lies between `low` and
    `high`; `mean` is the plain one, and there is none where nobody has answered. The provider is shown one that is
    `released`: in each as many new persons have answered as a published figure has to stand for.
    """

    provider_id: str

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="ratings")
    on = models.DateField()
    rated_at = models.DateTimeField()
    persons = models.IntegerField()
    answers = models.IntegerField()
    on_behalf = models.IntegerField()
    mean = models.DecimalField(max_digits=4, decimal_places=2, null=True)
    estimate = models.DecimalField(max_digits=4, decimal_places=2)
    low = models.DecimalField(max_digits=4, decimal_places=2)
    high = models.DecimalField(max_digits=4, decimal_places=2)
    division_estimate = models.DecimalField(max_digits=4, decimal_places=2)
    division_persons = models.IntegerField()
    released = models.BooleanField(default=False)

    data_classes = dict.fromkeys(
        [
            "id", "provider", "on", "rated_at", "persons", "answers", "on_behalf", "mean", "estimate", "low", "high",
            "division_estimate", "division_persons", "released",
        ],
        "internal",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "on"], name="rating_once_a_day"),
            models.CheckConstraint(
                condition=models.Q(
                    persons__gte=0,
                    answers__gte=models.F("persons"),
                    on_behalf__gte=0,
                    on_behalf__lte=models.F("answers"),
                ),
                name="rating_counts_fit",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    low__gte=1, low__lte=models.F("estimate"), high__gte=models.F("estimate"), high__lte=5
                ),
                name="rating_within_its_range",
            ),
            models.CheckConstraint(
                condition=models.Q(persons=0, mean=None) | models.Q(persons__gt=0, mean__gte=1, mean__lte=5),
                name="rating_mean_of_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(released=False) | models.Q(persons__gte=FEWEST),
                name="rating_released_of_enough",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.on} {self.estimate}"
