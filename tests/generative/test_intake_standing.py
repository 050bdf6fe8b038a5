"""Which deliveries count does not depend on the order in which they came in, and withdrawing one undoes exactly it."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huimin.intake.standing import Sent, as_of, counting, difference, part_of, without_replaced
from huimin.tables.definitions import WAYS


@st.composite
def deliveries(draw: st.DrawFn) -> list[Sent]:
    sent = []
    for delivery in range(draw(st.integers(1, 6))):
        way = draw(st.sampled_from(WAYS))
        day = draw(st.integers(1, 4))
        for _ in range(draw(st.integers(1, 3))):
            content = draw(st.integers(1, 9))
            part = draw(st.sampled_from("abc"))
            sent.append(Sent(content, delivery, part, way, (day, delivery, len(sent))))  # type: ignore[arg-type]
    return sent


@given(deliveries(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(sent: list[Sent], chance: object) -> None:
    shuffled = list(sent)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert counting(shuffled) == counting(sent)


@given(deliveries(), deliveries())
def test_what_was_withdrawn_leaves_no_trace(first: list[Sent], second: list[Sent]) -> None:
    both = first + [
        Sent(each.content, each.delivery + 100, each.part, each.way, each.order) for each in second
    ]
    assert counting([each for each in both if each.delivery < 100]) == counting(first)
    assert len(set(counting(both))) == len(counting(both))


@given(deliveries())
def test_the_last_snapshot_and_what_follows_are_all_there_is(sent: list[Sent]) -> None:
    snapshots = [each for each in sent if each.way == "snapshot"]
    if not snapshots:
        return
    last = max(snapshots, key=lambda each: each.order)
    later = {each.content for each in sent if each.order > last.order}
    own = {each.content for each in snapshots if each.delivery == last.delivery}
    assert set(counting(sent)) <= own | later


def one(content: int, way: str, part: str = "a", day: int = 0) -> Sent:
    return Sent(content, content, part, way, (day, content))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sent", "count"),
    [
        ([one(1, "records"), one(2, "records")], [2]),
        ([one(1, "records"), one(2, "records", "b")], [1, 2]),
        ([one(1, "increment"), one(2, "increment")], [1, 2]),
        ([one(1, "snapshot", "a"), one(2, "snapshot", "b")], [2]),
        ([one(1, "snapshot", "a"), one(2, "increment", "b")], [1, 2]),
        ([one(1, "increment", "a"), one(2, "snapshot", "b")], [2]),
        # Out of order: the one that is of an earlier day comes later.
        ([one(1, "register", day=2), one(2, "register", day=1)], [1]),
        ([one(1, "snapshot", "a", 2), one(2, "snapshot", "b", 1)], [1]),
        ([one(1, "increment", "a", 2), one(2, "snapshot", "b", 1)], [2, 1]),
    ],
)
def test_each_way_of_delivering(sent: list[Sent], count: list[int]) -> None:
    assert counting(sent) == count


@pytest.mark.parametrize(
    ("name", "part", "day"),
    [
        ("低保名册2026年6月.xlsx", "低保名册.xlsx", date(2026, 6, 30)),
        ("东镇/低保名册-20260715.csv", "东镇/低保名册.csv", date(2026, 7, 15)),
        ("名册_2026-12.csv", "名册.csv", date(2026, 12, 31)),
        ("名册（2025年度）.xlsx", "名册.xlsx", date(2025, 12, 31)),
        ("名册.csv", "名册.csv", None),
        ("名册20261399.csv", "名册20261399.csv", None),
        ("名册20260230.csv", "名册.csv", None),
        ("330127200001.csv", "330127200001.csv", None),
    ],
)
def test_part_and_day_of_a_name(name: str, part: str, day: date | None) -> None:
    assert (part_of(name, "register"), as_of(name)) == (part, day)
    assert part_of(name, "records") == name


def test_an_increment_replaces_rows_of_its_keys_only() -> None:
    first = pl.DataFrame({"line": [2, 3, 4], "key": ["a", "b", None], "value": [1, 2, 3]})
    second = pl.DataFrame({"line": [2, 3], "key": ["b", "c"], "value": [9, 8]})
    refused = pl.DataFrame({"line": [5, 6], "key": ["c", "d"], "value": [None, 7]})
    kept = without_replaced([(first, False), (second, True)], ["key"])
    assert [frame["value"].to_list() for frame in kept] == [[1, 3], [9, 8]]
    kept = without_replaced([(first, False), (second, True)], ["key"], [refused, refused.clear()])
    assert [frame["key"].to_list() for frame in kept] == [["d"], []]
    # Without an increment nothing is replaced by key.
    kept = without_replaced([(first, False), (second, False)], ["key"])
    assert [frame.height for frame in kept] == [3, 2]


def test_the_difference_tells_new_gone_and_changed_rows() -> None:
    before = pl.DataFrame({"line": [2, 3, 4], "key": ["a", "b", "c"], "value": [1, 2, 3]})
    after = pl.DataFrame({"line": [2, 3, 4], "key": ["c", "b", "d"], "value": [3, 5, 6]})
    found = difference(before, after, ["key"])
    assert (found.fresh, found.gone, found.changed, found.same) == (1, 1, 1, 1)
    assert difference(before, before, []).same == 3
