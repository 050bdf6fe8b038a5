"""Units of numbers in rules, and how they combine."""

from dataclasses import dataclass
from functools import cached_property


class UnitsDoNotCombine(ValueError):
    """Two units that cannot be multiplied or divided."""


@dataclass(frozen=True)
class Unit:
    """A unit: powers of fen and month, or one of the plain kinds count, share, years, days.

    >>> FEN_PER_MONTH.times(MONTHS) == FEN
    True
    >>> FEN.over(COUNT) == FEN
    True
    >>> FEN.over(FEN) == SHARE
    True
    """

    fen: int = 0
    month: int = 0
    plain: str = ""

    @cached_property
    def name(self) -> str:
        """The unit as policies write it, or its powers where it has no name."""
        if self.plain:
            return self.plain
        named = NAMES_OF.get((self.fen, self.month))
        powers = ((base, power) for base, power in (("fen", self.fen), ("month", self.month)) if power)
        return named or "*".join(base if power == 1 else f"{base}^{power}" for base, power in powers)

    def times(self, other: "Unit") -> "Unit":
        """The unit of a product."""
        return self._combined(other, 1)

    def over(self, other: "Unit") -> "Unit":
        """The unit of a quotient."""
        return self._combined(other, -1)

    def _combined(self, other: "Unit", sign: int) -> "Unit":
        if self.plain and other.plain:
            return _plain(self.plain, other.plain, sign)
        if other.plain:
            return _scaled(self, other)
        if self.plain and sign == 1:
            return _scaled(other, self)
        if self.plain and self.plain not in SCALES:
            raise UnitsDoNotCombine
        return _powers(self.fen + sign * other.fen, self.month + sign * other.month)


def _plain(left: str, right: str, sign: int) -> Unit:
    if left == right and sign == -1:
        return SHARE
    if left in SCALES and right in SCALES:
        return COUNT if left == right == "count" else SHARE
    if right in SCALES:
        return Unit(plain=left)
    if left in SCALES and sign == 1:
        return Unit(plain=right)
    raise UnitsDoNotCombine


def _scaled(unit: Unit, scale: Unit) -> Unit:
    if scale.plain not in SCALES:
        raise UnitsDoNotCombine
    return unit


def _powers(fen: int, month: int) -> Unit:
    if max(abs(fen), abs(month)) > LARGEST_POWER:
        raise UnitsDoNotCombine
    return Unit(fen, month) if fen or month else SHARE


# A count or a share scales any unit without changing it.
SCALES = frozenset({"count", "share"})
LARGEST_POWER = 3

FEN = Unit(fen=1)
FEN_PER_MONTH = Unit(fen=1, month=-1)
MONTHS = Unit(month=1)
COUNT = Unit(plain="count")
SHARE = Unit(plain="share")
YEARS = Unit(plain="years")
DAYS = Unit(plain="days")

NAMED: dict[str, Unit] = {
    "fen": FEN,
    "fen_per_month": FEN_PER_MONTH,
    "months": MONTHS,
    "count": COUNT,
    "share": SHARE,
    "years": YEARS,
    "days": DAYS,
}
NAMES_OF = {(unit.fen, unit.month): name for name, unit in NAMED.items() if not unit.plain}
