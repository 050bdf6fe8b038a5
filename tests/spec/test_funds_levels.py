"""From the county's pool to townships to programmes: parted to the fen, with the rules that refuse; sources."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huimin.funds import ledger, levels, sources
from huimin.funds.problems import AllocationError

EAST, WEST = "330127201", "330127202"
RULES = {"direct": Fraction(60, 100), "discretion": Fraction(10, 100), "least_discretion": Fraction(10, 100)}


def test_of_each_amount_most_goes_straight_down_and_a_part_is_the_townships_own() -> None:
    [share] = levels.shares(
        {EAST: 1_001}, needs={EAST: {"medical_aid": 3, "subsistence_allowance": 1}}, **RULES
    )
    assert (share.direct_fen, share.discretion_fen) == (601, 100)
    assert share.programmes == {"medical_aid": 376, "subsistence_allowance": 125}


def test_where_nothing_is_known_of_needs_programmes_get_even_parts() -> None:
    [share] = levels.shares({EAST: 1_000}, needs={EAST: {"a": 0, "b": 0}}, **RULES)
    assert share.programmes == {"a": 250, "b": 250}
    [unknown] = levels.shares({WEST: 1_000}, needs={}, **RULES)
    assert unknown.programmes == {}


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"direct": Fraction(59, 100)}, "Grass-roots rule: at least 60%"),
        ({"direct": Fraction(2)}, "Grass-roots rule"),
        ({"discretion": Fraction(9, 100)}, "Township discretion rule: at least 10%"),
        ({"discretion": Fraction(61, 100)}, "within the 60%"),
    ],
)
def test_too_little_for_the_grass_roots_is_refused_with_the_rule(
    rules: dict[str, Fraction], words: str
) -> None:
    with pytest.raises(AllocationError, match=words) as problem:
        levels.shares({EAST: 1_000}, needs={}, **(RULES | rules))
    assert "规定" in problem.value.say("zh-hans")


@given(
    amounts=st.dictionaries(st.from_regex(r"[0-9]{9}", fullmatch=True), st.integers(0, 10**14), max_size=6),
    direct=st.fractions(Fraction(60, 100), 1, max_denominator=100),
    weights=st.lists(st.integers(0, 10**9), max_size=4),
)
def test_no_fen_is_made_or_lost_on_the_way_down(
    amounts: dict[str, int], direct: Fraction, weights: list[int]
) -> None:
    needs = {place: {f"p{at}": weight for at, weight in enumerate(weights)} for place in amounts}
    found = levels.shares(
        amounts, direct=direct, discretion=Fraction(10, 100), least_discretion=Fraction(10, 100), needs=needs
    )
    balance: dict[str, int] = {}
    for transfer in levels.postings(found, above=levels.pool(2026, "S"), number="A"):
        for account, fen in transfer.entries():
            balance[account] = balance.get(account, 0) + fen
    assert sum(balance.values()) == 0
    assert balance.pop(levels.pool(2026, "S").account("budget"), 0) == -sum(each.direct_fen for each in found)
    assert all(fen >= 0 for fen in balance.values())
    for share in found:
        assert share.direct_fen * 100 >= share.amount_fen * 60
        if weights:
            assert sum(share.programmes.values()) == share.direct_fen - share.discretion_fen


def test_every_step_names_its_document_so_that_a_repeat_is_harmless() -> None:
    found = levels.shares({EAST: 1_000}, needs={EAST: {"medical_aid": 1}}, **RULES)
    keys = [each.key for each in levels.postings(found, above=levels.pool(2026, "S", "330127"), number="A1")]
    assert keys == ["allocate:A1:330127201", "assign:A1:330127201:medical_aid"]


@pytest.mark.parametrize("fen", [0, -1, 10**18])
def test_an_impossible_amount_is_not_handed_down(fen: int) -> None:
    with pytest.raises(ledger.ImpossibleAmount):
        levels.handed_down(levels.pool(2026, "S"), levels.pool(2026, "S", EAST), fen, "k")


@pytest.mark.parametrize("place", ["330128201", "330127", "3301", "", "440103201"])
def test_money_is_handed_down_inside_a_place_only(place: str) -> None:
    with pytest.raises(AssertionError):
        levels.handed_down(levels.pool(2026, "S", "330127"), levels.pool(2026, "S", place), 1, "k")


def test_money_comes_back_to_a_place_around_never_to_a_neighbour() -> None:
    fund = levels.programme("medical_aid", 2026, "S", EAST)
    assert levels.taken_back(fund, 1, "k", "330127").credit == "pool/2026/pool@330127+S/budget"
    with pytest.raises(AssertionError, match="does not lie in 330128"):
        levels.taken_back(fund, 1, "k", "330128")


def test_a_source_is_spent_on_its_purposes_and_the_rule_is_named() -> None:
    sources.check("donation", "D1", ["medical_aid"], "medical_aid")
    with pytest.raises(sources.OffPurpose, match="Public Welfare, article 18"):
        sources.check("donation", "D1", ["medical_aid"], "subsistence_allowance")
    sources.check("bond", "B1", ["project:P1"], "project:P1")
    with pytest.raises(sources.OffPurpose, match="article 35"):
        sources.check("bond", "B1", ["medical_aid"], "medical_aid")


def test_the_social_share_counts_what_society_brings() -> None:
    assert sources.social_share({"budget": 70, "donation": 20, "partnership": 10}) == pytest.approx(0.3)
    assert sources.social_share({}) == 0.0
