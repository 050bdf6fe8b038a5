"""Pages of the matching stage: findings 疑点 with their evidence, and the decision on them."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from huimin.units.money import format_yuan
from huimin_platform.base import access, clock
from huimin_platform.base.models import Division
from huimin_platform.design import tables
from huimin_platform.intake import queries as intake
from huimin_platform.matching import actions, queries
from huimin_platform.matching.models import Finding, FindingState
from huimin_platform.registry import queries as registry

COLUMNS = (
    tables.Column(gettext_lazy("Finding"), sort="kind"),
    tables.Column(gettext_lazy("Whose")),
    tables.Column(gettext_lazy("Place"), sort="division"),
    tables.Column(gettext_lazy("Found"), sort="found_on"),
    tables.Column(gettext_lazy("State"), sort="state"),
)
TONES = {"open": "warning", "confirmed": "bad", "dismissed": "neutral", "gone": "neutral"}


class DecisionForm(forms.Form):
    """The decision on a finding, with its reason."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Write the reason; it stays in the record.")},
    )


@access.page("lists", "finding")
def findings(request: HttpRequest) -> HttpResponse:
    """Findings in the viewer's division."""
    state, kind = request.GET.get("state", FindingState.OPEN), request.GET.get("kind", "")
    found = queries.findings_for(request.user, state=state, kind=kind)
    page = tables.page_of(request, tables.ordered(request, found, COLUMNS, default="-found_on"))
    places = dict(
        Division.objects.filter(code__in={each.division for each in page}).values_list("code", "name")
    )
    kinds = ("on_roll_not_entitled", "paid_after_death", "same_benefit_twice")
    context = {
        "heads": tables.heads(request, COLUMNS, default="-found_on"), "page": page,
        "rows": [(each, queries.kind_words(each.kind), places.get(each.division, "—"), TONES[each.state]) for each in page],
        "states": FindingState.choices, "state": state,
        "kinds": [(name, queries.kind_words(name)) for name in kinds], "kind": kind,
    }  # fmt: skip
    return render(request, "matching/findings.html", context)


@access.page("opens", "finding")
def finding(request: HttpRequest, finding: int) -> HttpResponse:
    """One finding with its evidence; POST decides it."""
    found = queries.finding_for(request.user, finding)
    if found is None:
        raise Http404
    form = DecisionForm(request.POST) if request.method == "POST" else DecisionForm()
    if request.method == "POST" and form.is_valid():
        confirmed = request.POST.get("outcome") == "confirm"
        actions.decide_finding(
            finding=found.pk, confirmed=confirmed, reason=form.cleaned_data["reason"], at=clock.now(), by=request.user  # pyright: ignore[reportArgumentType]
        )  # fmt: skip
        messages.success(request, _("The decision on the finding is recorded."))
        return redirect("matching:finding", found.pk)
    context = {
        "finding": found, "words": queries.kind_words(found.kind), "tone": TONES[found.state], "form": form,
        "evidence": evidence_of(found), "conditions": conditions_of(found), "open": found.state == FindingState.OPEN,
        "may_decide": bool(access.allow(request.user, "decides", "finding", division=found.division or None)),
        "crumbs": [(_("Findings"), reverse("matching:findings")), (queries.kind_words(found.kind), "")],
    }  # fmt: skip
    return render(request, "matching/finding.html", context, status=422 if form.errors else 200)


def evidence_of(found: Finding) -> list[dict[str, Any]]:
    """The evidence as cards: label, value, source."""
    language = get_language() or "zh-hans"
    key = "zh" if language.startswith("zh") else "en"
    data = found.evidence if isinstance(found.evidence, dict) else {}
    rows = [row for name in ("rows", "payments", "facts") for row in _listed(data.get(name))]
    names = intake.names_of(int(row["file"]) for row in rows if str(row.get("file", "")).isdigit())
    cards = [_card(row, names, key) for row in rows]
    shown = {"rows", "payments", "facts", "conditions"}
    cards += [
        {"label": _label(name), "value": _plain(value, key), "source": ""}
        for name, value in data.items()
        if name not in shown
    ]
    return cards


def _listed(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _card(row: dict[str, Any], names: dict[int, tuple[str, str]], key: str) -> dict[str, Any]:
    file = str(row.get("file", ""))
    name = names.get(int(file), (file, ""))[0] if file.isdigit() else file
    said = {
        name_: value
        for name_, value in row.items()
        if name_ not in ("file", "line", "kind") and value is not None
    }
    return {
        "label": _label(str(row.get("kind", ""))),
        "value": " · ".join(
            f"{_label(each)} {_plain(value, key, money=each in ('value', 'amount_fen'))}"
            for each, value in said.items()
        ),
        "source": _("%(file)s, row %(line)s") % {"file": name, "line": row.get("line", "")} if file else "",
    }


def conditions_of(found: Finding) -> list[tuple[str, list[tuple[str, str]]]]:
    """The conditions that the finding rests on: what each says, and the values it was answered with."""
    key = "zh" if (get_language() or "zh-hans").startswith("zh") else "en"
    data = found.evidence if isinstance(found.evidence, dict) else {}
    return [(_plain(each.get("words"), key), _values(each, key)) for each in _listed(data.get("conditions"))]


def _values(condition: dict[str, Any], key: str) -> list[tuple[str, str]]:
    pairs = condition.get("values") or []
    return [
        (_plain(each[0], key), _plain(each[1], key))
        for each in pairs
        if isinstance(each, list) and len(each) == 2
    ]


def _plain(value: Any, key: str, *, money: bool = False) -> str:
    if isinstance(value, dict) and key in value:
        return str(value[key])
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if money and isinstance(value, int):
        return f"{format_yuan(value)} {_('yuan')}"
    return "" if value is None else registry.fact_words(str(value))


def _label(name: str) -> str:

    kinds = intake.fact_kinds()
    if name in kinds:
        return kinds[name].title.say(get_language() or "zh-hans")
    return {
        "value": _("Amount"), "amount_fen": _("Amount"), "started_on": _("From"), "ended_on": _("Until"), "died_on": _("Died"),
        "words": _("Kind"), "occurred_on": _("On"), "source": _("Source"), "months": _("Months"),
        "on": _("As of"), "version": _("Rule version"),
    }.get(name, name)  # fmt: skip
