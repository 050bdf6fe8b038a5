"""The register of providers and of contracts of purchased services; what one person enters another confirms or signs."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from huimin.delivery.services import UNITS
from huimin.delivery.skills import skills
from huimin_platform.base import access, clock
from huimin_platform.delivery import service_queries
from huimin_platform.delivery.terms import services_bought
from huimin_platform.design import tables
from huimin_platform.design.fields import DateField, MoneyField
from huimin_platform.design.templatetags.design import say
from huimin_platform.supply import actions, queries
from huimin_platform.supply.models import Provider, ServiceContract

PROVIDERS = (
    tables.Column(gettext_lazy("Provider")),
    tables.Column(gettext_lazy("Credit code")),
    tables.Column(gettext_lazy("Contracts"), number=True),
    tables.Column(gettext_lazy("What residents say, of 5")),
    tables.Column(gettext_lazy("Account")),
)
CONTRACTS = (
    tables.Column(gettext_lazy("Contract of the service")),
    tables.Column(gettext_lazy("Provider")),
    tables.Column(gettext_lazy("Programme")),
    tables.Column(gettext_lazy("Price of a unit, yuan"), number=True),
    tables.Column(gettext_lazy("Term")),
    tables.Column(gettext_lazy("Persons served"), number=True),
    tables.Column(gettext_lazy("What residents say, of 5")),
    tables.Column(gettext_lazy("State")),
)

RATINGS = (
    tables.Column(gettext_lazy("Day")),
    tables.Column(gettext_lazy("Rating, of 5"), number=True),
    tables.Column(gettext_lazy("Likely between")),
    tables.Column(gettext_lazy("Plain mean"), number=True),
    tables.Column(gettext_lazy("Persons"), number=True),
    tables.Column(gettext_lazy("Answers given"), number=True),
)
RATINGS_SHOWN = 30


class ProviderForm(forms.Form):
    """A provider with the account it is paid on."""

    code = forms.CharField(label=gettext_lazy("Unified social credit code"), max_length=40)
    name = forms.CharField(label=gettext_lazy("Name of the provider"), max_length=120)
    account = forms.CharField(
        label=gettext_lazy("Account number"), max_length=50,
        help_text=gettext_lazy("As on the opening permit. Another person confirms it."),
    )  # fmt: skip


class ContractForm(forms.Form):
    """A contract: programme, price, ceiling, term, and what a visit has to show."""

    number = forms.RegexField(
        r"^[A-Za-z0-9-]{1,32}$", label=gettext_lazy("Number of the contract"),
        error_messages={"invalid": gettext_lazy("Write letters, digits and hyphens only, 32 at most.")},
    )  # fmt: skip
    provider = forms.ChoiceField(label=gettext_lazy("Provider"))
    policy = forms.ChoiceField(
        label=gettext_lazy("Programme"),
        help_text=gettext_lazy("It is paid from the fund of this programme only."),
    )
    price_fen = MoneyField(label=gettext_lazy("Price of a unit"))
    ceiling_fen = MoneyField(label=gettext_lazy("Ceiling of a unit, by the tender"))
    own_percent = forms.IntegerField(
        label=gettext_lazy("The person’s own share, percent"), min_value=0, max_value=99, initial=0
    )
    least_minutes = forms.IntegerField(
        label=gettext_lazy("Shortest visit that counts, minutes"), min_value=0, max_value=1440, initial=60
    )
    late_days = forms.IntegerField(
        label=gettext_lazy("Days in which a visit is entered"), min_value=0, max_value=31, initial=3
    )
    most_persons = forms.IntegerField(
        label=gettext_lazy("Most persons served at once"), min_value=1, max_value=1_000_000, required=False,
        help_text=gettext_lazy("Leave it empty where the contract sets no limit."),
    )  # fmt: skip
    started_on = DateField(label=gettext_lazy("Starts on"))
    ended_on = DateField(label=gettext_lazy("Ends before"))

    def __init__(self, *arguments: Any, actor: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.services = services_bought(clock.today())
        known = queries.providers(actor)
        self.fields["provider"].choices = [(each.pk, each.name) for each in known]  # pyright: ignore[reportAttributeAccessIssue]
        self.fields["policy"].choices = [  # pyright: ignore[reportAttributeAccessIssue]
            (name, f"{say(service.title)} · {say(UNITS[service.unit])}")
            for name, service in self.services.items()
        ]

    def values(self) -> dict[str, Any]:
        """What the form says, with the service that the programme buys."""
        service = self.services[self.cleaned_data["policy"]]
        return {**self.cleaned_data, "service": service.kind, "unit": service.unit}


class SkillForm(forms.Form):
    """What a provider may give, by which paper, until when."""

    skill = forms.ChoiceField(label=gettext_lazy("Skill"))
    paper = forms.CharField(
        label=gettext_lazy("By which paper"), max_length=120, help_text=gettext_lazy("Its name and number, as on the paper.")
    )  # fmt: skip
    ends_on = DateField(
        label=gettext_lazy("Does not count from"), required=False,
        help_text=gettext_lazy("The day after the last one on the paper. Leave it empty where it has no end."),
    )  # fmt: skip

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["skill"].choices = [  # pyright: ignore[reportAttributeAccessIssue]
            (name, f"{say(each.title)} · {say(each.proof)}") for name, each in skills().items()
        ]


@access.page("lists", "purchase")
def purchases(request: HttpRequest) -> HttpResponse:
    """Providers and contracts of the actor's division."""
    return _listed(request)


@access.page("manages", "purchase")
@require_POST
def register(request: HttpRequest) -> HttpResponse:
    """Registers a provider."""
    form = ProviderForm(request.POST)
    if form.is_valid():
        try:
            actions.register_provider(
                **form.cleaned_data, division=_actor(request).division, at=clock.now(), by=_actor(request)
            )
        except actions.CannotBe as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("Registered. Another person confirms the account."))
            return redirect("delivery:purchases")
    return _listed(request, provider=form)


@access.page("signs", "purchase")
@require_POST
def confirm(request: HttpRequest, code: str) -> HttpResponse:
    """Confirms the account of a provider."""
    if not queries.providers(request.user).filter(pk=code).exists():
        raise Http404
    return _done(request, lambda: actions.confirm_account(code=code, at=clock.now(), by=_actor(request)))


@access.page("manages", "purchase")
@require_POST
def propose(request: HttpRequest) -> HttpResponse:
    """Takes in a contract, for a second person to sign."""
    form = ContractForm(request.POST, actor=request.user)
    if form.is_valid():
        try:
            actions.propose_contract(
                **form.values(), division=_actor(request).division, at=clock.now(), by=_actor(request)
            )
        except actions.CannotBe as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("Taken in. Another person signs it."))
            return redirect("delivery:purchases")
    return _listed(request, contract=form)


@access.page("signs", "purchase")
@require_POST
def sign(request: HttpRequest, number: str) -> HttpResponse:
    """Signs a contract."""
    if not queries.contracts(request.user).filter(pk=number).exists():
        raise Http404
    return _done(request, lambda: actions.sign_contract(number=number, at=clock.now(), by=_actor(request)))


@access.page("opens", "purchase")
def provider(request: HttpRequest, code: str) -> HttpResponse:
    """One provider: its contracts, and what residents say of it, as it stood day by day."""
    return _provider(request, code)


@access.page("manages", "purchase")
@require_POST
def add_skill(request: HttpRequest, code: str) -> HttpResponse:
    """Takes in what a provider may give, by which paper; another person confirms it."""
    form = SkillForm(request.POST)
    if queries.provider_for(request.user, code) is None:
        raise Http404
    if form.is_valid():
        try:
            actions.add_qualification(provider=code, **form.cleaned_data, at=clock.now(), by=_actor(request))
        except actions.CannotBe as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("Taken in. Another person confirms it."))
            return redirect("delivery:provider", code)
    return _provider(request, code, form)


@access.page("signs", "purchase")
@require_POST
def confirm_skill(request: HttpRequest, code: str, qualification: int) -> HttpResponse:
    """Confirms what a provider may give."""
    found = queries.provider_for(request.user, code)
    if found is None or not found.qualifications.filter(pk=qualification).exists():
        raise Http404
    try:
        actions.confirm_qualification(qualification=qualification, at=clock.now(), by=_actor(request))
    except actions.CannotBe as problem:
        messages.error(request, str(problem))
    return redirect("delivery:provider", code)


def _provider(request: HttpRequest, code: str, form: SkillForm | None = None) -> HttpResponse:
    actor, found = _actor(request), queries.provider_for(request.user, code)
    if found is None:
        raise Http404
    may, signs = (
        bool(access.allow(actor, act, "purchase", division=found.division)) for act in ("manages", "signs")
    )
    ratings = queries.ratings_of(code, most=RATINGS_SHOWN)
    contracts = [each for each in queries.contracts(actor) if each.provider_id == code]
    served = service_queries.serving([each.pk for each in contracts])
    answers = access.address(actor, "feedback:questions")
    context = {
        "provider": found,
        "rating": ratings[0] if ratings else None,
        "ratings": ratings,
        "heads": tables.heads(request, RATINGS),
        "contracts": [(each, served.get(each.pk, 0)) for each in contracts],
        "qualifications": queries.qualifications_of(code),
        "skill_form": (form or SkillForm()) if may else None,
        "wrong_form": form,
        "signs": signs,
        "today": clock.today(),
        "low_answers": answers and f"{answers}?state=low&provider={code}",
        "crumbs": [(_("Purchased services"), reverse("delivery:purchases")), (found.name, "")],
    }
    return render(request, "delivery/provider.html", context, status=422 if form else 200)


def _done(request: HttpRequest, act: Any) -> HttpResponse:
    try:
        act()
    except actions.CannotBe as problem:
        messages.error(request, str(problem))
    return redirect("delivery:purchases")


def _listed(
    request: HttpRequest, *, provider: ProviderForm | None = None, contract: ContractForm | None = None
) -> HttpResponse:
    actor = _actor(request)
    may, signs = (bool(access.allow(actor, act, "purchase")) for act in ("manages", "signs"))
    providers: list[Provider] = list(queries.providers(actor))
    contracts: list[ServiceContract] = list(queries.contracts(actor))
    ratings = queries.latest_ratings(
        {*(each.pk for each in providers), *(each.provider_id for each in contracts)}
    )
    served = service_queries.serving([each.pk for each in contracts])
    context = {
        "providers": [(each, ratings.get(each.pk)) for each in providers],
        "contracts": [(each, served.get(each.pk, 0), ratings.get(each.provider_id)) for each in contracts], "signs": signs,
        "provider_heads": tables.heads(request, PROVIDERS), "contract_heads": tables.heads(request, CONTRACTS),
        "provider_form": (provider or ProviderForm()) if may else None,
        "contract_form": (contract or ContractForm(actor=actor)) if may and providers else None,
        "wrong_form": provider or contract,
    }  # fmt: skip
    return render(request, "delivery/purchases.html", context, status=422 if provider or contract else 200)


def _actor(request: HttpRequest) -> Any:
    """Who is signed in; the decorator of each page has seen to it."""
    return request.user
