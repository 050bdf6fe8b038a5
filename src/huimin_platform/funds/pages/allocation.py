"""Sharing out a pot: by factors, each step explained, then as even as wanted with the least money moved."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy

from huimin.funds.allocation import Allocation, Formula, allocate, load_all
from huimin.funds.equalisation import REASONS, Equalisation, equalise, frontier, proportional
from huimin.funds.problems import AllocationError
from huimin_platform.base import access, audit, clock
from huimin_platform.design import charts, tables
from huimin_platform.design.fields import MoneyField
from huimin_platform.design.templatetags.design import say, yuan_words
from huimin_platform.funds import sharing

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

    def __init__(self, *arguments: Any, formulas: dict[str, Formula], **named: Any) -> None:
        super().__init__(*arguments, **named)
        choices = [(name, f"{say(each.title)} · {each.version}") for name, each in formulas.items()]
        self.fields["formula"].choices = choices  # pyright: ignore[reportAttributeAccessIssue]


@access.page("lists", "ledger")
def allocation(request: HttpRequest) -> HttpResponse:
    """The form; POST shares out. Nothing is kept but the line in the audit log, and no money moves."""
    formulas = load_all()
    first = next(iter(formulas.values()))
    begun = {} if request.POST else {"table": sharing.begun(request.user, first, clock.today().year)}
    form = PotForm(request.POST or None, formulas=formulas, initial=begun)
    context: dict[str, Any] = {"form": form, "formula": first}
    if form.is_bound and form.is_valid():
        try:
            context |= _shared(formulas[form.cleaned_data["formula"]], form.cleaned_data)
            details = {"pot_fen": form.cleaned_data["pot_fen"], "formula": form.cleaned_data["formula"]}
            audit.write(
                by=request.user, action="computes", kind="fund", object_id="allocation", details=details
            )
        except sharing.TableError as problem:
            form.add_error("table", str(problem))
        except AllocationError as problem:
            form.add_error(None, problem.say(get_language() or "zh-hans"))
    return render(request, "funds/allocation.html", context, status=422 if form.errors else 200)


def _shared(formula: Formula, asked: dict[str, Any]) -> dict[str, Any]:
    """The answer for the page."""
    areas = sharing.read(asked["table"], formula)
    found = allocate(formula, areas, asked["pot_fen"])
    context: dict[str, Any] = {
        "formula": formula, "heads": SHARED, "rows": _rows(found),
        "weights": [(say(each.title), f"{float(each.weight):.0%}") for each in formula.factors],
    }  # fmt: skip
    if asked["target"]:
        given = found.areas.select("area", "last_fen", base_fen="amount_fen").join(
            areas.select("area", people=areas["people"].cast(int)),
            on="area",
            how="left",
            maintain_order="left",
        )
        even = equalise(given, float(asked["target"]))
        usual = proportional(given, float(asked["target"]))
        context |= _even(even, usual) | {"frontier": _frontier(frontier(given, steps=POINTS))}
    return context


def _rows(found: Allocation) -> list[dict[str, Any]]:
    rows = found.areas.select(
        "area", "amount_fen", "last_fen", "grass_roots_fen", "discretion_fen"
    ).to_dicts()
    return [
        row | {"steps": [(say(words), fen) for words, fen in found.explained(row["area"])]} for row in rows
    ]


def _even(even: Equalisation, usual: Equalisation) -> dict[str, Any]:
    return {
        "even_heads": EVENED, "even": even, "usual_fen": usual.shift_fen,
        "even_rows": [row | {"why": say(REASONS[row["reason"]])} for row in even.areas.to_dicts()],
    }  # fmt: skip


def _frontier(points: list[tuple[float, int]]) -> Any:
    """How much has to be moved for each evenness, as bars."""
    return charts.bars([charts.Bar(f"{spread:.3f}", fen, yuan_words(fen)) for spread, fen in points])
