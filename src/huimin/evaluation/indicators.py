"""The indicators 指标 as data: meaning, unit, targets by phase, and how a figure is judged."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from huimin.units.words import Words

DEFINITIONS = Path(__file__).with_name("indicators.yaml")
UNITS = ("share", "ratio", "days", "hours", "count", "index")
DIRECTIONS = ("up", "down")
PHASES = (1, 2, 3)
NEAR = 0.1
REQUIRED = ("title", "meaning", "unit", "direction", "targets", "source")
OPTIONAL = ("numerator", "denominator", "now", "needs", "money", "beside")


class DefinitionFault(Exception):
    """An indicator is not defined as it must be; the message names file, indicator, key and cure."""


@dataclass(frozen=True)
class Indicator:
    """One target of the plan. `needs` is set where the data at hand cannot give it; `money` where fen are counted.

    `beside` names an indicator that counts fewer rows in its denominator: what it leaves out is told apart, beside this one.
    """

    name: str
    title: Words
    meaning: Words
    numerator: Words | None
    denominator: Words | None
    unit: str
    direction: str
    now: float | None
    targets: Mapping[int, float]
    source: Words
    needs: Words | None
    money: bool
    beside: str = ""

    @property
    def measurable(self) -> bool:
        """Whether the data at hand give this figure."""
        return self.needs is None

    def target(self, phase: int) -> float | None:
        """The target in force in the phase: its own, or the last one set before it."""
        assert phase in PHASES, f"a phase is one of {PHASES}, not {phase}"
        known = [year for year in sorted(self.targets) if year <= phase]
        return self.targets[known[-1]] if known else None


@dataclass(frozen=True)
class Judgement:
    """How a figure stands: reached, near (within a tenth), missed, no_target or not_measured."""

    status: str
    value: float | None
    target: float | None


def judge(indicator: Indicator, numerator: float | None, denominator: float | None, phase: int) -> Judgement:
    """The judgement of a figure in a phase; a figure without a denominator is not measured, never zero."""
    target = indicator.target(phase)
    if numerator is None or not denominator:
        return Judgement("not_measured", None, target)
    value = numerator / denominator
    if target is None:
        return Judgement("no_target", value, None)
    gap = target - value if indicator.direction == "up" else value - target
    status = "reached" if gap <= 1e-12 else "near" if gap <= NEAR * abs(target) else "missed"
    return Judgement(status, value, target)


@cache
def load_all(path: Path = DEFINITIONS) -> Mapping[str, Indicator]:
    """Every indicator by name, in the order of the file."""
    raw = yaml.safe_load(path.read_text("utf-8"))
    if not isinstance(raw, dict) or not raw:
        raise DefinitionFault(f"{path.name}: holds no indicators. Write `name: {{title: …}}` entries.")
    found = {name: _indicator(path.name, name, body) for name, body in raw.items()}
    for each in found.values():
        if each.beside and each.beside not in found:
            raise DefinitionFault(
                f"{path.name}: {each.name}: beside is {each.beside!r}. Name an indicator of this file."
            )
    return found


def _indicator(file: str, name: str, body: Any) -> Indicator:
    if not isinstance(body, dict):
        raise DefinitionFault(f"{file}: {name} is not a mapping. Give it the keys {', '.join(REQUIRED)}.")
    for key in REQUIRED:
        if key not in body:
            raise DefinitionFault(f"{file}: {name} has no {key!r}. Add it.")
    for key in body:
        if key not in REQUIRED + OPTIONAL:
            raise DefinitionFault(
                f"{file}: {name} has the unknown key {key!r}. Remove it or correct its spelling."
            )
    for key, choices in (("unit", UNITS), ("direction", DIRECTIONS)):
        if body[key] not in choices:
            raise DefinitionFault(f"{file}: {name}: {key} is {body[key]!r}. Use one of {', '.join(choices)}.")
    if "needs" not in body and not ("numerator" in body and "denominator" in body):
        raise DefinitionFault(
            f"{file}: {name} says neither what it counts nor what it needs. Add one of them."
        )
    return Indicator(
        name=name,
        title=_words(file, name, body, "title"),
        meaning=_words(file, name, body, "meaning"),
        numerator=_words(file, name, body, "numerator") if "numerator" in body else None,
        denominator=_words(file, name, body, "denominator") if "denominator" in body else None,
        unit=body["unit"],
        direction=body["direction"],
        now=_number(file, name, "now", body["now"]) if "now" in body else None,
        targets=_targets(file, name, body["targets"]),
        source=_words(file, name, body, "source"),
        needs=_words(file, name, body, "needs") if "needs" in body else None,
        money=body.get("money") is True,
        beside=str(body.get("beside", "")),
    )


def _words(file: str, name: str, body: dict[str, Any], key: str) -> Words:
    words = body[key]
    if not isinstance(words, dict) or set(words) != {"zh", "en"} or not all(words.values()):
        raise DefinitionFault(f"{file}: {name}: {key} must say the same in zh and en, and nothing else.")
    return Words(str(words["zh"]), str(words["en"]))


def _targets(file: str, name: str, targets: Any) -> dict[int, float]:
    if not isinstance(targets, dict) or not set(targets) <= set(PHASES):
        raise DefinitionFault(f"{file}: {name}: targets must be given by phase, one of {PHASES}.")
    return {phase: _number(file, name, f"targets {phase}", value) for phase, value in targets.items()}


def _number(file: str, name: str, key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DefinitionFault(f"{file}: {name}: {key} is {value!r}. Write a number.")
    return float(value)
