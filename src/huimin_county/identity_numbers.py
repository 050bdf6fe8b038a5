"""Identity numbers with true check digits (GB 11643), telephone numbers and bank cards, by the table."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from huimin_county.chance import Chance, Numbers

WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
CHECK_DIGITS = np.array(list("10X98765432"))
DAYS = 60_000  # births from 1900 to 2064
ORDERS = 500  # order numbers a day for each sex
DAY_ZERO = np.datetime64("1900-01-01", "D")
# Steps without a common factor with 10 send neighbours far apart and no two to the same place.
PHONE_STEP, CARD_STEP = 61_803_399, 61_803_398_877
MOBILE_PREFIXES = np.array(
    [130, 132, 135, 136, 137, 138, 139, 150, 151, 152, 158, 159, 176, 177, 180, 187, 188, 189]
)


class Registry:
    """Hands out numbers as an office does: each day's order numbers once for each region and sex."""

    def __init__(self, regions: list[int], chance: Chance) -> None:
        self.regions = np.array(regions, dtype=np.int64)
        self.given = np.zeros(len(regions) * DAYS * 2, dtype=np.int32)
        cells = np.arange(len(self.given))
        self.offset = chance.below("number.offset", cells, ORDERS).astype(np.int16)

    def numbers(self, region: Numbers, born_on: NDArray[np.datetime64], male: NDArray[np.bool_]) -> pl.Series:
        """New 18-digit numbers; `region` is a position in the list of regions."""
        day = (born_on - DAY_ZERO).astype(np.int64)
        cell = (region * DAYS + day) * 2 + male
        place = self.given[cell] + _place_within(cell)
        np.add.at(self.given, cell, 1)
        # A day with more births than order numbers goes on under the next region code.
        order = ((self.offset[cell] + place * 37) % ORDERS) * 2 + male
        return assemble(self.regions[region] + place // ORDERS, born_on, order)


def assemble(region: Numbers, born_on: NDArray[np.datetime64], order: Numbers) -> pl.Series:
    """The 18 characters: region, birth date, order number, check digit."""
    year = born_on.astype("datetime64[Y]").astype(np.int64) + 1970
    month = born_on.astype("datetime64[M]").astype(np.int64) % 12 + 1
    day = (born_on - born_on.astype("datetime64[M]")).astype(np.int64) + 1
    body = region * 10**11 + year * 10**7 + month * 10**5 + day * 10**3 + order
    digits = body[:, None] // 10 ** np.arange(16, -1, -1, dtype=np.int64) % 10
    check = CHECK_DIGITS[(digits @ WEIGHTS) % 11]
    return pl.Series(body).cast(pl.String) + pl.Series(check)


def fifteen_digits(number: pl.Expr) -> pl.Expr:
    """The number as it was written before 1999: two digits of the year, no check digit."""
    return number.str.slice(0, 6) + number.str.slice(8, 9)


def phones(person: Numbers, chance: Chance) -> pl.Series:
    """Mobile numbers, no two alike among 100 million persons."""
    prefix = MOBILE_PREFIXES[chance.below("phone.prefix", person, len(MOBILE_PREFIXES))]
    tail = (person * PHONE_STEP + int(chance.one("phone.start") * 10**8)) % 10**8
    return pl.Series(prefix * 10**8 + tail).cast(pl.String)


def cards(person: Numbers, chance: Chance) -> pl.Series:
    """Bank cards of 19 digits that pass the Luhn check, no two alike."""
    tail = (person * CARD_STEP + int(chance.one("card.start") * 10**11)) % 10**11
    body = 6217 * 10**14 + chance.below("card.branch", person, 1000) * 10**11 + tail
    digits = body[:, None] // 10 ** np.arange(17, -1, -1, dtype=np.int64) % 10
    doubled = digits[:, ::-1].copy()
    doubled[:, ::2] *= 2
    doubled -= 9 * (doubled > 9)
    check = (-doubled.sum(axis=1)) % 10
    return pl.Series(body).cast(pl.String) + pl.Series(check).cast(pl.String)


def _place_within(cell: Numbers) -> Numbers:
    """How many times each value has come before in the array."""
    order = np.argsort(cell, kind="stable")
    ordered = cell[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    lengths = np.diff(np.r_[first, len(ordered)])
    place = np.empty(len(cell), dtype=np.int64)
    place[order] = np.arange(len(ordered)) - np.repeat(first, lengths)
    return place
