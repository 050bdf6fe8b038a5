"""Who lives together: kinds of household, and the sex and age of each member."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huimin_county.chance import Chance, Numbers, Shares

# Places in a household: head, spouse, four children, two parents of the head.
HEAD, SPOUSE, CHILDREN, PARENTS = 0, 1, slice(2, 6), slice(6, 8)
SLOTS = 8
OLDEST = 97.0


@dataclass(frozen=True)
class Kind:
    """A kind of household: how common, the head's age, who else is there, how old the eldest child is."""

    share: float
    ages: tuple[int, int]
    couple: bool = False
    children: tuple[float, ...] = ()
    child_ages: tuple[int, int] = (0, 24)
    parents: tuple[float, ...] = ()


KINDS = (
    Kind(0.10, (20, 35)),
    Kind(0.07, (35, 60)),
    Kind(0.15, (60, 93)),
    Kind(0.06, (23, 40), couple=True),
    Kind(0.06, (40, 60), couple=True),
    Kind(0.16, (60, 90), couple=True),
    Kind(0.20, (25, 52), couple=True, children=(0, 0.50, 0.38, 0.10, 0.02)),
    Kind(0.04, (25, 52), children=(0, 0.72, 0.25, 0.03)),
    Kind(0.08, (47, 72), couple=True, children=(0, 0.65, 0.30, 0.05), child_ages=(18, 45)),
    Kind(0.06, (29, 52), couple=True, children=(0, 0.48, 0.42, 0.10), parents=(0, 0.45, 0.55)),
    Kind(0.02, (30, 62), parents=(0, 0.70, 0.30)),
)


@dataclass(frozen=True)
class Members:
    """Members of households in order: positions of household and slot, sex, age in years."""

    household: Numbers
    slot: Numbers
    role: Numbers
    male: NDArray[np.bool_]
    age: Shares
    male_head: NDArray[np.bool_]

    @property
    def key(self) -> Numbers:
        """A number for each person that does not depend on how many come before."""
        return self.household * SLOTS + self.slot


def members(household: Numbers, chance: Chance) -> Members:
    """The members of the households with these numbers, household by household, the head first."""
    kind = chance.choose("household.kind", household, [each.share for each in KINDS])
    low, high = (np.array([each.ages[side] for each in KINDS], dtype=float)[kind] for side in (0, 1))
    couple = np.array([each.couple for each in KINDS])[kind]
    age = np.full((len(household), SLOTS), np.nan)
    male = np.zeros((len(household), SLOTS), dtype=bool)

    age[:, HEAD] = low + (high - low) * chance.uniform("head.age", household)
    male[:, HEAD] = chance.happens("head.male", household, np.where(couple, 0.78, 0.48))
    older = np.where(male[:, HEAD], -1.8, 1.8) + 3.0 * chance.normal("spouse.age", household)
    age[:, SPOUSE] = np.where(couple, np.clip(age[:, HEAD] + older, 20, OLDEST), np.nan)
    male[:, SPOUSE] = ~male[:, HEAD]
    _add_children(age, male, kind, household, chance)
    _add_parents(age, male, kind, household, chance)

    here = ~np.isnan(age)
    row, slot = np.nonzero(here)
    role = (np.cumsum(here, axis=1) - 1)[row, slot]
    male_head = male[:, HEAD] | (couple & male[:, SPOUSE])
    return Members(household[row], slot, role, male[row, slot], age[row, slot], male_head[row])


def _add_children(
    age: Shares, male: NDArray[np.bool_], kind: Numbers, household: Numbers, chance: Chance
) -> None:
    count = _count("children", [each.children for each in KINDS], kind, household, chance)
    mother = np.where(male[:, HEAD] & ~np.isnan(age[:, SPOUSE]), age[:, SPOUSE], age[:, HEAD])
    low, high = (np.array([each.child_ages[side] for each in KINDS], dtype=float)[kind] for side in (0, 1))
    first = mother - 19.5 - 13.0 * chance.uniform("children.first", household)
    # A child cannot be older than its mother was fit to bear it, nor younger than just born.
    eldest = np.clip(np.clip(first, low, high), 0.05, np.maximum(mother - 16.0, 0.05))
    for child in range(CHILDREN.stop - CHILDREN.start):
        here = (count > child) & (eldest > 0)
        age[here, CHILDREN.start + child] = eldest[here]
        male[:, CHILDREN.start + child] = chance.happens(f"child{child}.male", household, 0.52)
        eldest = eldest - 1.2 - 4.0 * chance.uniform(f"child{child}.gap", household)


def _add_parents(
    age: Shares, male: NDArray[np.bool_], kind: Numbers, household: Numbers, chance: Chance
) -> None:
    count = _count("parents", [each.parents for each in KINDS], kind, household, chance)
    mother = np.clip(age[:, HEAD] + 21.0 + 11.0 * chance.uniform("parents.mother", household), 0, OLDEST)
    father = np.clip(mother + 2.0 + 2.5 * chance.normal("parents.father", household), 0, OLDEST)
    widower = (count == 1) & chance.happens("parents.widower", household, 0.33)
    age[:, PARENTS.start] = np.where((count == 2) | widower, father, np.nan)
    age[:, PARENTS.start + 1] = np.where((count == 2) | ((count == 1) & ~widower), mother, np.nan)
    male[:, PARENTS.start] = True


def _count(
    question: str, tables: list[tuple[float, ...]], kind: Numbers, household: Numbers, chance: Chance
) -> Numbers:
    """How many children or parents each household has, by its kind's table of shares."""
    width = max(len(table) for table in tables)
    steps = np.array([np.cumsum(table + (0.0,) * (width - len(table))) for table in tables])
    count = (chance.uniform(f"{question}.count", household)[:, None] >= steps[kind]).sum(axis=1)
    return np.where(steps[kind, -1] == 0, 0, np.minimum(count, width - 1))
