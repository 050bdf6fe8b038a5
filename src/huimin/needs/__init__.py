"""Needs of households and persons, found by definitions that are data."""

from huimin.needs.indicators import NEED_LEVELS, Indicator, NeedBook, identify, load

__all__ = ["NEED_LEVELS", "Indicator", "NeedBook", "identify", "load"]
