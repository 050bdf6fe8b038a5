"""What is compared between two records, in how many levels, and how loudly each level speaks.

A level has m, how often records of one person reach it, and u, how often those of two people do; m over u is what it
says for or against one person. A model can be written down, learned from the records, kept as JSON and read again.
Conditions are DuckDB's SQL on columns that end in `_l` for the one record and `_r` for the other.
"""

import json
from dataclasses import asdict, dataclass, replace

ELSE = "ELSE"


@dataclass(frozen=True)
class Level:
    """One level: its condition, m and u; with `rarity` u is how common the very value of that column is."""

    condition: str
    m: float | None = None
    u: float | None = None
    rarity: str | None = None


@dataclass(frozen=True)
class Comparison:
    """One thing compared: its levels, the best first, and when there is nothing to compare."""

    name: str
    unknown: str
    levels: tuple[Level, ...]


@dataclass(frozen=True)
class Model:
    """Comparisons, and the conditions of which a pair must meet one to be compared at all."""

    comparisons: tuple[Comparison, ...]
    blocks: tuple[str, ...]

    def with_rates(self, name: str, rates: list[tuple[float, float]]) -> "Model":
        """The model with other m and u for each level of one comparison."""
        return replace(
            self,
            comparisons=tuple(
                _with_rates(each, rates) if each.name == name else each for each in self.comparisons
            ),
        )

    def to_json(self) -> str:
        """The model as text that `from_json` reads."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> "Model":
        """The model in such a text; raises ValueError where it is none."""
        try:
            said = json.loads(text)
            comparisons = tuple(
                Comparison(each["name"], each["unknown"], tuple(Level(**level) for level in each["levels"]))
                for each in said["comparisons"]
            )
            return cls(comparisons, tuple(said["blocks"]))
        except (TypeError, KeyError) as wrong:
            raise ValueError(f"This is no saved model: {wrong}") from wrong


def compared(name: str, *levels: Level, unknown: str | None = None) -> Comparison:
    """A comparison of the column of that name, unknown where either record lacks it."""
    return Comparison(name, unknown or f"{name}_l IS NULL OR {name}_r IS NULL", levels)


def text(column: str, changed_places_with: str | None = None) -> Comparison:
    """Words that people misspell; some stand in each other's column, as first and family names do."""
    near = f"jaro_winkler_similarity({column}_l, {column}_r)"
    other = changed_places_with
    swapped = [Level(f"{column}_l = {other}_r OR {other}_l = {column}_r")] if other else []
    alike = [Level(f"{near} >= 0.92"), Level(f"{near} >= 0.8")]
    return compared(column, _equal(column), *swapped, *alike, Level(ELSE))


def code(column: str) -> Comparison:
    """Digits and letters in which single ones are mistyped, left out or changed round."""
    return compared(column, _equal(column), *(_slips(column, number) for number in (1, 2)), Level(ELSE))


def category(column: str) -> Comparison:
    """One of few words: the same or not."""
    return compared(column, _equal(column), Level(ELSE))


# What a column of strangers' records can hold, by name.
KINDS = {"text": text, "code": code, "category": category}


def _equal(column: str) -> Level:
    return Level(f"{column}_l = {column}_r", rarity=column)


def _slips(column: str, number: int) -> Level:
    return Level(f"damerau_levenshtein({column}_l, {column}_r) <= {number}")


def _with_rates(comparison: Comparison, rates: list[tuple[float, float]]) -> Comparison:
    levels = zip(comparison.levels, rates, strict=True)
    return replace(comparison, levels=tuple(replace(level, m=m, u=u) for level, (m, u) in levels))
