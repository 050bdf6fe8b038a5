"""Whole columns are read as the plain functions of `units` read one cell: the same question, both ways."""

from datetime import date

import polars as pl
from hypothesis import example, given
from hypothesis import strategies as st

from huimin.intake import amounts, days, identity_numbers
from huimin.units import dates, money, national_id

DIGITS = st.text("0123456789", min_size=1, max_size=9)
AMOUNTS = st.one_of(
    st.builds(
        lambda sign, currency, whole, decimals, unit: f"{sign}{currency}{whole}{decimals}{unit}",
        st.sampled_from(["", "-", "+", "'"]),
        st.sampled_from(["", "¥", "￥ ", "人民币"]),
        st.one_of(DIGITS, st.integers(0, 10**9).map(lambda number: f"{number:,}")),
        st.one_of(st.just(""), DIGITS.map(lambda digits: f".{digits[:6]}")),
        st.sampled_from(["", "元", "万元", "万", "角", "分", "元整", "块"]),
    ),
    st.floats(0, 1e9).map(repr),
    st.text("0123456789.,-()¥元万eE+ １２，", max_size=12),
)
DAYS = st.one_of(
    st.builds(
        lambda day, form: day.strftime(form),
        st.dates(date(1800, 1, 1), date(2300, 1, 1)),
        st.sampled_from(
            ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日", "%Y-%m-%d %H:%M:%S", "%Y-%m"]
        ),
    ),
    st.integers(0, 99_999).map(str),
    st.text("0123456789-/.年月日: ", max_size=12),
)
NUMBERS = st.one_of(
    st.text("0123456789xX*- '１２", max_size=20),
    st.text("0123456789", min_size=17, max_size=17).map(
        lambda digits: digits + national_id.check_digit(digits)
    ),
    st.builds(
        lambda place, day, order: f"{place}{day:%Y%m%d}{order:03d}",
        st.integers(110000, 659999),
        st.dates(date(1860, 1, 1), date(2030, 1, 1)),
        st.integers(0, 999),
    ).map(lambda digits: digits + national_id.check_digit(digits)),
    st.text("123456789", min_size=15, max_size=15),
)


@given(st.lists(AMOUNTS, min_size=1, max_size=30))
@example(["0.30000000000000004", "1,234.5", "12.345", "(1)", "9999999999999", "1e+05"])
def test_amounts_are_read_alike(written: list[str]) -> None:
    fen, codes = amounts.parsed(pl.Series(written, dtype=pl.String), "元")
    for text, value, code in zip(written, fen, codes, strict=True):
        expected = money.parse_fen(text)
        if code == "amount_negative":
            assert expected is not None
            assert expected < 0
        else:
            assert value == expected, text
        assert (value is None) or code in (None, "amount_rounded")


@given(st.lists(DAYS, min_size=1, max_size=30))
def test_days_and_months_are_read_alike(written: list[str]) -> None:
    text = pl.Series(written, dtype=pl.String)
    for parsed, plain in (
        (days.parsed(text, None), dates.parse_date),
        (days.parsed_months(text), dates.parse_month),
    ):
        for cell, value, code in zip(written, *parsed, strict=True):
            expected = plain(cell)
            if expected is not None and not days.EARLIEST <= expected < days.LATEST:
                assert (value, code) in ((None, "date_too_early"), (None, "date_too_late"))
            else:
                assert value == expected, cell


@given(st.lists(NUMBERS, min_size=1, max_size=30))
def test_identity_numbers_are_read_alike(written: list[str]) -> None:
    text = pl.Series(written, dtype=pl.String)
    cleaned = identity_numbers.cleaned(text).to_list()
    assert [number[:40] for number in map(national_id.clean, written)] == cleaned
    valid = identity_numbers.valid(pl.Series(cleaned, dtype=pl.String)).to_list()
    assert valid == [national_id.is_valid(number) for number in cleaned]
    told = identity_numbers.read(pl.Series(cleaned, dtype=pl.String)).filter("valid")
    right = [number for number in cleaned if national_id.is_valid(number)]
    assert told["born_on"].to_list() == [national_id.birth_date(number) for number in right]
    assert told["male"].to_list() == [national_id.sex(number) == "male" for number in right]
    numbers, codes = identity_numbers.parsed(text)
    for number, code in zip(numbers, codes, strict=True):
        assert (code is None) == (number is not None and national_id.is_valid(number))
