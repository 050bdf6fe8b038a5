"""Proof of service 服务凭证: what a visit has to show, why one is set aside, and how it comes to be accepted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from huimin.units.words import Words

STATES: Mapping[str, Words] = {
    "proven": Words("待确认", "To be confirmed"),
    "set_aside": Words("有疑点", "Set aside"),
    "disputed": Words("有异议", "Disputed"),
    "accepted": Words("已认可", "Accepted"),
    "refused": Words("不予认可", "Refused"),
    "settled": Words("已列入结算", "In a settlement"),
    "paid": Words("已支付", "Paid"),
}
# What counts against the order's units of the month, and against another visit at the same time. What is set aside does
# not: else a slip of the hand would stop what is right.
COUNTED = ("proven", "disputed", "accepted", "settled", "paid")

# (state, move) -> state. `confirm` and `dispute` are the resident's; `accept` and `refuse` an officer's, with a reason.
MOVES: Mapping[tuple[str, str], str] = {
    ("proven", "confirm"): "accepted",
    ("proven", "dispute"): "disputed",
    ("proven", "accept"): "accepted",
    ("proven", "refuse"): "refused",
    ("set_aside", "accept"): "accepted",
    ("set_aside", "refuse"): "refused",
    ("disputed", "accept"): "accepted",
    ("disputed", "refuse"): "refused",
    ("accepted", "dispute"): "disputed",
    # What becomes known later: a death, another visit at the same time.
    ("proven", "doubt"): "set_aside",
    ("accepted", "doubt"): "set_aside",
    ("accepted", "settle"): "settled",
    ("settled", "pay"): "paid",
}


@dataclass(frozen=True)
class Fault:
    """Why a visit is set aside; a person may still accept it where it can be excused."""

    words: Words
    excusable: bool = False


FAULTS: Mapping[str, Fault] = {
    "dead": Fault(Words("服务对象在此之前已去世。", "The person had died by then.")),
    "moved": Fault(
        Words("服务对象已不住在合同约定的区域。", "The person no longer lives where the contract counts.")
    ),
    "outside_contract": Fault(Words("不在合同有效期内。", "The day is outside the contract’s term.")),
    "outside_order": Fault(Words("不在订单的服务期内。", "The day is outside the order’s term.")),
    "worker_elsewhere": Fault(
        Words("同一服务人员同一时间还有另一次服务。", "The same worker was on another visit at that time.")
    ),
    "person_served": Fault(
        Words("服务对象同一时间还有另一次服务。", "The person was served by another visit at that time.")
    ),
    "beyond_order": Fault(Words("超出当月订购数量。", "It is more than is ordered for the month.")),
    "too_short": Fault(Words("时长不足，不够一个计费单位。", "It was too short for one unit.")),
    "late": Fault(
        Words("超过合同约定的录入期限。", "It was entered later than the contract allows."), excusable=True
    ),
}


@dataclass(frozen=True)
class Visit:
    """One visit as entered: which order and person, by which worker, from when to when, how many units."""

    order: int
    person: int
    worker: str
    started_at: datetime
    ended_at: datetime
    units: int

    def overlaps(self, other: "Visit") -> bool:
        """Whether both go on at one moment; one that begins when the other ends does not overlap it."""
        return self.started_at < other.ended_at and other.started_at < self.ended_at


@dataclass(frozen=True)
class Terms:
    """What a visit is held against: the contract, the order, and what is known of the person on that day."""

    contract_from: date
    contract_until: date  # the end excluded, as everywhere
    order_from: date
    order_until: date | None
    late_days: int
    units_left: int
    died_on: date | None = None
    lives_here: bool = True


def units_of(unit: str, *, minutes: int, least_minutes: int, pieces: int = 1) -> int:
    """How many whole units a visit proves: whole hours, one visit that lasted long enough, or the pieces brought.

    >>> units_of("hour", minutes=95, least_minutes=60), units_of("visit", minutes=10, least_minutes=30)
    (1, 0)
    """
    if minutes < least_minutes:
        return 0
    return {"hour": minutes // 60, "visit": 1, "piece": max(pieces, 0)}[unit]


def faults(
    visit: Visit, terms: Terms, others: Iterable[Visit], *, on: date, entered_on: date
) -> tuple[str, ...]:
    """The names of all that speaks against a visit on a day, in the order of `FAULTS`; empty where nothing does.

    `others` are the visits of the same worker or person that count.
    """
    others = [other for other in others if visit.overlaps(other)]
    found = {
        "dead": terms.died_on is not None and on > terms.died_on,
        "moved": not terms.lives_here,
        "outside_contract": not terms.contract_from <= on < terms.contract_until,
        "outside_order": on < terms.order_from or (terms.order_until is not None and on >= terms.order_until),
        "worker_elsewhere": any(other.worker == visit.worker for other in others),
        "person_served": any(other.person == visit.person for other in others),
        "beyond_order": visit.units > terms.units_left,
        "too_short": visit.units <= 0,
        "late": entered_on > on + timedelta(days=terms.late_days),
    }
    return tuple(name for name in FAULTS if found[name])


def excusable(names: Iterable[str]) -> bool:
    """Whether a person may accept a visit in spite of what speaks against it."""
    return all(FAULTS[name].excusable for name in names)


def moved(state: str, move: str) -> str | None:
    """The state after the move; None where the state does not allow it.

    >>> moved("proven", "confirm"), moved("paid", "dispute")
    ('accepted', None)
    """
    return MOVES.get((state, move))
