"""The satisfaction scale 满意度: five steps in plain words, and the line below which a need is raised."""

from collections.abc import Mapping
from dataclasses import dataclass

from huimin.units.words import Words

LOW = 2
SATISFIED = 4


@dataclass(frozen=True)
class Step:
    """One step of the scale: 1 is the worst, 5 the best."""

    score: int
    words: Words
    tone: str


SCALE: tuple[Step, ...] = (
    Step(1, Words("很不满意", "Very dissatisfied"), "bad"),
    Step(2, Words("不满意", "Dissatisfied"), "bad"),
    Step(3, Words("一般", "Neither"), "warning"),
    Step(4, Words("满意", "Satisfied"), "good"),
    Step(5, Words("很满意", "Very satisfied"), "good"),
)


@dataclass(frozen=True)
class Satisfaction:
    """How many answered, and how many of them are satisfied."""

    satisfied: int
    answered: int

    @property
    def share(self) -> float | None:
        """The satisfied among those who answered; None where nobody did, because missing is not zero."""
        return self.satisfied / self.answered if self.answered else None


def step(score: int) -> Step:
    """The step with this score.

    >>> step(5).words.say("en")
    'Very satisfied'
    """
    assert 1 <= score <= len(SCALE), f"a score is 1 to {len(SCALE)}, not {score}"
    return SCALE[score - 1]


def is_low(score: int) -> bool:
    """Whether this score reopens the need.

    >>> is_low(2), is_low(3)
    (True, False)
    """
    return score <= LOW


def satisfaction(counts: Mapping[int, int]) -> Satisfaction:
    """The satisfaction of counted answers, score -> how many.

    >>> satisfaction({5: 6, 4: 2, 1: 2}).share
    0.8
    """
    assert all(1 <= score <= len(SCALE) for score in counts), "a score outside the scale was counted"
    satisfied = sum(count for score, count in counts.items() if score >= SATISFIED)
    return Satisfaction(satisfied, sum(counts.values()))
