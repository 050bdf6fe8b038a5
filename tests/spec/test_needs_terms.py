"""Until when a need is answered: 72 hours, and in a flood the most pressing first, day by day."""

from datetime import UTC, datetime, timedelta

import polars as pl

from huimin.needs.book import NEED_LEVELS
from huimin.needs.terms import RESPONSE, terms

AT = datetime(2026, 7, 1, 9, tzinfo=UTC)


def found(count: int, place: str = "p", level: str = "social") -> pl.DataFrame:
    """So many needs of one place and level."""
    return pl.DataFrame(
        {"key": [f"{place}/{level}/{n:05}" for n in range(count)], "level": level, "place": place}
    )


def test_what_a_place_can_answer_is_answered_within_72_hours() -> None:
    told = terms(found(30), at=AT, a_day=10)
    assert set(told["respond_by"]) == {AT + RESPONSE}
    assert set(told["found_with"]) == {0}


def test_a_flood_is_answered_day_by_day_and_says_so() -> None:
    told = terms(found(95), at=AT, a_day=10).sort("key")
    days = [(each - AT).days for each in told["respond_by"]]
    assert days == [max(3, n // 10 + 1) for n in range(95)]
    assert set(told.filter(pl.col("respond_by") > AT + RESPONSE)["found_with"]) == {95}
    assert set(told.filter(pl.col("respond_by") == AT + RESPONSE)["found_with"]) == {0}


def test_the_most_pressing_come_first() -> None:
    every = pl.concat([found(20, level=level) for level in reversed(NEED_LEVELS)])
    told = terms(every, at=AT, a_day=10)
    latest = {level: max(mine["respond_by"]) for (level,), mine in told.group_by("level")}
    assert [latest[level] - AT for level in NEED_LEVELS] == [timedelta(days=d) for d in (3, 4, 6, 8, 10)]


def test_one_place_does_not_wait_for_another() -> None:
    told = terms(pl.concat([found(1000, "crowded"), found(1, "quiet")]), at=AT, a_day=10)
    assert told.filter(place="quiet")["respond_by"].to_list() == [AT + RESPONSE]


def test_nothing_found_has_no_terms() -> None:
    assert terms(found(0), at=AT, a_day=10).columns[-2:] == ["respond_by", "found_with"]
