"""The list of indicators, one indicator by town, and the rows behind it."""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from huimin.evaluation.indicators import PHASES, Indicator, load_all
from huimin.units import divisions
from huimin_platform.base import access, clock
from huimin_platform.base.places import division_name, division_names
from huimin_platform.design import charts, tables
from huimin_platform.evaluation.pages import rows as shown_rows
from huimin_platform.evaluation.queries import figures, measure
from huimin_platform.evaluation.templatetags.evaluation import TONES, in_unit

TOWN_HEADS = (
    tables.Column(gettext_lazy("Town")),
    tables.Column(gettext_lazy("Figure"), number=True),
    tables.Column(gettext_lazy("Numerator"), number=True),
    tables.Column(gettext_lazy("Denominator"), number=True),
    tables.Column(gettext_lazy("How it stands")),
)
ROW_HEADS = (
    tables.Column(gettext_lazy("Row")),
    tables.Column(gettext_lazy("Place")),
    tables.Column(gettext_lazy("Numerator"), number=True),
    tables.Column(gettext_lazy("Denominator"), number=True),
)


@access.page("lists", "indicator")
def indicators(request: HttpRequest) -> HttpResponse:
    """Every target of the plan with today's figure; those that cannot be measured say what they need."""
    view = _view(request)
    standings = figures.standings(view["on"], view["division"], view["phase"])
    context = view | {
        "measured": [one for one in standings if one.indicator.measurable],
        "not_measured": [one for one in standings if not one.indicator.measurable],
    }
    return render(request, "evaluation/indicators.html", context)


@access.page("opens", "indicator")
def indicator(request: HttpRequest, name: str) -> HttpResponse:
    """One indicator: its definition, its figure by town and over time."""
    definition, view = _defined(name), _view(request)
    standings = figures.standings(view["on"], view["division"], view["phase"])
    standing = next(one for one in standings if one.indicator.name == name)
    context = view | {
        "indicator": definition,
        "standing": standing,
        "beside": _beside(standing, standings),
        "targets": [(phase, definition.targets.get(phase)) for phase in PHASES],
    }
    if definition.measurable and view["on"]:
        context |= _drawn(request, definition, view)
    return render(request, "evaluation/indicator.html", context)


@access.page("lists", "figure")
def rows(request: HttpRequest, name: str) -> HttpResponse:
    """The rows behind a figure that the viewer may see, each with a link to its page."""
    definition, view = _defined(name), _view(request)
    counted = figures.measure(name, view["on"] or clock.today()) if definition.measurable else None
    if counted is None or counted.rows is None:
        raise Http404
    decision = access.allow(request.user, "lists", counted.kind)
    part = request.GET.get("part", "")
    part = part if part in measure.PARTS else "all"
    context = view | {"indicator": definition, "part": part, "refused": not decision, "parts": _parts()}
    if decision:
        found = measure.rows_for(request.user, counted, division=view["division"], part=part)
        page = tables.page_of(request, found.order_by("pk"))
        listed = shown_rows.shown(counted.kind, page, request.user)
        context |= {
            "page": page,
            "rows": listed,
            "row_heads": tables.heads(request, ROW_HEADS),
            "names": division_names(row.place for row in listed),
        }
    return render(request, "evaluation/rows.html", context)


def _defined(name: str) -> Indicator:
    found = load_all().get(name)
    if found is None:
        raise Http404
    return found


def _beside(standing: figures.Standing, standings: list[figures.Standing]) -> dict[str, Any] | None:
    """The figure told beside one, with what it leaves out of the denominator; none where there is none."""
    other = next((one for one in standings if one.indicator.name == standing.indicator.beside), None)
    if standing.figure is None or other is None or other.figure is None:
        return None
    return {"standing": other, "left_out": standing.figure.denominator - other.figure.denominator}


def _view(request: HttpRequest) -> dict[str, Any]:
    """Which day, division and phase the reader sees."""
    asked = request.GET.get("phase", "1")
    phase = int(asked) if asked in {str(phase) for phase in PHASES} else PHASES[0]
    on = figures.latest_on(clock.today())
    counties = figures.counties(on) if on else {}
    wanted = request.GET.get("division", "")
    division = figures.division_of(request.user, wanted, counties)
    if len(divisions.prefix(wanted)) >= measure.COUNTY and access.within(request.user, wanted):
        division = wanted
    return {
        "on": on,
        "phase": phase,
        "phases": [(1, _("Years 1 to 2")), (2, _("Years 3 to 5")), (3, _("Years 5 to 10"))],
        "division": division,
        "division_name": division_name(division),
        "counties": list(counties.items()) if len(counties) > 1 else [],
    }


def _drawn(request: HttpRequest, definition: Indicator, view: dict[str, Any]) -> dict[str, Any]:
    """The charts and the table of towns."""
    counted = figures.measure(definition.name, view["on"])
    towns = figures.towns(
        request.user, definition.name, view["on"], view["division"], view["phase"], counted.kind
    )
    goal = definition.target(view["phase"])
    bars = [
        charts.Bar(
            town.name,
            town.judgement.value or 0,
            in_unit(town.judgement.value, definition.unit),
            TONES[town.judgement.status],
            f"rows/?division={town.code}" if counted.rows is not None else "",
        )
        for town in towns
        if not town.hidden and town.judgement.value is not None
    ]
    past = figures.history(definition.name, view["division"], view["on"])
    return {
        "towns": towns,
        "town_heads": tables.heads(request, TOWN_HEADS),
        "finding": _finding(definition, towns),
        "bars": charts.bars(
            bars,
            top=1.0 if definition.unit == "share" else None,
            goal=goal,
            goal_words=_("Target %(value)s") % {"value": in_unit(goal, definition.unit)} if goal else "",
        )
        if bars
        else "",
        "line": _line(definition, past, goal),
        "has_rows": counted.rows is not None,
        "may_list": bool(access.allow(request.user, "lists", counted.kind)),
    }


def _line(definition: Indicator, past: list[tuple[date, float]], goal: float | None) -> Any:
    if len(past) < 2:
        return ""
    words = _("From %(first)s to %(last)s") % {
        "first": in_unit(past[0][1], definition.unit),
        "last": in_unit(past[-1][1], definition.unit),
    }
    return charts.line([(f"{day:%Y-%m-%d}", value) for day, value in past], goal=goal, words=words)


def _finding(definition: Indicator, towns: list[figures.Place]) -> str:
    """What the chart of towns says, as its title."""
    seen = [town for town in towns if not town.hidden and town.judgement.value is not None]
    if len(seen) < 2:
        return definition.title.say(get_language() or "zh-hans")
    low, high = seen[0], seen[-1]
    return _("From %(low)s in %(low_place)s to %(high)s in %(high_place)s") % {
        "low": in_unit(low.judgement.value, definition.unit),
        "low_place": low.name,
        "high": in_unit(high.judgement.value, definition.unit),
        "high_place": high.name,
    }


def _parts() -> list[tuple[str, str]]:
    return [("counted", _("Counted in the numerator")), ("missing", _("Not counted in the numerator"))]
