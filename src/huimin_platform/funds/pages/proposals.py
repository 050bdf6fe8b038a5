"""Allocations that were proposed: signed or refused by another person, corrected by a new one; what townships decide on."""

from fractions import Fraction
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from huimin.funds.ledger import ImpossibleAmount
from huimin.funds.levels import POOL
from huimin.units.divisions import padded
from huimin.units.words import Words
from huimin_platform.base import access, clock
from huimin_platform.base.places import division_names, unnamed_place
from huimin_platform.design import tables
from huimin_platform.design.fields import MoneyField
from huimin_platform.design.templatetags.design import say, yuan
from huimin_platform.funds import allocating, budgets, reach
from huimin_platform.funds.budget_models import Proposal
from huimin_platform.funds.pages.forms import ReasonForm
from huimin_platform.funds.purposes import purpose_words
from huimin_platform.funds.refusals import NotNow
from huimin_platform.funds.sharing import LAST, headings_of

PLACES = (
    tables.Column(gettext_lazy("Place")),
    tables.Column(gettext_lazy("Amount, yuan"), number=True),
    tables.Column(gettext_lazy("Handed down"), number=True),
    tables.Column(gettext_lazy("For the township to decide"), number=True),
    tables.Column(gettext_lazy("On programmes")),
    tables.Column(gettext_lazy("How it comes about")),
)
POOLS = (
    tables.Column(gettext_lazy("Source")),
    tables.Column(gettext_lazy("Place")),
    tables.Column(gettext_lazy("Left, yuan"), number=True),
)


class AssignForm(forms.Form):
    """Money of a pool put on a programme; `key` is made when the form opens, so that sending it twice puts it once."""

    key = forms.UUIDField(
        widget=forms.HiddenInput, error_messages={"invalid": gettext_lazy("Load the page again.")}
    )
    pool = forms.ChoiceField(label=gettext_lazy("Which money"))
    policy = forms.ChoiceField(label=gettext_lazy("Programme"))
    amount_fen = MoneyField(label=gettext_lazy("Amount"))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500)

    def __init__(
        self, *arguments: Any, pools: list[tuple[str, str]], policies: list[tuple[str, str]], **named: Any
    ) -> None:
        named.setdefault("initial", {"key": uuid4()})
        super().__init__(*arguments, **named)
        self.fields["pool"].choices = pools  # pyright: ignore[reportAttributeAccessIssue]
        self.fields["policy"].choices = [("", "—"), *policies]  # pyright: ignore[reportAttributeAccessIssue]


class CorrectionForm(forms.Form):
    """Money that was handed down, to another place or programme; the first end is the pool it came from, which gives nothing."""

    key = forms.UUIDField(
        widget=forms.HiddenInput, error_messages={"invalid": gettext_lazy("Load the page again.")}
    )
    giver = forms.ChoiceField(label=gettext_lazy("Take from"))
    taker = forms.ChoiceField(label=gettext_lazy("Give to"))
    amount_fen = MoneyField(label=gettext_lazy("Amount"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Write the reason; it stays in the record.")},
    )  # fmt: skip

    def __init__(self, *arguments: Any, ends: list[tuple[str, str]], **named: Any) -> None:
        named.setdefault("initial", {"key": uuid4()})
        super().__init__(*arguments, **named)
        self.fields["giver"].choices = [("", "—"), *ends[1:]]  # pyright: ignore[reportAttributeAccessIssue]
        self.fields["taker"].choices = [("", "—"), *ends]  # pyright: ignore[reportAttributeAccessIssue]


@access.page("lists", "allocation")
def proposals(request: HttpRequest) -> HttpResponse:
    """All allocations, and the money that still waits for a programme."""
    return _listed(request)


@access.page("assigns", "allocation")
@require_POST
def assign(request: HttpRequest) -> HttpResponse:
    """Puts money of a pool on a programme."""
    form = _assign_form(request, request.POST)
    if not form.is_valid():
        return _listed(request, form=form, status=422)
    given = form.cleaned_data
    year, source, place = given["pool"].split("|")
    try:
        allocating.assign(
            place=place, source=source, year=int(year), policy=given["policy"], amount_fen=given["amount_fen"],
            reason=given["reason"], key=given["key"], at=clock.now(), by=_actor(request),
        )  # fmt: skip
    except NotNow as problem:
        form.add_error(None, str(problem))
        return _listed(request, form=form, status=409)
    except ImpossibleAmount as problem:
        form.add_error("amount_fen", say(problem.words()))
        return _listed(request, form=form, status=422)
    messages.success(
        request, _("The money is on the programme. Payments that waited for it go with the next run.")
    )
    return redirect("funds:allocations")


@access.page("opens", "allocation")
def proposal(request: HttpRequest, number: str) -> HttpResponse:
    """One allocation with all it rests on."""
    return _shown(request, number)


@access.page("signs", "allocation")
@require_POST
def sign(request: HttpRequest, number: str) -> HttpResponse:
    """Signs an allocation, which hands its money down."""
    _found(request, number)
    try:
        allocating.sign(number=number, at=clock.now(), by=_actor(request))
    except NotNow as problem:
        messages.error(request, str(problem))
    else:
        messages.success(
            request, _("%(number)s is signed, and the money is handed down.") % {"number": number}
        )
    return redirect("funds:proposal", number)


@access.page("signs", "allocation")
@require_POST
def refuse(request: HttpRequest, number: str) -> HttpResponse:
    """Refuses an allocation with a reason, or withdraws one's own."""
    _found(request, number)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _shown(request, number, refusal=form, status=422)
    try:
        allocating.refuse(
            number=number, reason=form.cleaned_data["reason"], at=clock.now(), by=_actor(request)
        )
    except NotNow as problem:
        messages.error(request, str(problem))
    return redirect("funds:proposal", number)


@access.page("proposes", "allocation")
@require_POST
def correct(request: HttpRequest, number: str) -> HttpResponse:
    """Proposes a correction of a signed allocation."""
    found = _found(request, number)
    form = CorrectionForm(request.POST, ends=_ends(found))
    if not form.is_valid():
        return _shown(request, number, correction=form, status=422)
    given = form.cleaned_data
    (giver_place, _bar, giver), (taker_place, _bar, taker) = (
        given[end].partition("|") for end in ("giver", "taker")
    )
    try:
        made = allocating.propose_correction(
            key=given["key"], corrects=number, giver=(giver_place, giver), taker=(taker_place, taker),
            amount_fen=given["amount_fen"], reason=given["reason"], at=clock.now(), by=_actor(request),
        )  # fmt: skip
    except NotNow as problem:
        form.add_error(None, str(problem))
        return _shown(request, number, correction=form, status=409)
    except ImpossibleAmount as problem:
        form.add_error("amount_fen", say(problem.words()))
        return _shown(request, number, correction=form, status=422)
    return redirect("funds:proposal", made.number)


def _listed(request: HttpRequest, *, form: AssignForm | None = None, status: int = 200) -> HttpResponse:
    actor = _actor(request)
    pools = budgets.pools(actor)
    page = tables.page_of(request, budgets.proposals(actor))
    page.object_list = [budgets.own_part(actor, each) for each in page.object_list]
    names = division_names(padded(row.place) for row in pools if row.place)
    shown = form or (_assign_form(request) if access.allow(actor, "assigns", "allocation") else None)
    context = {
        "page": page,
        "titles": {each.code: each.title for each in budgets.sources(actor)},
        "pools": [(row, names.get(padded(row.place)) or unnamed_place(row.place)) for row in pools],
        "pool_heads": tables.heads(request, POOLS),
        "form": shown if shown and shown.fields["pool"].choices else None,  # pyright: ignore[reportAttributeAccessIssue]
        "wrong_form": form,
        "may_propose": bool(access.allow(actor, "proposes", "allocation")),
        "may_export": bool(access.allow(actor, "exports", "allocation")),
    }
    return render(request, "funds/allocations.html", context, status=status)


def _assign_form(request: HttpRequest, given: Any = None) -> AssignForm:
    """The form for the pools that are this person's to decide on."""
    actor = _actor(request)
    own = [row for row in budgets.pools(actor) if row.place == reach.place_of(actor)]
    known = {each.code: each for each in budgets.sources(actor)}
    pools = [
        (
            f"{row.year}|{row.source}|{row.place}",
            f"{row.year} · {known[row.source].title} · {row.balance_fen / 100:,.2f}",
        )
        for row in own
    ]
    policies = dict.fromkeys(purpose for row in own for purpose in known[row.source].purposes)
    return AssignForm(given, pools=pools, policies=[(each, purpose_words(each)) for each in policies])


def _shown(
    request: HttpRequest,
    number: str,
    *,
    refusal: ReasonForm | None = None,
    correction: CorrectionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    found, actor = _found(request, number), _actor(request)
    waits, mine = found.state == Proposal.State.PROPOSED, found.proposed_by_id == actor.pk
    may_sign = not found.partly and bool(access.allow(actor, "signs", "allocation"))
    corrects = found.kind == "allocation" and found.state == Proposal.State.SIGNED
    figures = _figures(found)
    may_correct = corrects and not found.partly and bool(access.allow(actor, "proposes", "allocation"))
    context = {
        "proposal": found, "source": budgets.sources(actor).filter(pk=found.source).first(), "rows": _rows(found), "heads": tables.heads(request, PLACES),
        "figures": figures, "figure_heads": tables.heads(request, figures["heads"]) if figures else [], "definition": _definition(found), "move": _move(found),
        "may_sign": waits and may_sign and not mine,
        "refusal": (refusal or ReasonForm()) if waits and may_sign else None,
        "mine": mine, "corrections": budgets.proposals(actor).filter(corrects=found).order_by("pk"),
        "correction": (correction or CorrectionForm(ends=_ends(found))) if may_correct else None,
        "wrong_form": refusal or correction,
        "crumbs": [(_("Allocations"), reverse("funds:allocations")), (found.number, "")],
    }  # fmt: skip
    return render(request, "funds/proposal.html", context, status=status)


def _rows(found: Proposal) -> list[dict[str, Any]]:
    if found.kind != "allocation":
        return []
    names = division_names(padded(row["place"]) for row in found.result)
    return [
        row
        | {
            "name": names.get(padded(row["place"]), row["place"]),
            "on": [(purpose_words(policy), fen) for policy, fen in row["programmes"].items()],
            "told": [(_say(words), fen) for words, fen in row["steps"]],
            "notes": row.get("notes", []),
        }
        for row in found.result
    ]


def _move(found: Proposal) -> dict[str, Any]:
    """What a correction moves, in words."""
    if found.kind != "correction":
        return {}
    [move] = found.result
    ends = {"giver": move["from"], "taker": move["to"]}
    names = division_names(padded(end[0]) for end in ends.values() if end and end[0])

    def words(end: tuple[str, str] | None) -> str:
        if end is None:
            return _("Another place")
        place = names.get(padded(end[0])) or unnamed_place(end[0]) or _("No place’s own")
        return f"{place} · {purpose_words(end[1])}"

    return {name: words(end) for name, end in ends.items()} | {"fen": move["amount_fen"]}


def _ends(found: Proposal) -> list[tuple[str, str]]:
    """Where money of an allocation may stand or go: the pool it came from, and each place's pool and programmes."""
    places = [row["place"] for row in found.result]
    names = division_names(padded(place) for place in places)
    policies = dict.fromkeys(policy for row in found.result for policy in row["programmes"])
    ends = [(f"{found.place}|{POOL}", _("Not handed down"))]
    for place in places:
        for purpose in (POOL, *policies):
            ends.append(
                (f"{place}|{purpose}", f"{names.get(padded(place), place)} · {purpose_words(purpose)}")
            )
    return ends


def _figures(found: Proposal) -> dict[str, Any] | None:
    """The figures that the allocation rests on, as a table."""
    if not found.figures:
        return None
    heads = headings_of(found.figures[0])
    truths = {True: _("Yes"), False: _("No")}
    rows = [
        [
            (head, truths[value] if isinstance(value := row[column], bool) else _figure(column, value))
            for column, head in heads.items()
        ]
        for row in found.figures
    ]
    return {"heads": [tables.Column(head) for head in heads.values()], "rows": rows}


def _figure(column: str, value: Any) -> Any:
    """A figure as people write it: money in yuan, numbers without noughts behind, thousands apart."""
    if column == LAST:
        return yuan(value)
    if not isinstance(value, int | float):
        return value
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4f}"


def _definition(found: Proposal) -> list[tuple[str, str]]:
    """The formula as it was, in words."""
    known = found.definition
    if "factors" not in known:
        return []
    lines = [(_say(each["title"]), _percent(each["weight"])) for each in known["factors"]]
    if known["uplift"]:
        lines.append((_("Coefficient of weaker areas"), f"× {float(Fraction(known['uplift']['times'])):g}"))
    lines.append((_("Floor, of last year"), _percent(known["floor"])))
    if known["cap"]:
        lines.append((_("Cap, of last year"), _percent(known["cap"])))
    return [*lines, (_("At least to the grass roots"), _percent(known["grass_roots"]))]


def _percent(text: str) -> str:
    return f"{float(Fraction(text)):.0%}"


def _say(words: dict[str, str]) -> str:
    return Words(words["zh"], words["en"]).say(get_language() or "zh-hans")


def _found(request: HttpRequest, number: str) -> Proposal:
    found = budgets.proposal(request.user, number)
    if found is None:
        raise Http404
    return found


def _actor(request: HttpRequest) -> Any:
    """Who is signed in; the decorator of each page has seen to it."""
    return request.user
