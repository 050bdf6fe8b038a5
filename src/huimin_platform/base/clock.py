"""The one place where the platform asks what time it is. HUIMIN_TODAY sets the date, for tests."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone


def now() -> datetime:
    """This moment with its zone; on the day that HUIMIN_TODAY says, if it says one."""
    return timezone.localtime() if settings.HUIMIN_TODAY is None else now_on(settings.HUIMIN_TODAY)


def now_on(day: date) -> datetime:
    """This time of day, on another day."""
    return timezone.localtime().replace(year=day.year, month=day.month, day=day.day)


def today() -> date:
    """Today's date in the time zone of the platform."""
    return now().date()


def start_of(day: date) -> datetime:
    """The first moment of a day in the time zone of the platform."""
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())


def end_of(day: date) -> datetime:
    """The last moment of a day in the time zone of the platform."""
    return start_of(day + timedelta(days=1)) - timedelta(microseconds=1)
