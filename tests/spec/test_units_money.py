"""Amounts as people write them become whole fen; rounding happens in one place and says which way."""

import pytest

from huimin.units.money import format_yuan, parse_fen
from huimin.units.rounding import divide_fen


@pytest.mark.parametrize(
    ("written", "fen"),
    [
        ("1234.5", 123450),
        ("1,234.50", 123450),
        ("¥62.71", 6271),
        ("￥62.71", 6271),
        ("0.805187万元", 805187),
        ("１２００．５０", 120050),
        ("1200元整", 120000),
        (" 12 345.00 ", 1234500),
        ("'300", 30000),
        ("-5", -500),
        ("(5.00)", -500),
        ("0", 0),
        (".5", 50),
        ("3分", 3),
        ("12.345", 1235),
        ("0.30000000000000004", 30),
        ("1.2E+05", 12000000),
    ],
)
def test_an_amount_is_read_exactly(written: str, fen: int) -> None:
    assert parse_fen(written) == fen


@pytest.mark.parametrize(
    "written", ["", "-", "——", "无", None, "一千元", "1,23", "1.2.3", "12a", "元", "9" * 20, "--5"]
)
def test_what_is_no_amount_gives_nothing(written: str | None) -> None:
    assert parse_fen(written) is None


def test_an_amount_is_shown_in_yuan() -> None:
    assert [format_yuan(fen) for fen in (125000, 5, -123456789, 0)] == [
        "1,250.00",
        "0.05",
        "-1,234,567.89",
        "0.00",
    ]


@pytest.mark.parametrize(
    ("numerator", "denominator", "half_up", "down", "up"),
    [
        (5, 2, 3, 2, 3),
        (-5, 2, -3, -2, -3),
        (4, 2, 2, 2, 2),
        (1, 3, 0, 0, 1),
        (2, -3, -1, 0, -1),
        (0, 7, 0, 0, 0),
    ],
)
def test_division_rounds_as_it_is_told(
    numerator: int, denominator: int, half_up: int, down: int, up: int
) -> None:
    assert divide_fen(numerator, denominator, "half_up") == half_up
    assert divide_fen(numerator, denominator, "down") == down
    assert divide_fen(numerator, denominator, "up") == up


def test_division_refuses_zero_and_unknown_modes() -> None:
    with pytest.raises(ZeroDivisionError):
        divide_fen(1, 0, "down")
    with pytest.raises(ValueError, match="half_even"):
        divide_fen(1, 2, "half_even")  # pyright: ignore[reportArgumentType]
