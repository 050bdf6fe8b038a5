"""A cell that is read the quick way is read as every rule together reads it, and nothing is wrong with it."""

from datetime import date

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from huimin.intake import cells, usual
from huimin.tables.contract import Column, load_all
from huimin.units.national_id import check_digit

TODAY = date(2026, 7, 1)
COLUMNS = {
    f"{contract.name}.{column.name}": column
    for contract in load_all().values()
    for column in contract.columns
}
EACH_TYPE = {column.type + str(bool(column.latest)): name for name, column in COLUMNS.items()}
CELLS = st.one_of(
    st.text(max_size=20),
    st.text("0123456789-./Xx* '’=\u3000\u200b\u202e\x00\x07ab王é\u0301ＡＢ１２", max_size=20),
    st.text("王李张 \u3000·‘’`=\u2018\u202a\ufffd\u2011", max_size=8),
    st.dates(date(1700, 1, 1), date(2400, 1, 1)).map(str),
    st.dates(date(1860, 1, 1), date(2201, 1, 1)).map(lambda day: str(day)[:7]),
    st.decimals(-10, 10**12, places=2).map(str),
    st.integers(-5, 10**14).map(str),
    st.from_regex("^(?:00861|1[3-9]|0)[0-9]{6,12}$", fullmatch=True),
    st.text("0123456789", min_size=17, max_size=17).map(lambda digits: digits + check_digit(digits)),
    st.builds(
        lambda day, order: f"510181{day:%Y%m%d}{order:03d}", st.dates(date(1860, 1, 1)), st.integers(0, 999)
    ).map(lambda digits: digits + check_digit(digits)),
)  # fmt: skip


def spellings(column: Column) -> list[str]:
    return [way for value in column.values for way in value.spellings]


@pytest.mark.parametrize(
    "name", sorted({*EACH_TYPE.values(), *(n for n, c in COLUMNS.items() if c.type == "enum")})
)
@given(st.lists(CELLS, min_size=1, max_size=40), st.sampled_from(["元", "万元", "角", "分"]))
@example(["2026-06-30", "", "男", "王\u200b", "x" * 101, "1.5", "330127197001011232"], "元")
def test_the_quick_way_is_the_long_way(name: str, written: list[str], unit: str) -> None:
    column = COLUMNS[name]
    written = [*written, *spellings(column)]
    raw = pl.Series(written, dtype=pl.String)
    known = usual.values(column, raw, unit, TODAY)
    found = cells.parsed(column, cells.tidy(raw), unit=unit, today=TODAY)
    hidden = raw.str.contains(cells.HIDDEN)
    assert known.dtype == found.values.dtype
    for cell, quick, value, code, unseen in zip(
        written, known, found.values, found.codes, hidden, strict=True
    ):
        if quick is not None:
            assert (quick, code, unseen) == (value, None, False), repr(cell)


@given(st.lists(st.tuples(st.booleans(), CELLS), min_size=1, max_size=40))
def test_the_rows_keep_their_order_whichever_way_each_goes(written: list[tuple[bool, str]]) -> None:
    raw = pl.Series([text if odd else "2025-07-01" for odd, text in written], dtype=pl.String)
    column = COLUMNS["medical_settlements.settled_on"]
    known = usual.values(column, raw, "元", TODAY)
    found = usual.first(raw, known, lambda odd: cells.parsed(column, cells.tidy(odd), unit="元", today=TODAY))
    expected = cells.parsed(column, cells.tidy(raw), unit="元", today=TODAY)
    assert found.values.to_list() == expected.values.to_list()
    assert found.codes.to_list() == expected.codes.to_list()
