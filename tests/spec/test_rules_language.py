"""What the language of policies can say: scales, dates, earlier months, persons, other policies, parts of an answer.

Every answer here is explained and computed, and both must agree.
"""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from tests.spec.rules_book import ON, WORDS, book, policy, population, told

from huimin import rules
from huimin.rules.casework import household_of
from huimin.units.words import Words

NATION = "000000000000"
SCALE = f"""
  contribution:
    title: {WORDS}
    unit: share
    range: [0, 1]
    decimals: 2
    brackets: {{unit: fen_per_month, range: [0, 10000000], most: 4}}
    clause: c
    values:
      - {{division: "{NATION}", started_on: 2020-01-01, source: {WORDS}, value: [{{from: 0, is: 0.02}},
         {{from: 600000, is: 0.06}}, {{from: 1240000, is: 0.12}}]}}
"""
STEPS = f"""
  meal:
    title: {WORDS}
    unit: fen_per_month
    range: [0, 1000]
    brackets: {{unit: fen_per_month, range: [0, 10000000], most: 5}}
    clause: c
    values:
      - {{division: "{NATION}", started_on: 2020-01-01, source: {WORDS}, value: [{{from: 100, is: 1}},
         {{from: 25000, is: 2}}, {{from: 50000, is: 4}}]}}
"""


@pytest.mark.parametrize(
    ("rent", "due"), [(0, 0), (200_000, 4_000), (600_000, 12_000), (1_500_000, 81_600), (50_000, 1_000)]
)
def test_a_marginal_scale_adds_each_bracket_at_its_rate(tmp_path: Path, rent: int, due: int) -> None:
    amount = "marginal(contribution, household.rent)"
    of = book(tmp_path, policy("tax", {"any": "household.rent >= 0"}, amount, parameters=SCALE))
    assert told(of, "tax", {"rent": rent}).amount_fen == due


@pytest.mark.parametrize(
    ("rent", "due"), [(0, 0), (99, 0), (100, 1), (24_999, 1), (25_000, 2), (50_000, 4), (9_999_999, 4)]
)
def test_a_single_scale_picks_the_bracket_a_number_lies_in(tmp_path: Path, rent: int, due: int) -> None:
    amount = "single(meal, household.rent)"
    of = book(tmp_path, policy("meal_price", {"any": "household.rent >= 0"}, amount, parameters=STEPS))
    assert told(of, "meal_price", {"rent": rent}).amount_fen == due


def test_a_division_may_deliver_a_scale_of_its_own(tmp_path: Path) -> None:
    amount = "marginal(contribution, household.rent)"
    of = book(tmp_path, policy("tax", {"any": "household.rent >= 0"}, amount, parameters=SCALE))
    brackets = [{"from": 100_000, "is": "0.5"}, {"from": 200_000, "is": 1}]
    own = rules.ParameterSet("330127000000", date(2026, 1, 1), {"contribution": brackets}, Words("甲", "a"))
    assert told(of, "tax", {"rent": 300_000}, sets=(own,)).amount_fen == 150_000
    assert told(of, "tax", {"rent": 300_000}, sets=(own,), division="110105000000").amount_fen == 6_000


@pytest.mark.parametrize(
    ("brackets", "code"),
    [
        ([{"from": 2, "is": 0}, {"from": 1, "is": 0}], "wrong_shape"),
        ([{"from": n, "is": 0} for n in range(5)], "wrong_shape"),
        ([], "wrong_shape"),
        ([{"is": 0}], "wrong_shape"),
        ([1, 2], "wrong_shape"),
        ({"": 1}, "wrong_shape"),
        (5, "wrong_shape"),
        ([{"from": 0, "is": 2}], "out_of_range"),
        ([{"from": -1, "is": 0}], "out_of_range"),
        ([{"from": 0, "is": "0.001"}], "too_many_decimals"),
    ],
)
def test_brackets_that_are_none_are_refused(tmp_path: Path, brackets: object, code: str) -> None:
    amount = "marginal(contribution, household.rent)"
    of = book(tmp_path, policy("tax", {"any": "household.rent >= 0"}, amount, parameters=SCALE))
    own = rules.ParameterSet(NATION, date(2026, 1, 1), {"contribution": brackets}, Words("甲", "a"))
    with pytest.raises(rules.PolicyError) as refusal:
        told(of, "tax", {"rent": 1}, sets=(own,))
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("contribution > 0", "arguments"),
        ("marginal(contribution) > fen(0)", "arguments"),
        ("marginal(household.rent, household.rent) > fen(0)", "arguments"),
        ("marginal(contribution, years(3)) > fen(0)", "unit_wrong"),
        ("marginal(contribution, household.rent) > fen(1)", "unit_mismatch"),
        ("months_after(on, years(1)) > on", "unit_wrong"),
        ("months_after(on, months(1)) > 5", "type_wrong"),
        ("days_after(on, days(99999999)) > on", "overflow"),
        ("sum(earlier(m.wages, 13) for m in members) > 0", "not_earlier"),
        ("sum(earlier(m.born_on, 1) for m in members) > 0", "not_earlier"),
        ("sum(last_months(m.wages) for m in members) > 0", "arguments"),
        ("sum(last_months(m.wages, 0) for m in members) > 0", "arguments"),
        ("due(nobody) > 0", "unknown_policy"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(tmp_path: Path, expression: str, code: str) -> None:
    with pytest.raises(rules.PolicyError) as refusal:
        book(tmp_path, policy("tax", {"any": expression}, parameters=SCALE))
    assert refusal.value.code == code
    assert refusal.value.file
    assert refusal.value.line
    assert refusal.value.say("zh") != refusal.value.say("en")


@pytest.mark.parametrize(
    ("expression", "applied_on", "entitled"),
    [
        ("on >= months_after(m.applied_on, months(6))", "2026-01-01", True),
        ("on >= months_after(m.applied_on, months(6))", "2026-01-02", False),
        ("months_after(m.applied_on, months(1)) == date(2026, 2, 28)", "2026-01-31", True),
        ("months_after(m.applied_on, -months(1)) == date(2025, 12, 31)", "2026-01-31", True),
        ("years_after(m.applied_on, years(1)) == date(2025, 2, 28)", "2024-02-29", True),
        ("days_after(m.applied_on, days(30)) == date(2026, 3, 2)", "2026-01-31", True),
    ],
)
def test_waiting_periods_count_by_the_calendar(
    tmp_path: Path, expression: str, applied_on: str, entitled: bool
) -> None:
    of = book(tmp_path, policy("wait", {"over": f"any({expression} for m in members)"}))
    status = told(of, "wait", {}, {"applied_on": applied_on}).status
    assert status == ("entitled" if entitled else "not_entitled")


def test_earlier_months_are_known_apart_and_together(tmp_path: Path) -> None:
    amount = "sum(last_months(m.wages, 3) for m in members) / months(3) - sum(earlier(m.wages, 2) for m in members)"
    of = book(tmp_path, policy("late", {"any": "household.rent >= 0"}, amount))
    known = {"wages_1": 300, "wages_2": 100, "wages_3": 200}
    assert told(of, "late", {"rent": 0}, known).amount_fen == 100
    unknown = told(of, "late", {"rent": 0}, {**known, "wages_3": "unknown"})
    assert unknown.missing == ("person.wages_3",)
    assert of.facts["person.wages_3"].title.en == "wages (3 months before)"
    assert of.policies[0].facts == ("person.wages", "household.rent")


OLD = {"old": "age_on(person.born_on, on) >= years(80)", "alive": "person.alive"}
CARE = {"level": "1 <= person.level <= 2", "no_other": "not entitled(old_age)"}


@pytest.fixture
def of_persons(tmp_path: Path) -> rules.PolicyBook:
    """An old-age allowance of persons, another that excludes it, and a cap over both."""
    born = f"\n  age: {{title: {WORDS}, of: person, is: 'age_on(person.born_on, on)'}}"
    return book(
        tmp_path,
        policy("old_age", OLD, "yuan_per_month(100.50) / 2", of="person", gives="[age]", definitions=born),
        policy("care", CARE, "yuan_per_month(30) * person.level", of="person"),
        policy("topped", {"some": "entitled(old_age) or entitled(care)"},
               "min(due(old_age) + due(care), yuan_per_month(90))"),
        policy("several", {"some": "count(m for m in members if entitled(care)) > 0"},
               "max(sum(due(care) for m in members if not entitled(old_age)), 0)"),
    )  # fmt: skip


GRANDMOTHER = {"alive": True, "born_on": "1940-07-01", "level": 1}
SON = {"alive": True, "born_on": "1980-07-01", "level": 2}


def test_a_policy_of_persons_gives_a_household_what_its_members_get(of_persons: rules.PolicyBook) -> None:
    both = told(of_persons, "old_age", {}, GRANDMOTHER, GRANDMOTHER, SON)
    assert (both.status, both.amount_fen) == ("entitled", 2 * 5025)
    assert [reason.status for reason in both.conditions] == ["met", "met", "not_met"]
    assert [child.name for child in both.conditions[0].children] == ["old", "alive"]
    assert told(of_persons, "old_age", {}, SON).status == "not_entitled"
    assert told(of_persons, "old_age", {}).status == "not_entitled"
    doubtful = told(of_persons, "old_age", {}, GRANDMOTHER, {**GRANDMOTHER, "alive": "unknown"})
    assert (doubtful.status, doubtful.missing) == ("unknown", ("person.alive",))
    rules.for_page(both.as_data(), "en")


def test_one_policy_of_persons_may_exclude_another_person_by_person(of_persons: rules.PolicyBook) -> None:
    found = told(of_persons, "care", {}, GRANDMOTHER, SON)
    assert found.amount_fen == 6000
    assert told(of_persons, "several", {}, GRANDMOTHER, SON).amount_fen == 6000


def test_a_cap_may_lie_over_several_policies(of_persons: rules.PolicyBook) -> None:
    assert told(of_persons, "topped", {}, GRANDMOTHER, SON).amount_fen == 9000
    assert told(of_persons, "topped", {}, SON).amount_fen == 6000
    assert told(of_persons, "topped", {}, {**SON, "level": 0}).status == "not_entitled"


def test_every_person_has_a_row(of_persons: rules.PolicyBook) -> None:
    home = household_of(of_persons.facts, NATION, {}, (GRANDMOTHER, SON, {**SON, "level": "unknown"}))
    people = population(of_persons, NATION, home)
    found = rules.persons(of_persons, ["care", "old_age"], people, ON, engine="interpreted")
    assert found.columns == ["policy", "household", "person", "status", "amount_fen", "missing"]
    assert found.select("policy", "person", "status", "amount_fen").rows() == [
        ("care", 1, "not_entitled", 0),
        ("care", 2, "entitled", 6000),
        ("care", 3, "unknown", None),
        ("old_age", 1, "entitled", 5025),
        ("old_age", 2, "not_entitled", 0),
        ("old_age", 3, "not_entitled", 0),
    ]
    with pytest.raises(rules.PolicyError) as refusal:
        rules.persons(of_persons, ["topped"], people, ON, engine="interpreted")
    assert refusal.value.code == "not_of_persons"


def test_definitions_can_be_read_as_a_table(of_persons: rules.PolicyBook) -> None:
    home = household_of(of_persons.facts, NATION, {}, (GRANDMOTHER, {}))
    key = of_persons.policy("old_age", ON).gives[0]
    found = rules.values(of_persons, [key], population(of_persons, NATION, home), ON, engine="interpreted")
    assert found[key].rows() == [(1, 1, 86, []), (1, 2, None, ["person.born_on"])]


LASTS = f"""
  months_due: {{title: {WORDS}, is: 'months(12) if household.rent > yuan_per_month(1) else months(24)'}}
  until: {{title: {WORDS}, is: 'months_after(household.started_on, months_due)'}}
  kind: {{title: {WORDS}, is: household.residence}}
  urban: {{title: {WORDS}, is: 'household.residence == "urban"'}}
"""


def test_an_answer_may_hold_how_long_until_when_and_which_kind(tmp_path: Path) -> None:
    from tests.spec.rules_book import FACTS

    facts = f"{FACTS}  started_on: {{title: {WORDS}, unit: date}}\n"
    text = policy(
        "lasting",
        {"rent": "household.rent > 0", "not_over": "on < until"},
        "household.rent",
        definitions=LASTS,
        gives="[months_due, until, kind, urban]",
    )
    of = book(tmp_path, text, facts=facts)
    household = {"rent": 50, "started_on": "2025-01-31", "residence": "rural"}
    found = told(of, "lasting", household)
    assert {each.name: each.words.en for each in found.gives} == {
        "months_due": "24 months", "until": "2027-01-31", "kind": "a", "urban": "no"
    }  # fmt: skip
    assert told(of, "lasting", {**household, "rent": 200, "started_on": "2024-01-31"}).gives == ()
    people = population(of, NATION, household_of(of.facts, NATION, household, ()))
    tables = rules.values(of, of.policies[0].gives, people, ON, engine="interpreted")
    assert [table["value"].to_list() for table in tables.values()] == [
        [24],
        [date(2027, 1, 31)],
        ["rural"],
        [False],
    ]
    assert [table["value"].dtype for table in tables.values()] == [pl.Int64, pl.Date, pl.String, pl.Boolean]


def test_a_part_of_an_answer_must_come_out_whole(tmp_path: Path) -> None:
    thirds = f"\n  third: {{title: {WORDS}, is: 'household.rent / 3'}}"
    with pytest.raises(rules.PolicyError) as refusal:
        book(tmp_path, policy("third", {"rent": "household.rent > 0"}, definitions=thirds, gives="[third]"))
    assert refusal.value.code == "needs_rounding"


def test_nobody_is_entitled_under_a_policy_that_is_not_in_force(tmp_path: Path) -> None:
    of = book(
        tmp_path,
        policy("gone", {"rent": "household.rent > 0"}, "household.rent",
               in_force="{started_on: 2015-01-01, ended_on: 2020-06-01}"),
        policy("rest", {"not_both": "not entitled(gone)"}, "household.rent + due(gone)"),
    )  # fmt: skip
    assert told(of, "rest", {"rent": 5}).amount_fen == 5
    assert told(of, "rest", {"rent": 5}, on=date(2020, 5, 31)).status == "not_entitled"


def test_amounts_may_not_lead_back_to_themselves(tmp_path: Path) -> None:
    one = policy("one", {"rent": "household.rent > 0"}, "due(other)")
    other = policy("other", {"rent": "household.rent > 0"}, "due(one)")
    with pytest.raises(rules.PolicyError) as refusal:
        book(tmp_path, one, other)
    assert refusal.value.code == "cycle"


def test_what_pays_nothing_has_nothing_due(tmp_path: Path) -> None:
    with pytest.raises(rules.PolicyError) as refusal:
        book(tmp_path, policy("one", {"rent": "household.rent > 0"}), policy("other", {"a": "due(one) > 0"}))
    assert refusal.value.code == "no_amount"


@pytest.mark.parametrize("name", ["old age", "old.age", "old-age", "1st", '""'])
def test_a_policy_is_named_so_that_others_can_ask_after_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(rules.PolicyError) as refusal:
        book(tmp_path, policy(name, {"rent": "household.rent > 0"}))
    assert refusal.value.code == "wrong_shape"
