"""What a simulation says, ready for a page: figures, a card for each way of grouping, the curve and its cliffs."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isnan
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huimin.rules.simulation import DECILES, Cliff, Group, Point, Simulation
from huimin.units.money import format_yuan
from huimin_platform.base.places import division_names
from huimin_platform.design import charts, curves

RESIDENCES = (("rural", "农村", "rural"), ("urban", "城镇", "urban"))
POOREST = 3
WHOLE = 100


@dataclass(frozen=True)
class Card:
    """One way of grouping: what is found, as bars and as a table."""

    name: str
    title: str
    finding: str
    chart: Any
    rows: list[dict[str, Any]]


def shown(found: Simulation) -> dict[str, Any]:
    """What a simulation says, ready for the page."""
    low, high = found.interval_fen()
    return {
        "before_fen": found.before_fen,
        "after_fen": found.after_fen,
        "change_fen": found.after_fen - found.before_fen,
        "low_fen": low,
        "high_fen": high,
        "gain": found.gain.height,
        "gain_fen": _change(found.gain),
        "lose": found.lose.height,
        "lose_fen": -_change(found.lose),
        "newly": int(found.households["newly"].sum()),
        "no_longer": int(found.households["no_longer"].sum()),
        "unknown": int(found.households["unknown"].sum()),
        "measures": _measures(found),
        "groups": [
            _card(found, "decile", _("By tenth of income")),
            _card(found, "residence", _("By residence")),
            _card(found, "members", _("By members")),
            _card(found, "town", _("By town")),
        ],
    }


def rows(found: Simulation, group: Group) -> list[dict[str, Any]]:
    """The rows of one way of grouping: name, households, gain, lose, change_fen."""
    found_rows = found.by(group).rename({group: "name"}).to_dicts()
    if group == "town":
        names = division_names(row["name"].ljust(12, "0") for row in found_rows)
        return [
            row | {"name": names.get(row["name"].ljust(12, "0"), row["name"] or "—")} for row in found_rows
        ]
    if group == "residence":
        words = {code: zh if _chinese() else en for code, zh, en in RESIDENCES}
        return [row | {"name": words.get(row["name"], "—")} for row in found_rows]
    return found_rows


def curve_cards(points: list[Point], cliffs: list[Cliff]) -> list[tuple[str, str, Any]]:
    """What is left of each income, and how much of each further yuan is lost: finding, unit, chart."""
    ends = tuple(f"{format_yuan(point.earned_fen)}" for point in (points[0], points[-1]))
    stretches = [(float(cliff.first.earned_fen), float(cliff.last.earned_fen)) for cliff in cliffs]
    words = _("What the household has in a year, at yearly wages from %(first)s to %(last)s yuan") % {
        "first": ends[0], "last": ends[1],
    }  # fmt: skip
    lost = losses(points)
    worst = max((share for _at, share in lost), default=0.0)
    left = curves.curve(
        [(float(point.earned_fen), float(point.net_fen)) for point in points], marks=stretches, ends=ends,
        top=format_yuan(max(point.net_fen for point in points)), words=words, mark_words=_("shaded: earning more leaves less"),
    )  # fmt: skip
    # What is lost between two incomes is one step.
    steps = [
        (float(end.earned_fen), share)
        for pair, (_at, share) in zip(pairwise(points), lost, strict=True)
        for end in pair
    ]
    rate = curves.curve(
        steps, marks=stretches, goal=1.0, ends=ends, top=f"{max(worst, 1.0):.0%}",
        words=_("How much of each further yuan of wages is lost, at most %(most)s") % {"most": f"{worst:.0%}"},
        goal_words=_("dashed: all of it is lost"), mark_words=_("shaded: more than all of it"),
    )  # fmt: skip
    title = (
        _("Somewhere earning more leaves less")
        if cliffs
        else _("Earning more always leaves more, or as much")
    )
    told = _("Of a further yuan earned, up to %(most)s is lost") % {"most": f"{worst:.0%}"}
    return [
        (title, _("yuan a year, three members, one earner"), left),
        (told, _("share of each further yuan that is lost"), rate),
    ]


def losses(points: Sequence[Point]) -> list[tuple[float, float]]:
    """At each income, which share of the further income up to the next point is lost; above one is a cliff."""
    return [
        (float(before.earned_fen), 1 - (after.net_fen - before.net_fen) / (after.earned_fen - before.earned_fen))
        for before, after in pairwise(points)
    ]  # fmt: skip


def _card(found: Simulation, group: Group, title: str) -> Card:
    table = rows(found, group)
    bars = [
        charts.Bar(
            _label(row["name"], group), abs(row["change_fen"]), format_yuan(row["change_fen"]),
            tone="bad" if row["change_fen"] < 0 else "good",
        )
        for row in table
    ]  # fmt: skip
    return Card(group, title, _finding(table, group), charts.bars(bars), table)


def _label(name: Any, group: Group) -> Any:
    """What stands before a bar: of tenths, which end is the poorest."""
    if group != "decile":
        return name
    return {1: _("1 (poorest)"), DECILES: _("%(number)s (richest)") % {"number": DECILES}}.get(name, name)


def _finding(table: list[dict[str, Any]], group: Group) -> str:
    """What the group shows in one sentence."""
    moved = sum(abs(row["change_fen"]) for row in table)
    if not moved:
        return _("Nothing changes")
    if group == "decile":
        poorest = sum(abs(row["change_fen"]) for row in table if row["name"] <= POOREST)
        return _("%(share)s of what changes falls on the poorest three tenths") % {
            "share": _percent(poorest, moved)
        }
    most = max(table, key=lambda row: abs(row["change_fen"]))
    words = {
        "residence": _("%(share)s of what changes falls on households of this residence: %(name)s"),
        "members": _("%(share)s of what changes falls on households of %(name)s members"),
        "town": _("The most falls on %(name)s: %(share)s of what changes"),
    }[group]
    return words % {"share": _percent(abs(most["change_fen"]), moved), "name": most["name"]}


def _percent(part: int, whole: int) -> str:
    return f"{part * WHOLE // whole} %"


def _change(frame: Any) -> int:
    return int((frame["after_fen"] - frame["before_fen"]).sum())


def _measures(found: Simulation) -> list[tuple[str, str, str]]:
    """Poverty and inequality before and after; what cannot be said of so few is a dash."""
    if found.households["income_fen"].null_count() == found.households.height:
        return []
    both, words = found.welfare(), _labels()
    return [
        (label, _figure(getattr(both.before, name), share), _figure(getattr(both.after, name), share))
        for name, (label, share) in words.items()
    ]


def _labels() -> dict[str, tuple[str, bool]]:
    return {
        "poverty_rate": (_("People below 60 % of the present middle income"), True),
        "poverty_gap": (_("How far below it the middle one of them is"), True),
        "quintile_ratio": (_("Income of the richest fifth for each yuan of the poorest"), False),
        "gini": (_("Gini coefficient"), False),
        "progressivity": (_("How far benefits favour the poor"), False),
    }


def _figure(value: float, share: bool) -> str:
    if isnan(value):
        return "—"
    return f"{value:.2%}" if share else f"{value:.4f}"


def _chinese() -> bool:
    return (get_language() or "zh-hans").startswith("zh")
