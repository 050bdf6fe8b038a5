"""Services bought for people 政府购买服务: the states of an order, how many units a grant buys, what proven units are paid.

A service order pays nobody by itself. Money follows units that were proven and accepted, at the contract's price, never
above its ceiling and never above what the grant is worth in the month.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from huimin.units.rounding import divide_fen
from huimin.units.words import Words

# How a service is counted.
UNITS: Mapping[str, Words] = {
    "visit": Words("次", "visits"),
    "hour": Words("小时", "hours"),
    "piece": Words("份", "pieces"),
}

# One of it, as behind a price.
ONE: Mapping[str, Words] = {
    "visit": Words("次", "visit"),
    "hour": Words("小时", "hour"),
    "piece": Words("份", "piece"),
}

STATES: Mapping[str, Words] = {
    "waiting": Words("待派单", "Waiting for a provider"),
    "offered": Words("待接单", "Offered to a provider"),
    "accepted": Words("已接单", "Accepted by the provider"),
    "under_way": Words("服务中", "Under way"),
    "ended": Words("已结束", "Ended"),
}
# Why nobody is asked to serve a waiting order.
STUCK: Mapping[str, Words] = {
    "contract": Words("当地没有这项服务的合同", "No contract of this service counts in the place"),
    "declined": Words("有资质的服务机构都已谢绝", "Every provider that is qualified has declined"),
    "skills": Words("没有具备所需资质的服务机构", "No provider has the skills that are needed"),
    "room": Words("有资质的服务机构都已满员", "Every provider that is qualified is full"),
}
OPEN = ("waiting", "offered", "accepted", "under_way")
SERVING = ("accepted", "under_way")

# (state, move) -> state. A provider declines with a reason, and the order waits for the next one; an officer takes it back.
MOVES: Mapping[tuple[str, str], str] = {
    ("waiting", "offer"): "offered",
    ("offered", "accept"): "accepted",
    ("offered", "decline"): "waiting",
    ("accepted", "begin"): "under_way",
    # The person served, or an officer for them, chooses who comes.
    **{(state, "choose"): "offered" for state in ("waiting", "offered", *SERVING)},
    **{(state, "take_back"): "waiting" for state in ("offered", *SERVING)},
    **{(state, "end"): "ended" for state in OPEN},
    ("ended", "go_on"): "waiting",
}


def moved(state: str, move: str) -> str | None:
    """The state after the move; None where the state does not allow it.

    >>> moved("offered", "decline"), moved("ended", "accept")
    ('waiting', None)
    """
    return MOVES.get((state, move))


@dataclass(frozen=True)
class Price:
    """What a unit costs under a contract: its price, the most that is paid for it, and the person's own share in percent."""

    price_fen: int
    ceiling_fen: int
    own_percent: int = 0

    def __post_init__(self) -> None:
        assert self.price_fen > 0, self.price_fen
        assert self.ceiling_fen > 0, self.ceiling_fen
        assert 0 <= self.own_percent < 100, self.own_percent

    @property
    def unit_fen(self) -> int:
        """What a unit is paid: the price, and not more than the ceiling."""
        return min(self.price_fen, self.ceiling_fen)

    def own_fen(self, units: int) -> int:
        """The person's own share of so many units, in whole fen; rounded down, for the person."""
        return divide_fen(units * self.unit_fen * self.own_percent, 100, "down")

    def public_fen(self, units: int) -> int:
        """What public money pays for so many units: the rest."""
        return units * self.unit_fen - self.own_fen(units)

    def units_for(self, worth_fen: int) -> int:
        """The most units that public money of this worth buys.

        >>> Price(3_000, 3_500, 10).units_for(54_000), Price(3_000, 3_500, 10).public_fen(20)
        (20, 54000)
        """
        return max(worth_fen, 0) * 100 // (self.unit_fen * (100 - self.own_percent))


@dataclass(frozen=True)
class Payable:
    """What is owed for a month of one order: the units paid, and the two who pay them."""

    units: int
    own_fen: int
    public_fen: int


def payable(price: Price, *, accepted: int, worth_fen: int) -> Payable:
    """What is owed for the accepted units of a month; units above the order are not paid.

    >>> payable(Price(3_000, 3_500), accepted=25, worth_fen=60_000)
    Payable(units=20, own_fen=0, public_fen=60000)
    """
    units = min(max(accepted, 0), price.units_for(worth_fen))
    return Payable(units, price.own_fen(units), price.public_fen(units))
