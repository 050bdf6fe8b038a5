"""Projects with their running costs, what was spent on them, and what is put up for ending, decided by a person."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from huimin.funds.ledger import ImpossibleAmount
from huimin_platform.base import access, clock
from huimin_platform.design import tables
from huimin_platform.design.fields import MoneyField
from huimin_platform.design.templatetags.design import say
from huimin_platform.funds import budgets, projecting, queries, watching
from huimin_platform.funds.project_models import Project, Voucher
from huimin_platform.funds.refusals import NotNow

REGISTER = (
    tables.Column(gettext_lazy("Project")),
    tables.Column(gettext_lazy("Building, yuan"), number=True),
    tables.Column(gettext_lazy("Running a year, yuan"), number=True),
    tables.Column(gettext_lazy("Running, of the whole cost"), number=True),
    tables.Column(gettext_lazy("Provided this year"), number=True),
    tables.Column(gettext_lazy("To look at")),
)
VOUCHERS = (
    tables.Column(gettext_lazy("Document")),
    tables.Column(gettext_lazy("For")),
    tables.Column(gettext_lazy("To")),
    tables.Column(gettext_lazy("Amount, yuan"), number=True),
    tables.Column(gettext_lazy("State")),
)


class ProjectForm(forms.Form):
    """A project with its running costs."""

    code = forms.RegexField(
        r"^[A-Za-z0-9-]{1,32}$", label=gettext_lazy("Code"),
        error_messages={"invalid": gettext_lazy("Write letters, digits and hyphens only, 32 at most.")},
    )  # fmt: skip
    title = forms.CharField(label=gettext_lazy("Name of the project"), max_length=120)
    build_fen = MoneyField(label=gettext_lazy("Building"))
    running_fen = MoneyField(label=gettext_lazy("Running and upkeep a year"))
    life_years = forms.IntegerField(label=gettext_lazy("Years of use"), min_value=1, max_value=100)
    opens_year = forms.IntegerField(label=gettext_lazy("First year of use"), min_value=2000, max_value=2100)
    payer = forms.CharField(label=gettext_lazy("Who pays the running costs"), max_length=120)
    promised_fen = MoneyField(label=gettext_lazy("How much of them a year"))


class VoucherForm(forms.Form):
    """Money spent on a project; `key` is made when the form opens."""

    key = forms.UUIDField(
        widget=forms.HiddenInput, error_messages={"invalid": gettext_lazy("Load the page again.")}
    )
    kind = forms.ChoiceField(label=gettext_lazy("For"), choices=Voucher.Kind.choices)
    source = forms.ChoiceField(label=gettext_lazy("Source"), required=False)
    document = forms.CharField(label=gettext_lazy("Number of the invoice"), max_length=64)
    payee = forms.CharField(label=gettext_lazy("To"), max_length=120)
    amount_fen = MoneyField(label=gettext_lazy("Amount"))

    def __init__(self, *arguments: Any, actor: Any, code: str, **named: Any) -> None:
        named.setdefault("initial", {"key": uuid4()})
        super().__init__(*arguments, **named)
        known = [
            (each.code, each.title) for each in budgets.sources(actor) if f"project:{code}" in each.purposes
        ]
        self.fields["source"].choices = [("", _("Own budget")), *known]  # pyright: ignore[reportAttributeAccessIssue]


@access.page("lists", "project")
def projects(request: HttpRequest) -> HttpResponse:
    """The register, and what is put up for ending."""
    return _listed(request)


@access.page("manages", "project")
@require_POST
def plan(request: HttpRequest) -> HttpResponse:
    """Registers a project."""
    form = ProjectForm(request.POST)
    if not form.is_valid():
        return _listed(request, form=form, status=422)
    given = form.cleaned_data
    names = ("code", "title", "build_fen", "running_fen", "life_years", "opens_year")
    try:
        made = projecting.plan(
            **{name: given[name] for name in names}, division=_actor(request).division,
            promises=[(given["payer"], given["promised_fen"])], at=clock.now(), by=_actor(request),
        )  # fmt: skip
    except NotNow as problem:
        form.add_error(None, str(problem))
        return _listed(request, form=form, status=409)
    return redirect("funds:project", made.pk)


@access.page("opens", "project")
def project(request: HttpRequest, code: str) -> HttpResponse:
    """One project with its vouchers."""
    return _shown(request, code)


@access.page("approves", "project")
@require_POST
def approve(request: HttpRequest, code: str) -> HttpResponse:
    """Approves a project."""
    _found(request, code)
    try:
        projecting.approve(code=code, at=clock.now(), by=_actor(request))
    except NotNow as problem:
        messages.error(request, str(problem))
    return redirect("funds:project", code)


@access.page("manages", "project")
@require_POST
def voucher(request: HttpRequest, code: str) -> HttpResponse:
    """Takes in what was spent, for a second person to approve."""
    _found(request, code)
    form = VoucherForm(request.POST, actor=request.user, code=code)
    if not form.is_valid():
        return _shown(request, code, form=form, status=422)
    try:
        projecting.prepare_voucher(
            **form.cleaned_data, code=code, year=clock.today().year, at=clock.now(), by=_actor(request)
        )
    except NotNow as problem:
        form.add_error(None, str(problem))
        return _shown(request, code, form=form, status=409)
    except ImpossibleAmount as problem:
        form.add_error("amount_fen", say(problem.words()))
        return _shown(request, code, form=form, status=422)
    return redirect("funds:project", code)


@access.page("approves", "project")
@require_POST
def approve_voucher(request: HttpRequest, code: str, key: UUID) -> HttpResponse:
    """Approves a voucher, which spends the money."""
    if not _found(request, code).vouchers.filter(pk=key).exists():
        raise Http404
    try:
        projecting.approve_voucher(key=key, at=clock.now(), by=_actor(request))
    except NotNow as problem:
        messages.error(request, str(problem))
    return redirect("funds:project", code)


@access.page("signs", "project")
@require_POST
def judge(request: HttpRequest) -> HttpResponse:
    """Takes the verdict on what is put up for ending, with the evidence as it stands."""
    purpose, ends = request.POST.get("purpose", ""), request.POST.get("act") == "end"
    found = next(
        (
            each
            for each in watching.endings(request.user, queries.flows(request.user), clock.today())
            if each.purpose == purpose
        ),
        None,
    )
    if found is None:
        raise Http404
    try:
        projecting.judge(
            purpose=purpose, last_year=found.last_year, evidence=found.evidence, ends=ends,
            reason=request.POST.get("reason", "")[:500], at=clock.now(), by=_actor(request),
        )  # fmt: skip
    except NotNow as problem:
        messages.error(request, str(problem))
    return redirect("funds:projects")


def _listed(request: HttpRequest, *, form: ProjectForm | None = None, status: int = 200) -> HttpResponse:
    today, actor = clock.today(), _actor(request)
    may = bool(access.allow(actor, "manages", "project"))
    context = {
        "rows": watching.watched(actor, today.year), "heads": tables.heads(request, REGISTER),
        "endings": watching.endings(actor, queries.flows(actor), today), "may_judge": bool(access.allow(actor, "signs", "project")),
        "form": (form or ProjectForm()) if may else None, "wrong_form": form,
    }  # fmt: skip
    return render(request, "funds/projects.html", context, status=status)


def _shown(
    request: HttpRequest, code: str, *, form: VoucherForm | None = None, status: int = 200
) -> HttpResponse:
    found, actor = _found(request, code), _actor(request)
    approved = found.state == Project.State.APPROVED
    may, approves = (bool(access.allow(actor, act, "project")) for act in ("manages", "approves"))
    context = {
        "project": found, "plan": projecting.plan_of(found), "heads": tables.heads(request, VOUCHERS),
        "warnings": projecting.plan_of(found).warnings(),
        "vouchers": found.vouchers.select_related("prepared_by", "approved_by").order_by("-prepared_at"),
        "form": (form or VoucherForm(actor=actor, code=code)) if may and approved else None, "wrong_form": form,
        "may_approve": approves and not approved and found.planned_by_id != actor.pk, "approves": approves,
        "crumbs": [(_("Projects"), reverse("funds:projects")), (found.title, "")],
    }  # fmt: skip
    return render(request, "funds/project.html", context, status=status)


def _found(request: HttpRequest, code: str) -> Project:
    projects = watching.projects(request.user).select_related("planned_by", "approved_by")
    found = projects.filter(pk=code).first()
    if found is None:
        raise Http404
    return found


def _actor(request: HttpRequest) -> Any:
    """Who is signed in; the decorator of each page has seen to it."""
    return request.user
