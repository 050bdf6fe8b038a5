"""A service order is offered to who is near, has room, and is well spoken of, in this order."""

from datetime import UTC, datetime
from typing import Any

import pytest

from huimin.delivery.choosing import Candidate, ranked

AT = datetime(2026, 7, 1, tzinfo=UTC)
PLAIN: dict[str, Any] = {"digits": 6, "serving": 3, "most": None, "estimate": 4.0, "signed_at": AT}


def candidate(contract: str, **said: Any) -> Candidate:
    return Candidate(contract, **(PLAIN | said))


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"digits": 9, "estimate": 3.0}, {"digits": 6, "estimate": 4.9}),
        ({"most": 4, "digits": 6}, {"most": 3, "digits": 9}),
        ({"estimate": 4.2, "serving": 9}, {"estimate": 4.1, "serving": 0}),
        ({"estimate": 4.04, "serving": 1}, {"estimate": 3.96, "serving": 1, "signed_at": datetime(2026, 8, 1, tzinfo=UTC)}),
        ({"estimate": 3.96, "serving": 1}, {"estimate": 4.04, "serving": 2}),
    ],
    ids=["place before rating", "room before place", "rating before load", "then the oldest", "a tenth is alike"],
)  # fmt: skip
def test_what_comes_first(first: dict[str, Any], then: dict[str, Any]) -> None:
    for names in ("ab", "ba"):
        one, other = candidate(names[0], **first), candidate(names[1], **then)
        assert ranked([other, one]) == ranked([one, other]) == [one, other]


def test_a_contract_without_a_limit_is_never_full() -> None:
    assert not candidate("a", serving=10_000).full
    assert candidate("a", serving=3, most=3).full
