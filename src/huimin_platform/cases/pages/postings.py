"""What anybody may read without signing in: who is posted in a village, who receives, and a form to object."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import segno
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huimin.rules.policy import Posting as Rule
from huimin_platform.base import clock
from huimin_platform.base.places import division_names, unnamed_place
from huimin_platform.cases import actions, policies, posting_queries
from huimin_platform.cases.pages.posting_forms import CodeForm, ObjectionForm
from huimin_platform.design.templatetags.design import joined

TOWN = 9


def unindexed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A public page that search engines leave alone: neighbours read it, the world does not find it by a name."""

    @wraps(view)
    def answered(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        response = view(request, *arguments, **named)
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response

    return never_cache(answered)


@require_safe
@unindexed
def places(request: HttpRequest) -> HttpResponse:
    """The villages in which something is posted, by township."""
    found = posting_queries.places(clock.today())
    names = division_names([*found, *(code[:TOWN].ljust(12, "0") for code in found)])
    towns: dict[str, list[dict[str, Any]]] = {}
    for code, (proposed, receiving) in found.items():
        row = {
            "code": code,
            "name": names.get(code) or unnamed_place(code),
            "proposed": proposed,
            "receiving": receiving,
        }
        town = code[:TOWN].ljust(12, "0")
        towns.setdefault(names.get(town) or unnamed_place(town), []).append(row)
    return render(request, "cases/posting_places.html", {"towns": towns, "reader": "resident"})


@require_safe
@unindexed
def village(request: HttpRequest, division: str) -> HttpResponse:
    """What is posted in one village today, and who receives there."""
    return render(request, "cases/posting_village.html", _village(request, division))


@require_safe
@unindexed
def sheet(request: HttpRequest, division: str) -> HttpResponse:
    """The same as a sheet for the notice board of the village."""
    context = _village(request, division)
    try:
        from weasyprint import HTML
    except OSError:
        return render(request, "cases/posting_village.html", context | {"no_pdf": True}, status=503)
    content = HTML(string=render_to_string("cases/posting_print.html", context)).write_pdf()
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="posting-{division}.pdf"'
    return response


@unindexed
def object_to(request: HttpRequest, posting: int) -> HttpResponse:
    """The form to say what is not right with a posting; then the code to read the answer with."""
    found = posting_queries.posting_for(posting, clock.today())
    if found is None:
        raise Http404
    form = ObjectionForm(request.POST or None)
    context = {
        "posting": found,
        "form": form,
        "title": _titles(found.shown["policies"]),
        "reader": "resident",
    }
    if request.method != "POST":
        return render(request, "cases/object.html", context | {"form": ObjectionForm()})
    if not form.is_valid():
        return render(request, "cases/object.html", context, status=422)
    try:
        made = actions.object_to(
            posting=found.pk,
            text=form.cleaned_data["text"],
            key=str(form.cleaned_data["key"]),
            at=clock.now(),
        )
    except actions.CannotBe as problem:
        form.add_error(None, str(problem))
        return render(request, "cases/object.html", context, status=409)
    code = posting_queries.code(made)
    return render(request, "cases/objected.html", context | {"code": code, "due_on": made.step.due_on})


@unindexed
def objection(request: HttpRequest) -> HttpResponse:
    """What came of an objection, for whoever has its code."""
    form = CodeForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "reader": "resident", "asked": False}
    if request.method == "POST" and form.is_valid():
        found = posting_queries.by_code(form.cleaned_data["code"])
        context |= {"asked": True, "found": found}
        return render(request, "cases/objection.html", context, status=200 if found else 404)
    return render(request, "cases/objection.html", context, status=422 if request.method == "POST" else 200)


def _village(request: HttpRequest, division: str) -> dict[str, Any]:
    if not (division.isascii() and division.isdigit() and len(division) == 12):
        raise Http404
    today = clock.today()
    running = list(posting_queries.running(division, today))
    rules = {each.name: each.posting for each in policies.in_force(today) if each.posting}
    lasting = posting_queries.lasting(division, today)
    asked = {item["policy"] for posting in running for item in posting.shown["policies"]}
    received = {item["policy"] for row in lasting for item in row.policies}
    names = division_names([division, division[:TOWN].ljust(12, "0")])
    address = request.build_absolute_uri(reverse("cases:posting_village", args=[division]))
    return {
        "division": division,
        "place": names.get(division) or unnamed_place(division),
        "town": names.get(division[:TOWN].ljust(12, "0"), ""),
        "running": running,
        "lasting": lasting,
        "clauses": _clauses(rules[name] for name in sorted(asked & set(rules))),
        "lasting_clauses": _clauses((rules[name] for name in sorted(received & set(rules))), lasting=True),
        "picture": segno.make(address, error="m").svg_data_uri(scale=3),
        "address": address,
        "today": today,
        "language": "zh-hans" if (get_language() or "zh").startswith("zh") else "en",
        "reader": "resident",
    }  # fmt: skip


def _clauses(rules: Any, *, lasting: bool = False) -> list[Any]:
    """The articles that a list rests on, each once."""
    found: dict[str, Any] = {}
    for rule in rules:
        assert isinstance(rule, Rule)
        clause = rule.lasting_clause if lasting else rule.clause
        if clause is not None:
            found[clause.words.zh] = clause
    return list(found.values())


def _titles(shown: list[dict[str, Any]]) -> str:
    from huimin_platform.cases.templatetags.cases import policy_title

    return joined(policy_title(each["policy"]) for each in shown)
