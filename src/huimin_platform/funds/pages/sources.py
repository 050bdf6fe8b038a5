"""Sources of money: what each is for, what it brought, how much society brings; budget years that are closed."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from huimin.funds.sources import KINDS, SOCIAL_TARGET
from huimin_platform.base import access, clock
from huimin_platform.cases import policies
from huimin_platform.design import tables
from huimin_platform.design.templatetags.design import say
from huimin_platform.funds import budgets, reach, sourcing
from huimin_platform.funds.refusals import NotNow

COLUMNS = (
    tables.Column(gettext_lazy("Source")),
    tables.Column(gettext_lazy("Only for")),
    tables.Column(gettext_lazy("Received, yuan"), number=True),
    tables.Column(gettext_lazy("Not yet on a programme, yuan"), number=True),
    tables.Column(gettext_lazy("Paid, yuan"), number=True),
    tables.Column(gettext_lazy("Used"), number=True),
)


class SourceForm(forms.Form):
    """A source to be registered."""

    code = forms.RegexField(
        r"^[A-Za-z0-9-]{1,32}$", label=gettext_lazy("Code"),
        help_text=gettext_lazy("Letters, digits and hyphens. It never changes."),
        error_messages={"invalid": gettext_lazy("Write letters, digits and hyphens only, 32 at most.")},
    )  # fmt: skip
    kind = forms.ChoiceField(label=gettext_lazy("Kind"))
    title = forms.CharField(label=gettext_lazy("Name of the source"), max_length=120)
    document = forms.CharField(label=gettext_lazy("Number of the letter or contract"), max_length=64)
    giver = forms.CharField(label=gettext_lazy("Who gives it"), max_length=120, required=False)
    purposes = forms.MultipleChoiceField(
        label=gettext_lazy("Only for"), widget=forms.CheckboxSelectMultiple, required=False
    )
    projects = forms.RegexField(
        r"^[A-Za-z0-9-]{1,32}([ ,，]+[A-Za-z0-9-]{1,32})*$", label=gettext_lazy("Projects"), required=False,
        help_text=gettext_lazy("Codes of projects of the register, apart by commas."),
        error_messages={"invalid": gettext_lazy("Write codes of projects, apart by commas.")},
    )  # fmt: skip

    def __init__(self, *arguments: Any, actor: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        kinds = [(name, say(kind.title)) for name, kind in KINDS.items()]
        self.fields["kind"].choices = kinds  # pyright: ignore[reportAttributeAccessIssue]
        here = policies.titles_in(actor.division, clock.today())
        titles = [(name, say(title)) for name, title in here.items()]
        self.fields["purposes"].choices = titles  # pyright: ignore[reportAttributeAccessIssue]

    def wanted(self) -> list[str]:
        """All purposes that were asked for."""
        codes = self.cleaned_data["projects"].replace("，", " ").replace(",", " ").split()
        return [*self.cleaned_data["purposes"], *(f"project:{code}" for code in codes)]


@access.page("lists", "source")
def sources(request: HttpRequest) -> HttpResponse:
    """The sources with what each brought in a year."""
    return _shown(request)


@access.page("manages", "source")
@require_POST
def register(request: HttpRequest) -> HttpResponse:
    """Registers a source."""
    form = SourceForm(request.POST, actor=request.user)
    if not form.is_valid():
        return _shown(request, form=form, status=422)
    given = {name: form.cleaned_data[name] for name in ("code", "kind", "title", "document", "giver")}
    try:
        sourcing.register(**given, purposes=form.wanted(), at=clock.now(), by=_actor(request))
    except NotNow as problem:
        form.add_error(None, str(problem))
        return _shown(request, form=form, status=409)
    messages.success(request, _("The source is registered. Its money is spent on nothing else."))
    return redirect("funds:sources")


@access.page("manages", "source")
@require_POST
def close(request: HttpRequest) -> HttpResponse:
    """Closes a budget year that has passed."""
    asked = request.POST.get("year", "")
    if not asked.isdecimal() or int(asked) not in budgets.years(request.user):
        return redirect("funds:sources")
    try:
        sourcing.close_year(year=int(asked), at=clock.now(), by=_actor(request))
    except NotNow as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("The budget year %(year)s is closed.") % {"year": asked})
    return redirect("funds:sources")


def _shown(request: HttpRequest, *, form: SourceForm | None = None, status: int = 200) -> HttpResponse:
    actor, today = _actor(request), clock.today()
    years, closed = budgets.years(actor), budgets.closed(actor)
    asked = request.GET.get("year", "")
    year = int(asked) if asked in map(str, years) else (years[0] if years else today.year)
    known = {each.code: each for each in budgets.sources(actor)}
    brought = budgets.brought(request.user, year)
    social = budgets.social(brought, known)
    may = bool(access.allow(actor, "manages", "source"))
    own = brought.get("")
    context = {
        "year": year, "years": [(str(each), str(each)) for each in years], "heads": tables.heads(request, COLUMNS),
        "rows": [(each, say(KINDS[each.kind].rule), brought.get(each.code, budgets.Brought())) for each in known.values()],
        "own": own, "own_rule": say(KINDS["budget"].rule), "social": social, "target": SOCIAL_TARGET,
        "social_met": social >= SOCIAL_TARGET,
        "received_fen": sum(each.received_fen for each in brought.values()),
        "closed": closed.get(year), "sees_left": year in closed and reach.decides(actor, closed[year].place),
        "form": (form or SourceForm(actor=actor)) if may else None, "wrong_form": form,
        "may_close": may and year < today.year and year in years and year not in closed,
    }  # fmt: skip
    return render(request, "funds/sources.html", context, status=status)


def _actor(request: HttpRequest) -> Any:
    """Who is signed in; the decorator of each page has seen to it."""
    return request.user
