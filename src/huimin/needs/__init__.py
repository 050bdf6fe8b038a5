"""Portraits of households and persons, and their needs, by definitions that are data."""

from huimin.needs.book import NEED_LEVELS, TOPICS, Indicator, NeedBook, NeedDefinition, answering, load
from huimin.needs.identifying import identify
from huimin.needs.portrait import Measured, portrait

__all__ = [
    "NEED_LEVELS",
    "TOPICS",
    "Indicator",
    "Measured",
    "NeedBook",
    "NeedDefinition",
    "answering",
    "identify",
    "load",
    "portrait",
]
