"""A service order is offered to who is qualified, near and has room; among these, to who is furthest below its fair share."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from huimin.delivery.choosing import Candidate, ranked
from huimin.delivery.skills import skills

AT = datetime(2026, 7, 1, tzinfo=UTC)
PLAIN: dict[str, Any] = {"digits": 6, "serving": 3, "most": None, "estimate": 4.0, "signed_at": AT}


def candidate(contract: str, **said: Any) -> Candidate:
    return Candidate(contract, **(PLAIN | said))


def order_of(candidates: list[Candidate]) -> list[str]:
    return [each.candidate.contract for each in ranked(candidates)]


def served(candidates: list[Candidate], orders: int) -> Counter[str]:
    """Who serves how many after so many orders, one after the other; an order that nobody can take is left."""
    now = {each.contract: each for each in candidates}
    for _ in range(orders):
        first = ranked(list(now.values()))[0].candidate
        if not first.open:
            break
        now[first.contract] = replace(first, serving=first.serving + 1)
    return Counter({name: each.serving for name, each in now.items()})


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"digits": 9, "estimate": 3.0}, {"digits": 6, "estimate": 4.9}),
        ({"most": 4, "digits": 6}, {"most": 3, "digits": 9}),
        ({"most": 3}, {"lacks": ("night_care",)}),
        ({"serving": 0, "estimate": 3.0}, {"serving": 9, "estimate": 4.9}),
        ({"serving": 3, "estimate": 4.9}, {"serving": 3, "estimate": 3.0}),
        ({"serving": 5, "most": 40}, {"serving": 5, "most": 10}),
        ({}, {"signed_at": datetime(2026, 8, 1, tzinfo=UTC)}),
    ],
    ids=["place before share", "room before place", "a skill before all", "a new one has its chance", "rating", "size", "the older contract"],
)  # fmt: skip
def test_what_comes_first(first: dict[str, Any], then: dict[str, Any]) -> None:
    for names in ("ab", "ba"):
        one, other = candidate(names[0], **first), candidate(names[1], **then)
        assert order_of([other, one]) == order_of([one, other]) == list(names)


def test_a_contract_without_a_limit_is_never_full() -> None:
    assert not candidate("a", serving=10_000).full
    assert candidate("a", serving=3, most=3).full


def test_the_best_rated_gets_more_and_nobody_gets_all() -> None:
    made = [candidate(name, serving=0, estimate=estimate) for name, estimate in zip("abcd", (4.8, 4.2, 3.6, 3.0), strict=True)]  # fmt: skip
    assert served(made, 1_160) == {"a": 380, "b": 320, "c": 260, "d": 200}
    # Who comes later, and of whom nothing is known but what is usual, catches up.
    beside = [*made, candidate("new", serving=0, estimate=3.9)]
    assert served(beside, 10)["new"] > 0


def test_a_share_says_what_is_fair_and_what_is_so() -> None:
    made = [
        candidate("a", serving=3, most=30, estimate=4.0),
        candidate("b", serving=1, most=10, estimate=4.0),
        candidate("c", serving=9, lacks=("nursing",)),
    ]
    found = {each.candidate.contract: (each.fair_percent, each.has_percent) for each in ranked(made)}
    assert found == {"a": (75, 75), "b": (25, 25), "c": (None, None)}


providers = some.lists(
    some.tuples(some.integers(1, 50) | some.none(), some.integers(100, 500)), min_size=1, max_size=8
)


@given(providers, some.integers(1, 300))
def test_the_shares_are_fair_and_no_limit_is_passed(told: list[tuple[int | None, int]], orders: int) -> None:
    made = [
        candidate(f"{number}", serving=0, most=most, estimate=hundredths / 100)
        for number, (most, hundredths) in enumerate(told)
    ]
    after = served(made, orders)
    limits = {each.contract: each.most for each in made}
    assert all(limits[name] is None or count <= limits[name] for name, count in after.items())
    room = sum(each.most if each.most is not None else orders for each in made)
    assert after.total() == min(orders, room)
    # Of two that have room left, none is ahead of the other by more than one person beyond its weight.
    largest = max([each.most or 1 for each in made])
    weight = {
        each.contract: (each.most or largest) * max(1, round((each.estimate - 1) * 100)) for each in made
    }
    left = [name for name, count in after.items() if limits[name] is None or count < limits[name]]
    for one in left:
        for other in left:
            if after[one]:
                assert (2 * after[one] - 1) * weight[other] <= (2 * after[other] + 1) * weight[one]


def test_every_skill_has_a_name_and_a_paper_in_both_languages() -> None:
    assert len(skills()) >= 6
    for each in skills().values():
        assert each.title.zh != each.title.en
        assert each.proof.zh != each.proof.en
