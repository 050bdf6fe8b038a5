"""Which contracts fit a service order, in the order in which their providers are asked."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from huimin.delivery import choosing
from huimin.units.divisions import prefix
from huimin_platform.delivery import service_queries
from huimin_platform.delivery.models import ServiceOrder
from huimin_platform.supply import queries as supply
from huimin_platform.supply.models import Rating, ServiceContract


@dataclass(frozen=True)
class Ranked:
    """A contract that fits an order, and why it stands where it stands; no rating while nobody of its county was rated."""

    contract: ServiceContract
    candidate: choosing.Candidate
    rating: Rating | None


class Choice:
    """The choice of one turn: what is asked of the database is asked once for each policy and place, and whoever is chosen
    has one person more.
    """

    def __init__(self, today: date) -> None:
        self.today = today
        self.fitting: dict[tuple[str, str, date], list[ServiceContract]] = {}
        self.serving: Counter[str] = Counter()
        self.ratings: dict[str, Rating] = {}

    def ranked(self, order: ServiceOrder) -> list[Ranked]:
        """The contracts that fit, the one to be asked first in front; who declined is left out."""
        around = self._fitting(order)
        rated = (self.ratings.get(each.provider_id) for each in around)
        # Who came after the last rating starts with what is usual among those beside it.
        usual = next((float(each.division_estimate) for each in rated if each), 0.0)
        fitting = {each.pk: each for each in around if each.pk not in order.declined}
        found = choosing.ranked([self._candidate(each, usual) for each in fitting.values()])
        return [
            Ranked(fitting[each.contract], each, self.ratings.get(fitting[each.contract].provider_id))
            for each in found
        ]

    def first(self, order: ServiceOrder) -> ServiceContract | None:
        """The contract that an order goes to now; None where none fits that has room."""
        found = next((each.contract for each in self.ranked(order) if not each.candidate.full), None)
        if found is not None:
            self.serving[found.pk] += 1
        return found

    def _fitting(self, order: ServiceOrder) -> list[ServiceContract]:
        asked = (order.policy, order.division, max(self.today, order.started_on))
        if asked not in self.fitting:
            found = list(supply.signed(*asked))
            new = [each.pk for each in found if each.pk not in self.serving]
            self.serving.update(dict.fromkeys(new, 0) | service_queries.serving(new))
            unknown = {each.provider_id for each in found} - self.ratings.keys()
            self.ratings |= supply.latest_ratings(unknown)
            self.fitting[asked] = found
        return self.fitting[asked]

    def _candidate(self, contract: ServiceContract, usual: float) -> choosing.Candidate:
        rating = self.ratings.get(contract.provider_id)
        assert contract.signed_at is not None, f"{contract.pk} is not signed"
        return choosing.Candidate(
            contract.pk, len(prefix(contract.division)), self.serving[contract.pk], contract.most_persons,
            float(rating.estimate if rating else usual), contract.signed_at,
        )  # fmt: skip
