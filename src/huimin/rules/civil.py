"""Calendar arithmetic on day numbers, in integers only, so that the compiled kernel can use it too.

Days are counted from 1970-01-01. The civil-from-days step is the well-known one of proleptic Gregorian eras.
"""


def year_month_day(day: int) -> tuple[int, int, int]:
    """The year, month and day of a day number.

    >>> year_month_day(0)
    (1970, 1, 1)
    """
    shifted = day + 719468
    era = shifted // 146097
    of_era = shifted - era * 146097
    year_of_era = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted_month = (5 * of_year + 2) // 153
    day_of_month = of_year - (153 * shifted_month + 2) // 5 + 1
    month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
    year = year_of_era + era * 400 + (1 if month <= 2 else 0)
    return year, month, day_of_month


def day_number(year: int, month: int, day: int) -> int:
    """The day number of a year, month and day.

    >>> day_number(1970, 1, 1), day_number(2024, 2, 29)
    (0, 19782)
    """
    shifted_year = year - 1 if month <= 2 else year
    era = shifted_year // 400
    of_era = shifted_year - era * 400
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


def months_after(first: int, months: int) -> int:
    """The same day of the month some months later, or the month's last where it has no such day.

    So periods end by 民法典 第二百零二条.

    >>> [year_month_day(months_after(day_number(2026, 1, 31), months)) for months in (1, -2, 12)]
    [(2026, 2, 28), (2025, 11, 30), (2027, 1, 31)]
    """
    year, month, day = year_month_day(first)
    counted = year * 12 + month - 1 + months
    year, month = counted // 12, counted % 12 + 1
    following = counted + 1
    length = day_number(following // 12, following % 12 + 1, 1) - day_number(year, month, 1)
    return day_number(year, month, 1) + (day if day < length else length) - 1


def months_between(first: int, last: int) -> int:
    """Whole months from one day to another, negative when the first is later."""
    sign = 1
    if last < first:
        first, last, sign = last, first, -1
    year, month, day = year_month_day(first)
    to_year, to_month, to_day = year_month_day(last)
    months = (to_year - year) * 12 + to_month - month
    if to_day < day:
        months -= 1
    return sign * months


def years_between(first: int, last: int) -> int:
    """Whole years from one day to another: the age on the last day of one born on the first.

    Who was born on 29 February is a year older on 1 March.

    >>> years_between(0, 364), years_between(0, 365)
    (0, 1)
    """
    months = months_between(first, last)
    return months // 12 if months >= 0 else -(-months // 12)


def years_after(first: int, years: int) -> int:
    """The same day some years later; 28 February for 29 February where there is none."""
    return months_after(first, years * 12)


def days_after(first: int, days: int) -> int:
    """The day some days later."""
    return first + days


def days_between(first: int, last: int) -> int:
    """Days from one day to another."""
    return last - first
