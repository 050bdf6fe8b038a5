"""Where a policy holds: a household outside its division is not asked."""

from huimin.units.divisions import encloses


def inside(division: str | None, place: str) -> bool | None:
    """Whether a household's division lies inside a place; nothing where that cannot be told.

    >>> inside("310115000000", "310000000000"), inside("330127000000", "310000000000")
    (True, False)
    >>> inside(None, "000000000000"), inside(None, "310000000000"), inside("310000000000", "310115000000")
    (True, None, None)
    """
    if encloses(place, division or ""):
        return True
    return None if division is None or encloses(division, place) else False
