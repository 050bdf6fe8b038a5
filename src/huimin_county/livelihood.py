"""What people earn, draw and own, and what ails them: by age, sex, town or country, and luck."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from huimin_county.chance import Chance, Numbers, Shares

DISABILITIES = ("视力", "听力", "言语", "肢体", "智力", "精神", "多重")
# Incomes below are those of a county with these standards a month; others are scaled to theirs.
REFERENCE_URBAN_YUAN, REFERENCE_RURAL_YUAN = 1000, 800


@dataclass(frozen=True)
class Person:
    """What the draws depend on, one entry a person."""

    key: Numbers
    household: Numbers
    age: Numbers
    male: NDArray[np.bool_]
    urban: NDArray[np.bool_]
    level: Shares

    def fen(
        self, question: str, chance: Chance, median_yuan: Shares | float, spread: float, luck: Shares
    ) -> Numbers:
        """Log-normal amounts in fen around the median, moved by the luck of the household."""
        amount = median_yuan * self.level * np.exp(luck + spread * chance.normal(question, self.key))
        return np.maximum(np.round(amount * 100), 100).astype(np.int64)


def livelihoods(person: Person, chance: Chance) -> pl.DataFrame:
    """One row a person: yearly `wage`, `business`; monthly `pension`, `unemployment`, `injury` (all in fen);
    `employee` pension or not, `vehicle`, `disability` with `disability_level` (0 for none)."""
    age, key = person.age, person.key
    luck = 0.42 * chance.normal("luck", person.household)
    disabled = chance.happens("disabled", key, 0.035 + 0.0004 * age)
    level = np.where(disabled, 1 + chance.choose("disability.level", key, [0.14, 0.24, 0.36, 0.26]), 0)
    severe = disabled & (level <= 2)
    retired = age >= 60

    at_work = chance.happens(
        "wage", key, _working_share(age) * np.where(severe, 0.3, 1.0) * np.exp(0.15 * luck)
    )
    schooling = np.clip((45 - age) / 40, -1.0, 0.6)  # the younger went to school longer
    median = (
        np.where(person.urban, 30_000, 23_500) * np.where(person.male, 1.08, 0.90) * (1 + 0.15 * schooling)
    )
    median = median * np.where(age < 22, 0.45, 1.0) * np.where(retired, 0.55, 1.0)
    wage = np.where(at_work, person.fen("wage.amount", chance, median, 0.60, luck), 0)
    traders = np.where((age >= 18) & (age < 68), 0.10, 0.02) * (age >= 16)
    trade = person.fen("business.amount", chance, 13_000.0, 1.10, luck)
    business = np.where(chance.happens("business", key, traders), trade, 0)

    draws_pension = chance.happens("pension", key, np.where(retired, 0.90, np.where(age >= 50, 0.18, 0.0)))
    employee = draws_pension & chance.happens("pension.employee", key, np.where(person.urban, 0.62, 0.22))
    pension = person.fen("pension.amount", chance, np.where(employee, 2_300.0, 1_060.0), 0.38, 0.6 * luck)
    jobless = ~at_work & (age >= 18) & ~retired & chance.happens("unemployment", key, 0.22)
    benefit = person.fen("unemployment.amount", chance, 480.0, 0.55, 0 * luck)
    hurt = chance.happens("injury", key, np.where(retired, 0.055, np.where(age >= 18, 0.012, 0.0)))
    allowance = person.fen("injury.amount", chance, 520.0, 0.60, 0 * luck)
    drives = np.where((age >= 20) & (age < 75), 0.155, 0.0) * np.exp(0.35 * luck)
    return pl.DataFrame(
        {
            "wage": wage,
            "business": business,
            "pension": np.where(draws_pension, pension, 0),
            "employee": employee,
            "unemployment": np.where(jobless, benefit, 0),
            "injury": np.where(hurt, allowance, 0),
            "vehicle": chance.happens("vehicle", key, np.minimum(drives, 0.9)),
            "disability_level": level,
            "disability": pl.Series((*DISABILITIES, "")).gather(
                np.where(disabled, chance.below("disability.kind", key, len(DISABILITIES)), len(DISABILITIES))
            ),
        }
    )


def death_share(age: Numbers) -> Shares:
    """The share of each age who died in the last two years and still stand in the booklet."""
    return np.select([age < 40, age < 60, age < 70, age < 80], [0.0003, 0.0015, 0.010, 0.016], 0.030)


def _working_share(age: Numbers) -> Shares:
    return np.select(
        [age < 16, age < 20, age < 25, age < 50, age < 60, age < 70],
        [0.0, 0.18, 0.76, 0.88, 0.75, 0.17],
        0.06,
    )
