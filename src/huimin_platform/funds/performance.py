"""What last year's appraisals mean for an allocation: the score of each place, and what it gets more or less for it, in words."""

from collections.abc import Collection, Mapping
from typing import Any

import polars as pl

from huimin.funds.allocation import Formula, effect_of
from huimin.funds.appraisal import grade_words
from huimin.units.words import Words
from huimin_platform.funds import appraisals

COLUMN = "performance_score"

# fmt: off
SCORED = Words(
    "上年第三方绩效评价 {numbers}：{score:.1f} 分（{grade}），调查 {answered} 户；各地平均 {average:.1f} 分。按因素计算，因此{more} {yuan} 元。",
    "Last year's appraisal {numbers}: {score:.1f} points ({grade}), {answered} asked; all places {average:.1f} on average. "
    "By the factors this gives {yuan} yuan {more}.")
UNSCORED = Words(
    "上年没有可用的第三方绩效评价结果，按各地平均计。",
    "No appraisal of last year speaks for this place; it counts with the average of all.")
OTHERWISE = Words(
    "表中绩效得分为 {written:.4f}，与评价结果 {score:.4f} 不同。请说明理由。",
    "The table has {written:.4f} for performance, the appraisal {score:.4f}. Say why.")
MORE, LESS = Words("增加", "more"), Words("减少", "less")
# fmt: on
NEAR = 0.0001


def measured(actor: Any, year: int, towns: Collection[str]) -> dict[str, float]:
    """town -> its score of a year as a share of 1; the average of all for one that has none, 1 where nothing was appraised."""
    scores = appraisals.scores_of(actor, year)
    usual = _average(scores)
    return {town: scores[town].score / 100 if town in scores else usual for town in towns}


def explained(
    actor: Any, formula: Formula, areas: pl.DataFrame, pot_fen: int, *, year: int, towns: Mapping[str, str]
) -> dict[str, list[Words]]:
    """area -> what the appraisals of a year gave or took, in words; `towns`: area as written -> town.

    Nothing where the formula asks for no performance, or nothing was appraised.
    """
    scores = appraisals.scores_of(actor, year) if COLUMN in formula.columns else {}
    if not scores:
        return {}
    effects, usual = effect_of(COLUMN, formula, areas, pot_fen), _average(scores)
    written = dict(areas.select("area", COLUMN).iter_rows())
    said: dict[str, list[Words]] = {}
    for area, fen in effects.items():
        found = scores.get(towns.get(area, ""))
        score = found.score / 100 if found else usual
        said[area] = [UNSCORED] if found is None else [
            SCORED.filled(
                numbers=" ".join(found.numbers), score=found.score, grade=grade_words(found.grade), answered=found.answered,
                average=usual * 100, more=MORE if fen >= 0 else LESS, yuan=f"{abs(fen) / 100:,.2f}",
            )
        ]  # fmt: skip
        if abs(written[area] - score) > NEAR:
            said[area].append(OTHERWISE.filled(written=written[area], score=score))
    return said


def _average(scores: Mapping[str, appraisals.PlaceScore]) -> float:
    people = sum(each.population for each in scores.values())
    return sum(each.score * each.population for each in scores.values()) / people / 100 if people else 1.0
