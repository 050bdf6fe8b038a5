"""Names as common as they are: surnames by frequency, given names by sex and decade, other customs."""

from pathlib import Path

import numpy as np
import polars as pl
import yaml
from numpy.typing import NDArray

from huimin_county.chance import Chance, Numbers, Shares

WORDS: dict = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text(encoding="utf-8"))
GENERATIONS = tuple(WORDS["given"]["women"])
PEOPLES: dict[str, dict] = WORDS["peoples"]


def surnames(person: Numbers, chance: Chance) -> Numbers:
    """Positions in the table of surnames, as often as they are borne."""
    return chance.choose("surname", person, _WEIGHTS)


def han_names(
    surname: Numbers, male: NDArray[np.bool_], born: Numbers, key: Numbers, chance: Chance
) -> pl.Series:
    """Full names: a surname and a given name of the person's sex and decade."""
    generation = np.searchsorted(GENERATIONS, born, side="right") - 1
    # Some are named in the fashion of the decade before.
    generation = np.maximum(generation - chance.happens("given.old", key, 0.2), 0)
    group = male * len(GENERATIONS) + generation
    draw = chance.uniform("given", key)
    position = _START[group] + np.minimum(
        (_inverse_zipf(draw) * _LENGTH[group]).astype(np.int64), _LENGTH[group] - 1
    )
    return _ALL_SURNAMES.gather(surname) + _ALL_GIVEN.gather(position)


def names_of_people(
    people: str, male: NDArray[np.bool_], father: Numbers, key: Numbers, chance: Chance
) -> pl.Series:
    """Names of a people with other customs: own name, a middle dot and the father's, or an own name alone."""
    women, men = (PEOPLES[people][sex].split() for sex in ("women", "men"))
    own = np.where(
        male,
        len(women) + chance.below("people.man", key, len(men)),
        chance.below("people.woman", key, len(women)),
    )
    names = pl.Series(women + men).gather(own)
    if not PEOPLES[people]["with_fathers_name"]:
        return names
    return names + "·" + pl.Series(men).gather(chance.below("people.father", father, len(men)))


def has_own_customs(people: str) -> bool:
    """Whether names of this people are formed otherwise than Han names."""
    return people in PEOPLES


def _inverse_zipf(draw: Shares) -> Shares:
    """Draws from 0 to 1 bent so that the first names of a list are much more common than the last."""
    return draw**2.6


def _given_table() -> tuple[list[str], list[int], list[int]]:
    every, start, length = [], [], []
    for sex in ("women", "men"):
        for generation in GENERATIONS:
            table = WORDS["given"][sex][generation]
            pairs = [
                first + second for first in table["first"] for second in table["second"] if first != second
            ]
            names = list(dict.fromkeys(table["whole"].split() + pairs))
            start.append(len(every))
            length.append(len(names))
            every += names
    return every, start, length


def _surname_table() -> tuple[list[str], list[float]]:
    common = {name: share for line in WORDS["surnames"]["common"] for name, share in line.items()}
    rest = list(dict.fromkeys("".join(WORDS["surnames"]["less_common"])))
    compound = WORDS["surnames"]["compound"]
    weights = [*common.values(), *np.geomspace(2.6, 0.25, len(rest)), *([0.15] * len(compound))]
    return [*common, *rest, *compound], weights


_EVERY_SURNAME, _WEIGHTS = _surname_table()
_ALL_SURNAMES = pl.Series(_EVERY_SURNAME)
_EVERY_GIVEN, _FIRST, _COUNT = _given_table()
_ALL_GIVEN = pl.Series(_EVERY_GIVEN)
_START, _LENGTH = np.array(_FIRST), np.array(_COUNT)
