"""A make-believe county of any size with the truth known, and a make-believe bank."""

from huimin_county.errors import HEAVY, LIGHT, NONE, PRESETS, USUAL, WORST, Errors
from huimin_county.make import Made, make
from huimin_county.places import UnknownDivision

__all__ = ["HEAVY", "LIGHT", "NONE", "PRESETS", "USUAL", "WORST", "Errors", "Made", "UnknownDivision", "make"]
