"""Projects over their whole life: no building without its running costs, and these with a source."""

import pytest

from huimin.funds.projects import NotSound, Plan, year_warning

HALL = Plan(build_fen=120_000_000_00, running_fen=5_000_000_00, life_years=20, promised_fen=5_000_000_00)


def test_the_whole_cost_is_building_and_all_years_of_running() -> None:
    HALL.check()
    assert HALL.whole_fen == 220_000_000_00
    assert HALL.running_share == pytest.approx(100 / 220)
    assert HALL.warnings() == ()


def test_the_hall_of_120_million_without_5_million_a_year_is_refused() -> None:
    bare = Plan(HALL.build_fen, HALL.running_fen, HALL.life_years, promised_fen=1_000_000_00)
    with pytest.raises(NotSound, match=r"4,000,000\.00 are missing") as problem:
        bare.check()
    assert "运行维护费保障规定" in problem.value.words().zh


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (Plan(100, 0, 20, 0), "no_upkeep"),
        (Plan(0, 5, 20, 5), "amount"),
        (Plan(10**18, 5, 20, 5), "amount"),
        (Plan(100, -5, 20, 5), "amount"),
        (Plan(100, 5, 0, 5), "life"),
        (Plan(100, 5, 101, 5), "life"),
    ],
)
def test_impossible_plans_are_refused(plan: Plan, code: str) -> None:
    with pytest.raises(NotSound) as problem:
        plan.check()
    assert problem.value.code == code
    assert problem.value.words().en


def test_running_costs_below_three_tenths_of_the_whole_are_questioned() -> None:
    (words,) = Plan(100_00, 1_00, 20, 1_00).warnings()
    assert "17%" in words.en
    assert Plan(70_00, 1_50, 20, 1_50).warnings() == ()


def test_a_year_in_which_upkeep_is_short_is_named() -> None:
    assert year_warning(year=2026, needed_fen=500, given_fen=500) is None
    words = year_warning(year=2026, needed_fen=50_000, given_fen=20_000)
    assert words is not None
    assert "200.00 yuan were provided, 500.00 were planned" in words.en
