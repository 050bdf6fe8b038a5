"""Cells in all the forms departments write them become typed values, or a problem with a cure."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from huimin.intake import cells
from huimin.intake.amounts import heading_unit, line_unit
from huimin.tables.contract import load_all

CONTRACTS = load_all()
TODAY = date(2026, 7, 1)
NUMBER = "11010519491231002X"


def read(data_set: str, column: str, written: str | None, unit: str = "元") -> tuple[Any, str | None]:
    text = cells.tidy(pl.Series([written], dtype=pl.String))
    found = cells.parsed(CONTRACTS[data_set].column(column), text, unit=unit, today=TODAY)
    return found.values.item(), found.codes.item()


@pytest.mark.parametrize(
    ("written", "value", "code"),
    [
        (NUMBER, NUMBER, None),
        (NUMBER.lower(), NUMBER, None),
        (f"'{NUMBER}", NUMBER, None),
        (f'="{NUMBER}"', NUMBER, None),
        (f"　{NUMBER} ", NUMBER, None),
        ("１１０１０５１９４９１２３１００２Ｘ", NUMBER, None),
        ("110105491231002", NUMBER, None),
        ("110105491231002.0", NUMBER, None),
        ("11010519491231****", "11010519491231****", "id_masked"),
        ("110105********002X", "110105********002X", "id_masked"),
        ("110105XXXXXXXX002X", "110105********002X", "id_masked"),
        ("110105194912310021", "110105194912310021", "id_mistyped"),
        ("110105194913310021", "110105194913310021", "id_mistyped"),
        ("11010519491231", "11010519491231", "id_wrong_shape"),
        ("E12345678", "E12345678", "id_wrong_shape"),
        ("1.10105194912310E+17", None, "id_digits_lost"),
        ("", None, "id_missing"),
        ("无", None, "id_missing"),
        (None, None, "id_missing"),
    ],
)
def test_identity_numbers(written: str | None, value: str | None, code: str | None) -> None:
    assert read("insured", "national_id", written) == (value, code)


@pytest.mark.parametrize(
    ("written", "unit", "value", "code"),
    [
        ("1,234.50", "元", 123450, None),
        ("¥62.71", "元", 6271, None),
        ("0.805187万元", "元", 805187, None),
        ("0.12", "万元", 120000, None),
        ("1200元", "万元", 120000, None),
        ("１２００．５", "元", 120050, None),
        ("2400.0", "元", 240000, None),
        ("1234.5600000000001", "元", 123456, None),
        ("12.345", "元", 1235, "amount_rounded"),
        ("-5.00", "元", None, "amount_negative"),
        ("(5.00)", "元", None, "amount_negative"),
        ("'-5", "元", None, "amount_negative"),
        ("一千元", "元", None, "amount_unreadable"),
        ("9" * 16, "元", None, "amount_too_large"),
        ("-", "元", None, None),
        ("", "元", None, None),
        ("21000", "元", 2_100_000, "amount_unusual"),
    ],
)
def test_amounts(written: str, unit: str, value: int | None, code: str | None) -> None:
    assert read("allowance_roll", "month_fen", written, unit) == (value, code)


@pytest.mark.parametrize(
    ("written", "value", "code"),
    [
        ("2026-06-30", date(2026, 6, 30), None),
        ("2026/6/30", date(2026, 6, 30), None),
        ("2026年6月30日", date(2026, 6, 30), None),
        ("46203", date(2026, 6, 30), None),
        ("2026-06-30 00:00:00", date(2026, 6, 30), None),
        ("2026-07-02", date(2026, 7, 2), "date_in_future"),
        ("2999-01-01", None, "date_far_ahead"),
        ("2025-02-30", None, "date_impossible"),
        ("1066-10-14", None, "date_too_early"),
        ("昨天", None, "date_unreadable"),
        ("", None, None),
    ],
)
def test_days(written: str, value: date | None, code: str | None) -> None:
    assert read("medical_settlements", "settled_on", written) == (value, code)


@pytest.mark.parametrize(
    ("written", "value", "code"),
    [
        ("2025-07", date(2025, 7, 1), None),
        ("202507", date(2025, 7, 1), None),
        ("2025年7月", date(2025, 7, 1), None),
        ("2025-07-31", date(2025, 7, 1), None),
        ("2025-13", None, "date_impossible"),
        ("夏天", None, "month_unreadable"),
    ],
)
def test_months(written: str, value: date | None, code: str | None) -> None:
    assert read("pensions", "first_month", written) == (value, code)


@pytest.mark.parametrize(
    ("data_set", "column", "written", "value", "code"),
    [
        ("residents", "name", " 刘 坤　", "刘 坤", None),
        ("residents", "name", "阿依古丽·热合曼", "阿依古丽·热合曼", None),
        ("residents", "name", "", None, "name_missing"),
        ("residents", "name", "�霞", "�霞", "unreadable_characters"),
        ("residents", "sex", "女性", "female", None),
        ("residents", "sex", "１", "male", None),
        ("residents", "sex", "?", None, "not_in_list"),
        ("residents", "relation", "之妻", "spouse", None),
        ("residents", "relation", "20", "child", None),
        ("residents", "relation", "房客", "other", None),
        ("residents", "residence", "非农业家庭户口", "urban", None),
        ("residents", "residence", "农业户口", "rural", None),
        ("residents", "status", "死亡注销", "dead", None),
        ("residents", "division", "330127", "330127000000", None),
        ("residents", "division", "淳安", None, "division_wrong_shape"),
        ("residents", "phone", "+86 138-0000-0000", "13800000000", None),
        ("residents", "phone", "123", "123", "phone_wrong_shape"),
        ("pensions", "card", "6217 0045 2461 4163 888", "6217004524614163888", None),
        ("pensions", "card", "6.21700452461416E+18", None, "digits_lost"),
        ("residents", "household_no", "'3301270000007", "3301270000007", None),
        ("residents", "household_no", " ３３０１２７００００００７", "3301270000007", None),
        ("residents", "household_no", "3301270000007.0", "3301270000007", None),
        ("residents", "household_no", "3301270000007", "3301270000007", None),
        ("residents", "household_no", "3.30127E+12", None, "digits_lost"),
        ("residents", "household_no", "3E17", "3E17", None),
        ("vehicles", "plate", "浙a 51729", "浙A51729", None),
        ("properties", "certificate_no", "浙（2019）不动产权第1号", "浙(2019)不动产权第1号", None),
        ("pensions", "card", "农商行", "农商行", "card_wrong_shape"),
        ("disabled", "certificate", "11010519491231002x44", "11010519491231002X44", None),
        ("disabled", "certificate", "11010519491231002X44B1", "11010519491231002X44B1", None),
        ("disabled", "certificate", "4444", "4444", "certificate_wrong_shape"),
        ("disabled", "level", "Ⅱ级", "2", None),
        ("incomes", "tax_year", "2025年度", 2025, None),
        ("incomes", "tax_year", "20255", None, "number_out_of_range"),
        ("properties", "area_m2", "1,007.10㎡", Decimal("1007.1"), None),
        ("properties", "use", "成套住宅", "dwelling", None),
        ("properties", "use", "非住宅", "other", None),
        ("properties", "use", "地下车库", "other", None),
        ("local_standards", "medical_share", "30%", Decimal("0.3"), None),
        ("marriages", "status", "离婚登记", "divorced", None),
        ("insured", "status", "暂停缴费", "not_insured", None),
    ],
)
def test_other_cells(data_set: str, column: str, written: str, value: object, code: str | None) -> None:
    assert read(data_set, column, written) == (value, code)


def test_units_stand_in_headings_and_above_the_table() -> None:
    headings = ("金额（万元）", "金额(单位：元)", "金额/元", "金额", "工资（元/月）")
    assert [heading_unit(heading) for heading in headings] == [
        "万元", "元", "元", None, "元",
    ]  # fmt: skip
    assert line_unit(("名册", "单位：万元")) == "万元"
    assert line_unit(("填报单位：元阳县", "金额单位:元、亩")) == "元"
    assert line_unit(("填报单位：元阳县",)) is None
