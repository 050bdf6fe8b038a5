"""What may be read of a household by its neighbours 公示: for how long, and what stands beside the masked name."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

ADULT_YEARS = 18
# Where the law asks for no exact amount, it is told within a band this wide.
BAND_FEN = 20_000
# How many objections against one posting are looked into side by side; anybody may object.
MOST_OBJECTIONS = 20
# Working days for the check of an objection. The laws name no term; this is ours.
CHECK_DAYS = 5


def last_day(posted_on: date, days: int) -> date:
    """The last day of a posting; its first day is not counted (Civil Code 民法典, article 201).

    >>> last_day(date(2026, 7, 1), 7)
    datetime.date(2026, 7, 8)
    """
    return posted_on + timedelta(days=days)


def beside(shows: Collection[str], *, members: int, amount_fen: int | None) -> dict[str, Any]:
    """What stands beside the name: the number of persons, the amount or its band in fen, as the law says.

    >>> beside(["members", "amount_band"], members=3, amount_fen=34_000)
    {'members': 3, 'band_fen': [20000, 40000]}
    """
    found: dict[str, Any] = {"members": members} if "members" in shows else {}
    if amount_fen and "amount" in shows:
        found["amount_fen"] = amount_fen
    elif amount_fen and "amount_band" in shows:
        low = amount_fen // BAND_FEN * BAND_FEN
        found["band_fen"] = [low, low + BAND_FEN]
    return found


def name_may_stand(born_on: date | None, on: date) -> bool:
    """Whether a name may stand on a public list, masked: not a child's.

    Source: 浙江省社会救助条例, article 55: minors are protected where something about them is posted.
    """
    if born_on is None:
        return True
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day)) >= ADULT_YEARS
