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
# A month without a sign between, 20257, and not the serial of a day in 1955.
UNCLEAR_MONTH = "^(?:19|20)[0-9]{2}[1-9]$"
# Other ways to write a day, brought to one of those above: pattern and replacement, one after the other.
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DIGITS = "一二三四五六七八九"
REWRITTEN = (
    # A note behind it, unless it says that the day is one of the lunar calendar.
    (r"\([^()农阴旧]*\)$", ""),
    (r" ?(?:上午|下午|凌晨|中午|晚上|早上).*$", ""),
    (r"[.,;。]+$", ""),
    (r"[、_\\]", "-"),
    (rf"([一二三])十([{_DIGITS}])", r"\1\2"),
    (r"([一二三])十", r"\1〇"),
    (rf"十([{_DIGITS}])", r"一\1"),
    (r"十", "一〇"),
    (r"[〇零○]", "0"),
    *((digit, str(place)) for place, digit in enumerate(_DIGITS, 1)),
    (r"^(?:[A-Za-z]{3,9},? )?([A-Za-z]{3})[a-z]*[. ]+([0-9]{1,2}),? (?:[0-9:]+ (?:[A-Z]{2,5} )?)?([0-9]{4})$", r"\3-\1-\2"),
    (r"^([0-9]{1,2})[- /]([A-Za-z]{3})[a-z]*[-, /]+([0-9]{4})(?: .*)?$", r"\3-\2-\1"),
    *((f"(?i)-{name}-", f"-{place}-") for place, name in enumerate(_MONTHS, 1)),
)  # fmt: skip
# A month of this century as spreadsheets show it, Jul-25.
NAMED_MONTH = "^([A-Za-z]{3})-([0-4][0-9])$"
# Day and month before the year. Which of them is first shows where one of them is above twelve.
YEAR_LAST = "^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})(?:[T ].*)?$"
# Spaces that say nothing: those beside a sign. One between a day and a time says where the day ends.
IDLE_SPACE = r"\s*([-/.年月日号:])\s*"


def parse_date(text: str | None) -> date | None:
    """The day, written 2025-07-01, 2025/7/1, 2025.7.1, 20250701, 2025年7月1日, 二〇二五年七月一日, Jul 1, 2025, or as the
    serial of a spreadsheet; a time behind it is dropped. Nothing for other text or a day that does not exist.

    >>> [str(parse_date(text)) for text in ("2025年7月1日", "46132", "2025-02-30", "31/12/2025", "1/2/2025")]
    ['2025-07-01', '2026-04-20', 'None', '2025-12-31', 'None']
    """
    plain = _plain(text)
    return _read_day(plain) or _read_day(rewritten(plain)) or _year_last(rewritten(plain))


def rewritten(plain: str) -> str:
    """The text in one of the usual forms, where it is in one of the others."""
    for pattern, replacement in REWRITTEN:
        plain = re.sub(pattern, replacement, plain)
    return plain


def _year_last(plain: str) -> date | None:
    match = re.search(YEAR_LAST, plain)
    if not match or (int(match[1]) > 12) == (int(match[2]) > 12):
        return None
    day, month = (match[1], match[2]) if int(match[1]) > 12 else (match[2], match[1])
    return _day(match[3], month, day)


def _read_day(plain: str) -> date | None:
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
    for each in (plain, rewritten(re.sub(NAMED_MONTH, r"20\2-\1-01", plain))):
        match = re.search(MONTH, each) or re.search(COMPACT_MONTH, each)
        if match:
            return _day(match[1], match[2], "1")
    day = None if re.search(UNCLEAR_MONTH, plain) else parse_date(re.sub(NAMED_MONTH, r"20\2-\1-01", plain))
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
    plain = re.sub(r"['\"’‘`]", "", unicodedata.normalize("NFKC", text or ""))
    return re.sub(IDLE_SPACE, r"\1", re.sub(r"\s+", " ", plain)).strip()


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
