"""What an officer has verified for a case: asked for by name, entered, confirmed by a second one, taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from huimin.rules.facts import FactDeclaration
from huimin_platform.base import access, clock
from huimin_platform.cases import actions, policies, queries, verifying
from huimin_platform.cases.applying import Change, stated
from huimin_platform.cases.models import Case
from huimin_platform.cases.pages import evidence
from huimin_platform.cases.pages.forms import TakeBackForm, VerifyForm
from huimin_platform.design.templatetags.design import say, yuan_words
from huimin_platform.matching import verifying as matching
from huimin_platform.matching.fact_form import AskForm
from huimin_platform.registry.verifying import About

TONES = {
    "counts": "good", "agrees": "good", "waits": "warning", "conflict": "bad", "replaced": "neutral", "over": "neutral",
    "withdrawn": "neutral",
}  # fmt: skip


@dataclass(frozen=True)
class Ask:
    """One fact to verify: its name, the law that asks for it, what was stated, and its fields."""

    title: str
    clauses: list[str]
    policies: list[str]
    stated: list[tuple[str, str]]
    two: bool
    form: AskForm


@dataclass(frozen=True)
class Row:
    """One thing that was verified, for the page."""

    standing: matching.Standing
    who: str
    tone: str
    words: str
    may_confirm: bool
    form: TakeBackForm | None


@access.page("opens", "case")
def facts(request: HttpRequest, number: str) -> HttpResponse:
    """What is still to be verified, and what was."""
    return _shown(request, _found(request, number))


@access.page("verifies", "fact")
@require_POST
def verify(request: HttpRequest, number: str) -> HttpResponse:
    """Takes what an officer has verified; what cannot be is said above the form, and nothing that was typed is lost."""
    found = _found(request, number)
    form, asks = VerifyForm(request.POST), _asks(found, request.POST)
    wrong = next((each.form for each in asks if not each.form.is_valid()), None)
    if not form.is_valid() or wrong:
        return _shown(request, found, form=form, asks=asks, status=422)
    given = form.cleaned_data
    try:
        entered = actions.verify(
            case=found, key=str(given["key"]), version=given["version"], values=_values(asks, found), how=given["how"],
            seen=given["seen"], on=given["on"], at=clock.now(), by=_actor(request),
        )  # fmt: skip
    except actions.CannotBe as problem:
        form.add_error(None, str(problem))
        return _shown(request, _found(request, number), form=form, asks=asks, status=409)
    if any(each.waits for each in entered.kept):
        messages.info(request, _("It is recorded. A second officer has to confirm it before it counts."))
    _say(request, entered.changes, _("It is recorded. The answers of the case stay as they are."))
    return redirect("cases:facts", number)


@access.page("verifies", "fact")
@require_POST
def judge(request: HttpRequest, number: str, verified: int) -> HttpResponse:
    """Takes the word of an officer on what another has verified: confirmed, or taken back with a reason."""
    found, form = _found(request, number), TakeBackForm(request.POST)
    confirms = request.POST.get("act") == "confirm"
    if not confirms and not form.is_valid():
        return _shown(request, found, back_form=(verified, form), status=422)
    try:
        changes = (
            actions.confirm_verified(case=found, verified=verified, at=clock.now(), by=_actor(request))
            if confirms
            else actions.take_back_verified(
                case=found, verified=verified, reason=form.cleaned_data["reason"], at=clock.now(), by=_actor(request)
            )
        )  # fmt: skip
    except actions.CannotBe as problem:
        messages.error(request, str(problem))
        return redirect("cases:facts", number)
    _say(request, changes, _("It is recorded. The answers of the case stay as they are."))
    return redirect("cases:facts", number)


def open_names(found: Case) -> list[str]:
    """What the case still waits for, by name, each once; nothing where it is decided."""
    if found.state not in ("opened", "reviewing", "returned"):
        return []
    names = evidence.names_of(found)
    return [
        f"{say(each.fact.title)}（{'、'.join(names.get(one, '') for one in each.about if one)}）"
        if any(each.about)
        else say(each.fact.title)
        for each in _asked(found)
    ]


def _asked(found: Case) -> list[matching.Asked]:
    """What the policies wait for that were applied for or that cannot be answered."""
    names = [
        item.policy
        for item in found.items.select_related("entitlement").order_by("pk")
        if item.applied_on is not None or item.entitlement.status == "unknown" or item.lapsed_on is not None
    ]
    return matching.asked(found.household_id, names, clock.today()) if names else []


def _asks(found: Case, data: QueryDict | None = None) -> list[Ask]:
    names, told = evidence.names_of(found), _stated(found)
    return [_ask(found, each, names, told, data) for each in _asked(found)]


def _ask(
    found: Case,
    each: matching.Asked,
    names: Mapping[int, str],
    told: Mapping[About, str],
    data: QueryDict | None,
) -> Ask:
    fact, titles = each.fact, policies.titles()
    labels = {about: names.get(about, "") if about else _("The household") for about in each.about}
    return Ask(
        title=_titled(fact),
        clauses=[say(clause) for clause in each.clauses],
        policies=[say(titles[name]) for name in each.policies if name in titles],
        stated=[
            (labels[about], say(matching.words_of(fact.key, told[fact.key, about])))
            for about in each.about
            if (fact.key, about) in told
        ],
        two=verifying.needs_two(found, fact.key),
        form=AskForm(fact, labels, data, among_others=True, unknown=_("Not verified")),
    )


def _titled(fact: FactDeclaration) -> str:
    """The name of a fact with what it is counted in, where that does not go without saying."""
    units = {"months": _("months"), "years": _("years"), "days": _("days")}
    unit = units.get(fact.type.unit.name if fact.type.unit else "", "")
    return f"{say(fact.title)}（{unit}）" if unit else say(fact.title)


def _stated(found: Case) -> dict[About, str]:
    return {
        about: value
        for application in found.applications.order_by("pk")
        for about, value in stated(application).items()
    }


def _values(asks: list[Ask], found: Case) -> dict[About, str]:
    return {
        (each.form.fact.key, about): value
        for each in asks
        for about, value in each.form.values().items()
        if value is not None
    }


def _say(request: HttpRequest, changes: list[Change], none: str) -> None:
    """What changed, policy by policy: the answer before, the answer now."""
    titles = policies.titles()
    for each in changes:
        messages.success(
            request,
            _("%(policy)s: %(before)s → %(now)s")
            % {
                "policy": say(titles[each.policy]),
                "before": answer_words(each.before),
                "now": answer_words(each.now),
            },
        )
    if not changes:
        messages.success(request, none)


def answer_words(entitlement: Any) -> str:
    """An answer in words, with its amount."""
    status = entitlement.get_status_display()
    return f"{status} {yuan_words(entitlement.amount_fen)}" if entitlement.amount_fen else status


def _rows(found: Case, actor: Any, wrong: tuple[int, TakeBackForm] | None) -> list[Row]:
    names, may = evidence.names_of(found), verifying.may_verify(actor, found)
    words = {
        "counts": _("Counts"), "agrees": _("The data say the same"), "waits": _("Waits for a second officer"),
        "conflict": _("The data say otherwise"), "replaced": _("A later one counts"), "over": _("Its time has passed"),
        "withdrawn": _("Taken back"),
    }  # fmt: skip
    return [
        Row(
            each,
            names.get(each.person, "") if each.person else _("The household"),
            TONES[each.state],
            words[each.state],
            may and each.state == "waits" and each.verified.by_id != actor.pk,
            (wrong[1] if wrong and wrong[0] == each.verified.pk else TakeBackForm(auto_id=f"back-{each.verified.pk}-%s"))
            if may and each.state not in ("withdrawn", "replaced", "over")
            else None,
        )
        for each in matching.standing(found.household_id, clock.today())
    ]  # fmt: skip


def _shown(
    request: HttpRequest,
    found: Case,
    *,
    form: VerifyForm | None = None,
    asks: list[Ask] | None = None,
    back_form: tuple[int, TakeBackForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = _actor(request)
    may = verifying.may_verify(actor, found)
    asks = _asks(found) if asks is None else asks
    wrong = next((each.form for each in asks if each.form.is_bound and each.form.errors), None)
    context = {
        "case": found,
        "asks": asks,
        "form": (form or VerifyForm(initial={"version": found.version, "on": clock.today()})) if may else None,
        "wrong_form": wrong or (form if form is not None and form.errors else None) or (back_form[1] if back_form else None),
        "rows": _rows(found, actor, back_form),
        "language": get_language(),
        "crumbs": [
            (_("Cases"), reverse("cases:cases")), (found.number, reverse("cases:case", args=[found.number])),
            (_("What was verified"), ""),
        ],
    }  # fmt: skip
    return render(request, "cases/facts.html", context, status=status)


def _found(request: HttpRequest, number: str) -> Case:
    found = queries.case_for(request.user, number)
    if found is None:
        raise Http404
    return found


def _actor(request: HttpRequest) -> Any:
    """Who is signed in; the decorator of each page has seen to it."""
    return request.user
