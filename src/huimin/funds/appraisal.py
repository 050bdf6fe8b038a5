"""Appraisal of money spent by an outsider 第三方绩效评价: a frame of indicators, a form for each unit drawn, a score with its margin.

A frame is data: indicators in four parts (投入 input, 过程 process, 产出 output, 效果 effect), each with a weight and, where
people or papers have to be asked, a question. Each question is answered from 0 to 1; a unit's score is the weighted sum,
0 to 100. What the ledger itself knows (how much of the money was used) counts the same for every unit.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from math import sqrt
from pathlib import Path
from statistics import fmean, variance
from typing import Any

from huimin.funds.sampling import Stratum, student
from huimin.tables.document import Section, read
from huimin.units.words import Words

PARTS: Mapping[str, Words] = {
    "input": Words("投入", "Input"),
    "process": Words("过程", "Process"),
    "output": Words("产出", "Output"),
    "effect": Words("效果", "Effect"),
}
# M25: what people say weighs at least half. 财预〔2020〕10号: output and effect weigh at least six tenths.
SATISFACTION_LEAST, RESULTS_LEAST = Fraction(1, 2), Fraction(6, 10)
# What an answer is worth, by kind of question.
YES_NO: Mapping[str, tuple[Fraction, Words]] = {
    "yes": (Fraction(1), Words("是", "Yes")),
    "partly": (Fraction(1, 2), Words("部分", "In part")),
    "no": (Fraction(0), Words("否", "No")),
}
SCALE: Mapping[str, tuple[Fraction, Words]] = {
    "5": (Fraction(1), Words("非常满意", "Very content")),
    "4": (Fraction(3, 4), Words("满意", "Content")),
    "3": (Fraction(1, 2), Words("一般", "So-so")),
    "2": (Fraction(1, 4), Words("不满意", "Not content")),
    "1": (Fraction(0), Words("非常不满意", "Not content at all")),
}
KINDS = {"yes_no": YES_NO, "scale": SCALE}
FIGURES: Mapping[str, Words] = {"used_share": Words("资金使用率（台账）", "Share of the money used (ledger)")}
SUBJECTS = ("programme", "project")
# 财预〔2020〕10号: 90 and more 优, 80 and more 良, 60 and more 中, less 差.
GRADES: Sequence[tuple[str, int, Words]] = (
    ("excellent", 90, Words("优", "Excellent")),
    ("good", 80, Words("良", "Good")),
    ("fair", 60, Words("中", "Fair")),
    ("poor", 0, Words("差", "Poor")),
)
# Scores from 0 to 100 have no larger standard deviation (Popoviciu 1935).
WIDEST_SPREAD = 50.0


@dataclass(frozen=True)
class Indicator:
    """One thing that counts: a question to be answered for each unit, or a figure of the ledger."""

    name: str
    part: str
    title: Words
    weight: Fraction
    question: Words | None
    kind: str
    satisfaction: bool

    @property
    def choices(self) -> Mapping[str, tuple[Fraction, Words]]:
        """answer -> what it is worth and its words; none for a figure."""
        return KINDS.get(self.kind, {})


@dataclass(frozen=True)
class Frame:
    """A frame in force from a day on, for programmes that pay people or for projects."""

    name: str
    version: str
    subject: str
    title: Words
    source: Words
    indicators: tuple[Indicator, ...]

    @property
    def questions(self) -> tuple[Indicator, ...]:
        """What is asked of each unit."""
        return tuple(each for each in self.indicators if each.choices)

    def score(self, answers: Mapping[str, str], figures: Mapping[str, float]) -> float:
        """What one unit scores, 0 to 100. Every question has to be answered by one of its choices."""
        found = Fraction(0)
        for each in self.indicators:
            worth = (
                each.choices[answers[each.name]][0]
                if each.choices
                else Fraction(min(1.0, max(0.0, figures[each.kind])))
            )
            found += each.weight * worth
        return float(found * 100)

    def told(self) -> dict[str, Any]:
        """The whole frame as plain values, to be kept with what was appraised by it."""
        return {
            "name": self.name, "version": self.version, "subject": self.subject,
            "title": _plain(self.title), "source": _plain(self.source),
            "indicators": [
                {
                    "name": each.name, "part": each.part, "title": _plain(each.title), "weight": str(each.weight),
                    "question": _plain(each.question) if each.question else None, "kind": each.kind,
                    "satisfaction": each.satisfaction,
                }
                for each in self.indicators
            ],
        }  # fmt: skip


@dataclass(frozen=True)
class Estimate:
    """A score of a whole population from its sample: the mean, its standard error, its margin at a confidence, and what it
    stands on.

    `error` and `margin` are None where nobody was asked; `spoken_for` is the share of the population in strata with an answer.
    """

    score: float
    error: float | None
    margin: float | None
    answered: int
    population: int
    spoken_for: float

    @property
    def low(self) -> float:
        """The lower end of the interval, not below 0."""
        return max(0.0, self.score - (self.margin or 0.0))

    @property
    def high(self) -> float:
        """The upper end of the interval, not above 100."""
        return min(100.0, self.score + (self.margin or 0.0))


def estimate(
    strata: Mapping[str, Stratum], scores: Mapping[str, Sequence[float]], confidence: float
) -> Estimate:
    """The mean of a stratified sample with its margin.

    Cochran 1977, formulas 5.1, 5.8 (with finite population correction) and 5.16 (degrees of freedom). A stratum of one
    answer among several units counts with the widest spread that scores can have, so that little is never taken for much.
    """
    heard = {name: each for name, each in strata.items() if scores.get(name)}
    whole, population = sum(each.size for each in heard.values()), sum(each.size for each in strata.values())
    answered = sum(len(scores[name]) for name in heard)
    if not whole:
        return Estimate(0.0, None, None, 0, population, 0.0)
    mean = sum(each.size * fmean(scores[name]) for name, each in heard.items()) / whole
    error, freedom = 0.0, 0.0
    for name, each in heard.items():
        many = len(scores[name])
        spread = variance(scores[name]) if many > 1 else WIDEST_SPREAD**2
        part = each.size * (each.size - many) * spread / many
        error += part
        freedom += part**2 / max(1, many - 1)
    times = student(confidence, error**2 / freedom) if freedom else 0.0
    return Estimate(
        score=mean, error=sqrt(error) / whole, margin=times * sqrt(error) / whole, answered=answered,
        population=population, spoken_for=whole / population if population else 0.0,
    )  # fmt: skip


def grade(score: float) -> str:
    """The grade of a score, rounded to the hundredth that is printed.

    >>> grade(89.996), grade(89.99)
    ('excellent', 'good')
    """
    return next(name for name, least, _words in GRADES if round(score, 2) >= least)


def grade_words(name: str) -> Words:
    """A grade in words."""
    return next(words for each, _least, words in GRADES if each == name)


def load(path: Path | Traversable) -> Frame:
    """The frame of a file. Raises `DocumentError`, which names file, key and cure."""
    text = read(path).only("name", "version", "subject", "title", "source", "indicators")
    found = tuple(_indicators(text))
    _weigh(text, found)
    version = text.text("version")
    try:
        date.fromisoformat(version)
    except ValueError:
        raise text.fail("version", Words("写生效日期，如 2026-01-01", "write the day it holds from, such as 2026-01-01")) from None  # fmt: skip
    return Frame(
        text.text("name"), version, text.one_of("subject", SUBJECTS), text.words("title"), text.words("source"), found
    )  # fmt: skip


@cache
def load_all() -> tuple[Frame, ...]:
    """The frames that come with the product."""
    folder = files("huimin.funds") / "frames"
    return tuple(load(each) for each in sorted(folder.iterdir(), key=lambda each: each.name) if each.name.endswith(".yaml"))  # fmt: skip


def in_force(frames: Iterable[Frame], subject: str, day: date) -> Frame | None:
    """The latest frame of a subject that holds on a day; none where none does."""
    held = [each for each in frames if each.subject == subject and date.fromisoformat(each.version) <= day]
    return max(held, key=lambda each: each.version, default=None)


def of_told(told: Mapping[str, Any]) -> Frame:
    """The frame that was kept with an appraisal."""
    return Frame(
        told["name"], told["version"], told["subject"], Words(**told["title"]), Words(**told["source"]),
        tuple(
            Indicator(
                each["name"], each["part"], Words(**each["title"]), Fraction(each["weight"]),
                Words(**each["question"]) if each["question"] else None, each["kind"], each["satisfaction"],
            )
            for each in told["indicators"]
        ),
    )  # fmt: skip


def _indicators(text: Section) -> Iterator[Indicator]:
    for name, place in text.sections("indicators"):
        place.only("part", "title", "weight", "question", "kind", "satisfaction")
        kind = place.one_of("kind", (*KINDS, *FIGURES))
        if not name.isidentifier():
            raise text.fail(f"indicators.{name}", Words("名称只用字母、数字和下划线", "use letters, digits and _ for the name"))  # fmt: skip
        if (kind in KINDS) != ("question" in place.values):
            raise place.fail("question", Words("问卷指标要写问题，台账指标不写", "write a question where people are asked, none for a figure"))  # fmt: skip
        weight = place.text("weight")
        try:
            share = Fraction(weight)
        except (ValueError, ZeroDivisionError):
            raise place.fail("weight", Words(f"“{weight}”不是数", f"“{weight}” is no number")) from None
        if not 0 < share <= 1:
            raise place.fail("weight", Words("写大于 0、不超过 1 的数", "write a number above 0 and up to 1"))
        yield Indicator(
            name, place.one_of("part", tuple(PARTS)), place.words("title"), share,
            place.words("question") if kind in KINDS else None, kind,
            place.one_of("satisfaction", ("yes", "no"), "no") == "yes",
        )  # fmt: skip


def _weigh(text: Section, found: Sequence[Indicator]) -> None:
    """Raises `DocumentError` where the weights are not what the rules ask for."""
    whole = sum(each.weight for each in found)
    if whole != 1:
        raise text.fail("indicators", Words(f"权重合计 {float(whole)}，应为 1", f"the weights come to {float(whole)}; make it 1"))  # fmt: skip
    content = sum(each.weight for each in found if each.satisfaction)
    if content < SATISFACTION_LEAST:
        raise text.fail("indicators", Words(
            f"满意度指标权重合计 {float(content):.0%}，应不低于 {float(SATISFACTION_LEAST):.0%}",
            f"satisfaction weighs {float(content):.0%}; make it {float(SATISFACTION_LEAST):.0%} at least"))  # fmt: skip
    results = sum(each.weight for each in found if each.part in ("output", "effect"))
    if results < RESULTS_LEAST:
        raise text.fail("indicators", Words(
            f"产出和效果指标权重合计 {float(results):.0%}，应不低于 {float(RESULTS_LEAST):.0%}",
            f"output and effect weigh {float(results):.0%}; make it {float(RESULTS_LEAST):.0%} at least"))  # fmt: skip


def _plain(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
