"""Which contracts fit a service order, in the order in which their providers are asked, and why nobody is."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from huimin.delivery import choosing
from huimin.delivery.skills import lacking
from huimin.units.divisions import prefix
from huimin_platform.delivery import service_queries
from huimin_platform.delivery.models import ServiceOrder
from huimin_platform.supply import queries as supply
from huimin_platform.supply.models import Rating, ServiceContract

# So many contracts are kept with an offer; who stood further behind was never near it.
KEPT = 20


@dataclass(frozen=True)
class Ranked:
    """A contract that fits an order, and why it stands where it stands; no rating while nobody of its county was rated."""

    contract: ServiceContract
    standing: choosing.Standing
    rating: Rating | None

    @property
    def candidate(self) -> choosing.Candidate:
        """What was compared."""
        return self.standing.candidate


class Choice:
    """The choice of one turn: what is asked of the database is asked once for each policy and place, and whoever is chosen
    has one person more.
    """

    def __init__(self, today: date) -> None:
        self.today = today
        self.fitting: dict[tuple[str, str, str, str, date], list[ServiceContract]] = {}
        self.serving: Counter[str] = Counter()
        self.ratings: dict[str, Rating] = {}
        self.held: dict[str, set[str]] = {}

    def ranked(self, order: ServiceOrder) -> list[Ranked]:
        """The contracts that fit, the one to be asked first in front; who declined is left out, who lacks a skill comes last."""
        around = self._fitting(order)
        rated = (self.ratings.get(each.provider_id) for each in around)
        # Who came after the last rating starts with what is usual among those beside it.
        usual = next((float(each.division_estimate) for each in rated if each), 0.0)
        fitting = {each.pk: each for each in around if each.pk not in order.declined}
        found = choosing.ranked([self._candidate(each, order, usual) for each in fitting.values()])
        return [
            Ranked(fitting[name], each, self.ratings.get(fitting[name].provider_id))
            for each in found
            for name in [each.candidate.contract]
        ]

    def takes(self, contract: ServiceContract) -> None:
        """Counts one person more for a contract that was chosen."""
        self.serving[contract.pk] += 1

    def stuck(self, order: ServiceOrder, found: list[Ranked]) -> str:
        """Why none of the contracts found can be asked to serve an order: a name of `services.STUCK`, empty where one can."""
        fitting = self._fitting(order)
        able = [each for each in fitting if not self._lacks(each, order)]
        left = [each for each in found if not each.candidate.lacks]
        if any(each.candidate.open for each in left):
            return ""
        if left:
            return "room"
        return "declined" if able else "skills" if fitting else "contract"

    def _fitting(self, order: ServiceOrder) -> list[ServiceContract]:
        asked = (order.policy, order.division, max(self.today, order.started_on))
        key = (*asked[:2], order.service, order.unit, asked[2])
        if key not in self.fitting:
            found = [
                each
                for each in supply.signed(*asked)
                if (each.service, each.unit) == (order.service, order.unit)
            ]
            new = [each.pk for each in found if each.pk not in self.serving]
            self.serving.update(dict.fromkeys(new, 0) | service_queries.serving(new))
            self._know({each.provider_id for each in found})
            self.fitting[key] = found
        return self.fitting[key]

    def lacks(self, order: ServiceOrder) -> tuple[str, ...]:
        """The skills that an order asks for and whoever serves it, or is asked to, does not hold today."""
        if order.contract is None:
            return ()
        self._know({order.contract.provider_id})
        return self._lacks(order.contract, order)

    def _know(self, providers: set[str]) -> None:
        unknown = providers - self.held.keys()
        self.ratings |= supply.latest_ratings(unknown) if unknown else {}
        self.held |= {each: set() for each in unknown}
        self.held |= supply.skills_held(unknown, self.today) if unknown else {}

    def _lacks(self, contract: ServiceContract, order: ServiceOrder) -> tuple[str, ...]:
        return lacking(order.skills, self.held[contract.provider_id])

    def _candidate(self, contract: ServiceContract, order: ServiceOrder, usual: float) -> choosing.Candidate:
        rating = self.ratings.get(contract.provider_id)
        assert contract.signed_at is not None, f"{contract.pk} is not signed"
        return choosing.Candidate(
            contract.pk, len(prefix(contract.division)), self.serving[contract.pk], contract.most_persons,
            float(rating.estimate if rating else usual), contract.signed_at, self._lacks(contract, order),
        )  # fmt: skip


def why(found: list[Ranked]) -> list[dict[str, Any]]:
    """How the contracts stood when one was asked, to be kept with the offer."""
    return [
        {
            "contract": each.contract.pk, "provider": each.contract.provider.name, "place": each.contract.division,
            "serving": each.candidate.serving, "most": each.candidate.most, "full": each.candidate.full,
            "rating": None if each.rating is None else float(each.rating.estimate), "lacks": list(each.candidate.lacks),
            "fair_percent": each.standing.fair_percent, "has_percent": each.standing.has_percent,
        }
        for each in found[:KEPT]
    ]  # fmt: skip
