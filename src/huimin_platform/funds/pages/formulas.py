"""Formulas of the county: which hold, a new one written and tried on last year's figures, and signed by another person."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from huimin.funds.allocation import load_all
from huimin_platform.base import access, clock
from huimin_platform.design import tables
from huimin_platform.design.fields import MoneyField
from huimin_platform.design.templatetags.design import say
from huimin_platform.funds import formulas, reach, sharing
from huimin_platform.funds.formula_models import FormulaText
from huimin_platform.funds.pages.forms import ReasonForm
from huimin_platform.funds.refusals import NotNow

TRIED = (
    tables.Column(gettext_lazy("Place")),
    tables.Column(gettext_lazy("Last year, yuan"), number=True),
    tables.Column(gettext_lazy("By the formula in force"), number=True),
    tables.Column(gettext_lazy("By the new one"), number=True),
    tables.Column(gettext_lazy("Difference"), number=True),
    tables.Column(gettext_lazy("How it comes about")),
)


class TextForm(forms.Form):
    """The text, and the figures that it is tried on."""

    text = forms.CharField(
        label=gettext_lazy("Text of the formula"), max_length=20_000, strip=False,
        widget=forms.Textarea(attrs={"rows": 26, "class": "code", "spellcheck": "false"}),
        help_text=gettext_lazy("Factors with weights that make up 1, what measures them, floor, cap, and what goes straight to townships."),
    )  # fmt: skip
    pot_fen = MoneyField(label=gettext_lazy("Money to try it with"))
    table = forms.CharField(
        label=gettext_lazy("Last year's figures"), strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "class": "code", "spellcheck": "false"}),
    )  # fmt: skip
    reason = forms.CharField(label=gettext_lazy("Why it is changed"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))  # fmt: skip


@access.page("lists", "allocation")
def listed(request: HttpRequest) -> HttpResponse:
    """The formulas that hold today, and the texts of the county."""
    context = {
        "held": formulas.in_force(request.user, clock.today()).values(), "texts": formulas.texts(request.user),
        "may": bool(access.allow(request.user, "proposes", "allocation")),
    }  # fmt: skip
    return render(request, "funds/formulas.html", context)


@access.page("proposes", "allocation")
def draft(request: HttpRequest) -> HttpResponse:
    """The text to be written; POST tries it on the figures, or proposes it with what came out."""
    actor, today = _actor(request), clock.today()
    form = TextForm(request.POST or None, initial=None if request.POST else _begun(actor, today.year))
    trial: list[dict[str, Any]] = []
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            formula = formulas.drafted(given["text"], today, reach.place_of(actor))
            table = sharing.read(given["table"], formula)
            trial = formulas.tried(actor, formula, table, given["pot_fen"], today)
            if request.POST.get("act") == "propose":
                made = formulas.propose(
                    text=given["text"],
                    trial=trial,
                    reason=given["reason"],
                    at=clock.now(),
                    today=today,
                    by=actor,
                )
                return redirect("funds:formula", made.pk)
        except sharing.TableError as problem:
            form.add_error("table", str(problem))
        except NotNow as problem:
            form.add_error("text" if not trial else "reason", str(problem))
    context = {
        "form": form, "trial": _rows(trial), "heads": TRIED,
        "crumbs": [(_("Formulas"), reverse("funds:formulas")), (_("Write a formula"), "")],
    }  # fmt: skip
    return render(request, "funds/formula_draft.html", context, status=422 if form.errors else 200)


@access.page("opens", "allocation")
def formula(request: HttpRequest, number: int) -> HttpResponse:
    """One text with what trying it gave."""
    found, actor = _found(request, number), _actor(request)
    whole = reach.decides(actor, found.place)
    waits = whole and found.state == FormulaText.State.PROPOSED
    signs = waits and bool(access.allow(actor, "signs", "allocation")) and found.proposed_by_id != actor.pk
    context = {
        "text": found, "trial": _rows(found.trial) if whole else [], "whole": whole, "heads": TRIED, "may_sign": signs,
        "refusal": ReasonForm() if signs else None, "mine": waits and found.proposed_by_id == actor.pk,
        "crumbs": [(_("Formulas"), reverse("funds:formulas")), (str(found), "")],
    }  # fmt: skip
    return render(request, "funds/formula.html", context)


@access.page("signs", "allocation")
@require_POST
def sign(request: HttpRequest, number: int) -> HttpResponse:
    """Signs a text."""
    _found(request, number)
    try:
        formulas.sign(number=number, at=clock.now(), today=clock.today(), by=_actor(request))
    except NotNow as problem:
        messages.error(request, str(problem))
    return redirect("funds:formula", number)


@access.page("signs", "allocation")
@require_POST
def refuse(request: HttpRequest, number: int) -> HttpResponse:
    """Refuses a text, with the reason."""
    _found(request, number)
    try:
        formulas.refuse(
            number=number, reason=request.POST.get("reason", "")[:500], at=clock.now(), by=_actor(request)
        )
    except NotNow as problem:
        messages.error(request, str(problem))
    return redirect("funds:formula", number)


def _begun(actor: Any, year: int) -> dict[str, Any]:
    """The product's text, and the figures of this place with what was paid last year."""
    first = next(iter(load_all().values()))
    table = sharing.begun(actor, first, year)
    last = sum(sharing.read(table, first)["last_fen"].to_list()) if table.count("\n") else 0
    return {"text": formulas.example(), "table": table, "pot_fen": last or None}


def _rows(trial: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        row
        | {
            "difference_fen": None if row["now_fen"] is None else row["new_fen"] - row["now_fen"],
            "told": [(say(words), fen) for words, fen in row["steps"]],
        }
        for row in trial
    ]


def _found(request: HttpRequest, number: int) -> FormulaText:
    found = formulas.texts(request.user).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def _actor(request: HttpRequest) -> Any:
    """Who is signed in; the decorator of each page has seen to it."""
    return request.user
