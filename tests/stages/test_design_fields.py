"""Form fields take what people write and say in the label's words what is wrong."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from huimin_platform.design.fields import DateField, MoneyField, NationalIdField


@pytest.mark.parametrize(
    "text",
    [
        "2026-7-1",
        "2026-07-01",
        "2026/7/1",
        "2026.7.1",
        "20260701",
        "2026年7月1日",
        "２０２６年７月１日",
        " 2026 年 7 月 1 日 ",
    ],
)
def test_a_date_is_read_in_every_form_people_write(text: str) -> None:
    assert DateField().clean(text) == date(2026, 7, 1)


@pytest.mark.parametrize("text", ["7-1", "tomorrow", "2026-7", "26-7-1", "2026-7-1-1"])
def test_what_is_no_date_is_said_with_an_example(text: str) -> None:
    with pytest.raises(ValidationError) as error:
        DateField().clean(text)
    assert text in error.value.messages[0]


def test_a_day_that_does_not_exist_is_said_so() -> None:
    with pytest.raises(ValidationError) as error:
        DateField().clean("2026-2-30")
    assert error.value.code == "impossible"


@pytest.mark.parametrize(
    ("text", "amount_fen"),
    [
        ("1250", 125000),
        ("1,250.00", 125000),
        ("¥1250.5", 125050),
        ("１２５０元", 125000),
        ("0.01", 1),
        ("0", 0),
        ("12.5万元", 12_500_000),
        ("1.2亿", 12_000_000_000),
        ("1 250", 125000),
        ("¥ 12 500.00 元", 1_250_000),
        ("12.5 万 元", 12_500_000),
    ],
)
def test_an_amount_in_yuan_becomes_whole_fen(text: str, amount_fen: int) -> None:
    assert MoneyField().clean(text) == amount_fen


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.005", "finer"),
        ("-1", "negative"),
        ("much", "unread"),
        ("nan", "unread"),
        ("1e999", "unread"),
        ("9" * 20, "too_large"),
        ("1" + "0" * 18, "too_large"),
        ("10^18", "unread"),
        # A comma for a point, and digits that a keyboard here does not have.
        ("1,5", "unread"),
        ("1,2,3", "unread"),
        # A blank for a point, and two amounts in one field.
        ("1 5", "unread"),
        ("100 200.50 300", "unread"),
        ("١٢", "unread"),
        ("0.0000001万", "finer"),
    ],
)
def test_an_amount_that_cannot_be_is_refused(text: str, code: str) -> None:
    with pytest.raises(ValidationError) as error:
        MoneyField().clean(text)
    assert error.value.code == code


def test_an_empty_amount_is_unknown_not_zero() -> None:
    assert MoneyField(required=False).clean("") is None


def test_an_amount_is_shown_again_as_it_was() -> None:
    assert MoneyField().prepare_value(125050) == "1250.50"
    assert MoneyField().prepare_value("much") == "much"


def test_an_id_number_is_cleaned_and_checked() -> None:
    assert NationalIdField().clean(" 11010519491231002x ") == "11010519491231002X"
    with pytest.raises(ValidationError):
        NationalIdField().clean("110105194912310021")


def test_an_id_number_may_be_left_out_where_it_is_not_needed() -> None:
    assert NationalIdField(required=False).clean("") == ""
