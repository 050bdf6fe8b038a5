"""A changed delivery is told before it is taken in: columns renamed, added, dropped; another unit; days written otherwise."""

import json
from datetime import date, timedelta

import polars as pl
import pytest

from huimin.intake import read
from huimin.intake.changes import HOLDING, found
from huimin.intake.profile import Profile, from_json, profile
from huimin.tables.contract import load_all
from huimin.tables.problem import text
from huimin.units.national_id import check_digit

CONTRACTS = load_all()
TODAY = date(2026, 7, 1)
ROWS = 60


def identity(row: int) -> str:
    head = f"510181{date(1950, 1, 1) + timedelta(days=97 * row):%Y%m%d}{row % 1000:03d}"
    return head + check_digit(head)


def bills(**columns: list[str]) -> dict[str, list[str]]:
    """Medical settlements as columns: the usual ones, some of them replaced."""
    usual = {
        "结算流水号": [f"B{row:05d}" for row in range(ROWS)],
        "姓名": ["王小明" if row % 2 else "李霞" for row in range(ROWS)],
        "身份证号": [identity(row) for row in range(ROWS)],
        "结算日期": [f"{date(2025, 7, 1) + timedelta(days=row)}" for row in range(ROWS)],
        "医疗机构": ["市人民医院"] * ROWS,
        "总费用": [f"{1000 + 37 * row}.50" for row in range(ROWS)],
        "基金支付": [f"{600 + 20 * row}.25" for row in range(ROWS)],
        "个人自付": [f"{400 + 17 * row}.25" for row in range(ROWS)],
    }
    return usual | columns


def renamed(columns: dict[str, list[str]], **names: str) -> dict[str, list[str]]:
    return {names.get(name, name): cells for name, cells in columns.items()}


def delivered(columns: dict[str, list[str]], name: str = "医保局_医疗结算.csv"):
    return read(pl.DataFrame(columns).write_csv().encode(), name, CONTRACTS, TODAY)


BEFORE = profile(delivered(bills()))


def changes(columns: dict[str, list[str]], before: Profile | None = BEFORE) -> dict[tuple[str, str], dict]:
    """Code and column of each change, with the values its words name."""
    told = found(delivered(columns), before, CONTRACTS, TODAY)
    assert told["line"].to_list() == [0] * told.height
    return {(row["code"], row["column"]): json.loads(row["params"]) for row in told.iter_rows(named=True)}


def test_a_delivery_like_the_one_before_changes_nothing() -> None:
    assert changes(bills()) == {}
    assert changes(bills(总费用=[f"{1300 + 31 * row}.00" for row in range(ROWS)])) == {}


def test_the_first_delivery_is_held_against_its_contract_only() -> None:
    assert changes(bills(), None) == {}
    assert set(changes(bills(科室=["内科"] * ROWS), None)) == {("change_added", "科室")}


def test_a_profile_can_be_kept() -> None:
    assert from_json(json.loads(json.dumps(BEFORE.as_json()))) == BEFORE
    assert from_json({}) is None


def test_a_profile_holds_nothing_of_a_person() -> None:
    said = json.dumps(BEFORE.as_json(), ensure_ascii=False)
    assert not any(value in said for value in (identity(0), identity(7), "王小明", "李霞", "人民医院"))


@pytest.mark.parametrize(
    ("former", "heading", "column"),
    [
        ("身份证号", "公民号码标识", "national_id"),
        ("身份证号", "ID_NUM", "national_id"),
        ("结算日期", "业务发生日", "settled_on"),
        ("个人自付", "个人自付额度", "own_fen"),
        ("总费用", "总费用合计数", "total_fen"),
    ],
)  # fmt: skip
def test_a_renamed_column_is_found_with_what_speaks_for_it(former: str, heading: str, column: str) -> None:
    told = changes(renamed(bills(), **{former: heading}))
    assert set(told) == {("change_renamed", column)}
    params = told["change_renamed", column]
    assert (params["former"], params["heading"]) == (former, heading)
    words = text("change_renamed", params, "en")
    assert "100% of its cells read as" in words
    assert "stands where the other stood" in words


def test_a_renamed_column_that_must_be_there_is_told_without_a_delivery_before() -> None:
    columns = renamed(bills(), 身份证号="公民号码标识")
    assert delivered(columns).state == "unknown_kind"
    assert set(changes(columns, None)) == {("change_renamed", "national_id")}


def test_two_renamed_columns_are_not_mixed_up() -> None:
    told = changes(renamed(bills(), 身份证号="公民号码标识", 结算日期="业务发生日"))
    assert {key: params["heading"] for key, params in told.items()} == {
        ("change_renamed", "national_id"): "公民号码标识",
        ("change_renamed", "settled_on"): "业务发生日",
    }


def test_a_new_column_that_looks_otherwise_is_no_renaming() -> None:
    columns = {name: cells for name, cells in bills().items() if name != "结算日期"}
    told = changes(columns | {"科室": ["内科"] * ROWS})
    assert set(told) == {("change_dropped", "settled_on"), ("change_added", "科室")}


def test_a_dropped_column_is_told_with_how_much_it_held() -> None:
    columns = {name: cells for name, cells in bills().items() if name != "医疗机构"}
    ((_, params),) = changes(columns).items()
    assert params == {"former": "医疗机构", "filled": "100%"}


def test_an_added_column_that_came_before_is_told_once() -> None:
    more = bills(科室=["内科"] * ROWS)
    assert changes(more, profile(delivered(more))) == {}


def fen(yuan: str) -> str:
    return str(round(float(yuan) * 100))


@pytest.mark.parametrize(
    ("write", "units"),
    [
        (fen, "yuan and fen"),
        (lambda yuan: f"{float(yuan) / 10_000:.6f}", "yuan and ten thousands of yuan"),
        (lambda yuan: f"{float(yuan) / 1_000:.6f}", "yuan and thousands of yuan"),
    ],
)  # fmt: skip
def test_another_unit_is_seen_in_the_median(write, units: str) -> None:
    told = changes(bills(总费用=[write(cell) for cell in bills()["总费用"]]))
    assert set(told) == {("change_unit", "total_fen")}
    assert units in text("change_unit", told["change_unit", "total_fen"], "en")


def test_another_unit_that_the_heading_names_is_no_change() -> None:
    columns = bills(总费用=[f"{float(cell) / 10_000:.6f}" for cell in bills()["总费用"]])
    assert changes(renamed(columns, 总费用="总费用（万元）")) == {}


def test_days_written_in_another_way_are_told_and_held_when_they_cannot_be_read() -> None:
    days = [date(2025, 7, 1) + timedelta(days=row) for row in range(ROWS)]
    told = changes(bills(结算日期=[f"{day:%Y/%m/%d}" for day in days]))
    assert set(told) == {("change_dates", "settled_on")}
    assert told["change_dates", "settled_on"]["now"] == "9999/99/99"
    told = changes(bills(结算日期=[f"{day:%d.%m.%Y}" for day in days]))
    assert set(told) == {("change_dates", "settled_on")}
    told = changes(bills(结算日期=[f"{day:%d.%m.%y}" for day in days]))
    assert set(told) == {("change_dates_unread", "settled_on")}
    assert "change_dates_unread" in HOLDING
