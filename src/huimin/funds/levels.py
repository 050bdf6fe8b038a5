"""From the county down to a programme 资金下达: a pool of one source, handed to townships, then put on what people get.

`pool of the county -> pool of a township -> programme of that township -> person`. Money of a pool has a year and a
source but no programme yet. Every step is one transfer between two budgets of the same year and source; a mistake is
mended by a transfer back, never by a change. Money goes down to a place inside and back, by a document; never sideways.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np

from huimin.funds import ledger
from huimin.funds.allocation import GRASS_ROOTS_LEAST
from huimin.funds.ledger import Fund, Transfer
from huimin.funds.problems import AllocationError
from huimin.funds.sharing import whole_fen
from huimin.units.words import Words

POOL = "pool"
TOWN_DIGITS = 9

# The transfers of money that no payment makes, and what each is called.
STEPS: Mapping[str, Words] = {
    "appropriate": Words("拨入", "Appropriated"),
    "allocate": Words("下达到乡镇", "Handed down to the township"),
    "assign": Words("安排到项目", "Put on the programme"),
    "take_back": Words("收回到县级", "Taken back to the county"),
    "spend": Words("凭证支出", "Spent by voucher"),
}


@dataclass(frozen=True)
class Share:
    """What one place gets: of the amount, what is handed down, of that what it decides on itself, the rest by programme."""

    place: str
    amount_fen: int
    direct_fen: int
    discretion_fen: int
    programmes: Mapping[str, int]


def pool(year: int, source: str, place: str = "") -> Fund:
    """The pool of a source: money that has no programme yet, of the county or of a township."""
    return Fund(POOL, year, POOL, place, source)


def programme(policy: str, year: int, source: str, place: str = "") -> Fund:
    """The fund of a programme in a place, of one source."""
    return Fund(ledger.line_of(policy).code, year, policy, place, source)


def shares(
    amounts: Mapping[str, int],
    *,
    direct: Fraction,
    discretion: Fraction,
    least_discretion: Fraction,
    needs: Mapping[str, Mapping[str, int]],
) -> list[Share]:
    """Each place's amount parted: straight to it, of that its own to decide on, the rest by programme in proportion to `needs`.

    `needs`: place -> programme -> weight; a place of which nothing is known parts evenly. Raises `AllocationError`,
    which names the rule, where too little goes to the grass roots.
    """
    if not GRASS_ROOTS_LEAST <= direct <= 1:
        raise AllocationError("grass_roots_rule", given=float(direct), least=float(GRASS_ROOTS_LEAST))
    if not least_discretion <= discretion <= direct:
        raise AllocationError(
            "discretion_rule", given=float(discretion), least=float(least_discretion), most=float(direct)
        )
    found = []
    for place, amount in amounts.items():
        handed, own = ceil(amount * direct), floor(amount * discretion)
        found.append(Share(place, amount, handed, own, _parted(handed - own, needs.get(place, {}))))
    return found


def postings(found: Sequence[Share], *, above: Fund, number: str) -> list[Transfer]:
    """The transfers of an allocation: from the pool above to townships, townships to programmes. Keys name the allocation, so a repeat is harmless."""
    moves = []
    for share in found:
        below = pool(above.year, above.source, share.place)
        if share.direct_fen:
            moves.append(handed_down(above, below, share.direct_fen, f"{number}:{share.place}"))
        moves += [
            assigned(below, policy, fen, f"{number}:{share.place}:{policy}")
            for policy, fen in share.programmes.items()
            if fen
        ]
    return moves


def handed_down(above: Fund, below: Fund, amount_fen: int, key: str) -> Transfer:
    """From the pool of a place to the pool of one inside it."""
    assert above.purpose == below.purpose == POOL, (above, below)
    assert below.place != above.place, f"{below.account('budget')} is handed down to nobody"
    assert below.place.startswith(above.place), f"{below.place} does not lie in {above.place}"
    return _between("allocate", above, below, amount_fen, key)


def assigned(above: Fund, policy: str, amount_fen: int, key: str) -> Transfer:
    """From a pool to a programme of the same place."""
    assert above.purpose == POOL, above
    return _between(
        "assign", above, programme(policy, above.year, above.source, above.place), amount_fen, key
    )


def taken_back(fund: Fund, amount_fen: int, key: str, place: str = "") -> Transfer:
    """From a township's pool or a programme back to the pool of a place around it."""
    assert fund.place.startswith(place), f"{fund.place} does not lie in {place}"
    return _between("take_back", fund, pool(fund.year, fund.source, place), amount_fen, key)


def _between(reason: str, giver: Fund, taker: Fund, amount_fen: int, key: str) -> Transfer:
    if not 0 < amount_fen <= ledger.LARGEST_APPROPRIATION_FEN:
        raise ledger.ImpossibleAmount(amount_fen, ledger.LARGEST_APPROPRIATION_FEN)
    return Transfer(f"{reason}:{key}", reason, giver.account("budget"), taker.account("budget"), amount_fen)


def _parted(fen: int, weights: Mapping[str, int]) -> dict[str, int]:
    """The money by programme in proportion; evenly where all weights are zero; nothing where there is no programme."""
    if not weights:
        return {}
    known = np.array(list(weights.values()), dtype=np.float64)
    given = known if known.sum() else np.ones(len(weights))
    parts = whole_fen(given * (fen / given.sum()), fen, [0] * len(weights))
    return dict(zip(weights, parts, strict=True))
