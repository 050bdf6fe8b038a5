"""Trying other numbers before they are set: who gains, who loses, the cost, the cliffs."""

from fractions import Fraction
from math import isnan
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from huimin import rules
from huimin.rules.simulation import Group, Simulation
from huimin.units.money import format_yuan
from huimin_platform.base import access, audit, clock
from huimin_platform.base.places import division_names
from huimin_platform.design import charts
from huimin_platform.design.fields import DateField, MoneyField
from huimin_platform.matching import simulating
from huimin_platform.matching.simulating import Number
from huimin_platform.registry import numbering, tables

RESIDENCES = (("rural", "农村", "rural"), ("urban", "城镇", "urban"))


class NumbersForm(forms.Form):
    """The numbers of a county, each with its present value."""

    def __init__(self, known: list[Number], data: Any = None) -> None:
        super().__init__(data)
        self.known = known
        for number in known:
            self.fields[number.field] = _field(number)
        choices = [(code, zh if _chinese() else en) for code, zh, en in RESIDENCES]
        self.fields["residence"] = forms.ChoiceField(
            label=_("Household of the curve"), choices=choices, initial="rural"
        )

        self.fields["effective_on"] = DateField(label=_("To hold from"), required=False)
        self.fields["reason"] = forms.CharField(label=_("Rests on"), required=False, max_length=500)

    def changes(self) -> dict[str, Fraction]:
        """What differs from the present values, by field."""
        asked = {number.field: Fraction(self.cleaned_data[number.field]) for number in self.known}
        return {
            number.field: asked[number.field] for number in self.known if asked[number.field] != number.value
        }


def _field(number: Number) -> forms.Field:
    label, kind = number.title.say(get_language() or "zh-hans"), number.declared.type
    if kind.unit is not None and kind.unit.name.startswith("fen"):
        return MoneyField(label=f"{label} ({_('yuan')})", initial=int(number.value))
    if number.declared.decimals:
        return forms.DecimalField(
            label=label, initial=float(number.value), min_value=float(kind.low), max_value=float(kind.high),
            decimal_places=number.declared.decimals,
        )  # fmt: skip
    return forms.IntegerField(
        label=label, initial=int(number.value), min_value=int(kind.low), max_value=int(kind.high)
    )


@access.page("simulates", "policy")
def simulation(request: HttpRequest) -> HttpResponse:
    """The form; POST shows what the numbers would do. Nothing is kept but the line in the audit log."""
    today, division = clock.today(), tables.county()
    known = simulating.numbers(today, division) if division else []
    form = NumbersForm(known, request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {
        "form": form, "known": known, "proposals": [(each, simulating.said(each.values)) for each in numbering.proposals(request.user)], "today": today,
        "may_propose": bool(access.allow(request.user, "proposes", "parameters")),
        "may_sign": bool(access.allow(request.user, "signs", "parameters")),
    }  # fmt: skip
    status = 200
    if form.is_bound and form.is_valid():
        changes = form.changes()
        if "propose" in request.POST:
            return _proposed(request, form, context)
        try:
            found = simulating.simulate(today, division, changes)
            points, cliffs = simulating.budget(today, division, changes, form.cleaned_data["residence"])
        except rules.PolicyError as problem:
            form.add_error(None, problem.say(get_language() or "zh-hans"))
            return render(request, "matching/simulation.html", context, status=422)
        audit.write(
            by=request.user, action="simulates", kind="policy", object_id=division,
            details={name: str(value) for name, value in changes.items()},
        )  # fmt: skip
        if found is not None:
            context |= shown(found) | {"curve": _curve(points), "cliffs": cliffs, "changed": bool(changes)}
            context["curve_title"] = (
                _("Somewhere earning more leaves less")
                if cliffs
                else _("Earning more always leaves more, or as much")
            )
    elif form.is_bound:
        status = 422
    return render(request, "matching/simulation.html", context, status=status)


def _proposed(request: HttpRequest, form: NumbersForm, context: dict[str, Any]) -> HttpResponse:
    """The numbers put before a second person, or why they cannot be."""
    decision = access.allow(request.user, "proposes", "parameters")
    if not decision:
        raise access.NotAllowed(decision.reasons)
    today, division = clock.today(), tables.county()
    values = simulating.proposal(today, division, form.changes()).values
    try:
        numbering.propose(
            division=division, values=values, effective_on=form.cleaned_data["effective_on"] or today,
            reason=form.cleaned_data["reason"], today=today, at=clock.now(), by=request.user,  # pyright: ignore[reportArgumentType]
        )  # fmt: skip
    except numbering.NotSigned as problem:
        form.add_error(None, str(problem))
        return render(request, "matching/simulation.html", context, status=422)
    messages.success(
        request, _("The numbers are proposed. They hold as soon as another person has signed them.")
    )
    return redirect("matching:simulation")


@require_POST
@access.page("signs", "parameters")
def sign(request: HttpRequest, proposal: int) -> HttpResponse:
    """Publishes or refuses proposed numbers."""
    publish = request.POST.get("outcome") == "publish"
    try:
        numbering.sign(
            proposal=proposal, publish=publish, reason=request.POST.get("reason", "")[:500], today=clock.today(),
            at=clock.now(), by=request.user,  # pyright: ignore[reportArgumentType]
        )  # fmt: skip
        messages.success(
            request, _("The numbers are published.") if publish else _("The proposal is refused.")
        )
    except numbering.NotSigned as problem:
        messages.error(request, str(problem))
    return redirect("matching:simulation")


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
        "lose": found.lose.height,
        "newly": int(found.households["newly"].sum()),
        "no_longer": int(found.households["no_longer"].sum()),
        "unknown": int(found.households["unknown"].sum()),
        "measures": _measures(found),
        "groups": [(_("By tenth of income"), _rows(found, "decile")), (_("By residence"), _rows(found, "residence")),
                   (_("By members"), _rows(found, "members")), (_("By town"), _rows(found, "town"))],
    }  # fmt: skip


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


def _rows(found: Simulation, group: Group) -> list[dict[str, Any]]:
    rows = found.by(group).rename({group: "name"}).to_dicts()
    if group == "town":
        names = division_names(row["name"].ljust(12, "0") for row in rows)
        rows = [row | {"name": names.get(row["name"].ljust(12, "0"), row["name"] or "—")} for row in rows]
    if group == "residence":
        words = {code: zh if _chinese() else en for code, zh, en in RESIDENCES}
        rows = [row | {"name": words.get(row["name"], "—")} for row in rows]
    return rows


def _curve(points: list[Any]) -> Any:
    """What is left of each income, as a line."""
    values = [(format_yuan(point.earned_fen), float(point.net_fen)) for point in points]
    words = _("What the household has in a year, at yearly wages from %(first)s to %(last)s yuan") % {
        "first": values[0][0], "last": values[-1][0],
    }  # fmt: skip
    return charts.line(values, words=words)


def _chinese() -> bool:
    return (get_language() or "zh-hans").startswith("zh")
