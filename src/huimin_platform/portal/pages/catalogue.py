"""The catalogue of data sets 数据目录: all of them with who delivers in time, and one with its quality and its consumers."""

import json
from collections import defaultdict
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from huimin.intake.drafting import draft
from huimin.intake.workbook import Refused
from huimin.tables.contract import Contract
from huimin.tables.problem import catalogue as problem_kinds
from huimin.tables.problem import text as said_of
from huimin_platform.base import access, clock
from huimin_platform.design import charts
from huimin_platform.intake import catalogue as intake
from huimin_platform.intake import contracting, contracts
from huimin_platform.intake.contract_models import ContractText
from huimin_platform.portal import uses

# The plan's own figures: the share of today, and how many departments share at first and then.
SHARE_NOW = 0.35
DEPARTMENTS_FIRST, DEPARTMENTS_THEN = 12, 20
TONES = {"in_time": "good", "late": "bad", "never": "neutral"}
STATES = {
    "in_time": gettext_lazy("In time"),
    "late": gettext_lazy("Late"),
    "never": gettext_lazy("Has never come"),
}
CLASSES = {
    "public": gettext_lazy("Public"),
    "internal": gettext_lazy("Internal"),
    "personal": gettext_lazy("Personal"),
    "sensitive": gettext_lazy("Sensitive"),
}
TYPES = {
    "text": gettext_lazy("text"), "name": gettext_lazy("name"), "national_id": gettext_lazy("identity number"),
    "phone": gettext_lazy("phone number"), "card": gettext_lazy("account number"), "address": gettext_lazy("address"),
    "date": gettext_lazy("date"), "month": gettext_lazy("month"), "money": gettext_lazy("amount in yuan"),
    "decimal": gettext_lazy("number with decimals"), "integer": gettext_lazy("whole number"),
    "enum": gettext_lazy("one of a list"), "division": gettext_lazy("division code"),
    "disability_certificate": gettext_lazy("disability certificate number"),
    "reference": gettext_lazy("number of a record"),
}  # fmt: skip
USES = {
    "identity": gettext_lazy("who the row is about"),
    "fact": gettext_lazy("facts in the person file"),
    "policy": gettext_lazy("policies"),
    "indicator": gettext_lazy("indicators of the portrait"),
    "need": gettext_lazy("needs"),
    "paper": gettext_lazy("papers nobody has to bring"),
}
ROWS = 32


class ContractForm(forms.Form):
    """A contract as text, for which data set, and on what it rests."""

    name = forms.SlugField(
        label=gettext_lazy("Name of the data set"), max_length=41,
        help_text=gettext_lazy("Small letters, digits and _, such as forest_subsidies."),
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("Contract"), max_length=200_000, strip=False,
        widget=forms.Textarea(attrs={"rows": ROWS, "spellcheck": "false", "class": "code", "lang": "zh-Hans"}),
    )  # fmt: skip
    reason = forms.CharField(label=gettext_lazy("Rests on"), required=False, max_length=500)

    def clean_text(self) -> str:
        """The text with the line ends of files."""
        return self.cleaned_data["text"].replace("\r\n", "\n")


@access.page("lists", "contract")
def catalogue(request: HttpRequest) -> HttpResponse:
    """Every data set: its department, when it came and when it is due, its rows and problems; the shares in time."""
    found = intake.entries(clock.today())
    language, shared = _language(), intake.shared(found)
    departments: dict[str, list[intake.Entry]] = {}
    for each in found:
        departments.setdefault(each.contract.department_title.say(language), []).append(each)
    bars = charts.bars(
        [_bar(name, entries) for name, entries in departments.items()], top=1.0, goal=1.0,
        goal_words=_("All data sets of the department in time"),
    )  # fmt: skip
    context = {
        "shared": shared,
        "rate": _percent(shared.rate),
        "rate_now": _percent(SHARE_NOW),
        "departments_first": DEPARTMENTS_FIRST,
        "departments_then": DEPARTMENTS_THEN,
        "bars": bars,
        "rows": [(each, STATES[each.freshness.state], TONES[each.freshness.state], _percent(each.accepted_share)) for each in found],
        "heads": [
            _("Data set"), _("Department"), _("Last delivery"), _("Next one due"), _("How it stands"), _("Rows"),
            _("Accepted"), _("Problems"),
        ],
        "may_write": bool(access.allow(request.user, "proposes", "contract")),
    }  # fmt: skip
    return render(request, "portal/catalogue.html", context)


@access.page("opens", "contract")
def data_set(request: HttpRequest, name: str) -> HttpResponse:
    """One data set: purpose, law, rhythm, columns with class and consumers, and its quality over the last deliveries."""
    found = intake.entry(name, clock.today())
    if found is None:
        raise Http404
    files, language, contract = intake.deliveries_of(name), _language(), found.contract
    consumers = uses.of_columns(contract)
    everything = uses.of_data_set(contract)
    context = {
        "entry": found,
        "contract": contract,
        "state": STATES[found.freshness.state],
        "tone": TONES[found.freshness.state],
        "accepted": _percent(found.accepted_share),
        "files": files,
        "columns": [
            (column, TYPES[column.type], CLASSES[column.data_class], grouped(consumers[column.name]))
            for column in contract.columns
        ],
        "consumers": grouped(everything),
        "problems": [
            (
                _problem(each.code, _column(contract, each.column)),
                _column(contract, each.column),
                "bad" if each.severity == "error" else "warning",
                each.counts,
            )
            for each in intake.problems_over(files)
        ],
        "example": _example(contract),
        "host": f"{request.scheme}://{request.get_host()}",
        "own": name in contracts.signed(),
        "may_write": bool(access.allow(request.user, "proposes", "contract")),
        "crumbs": _crumbs(contract.title.say(language)),
    }
    return render(request, "portal/data_set.html", context)


@access.page("lists", "contract")
def contract_texts(request: HttpRequest) -> HttpResponse:
    """The contracts that were written here, and what became of them."""
    texts = ContractText.objects.select_related("by", "signed_by").order_by("-pk")[:200]
    context = {
        "texts": texts,
        "may_write": bool(access.allow(request.user, "proposes", "contract")),
        "crumbs": _crumbs(_("Contracts written here")),
    }
    return render(request, "portal/contract_texts.html", context)


@access.page("proposes", "contract")
def write_contract(request: HttpRequest) -> HttpResponse:
    """The text of a contract to begin with; POST says what is wrong with it, shows it, or puts it before a second person."""
    name = request.GET.get("data_set", "")
    sample = request.FILES.get("sample")
    initial = {"name": name, "text": contracts.text_of(name)}
    problem = ""
    if sample is not None:
        try:
            initial["text"] = draft(sample.read(), str(sample.name), clock.today()).text
        except Refused as refusal:
            problem = said_of(refusal.code, refusal.params, _language())
    form = ContractForm(request.POST if request.POST and sample is None else None, initial=initial)
    context: dict[str, Any] = {"form": form, "problem": problem, "crumbs": _crumbs(_("A new contract"))}
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            if "propose" in request.POST:
                kept = contracting.put(
                    name=given["name"], text=given["text"], reason=given["reason"], at=clock.now(),
                    by=request.user,  # pyright: ignore[reportArgumentType]
                )  # fmt: skip
                messages.success(request, _("The contract waits for a second person."))
                return redirect("portal:contract_text", kept.pk)
            context |= _said(contracting.checked(name=given["name"], text=given["text"]))
        except contracting.NotSigned as problem:
            form.add_error("text", str(problem))
    return render(request, "portal/write_contract.html", context, status=422 if form.errors else 200)


@access.page("opens", "contract")
def contract_text(request: HttpRequest, text: int) -> HttpResponse:
    """One contract that was written here, in words and as text, with what was said of it."""
    kept = ContractText.objects.select_related("by", "signed_by").filter(pk=text).first()
    if kept is None:
        raise Http404
    context: dict[str, Any] = {
        "kept": kept,
        "may_sign": kept.published is None
        and kept.by_id != request.user.pk
        and bool(access.allow(request.user, "signs", "contract")),
        "crumbs": [
            *_crumbs("")[:1],
            (_("Contracts written here"), reverse("portal:contract_texts")),
            (str(kept), ""),
        ],
    }
    try:
        context |= _said(contracting.checked(name=kept.name, text=kept.text))
    except contracting.NotSigned as problem:
        context["problem"] = str(problem)
    return render(request, "portal/contract_text.html", context)


@require_POST
@access.page("signs", "contract")
def sign_contract(request: HttpRequest, text: int) -> HttpResponse:
    """Signs or refuses a contract."""
    publish = request.POST.get("outcome") == "publish"
    if not ContractText.objects.filter(pk=text).exists():
        raise Http404
    try:
        contracting.sign(
            contract=text, publish=publish, reason=request.POST.get("reason", ""), at=clock.now(),
            by=request.user,  # pyright: ignore[reportArgumentType]
        )  # fmt: skip
        said = _("The contract is in force.") if publish else _("The contract is refused.")
        messages.success(request, said)
    except contracting.NotSigned as problem:
        messages.error(request, str(problem))
    return redirect("portal:contract_text", text)


def grouped(found: list[uses.Use]) -> list[tuple[Any, list[str]]]:
    """Uses by kind: the words of the kind and the titles of what uses it."""
    language = _language()
    kinds = {use.kind: None for use in sorted(found, key=lambda use: uses.KINDS.index(use.kind))}
    return [(USES[kind], [use.title.say(language) for use in found if use.kind == kind]) for kind in kinds]


def _said(contract: Contract) -> dict[str, Any]:
    """A contract in words, for who signs it."""
    return {
        "contract": contract,
        "columns": [
            (column, TYPES[column.type], CLASSES[column.data_class], grouped(found))
            for column, found in zip(contract.columns, uses.of_columns(contract).values(), strict=True)
        ],
        "former": contracts.contracts().get(contract.name),
    }


def _example(contract: Contract) -> str:
    """A row of the data set as a program would send it, with the headings that must be there."""
    needed = [each for each in contract.columns if each.required != "optional"] or list(contract.columns[:3])
    return json.dumps({each.headings[0]: "…" for each in needed if each.headings}, ensure_ascii=False)


def _bar(name: str, entries: list[intake.Entry]) -> charts.Bar:
    in_time = sum(each.freshness.state == "in_time" for each in entries)
    words = _("%(in_time)s of %(all)s") % {"in_time": in_time, "all": len(entries)}
    return charts.Bar(name, in_time / len(entries), words, tone="good" if in_time == len(entries) else "bad")


def _problem(code: str, column: str) -> str:
    """What a kind of problem says of a column; dots stand for what differs from row to row."""
    kind = problem_kinds().get(code)
    return kind.title.say(_language()).format_map(defaultdict(lambda: "…", column=column)) if kind else code


def _column(contract: Contract, name: str) -> str:
    known = contract.by_name.get(name)
    return known.title.say(_language()) if known else name or _("The whole file")


def _percent(share: float | None) -> str:
    return (
        "—"
        if share is None
        else f"{share:.0%}"
        if share in (0, 1)
        else f"{min(max(share, 0.001), 0.999):.1%}"
    )


def _language() -> str:
    return get_language() or "zh-hans"


def _crumbs(last: str) -> list[tuple[str, str]]:
    return [(_("Catalogue"), reverse("portal:catalogue")), *([(last, "")] if last else [])]
