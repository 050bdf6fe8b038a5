"""Where a policy holds: a household outside its division is not asked, nor one where another policy stands in for it."""

from typing import NamedTuple

from huimin.units.divisions import encloses, padded


class Area(NamedTuple):
    """A division without some places in it."""

    division: str
    without: tuple[str, ...] = ()


NATIONWIDE = Area(padded(""))


def inside(division: str | None, area: Area) -> bool | None:
    """Whether a household's division lies inside an area; nothing where that cannot be told.

    A division that is not known well enough is taken to lie outside the places that the area is without.

    >>> shanghai = Area("310000000000")
    >>> inside("310115000000", shanghai), inside("330127000000", shanghai)
    (True, False)
    >>> inside(None, NATIONWIDE), inside(None, shanghai), inside("310000000000", Area("310115000000"))
    (True, None, None)
    >>> inside("310115000000", Area(NATIONWIDE.division, ("310000000000",)))
    False
    """
    if encloses(area.division, division or ""):
        return not area.without or not any(encloses(place, division or "") for place in area.without)
    return None if division is None or encloses(division, area.division) else False
