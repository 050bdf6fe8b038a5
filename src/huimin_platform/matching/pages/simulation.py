"""Trying other numbers before they are set: who gains, who loses, the cost, the cliffs."""

import csv
import io
from fractions import Fraction
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from huimin import rules
from huimin.rules.simulation import Point, Simulation
from huimin_platform.base import access, audit, clock
from huimin_platform.design.fields import DateField, MoneyField
from huimin_platform.matching import simulating
from huimin_platform.matching.pages import simulated
from huimin_platform.matching.pages.simulated import RESIDENCES
from huimin_platform.matching.simulating import Number
from huimin_platform.registry import numbering, tables

CURVE = "curve"
DOWNLOADS = ("decile", "residence", "members", "town", CURVE)


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
        if found is not None and request.POST.get("download") in DOWNLOADS:
            return _downloaded(found, points, request.POST["download"])
        if found is not None:
            cards = simulated.curve_cards(points, cliffs)
            context |= simulated.shown(found) | {
                "curves": cards,
                "cliffs": cliffs,
                "changed": bool(changes),
                "may_download": True,
            }
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


def _downloaded(found: Simulation, points: list[Point], asked: str) -> HttpResponse:
    """The rows behind one card, for a spreadsheet."""
    lines: list[list[Any]]
    if asked == CURVE:
        lines = [["earned_fen", "benefits_fen", "net_fen", "lost_share"]]
        lost = [*(round(share, 6) for _at, share in simulated.losses(points)), ""]
        lines += [
            [point.earned_fen, point.benefits_fen, point.net_fen, share]
            for point, share in zip(points, lost, strict=True)
        ]
    else:
        table = simulated.rows(found, asked)  # pyright: ignore[reportArgumentType]
        columns = ["name", "households", "gain", "lose", "change_fen"]
        lines = [columns, *([row[name] for name in columns] for row in table)]
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    # The mark lets Excel read the names of towns.
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="simulation-{asked}.csv"'
    return response


def _chinese() -> bool:
    return (get_language() or "zh-hans").startswith("zh")
