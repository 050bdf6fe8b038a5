"""Days and months as people write them."""

import re
import unicodedata
from datetime import date, timedelta

EXCEL_DAY_ZERO = date(1899, 12, 30)
# Serials outside name days before 1927 or after 2119: more likely numbers of something else.
FIRST_SERIAL, LAST_SERIAL = 10_000, 80_000

# A time behind the day is read over. Written for every kind of regular expression: no look-around.
_TIME = "[0-9]{1,2}[:时].*"
PARTED = (
    f"^([0-9]{{4}})[-/.年]([0-9]{{1,2}})[-/.月]([0-9]{{1,2}})(?:[日号]?|[日号]{_TIME}|[日号]?[T ]{_TIME})$"
)
COMPACT = "^([0-9]{4})([0-9]{2})([0-9]{2})(?:[.]0+)?(?:[T ]?[0-9]{2}:?[0-9]{2}(?::?[0-9]{2})?)?$"
SERIAL = "^([0-9]{5})(?:[.][0-9]*)?$"
MONTH = "^([0-9]{4})[-/.年]([0-9]{1,2})月?(?:份)?$"
COMPACT_MONTH = "^([0-9]{4})([0-9]{2})(?:[.]0+)?$"
# Spaces that say nothing: those beside a sign. One between a day and a time says where the day ends.
IDLE_SPACE = r"\s*([-/.年月日号:])\s*"


def parse_date(text: str | None) -> date | None:
    """The day, written 2025-07-01, 2025/7/1, 2025.7.1, 20250701, 2025年7月1日, or as the serial of a
    spreadsheet; a time behind it is dropped. Nothing for other text or a day that does not exist.

    >>> [str(parse_date(text)) for text in ("2025年7月1日", "46132", "2025-02-30")]
    ['2025-07-01', '2026-04-20', 'None']
    """
    plain = _plain(text)
    match = re.search(PARTED, plain) or re.search(COMPACT, plain)
    if match:
        return _day(*match.groups()[:3])
    serial = re.search(SERIAL, plain)
    if serial and FIRST_SERIAL <= int(serial[1]) <= LAST_SERIAL:
        return EXCEL_DAY_ZERO + timedelta(days=int(serial[1]))
    return None


def parse_month(text: str | None) -> date | None:
    """The first day of the month, written 2025-07, 2025/7, 202507, 2025年7月, or as any day in it.

    >>> str(parse_month("2025年7月"))
    '2025-07-01'
    """
    plain = _plain(text)
    match = re.search(MONTH, plain) or re.search(COMPACT_MONTH, plain)
    if match:
        return _day(match[1], match[2], "1")
    day = parse_date(plain)
    return day.replace(day=1) if day else None


def next_month(day: date) -> date:
    """The first day of the month that follows."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def months_between(started_on: date, ended_on: date) -> int:
    """How many firsts of a month lie in the period, its end excluded.

    >>> months_between(date(2025, 7, 1), date(2026, 7, 1))
    12
    """
    first = started_on if started_on.day == 1 else next_month(started_on)
    last = ended_on if ended_on.day == 1 else next_month(ended_on)
    return max(0, (last.year - first.year) * 12 + last.month - first.month)


def age(born_on: date, on: date) -> int:
    """Full years of life on a day; who is born on 29 February has the birthday on 1 March in other years."""
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def _plain(text: str | None) -> str:
    plain = re.sub(r"['’‘`]", "", unicodedata.normalize("NFKC", text or ""))
    return re.sub(IDLE_SPACE, r"\1", re.sub(r"\s+", " ", plain)).strip()


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
