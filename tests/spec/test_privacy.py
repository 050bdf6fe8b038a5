"""What identifies a person is masked; small counts are left out of what is published."""

import polars as pl

from huimin.privacy import masking
from huimin.privacy.suppression import shown, suppressed


def test_a_person_is_masked() -> None:
    assert masking.mask_name("王芳") == "王*"
    assert masking.mask_name("阿依古丽·热合曼") == "阿***·***"
    assert masking.mask_name(None) == ""
    assert masking.mask_id("33012719900101123X") == "330127********123X"
    assert masking.mask_id("12345") == "*****"
    assert masking.mask_phone("13812345678") == "138****5678"
    assert masking.mask_card("6217004524614163888") == "**** 3888"
    assert masking.mask_address("淳安县千岛湖镇新安大街1号") == "淳安县千岛湖镇****"
    assert masking.mask_birth("1990-01-01") == "1990-**-**"


def test_counts_below_ten_are_left_out() -> None:
    assert [shown(count) for count in (0, 1, 9, 10, None)] == [0, None, None, 10, None]


def test_what_is_left_out_cannot_be_worked_out_from_the_total() -> None:
    table = pl.DataFrame({"town": ["a"] * 3 + ["b"] * 2 + ["c"] * 2, "count": [3, 20, 50, 0, 12, 4, 5]})
    left = suppressed(table, "count", within=["town"])
    assert left["count"].to_list() == [None, None, 50, 0, 12, None, None]
    assert suppressed(pl.DataFrame({"count": [3, 4, 100]}), "count")["count"].to_list() == [None, None, None]
    assert suppressed(pl.DataFrame({"count": [30, 40]}), "count")["count"].to_list() == [30, 40]
