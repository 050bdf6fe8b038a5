"""Days, months, ages, working days and divisions."""

from datetime import date

import pytest

from huimin.units import dates, divisions, workdays
from huimin.units.words import Words

DAY = date(2025, 7, 1)


@pytest.mark.parametrize(
    "written",
    [
        "2025-07-01", "2025-7-1", "2025/7/1", "2025.7.1", "20250701", "2025年7月1日", "2025年07月01号",
        "45839", "45839.0", "45839.75", "2025-07-01 00:00:00", "2025-7-1 10:05", "2025/7/1T10:05:00",
        "'2025-07-01", "２０２５－０７－０１", "2025年7月1日 10时5分", "20250701100000", " 2025 - 7 - 1 ",
    ],
)  # fmt: skip
def test_a_day_is_read_in_all_its_forms(written: str) -> None:
    assert dates.parse_date(written) == DAY


@pytest.mark.parametrize(
    "written", ["", None, "2025-02-30", "2025-13-01", "2025-07", "99999", "123", "明天", "01/07/2025"]
)
def test_what_is_no_day_gives_nothing(written: str | None) -> None:
    assert dates.parse_date(written) is None


@pytest.mark.parametrize(
    "written", ["2025-07", "2025/7", "202507", "2025年7月", "2025年7月份", "2025.7", "2025-07-31", "45839"]
)
def test_a_month_is_its_first_day(written: str) -> None:
    assert dates.parse_month(written) == DAY


def test_months_and_ages_are_counted() -> None:
    assert dates.months_between(date(2025, 7, 1), date(2026, 7, 1)) == 12
    assert dates.months_between(date(2025, 7, 15), date(2025, 8, 15)) == 1
    assert dates.months_between(date(2026, 7, 1), date(2025, 7, 1)) == 0
    assert dates.next_month(date(2025, 12, 31)) == date(2026, 1, 1)
    assert dates.age(date(2000, 2, 29), date(2018, 2, 28)) == 17
    assert dates.age(date(2000, 2, 29), date(2018, 3, 1)) == 18


def test_holidays_are_not_worked_and_make_up_days_are() -> None:
    assert not workdays.is_working_day(date(2025, 10, 1))
    assert workdays.is_working_day(date(2025, 10, 11))
    assert workdays.add_working_days(date(2025, 9, 30), 1) == date(2025, 10, 9)
    assert workdays.add_working_days(date(2025, 10, 9), -1) == date(2025, 9, 30)
    assert workdays.working_days_between(date(2025, 9, 29), date(2025, 10, 10)) == 3
    assert workdays.working_days_between(date(2025, 10, 10), date(2025, 9, 29)) == -3


def test_a_deadline_says_when_the_calendar_is_not_known() -> None:
    known = workdays.deadline(date(2025, 9, 30), 5)
    assert known.certain
    beyond = workdays.deadline(date(max(workdays.KNOWN_YEARS), 12, 30), 5)
    assert not beyond.certain
    assert beyond.on.weekday() < 5


def test_divisions_enclose_each_other() -> None:
    assert divisions.prefix("330127000000") == "330127"
    assert divisions.prefix("000000000000") == ""
    codes = ("", "330000000000", "330100000000", "330127", "330127201000", "330127201206")
    assert [divisions.level(code) for code in codes] == [
        "nation", "province", "city", "county", "town", "village",
    ]  # fmt: skip
    assert divisions.encloses("330127201000", "330127201206")
    assert divisions.encloses("000000000000", "330127201206")
    assert not divisions.encloses("330127201000", "330127202206")
    assert divisions.padded("330127") == "330127000000"


def test_words_are_said_in_both_languages() -> None:
    words = Words("{count} 户", "{count} households")
    assert words.filled(count=3).say("zh-hans") == "3 户"
    assert words.filled(count=3).say("en") == "3 households"
