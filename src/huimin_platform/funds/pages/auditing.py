"""What an auditor asks of public money: each letter down to the people it paid, and whether what must always hold does."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huimin.funds.levels import STEPS
from huimin.units.divisions import padded
from huimin_platform.base import access, audit, clock
from huimin_platform.base.places import division_names
from huimin_platform.design import tables
from huimin_platform.design.templatetags.design import say
from huimin_platform.funds import budgets, invariants, onward, reach

LETTERS = (
    tables.Column(gettext_lazy("Document")),
    tables.Column(gettext_lazy("Source")),
    tables.Column(gettext_lazy("For")),
    tables.Column(gettext_lazy("Amount, yuan"), number=True),
    tables.Column(gettext_lazy("When")),
    tables.Column(gettext_lazy("Put on the fund by")),
)
STEP = (
    tables.Column(gettext_lazy("Step")),
    tables.Column(gettext_lazy("Day")),
    tables.Column(gettext_lazy("Document or payment")),
    tables.Column(gettext_lazy("To")),
    tables.Column(gettext_lazy("Amount, yuan"), number=True),
)
CHECKED = (
    tables.Column(gettext_lazy("What must hold")),
    tables.Column(gettext_lazy("State")),
    tables.Column(gettext_lazy("What is broken, and what to do")),
)
ROWS_SHOWN = 500


@access.page("lists", "ledger")
def letters(request: HttpRequest) -> HttpResponse:
    """What brought money in, in a year."""
    years = budgets.years(request.user)
    asked = request.GET.get("year", "")
    year = int(asked) if asked in map(str, years) else (years[0] if years else clock.today().year)
    titles = {each.code: each.title for each in budgets.sources(request.user)}
    context = {
        "year": year, "years": [(str(each), str(each)) for each in years], "heads": tables.heads(request, LETTERS),
        "rows": [(each, titles.get(each.account.source, "")) for each in onward.letters(request.user, year)],
    }  # fmt: skip
    return render(request, "funds/letters.html", context)


@access.page("opens", "ledger")
def letter(request: HttpRequest, number: int) -> HttpResponse:
    """One letter with the way of its money, down to people."""
    found = onward.letter(request.user, number)
    if found is None:
        raise Http404
    every = onward.of(number)
    steps = [step for step in every if reach.inside(request.user, step.division)]
    names = division_names(padded(step.place) for step in steps if step.place)
    ended, elsewhere = onward.ended_fen(every), onward.ended_fen(every) - onward.ended_fen(steps)
    people = len({step.payment for step in steps if step.payment and step.ends})
    rows = [
        (step, step_words(step), names.get(padded(step.place), step.place) if step.place else "")
        for step in steps
    ]
    context = {
        "letter": found, "source": next((each for each in budgets.sources(request.user) if each.code == found.account.source), None),
        "rows": rows[:ROWS_SHOWN], "more": max(0, len(rows) - ROWS_SHOWN), "heads": tables.heads(request, STEP),
        "ended_fen": ended, "elsewhere_fen": elsewhere, "left_fen": found.amount_fen - ended, "people": people,
        "crumbs": [(_("Letters"), reverse("funds:letters")), (found.transfer.document or str(number), "")],
    }  # fmt: skip
    return render(request, "funds/letter.html", context)


@access.page("lists", "ledger", sends=("opens", "ledger"))
def checks(request: HttpRequest) -> HttpResponse:
    """What must always hold of public money; POST asks the whole database now, on record."""
    verdicts: list[invariants.Verdict] | None = None
    sees_all = True
    if request.method == "POST":
        verdicts = list(invariants.verify())
        broken = [each.code for each in verdicts if each.row is not None]
        sees_all = not broken or reach.whole_house(request.user)
        audit.write(
            by=_actor(request),
            action="computes",
            kind="fund",
            object_id="invariants",
            details={"broken": broken},
        )
    context = {"verdicts": verdicts and [(each, invariants.SAID[each.code]) for each in verdicts], "sees_all": sees_all, "known": invariants.SAID.items(), "at": clock.now(), "heads": CHECKED,
               "holds": verdicts is not None and all(each.row is None for each in verdicts)}  # fmt: skip
    return render(request, "funds/checks.html", context)


def step_words(step: onward.Step) -> str:
    """A step in words."""
    if step.payment:
        return _("Came back from a person") if step.state == "returned" else _("To a person")
    return say(STEPS[step.reason])


def _actor(request: HttpRequest) -> Any:
    """Who is signed in; the decorator of each page has seen to it."""
    return request.user
