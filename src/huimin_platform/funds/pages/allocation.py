"""Sharing out a pot: by factors, each step explained, then as even as wanted with the least money moved; and proposing it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import uuid4

import polars as pl
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from huimin.funds import levels, sources
from huimin.funds.allocation import Allocation, Formula, allocate
from huimin.funds.equalisation import REASONS, Equalisation, equalise, frontier, proportional
from huimin.funds.problems import AllocationError
from huimin.units.words import Words
from huimin_platform.base import access, audit, clock
from huimin_platform.design import charts, tables
from huimin_platform.design.fields import MoneyField
from huimin_platform.design.templatetags.design import say, yuan_words
from huimin_platform.funds import allocating, budgets, performance, reach, sharing
from huimin_platform.funds.budget_models import Proposal
from huimin_platform.funds.formulas import in_force
from huimin_platform.funds.refusals import NotNow

SHARED = (
    tables.Column(gettext_lazy("Place")),
    tables.Column(gettext_lazy("Amount, yuan"), number=True),
    tables.Column(gettext_lazy("Last year, yuan"), number=True),
    tables.Column(gettext_lazy("At least to the townships"), number=True),
    tables.Column(gettext_lazy("How it comes about")),
)
EVENED = (
    tables.Column(gettext_lazy("Place")),
    tables.Column(gettext_lazy("By factors"), number=True),
    tables.Column(gettext_lazy("Evened out"), number=True),
    tables.Column(gettext_lazy("Shift"), number=True),
    tables.Column(gettext_lazy("Why")),
)
TARGETS = (("", gettext_lazy("not evened out")), ("0.3", "0.3"), ("0.2", "0.2"), ("0.1", "0.1"))
POINTS = 12


class PotForm(forms.Form):
    """The pot, the formula, how even it is to be, and the table."""

    pot_fen = MoneyField(label=gettext_lazy("Money to share out"))
    formula = forms.ChoiceField(label=gettext_lazy("Formula"))
    target = forms.ChoiceField(
        label=gettext_lazy("Coefficient of variation a head, at most"), choices=TARGETS, required=False
    )
    table = forms.CharField(
        label=gettext_lazy("Places"),
        help_text=gettext_lazy(
            "One place a line, as it comes from a spreadsheet. Change the figures or paste your own."
        ),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "class": "code", "spellcheck": "false"}),
    )

    source = forms.ChoiceField(
        label=gettext_lazy("Source"),
        help_text=gettext_lazy(
            "Needed to propose it: the money is taken from what this source has not handed down yet."
        ),
        required=False,
    )
    direct = forms.DecimalField(
        label=gettext_lazy("Straight to the townships"),
        min_value=0,
        max_value=100,
        decimal_places=1,
        initial=100,
        required=False,
    )
    discretion = forms.DecimalField(
        label=gettext_lazy("For townships to decide on"),
        min_value=0,
        max_value=100,
        decimal_places=1,
        initial=10,
        required=False,
    )
    key = forms.UUIDField(
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid": gettext_lazy("Load the page again.")},
    )

    def __init__(
        self, *arguments: Any, formulas: dict[str, Formula], sources: list[tuple[str, str]], **named: Any
    ) -> None:
        super().__init__(*arguments, **named)
        choices = [(name, f"{say(each.title)} · {each.version}") for name, each in formulas.items()]
        self.fields["formula"].choices = choices  # pyright: ignore[reportAttributeAccessIssue]
        self.fields["source"].choices = [("", "—"), *sources]  # pyright: ignore[reportAttributeAccessIssue]


@access.page("lists", "ledger", sends=("opens", "ledger"))
def allocation(request: HttpRequest) -> HttpResponse:
    """The form; POST shares out, which moves no money, or proposes what came out to whoever signs."""
    formulas, year = in_force(request.user, clock.today()), clock.today().year
    first = next(iter(formulas.values()))
    pools = {
        row.source: row.balance_fen
        for row in budgets.pools(request.user)
        if row.year == year and row.place == reach.place_of(request.user)
    }
    named = [
        (each.code, f"{each.title} · {yuan_words(pools[each.code])}")
        for each in budgets.sources(request.user)
        if each.code in pools
    ]
    begun = {"key": uuid4()} if request.POST else {
        "key": uuid4(), "table": sharing.begun(request.user, first, year)
    }  # fmt: skip
    form = PotForm(request.POST or None, formulas=formulas, sources=named, initial=begun)
    context: dict[str, Any] = {
        "form": form, "formula": first, "may_propose": bool(access.allow(request.user, "proposes", "allocation"))
    }  # fmt: skip
    if form.is_bound and form.is_valid():
        try:
            formula = formulas[form.cleaned_data["formula"]]
            if request.POST.get("act") == "propose":
                return redirect(
                    "funds:proposal", _proposed(request.user, formula, form.cleaned_data, year).number
                )
            context |= _shared(request.user, formula, form.cleaned_data, year)
        except sharing.TableError as problem:
            form.add_error("table", str(problem))
        except NotNow as problem:
            form.add_error(None, str(problem))
        except AllocationError as problem:
            form.add_error(None, problem.say(get_language() or "zh-hans"))
    return render(request, "funds/allocation.html", context, status=422 if form.errors else 200)


@dataclass(frozen=True)
class _Shared:
    """What came out: the table that was read, shared out by factors, and evened out where that was asked."""

    areas: pl.DataFrame
    found: Allocation
    even: Equalisation | None

    def amounts(self) -> dict[str, int]:
        """place as written -> what it gets in the end."""
        last = self.even.areas if self.even else self.found.areas
        return dict(last.select("area", "amount_fen").iter_rows())


def _computed(formula: Formula, asked: dict[str, Any]) -> tuple[_Shared, pl.DataFrame | None]:
    """What came out, and the problem of evening out where that was asked."""
    areas = sharing.read(asked["table"], formula)
    found = allocate(formula, areas, asked["pot_fen"])
    if not asked["target"]:
        return _Shared(areas, found, None), None
    given = found.areas.select("area", "last_fen", base_fen="amount_fen").join(
        areas.select("area", people=areas["people"].cast(int)), on="area", how="left", maintain_order="left"
    )
    return _Shared(areas, found, equalise(given, float(asked["target"]))), given


def _shared(actor: Any, formula: Formula, asked: dict[str, Any], year: int) -> dict[str, Any]:
    """The answer for the page."""
    shared, given = _computed(formula, asked)
    details = {"pot_fen": asked["pot_fen"], "formula": asked["formula"]}
    audit.write(by=actor, action="computes", kind="fund", object_id="allocation", details=details)
    notes = performance.explained(
        actor, formula, shared.areas, asked["pot_fen"], year=year - 1, towns=sharing.codes_of(actor)
    )
    context: dict[str, Any] = {
        "formula": formula, "heads": SHARED, "rows": _rows(shared.found, notes),
        "weights": [(say(each.title), f"{float(each.weight):.0%}") for each in formula.factors],
    }  # fmt: skip
    if given is not None and shared.even is not None:
        usual = proportional(given, float(asked["target"]))
        context |= _even(shared.even, usual) | {"frontier": _frontier(frontier(given, steps=POINTS))}
    return context


def _proposed(actor: Any, formula: Formula, asked: dict[str, Any], year: int) -> Proposal:
    """What came out, proposed."""
    if not asked["key"]:
        raise NotNow(_("Load the page again."))
    if not asked["source"]:
        raise NotNow(_("Choose the source whose money is handed down."))
    shared, _given = _computed(formula, asked)
    towns = sharing.places(actor, shared.areas["area"].to_list())
    source = next(each for each in budgets.sources(actor) if each.code == asked["source"])
    policies = [each for each in source.purposes if not sources.is_project(each)]
    shares = levels.shares(
        {towns[area]: fen for area, fen in shared.amounts().items()},
        direct=Fraction(asked["direct"] if asked["direct"] is not None else 100) / 100,
        discretion=Fraction(asked["discretion"]) / 100
        if asked["discretion"] is not None
        else formula.discretion,
        least_discretion=formula.discretion,
        needs=_needs(actor, policies, year, towns.values()),
    )
    steps = {
        towns[area]: [({"zh": words.zh, "en": words.en}, fen) for words, fen in shared.found.explained(area)]
        for area in towns
    }
    notes = performance.explained(actor, formula, shared.areas, asked["pot_fen"], year=year - 1, towns=towns)
    return allocating.propose(
        notes={towns[area]: words for area, words in notes.items()}, key=asked["key"], year=year, source=asked["source"], definition=formula.told(),
        figures=shared.areas.to_dicts(), figures_on=clock.today(), shares=shares, steps=steps,
        at=clock.now(), by=actor,
    )  # fmt: skip


def _needs(actor: Any, policies: list[str], year: int, towns: Iterable[str]) -> dict[str, dict[str, int]]:
    """town -> programme -> what was ordered for people there; a town without orders parts evenly."""
    known = sharing.needs(actor, policies, year)
    return {town: known.get(town) or dict.fromkeys(policies, 0) for town in towns}


def _rows(found: Allocation, notes: Mapping[str, list[Words]]) -> list[dict[str, Any]]:
    rows = found.areas.select(
        "area", "amount_fen", "last_fen", "grass_roots_fen", "discretion_fen"
    ).to_dicts()
    return [
        row
        | {
            "steps": [(say(words), fen) for words, fen in found.explained(row["area"])],
            "notes": [say(words) for words in notes.get(row["area"], [])],
        }
        for row in rows
    ]


def _even(even: Equalisation, usual: Equalisation) -> dict[str, Any]:
    return {
        "even_heads": EVENED, "even": even, "usual_fen": usual.shift_fen,
        "even_rows": [row | {"why": say(REASONS[row["reason"]])} for row in even.areas.to_dicts()],
    }  # fmt: skip


def _frontier(points: list[tuple[float, int]]) -> Any:
    """How much has to be moved for each evenness, as bars."""
    return charts.bars([charts.Bar(f"{spread:.3f}", fen, yuan_words(fen)) for spread, fen in points])
