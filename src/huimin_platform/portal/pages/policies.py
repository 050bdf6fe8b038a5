"""The policy book 惠民政策一本通: search, a page and a guideline for every policy, versions side by side. Public."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huimin import rules
from huimin.rules.policy import Policy
from huimin_platform.base import access, clock
from huimin_platform.base.places import division_name
from huimin_platform.design import why
from huimin_platform.portal import policybook
from huimin_platform.portal.calculator import MOST_MEMBERS, CalculatorForm
from huimin_platform.registry import drafting

LONGEST_QUESTION = 80


@require_safe
def policies(request: HttpRequest) -> HttpResponse:
    """Every policy in force, or those that some words are about."""
    asked = request.GET.get("q", "")[:LONGEST_QUESTION]
    everywhere = "everywhere" in request.GET
    hits = policybook.find(asked, clock.today(), policybook.place_of(request.user), everywhere=everywhere)
    rows = [
        (hit.policy, policybook.department(hit.policy.department), policybook.holds_in(hit.policy))
        for hit in hits
    ]
    return render(
        request,
        "portal/policies.html",
        {"asked": asked, "rows": rows, "everywhere": everywhere, "reader": "resident"},
    )


def policy(request: HttpRequest, name: str) -> HttpResponse:
    """One policy in plain words, with a calculator; POST answers for the household described."""
    found = _version(request, name)
    context = _context(request, found)
    members = _members(request)
    form = CalculatorForm(found, members, request.POST if "calculate" in request.POST else None)
    status = 200
    if form.is_bound:
        if form.is_valid():
            context |= _answer(form, context["division"], found)
        else:
            status = 422
    context |= {"form": form, "members": members, "most_members": MOST_MEMBERS, "reader": "resident"}
    context |= _applying(request.user, found, current=context["current"])
    return render(request, "portal/policy.html", context, status=status)


@require_safe
def guideline(request: HttpRequest, name: str) -> HttpResponse:
    """The operating guideline 执行指引 of a policy, for officers and for printing."""
    return render(request, "portal/guideline.html", _context(request, _version(request, name)))


@require_safe
def guideline_pdf(request: HttpRequest, name: str) -> HttpResponse:
    """The guideline as PDF; where the system lacks Pango, the page says so and how to get it."""
    context = _context(request, _version(request, name))
    try:
        from weasyprint import HTML
    except OSError:
        return render(request, "portal/no_pdf.html", context, status=503)
    content = HTML(string=render_to_string("portal/guideline_print.html", context)).write_pdf()
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}-{context["policy"].version}.pdf"'
    return response


@require_safe
def compare(request: HttpRequest, name: str) -> HttpResponse:
    """Two versions of a policy side by side; the last two where none are named."""
    found, today = _version(request, name), clock.today()
    division = policybook.place_of(request.user)
    versions = policybook.guideline_of(found, today, division).versions
    starts = [each.started_on.isoformat() for each in versions]
    asked = [request.GET.get(side, "") for side in ("first", "second")]
    first, second = (
        asked if all(each in starts for each in asked) else (starts[0 if len(starts) < 2 else -2], starts[-1])
    )
    sides = [
        policybook.guideline_of(versions[starts.index(start)], today, division) for start in (first, second)
    ]
    context = {
        "policy": found, "versions": versions, "first": first, "second": second,
        "rows": policybook.compared(*sides), "crumbs": _crumbs(found, _("Versions side by side")),
    }  # fmt: skip
    return render(request, "portal/policy_compare.html", context)


def _applying(actor: Any, found: Policy, *, current: bool) -> dict[str, Any]:
    """Where a reader applies: a resident, or who has not signed in, on the own page; an officer in a person's file."""
    may_help = actor.is_authenticated and bool(access.allow(actor, "raises", "case"))
    resident = not actor.is_authenticated or bool(access.allow(actor, "raises", "own_page"))
    url = f"{reverse('portal:apply')}?policy={found.name}" if current and resident else ""
    return {"apply_url": url, "may_help": may_help and current}


def _version(request: HttpRequest, name: str) -> Policy:
    found = policybook.version_of(name, request.GET.get("from", ""), clock.today())
    if found is None:
        raise Http404
    return found


def _context(request: HttpRequest, found: Policy) -> dict[str, Any]:
    today, division = clock.today(), policybook.place_of(request.user)
    return {
        "policy": found,
        "guideline": policybook.guideline_of(found, today, division),
        "department": policybook.department(found.department),
        "holds_in": policybook.holds_in(found),
        "division": division,
        "place": division_name(division),
        "papers": policybook.papers(found),
        "posting": policybook.posting(found),
        "steps": (steps := policybook.steps(found)),
        "own_days": any(not each["law"] and not each["posted"] for each in steps),
        "current": found.in_force(today),
        "aside": [
            (each.proposal, division_name(each.proposal.division))
            for each in drafting.set_aside_of(found.name)
        ],
        "today": today,
        "language": policybook.language(),
        "crumbs": _crumbs(found, ""),
        "write_url": access.address(request.user, "portal:write_draft", found.name)
        if request.user.is_authenticated
        else "",
    }


def _crumbs(found: Policy, last: str) -> list[tuple[str, str]]:
    title = found.title.say(policybook.language())
    first = (_("Policy book"), reverse("portal:policies"))
    return (
        [first, (title, reverse("portal:policy", args=[found.name])), (last, "")]
        if last
        else [first, (title, "")]
    )


def _members(request: HttpRequest) -> int:
    """How many members the calculator asks about."""
    asked = request.POST.get("members", request.GET.get("members", "1"))
    return min(max(int(asked), 1), MOST_MEMBERS) if asked.isdecimal() and len(asked) < 4 else 1


def _answer(form: CalculatorForm, division: str, found: Policy) -> dict[str, Any]:
    """The answer for the page, or why there can be none."""
    today = clock.today()
    on = today if found.in_force(today) else found.started_on
    try:
        household = form.described(division)
        data = form.answer(household, on)
    except rules.PolicyError as problem:
        return {"no_answer": problem.say(policybook.language())}
    refused = data["status"] == "not_entitled" and found.in_force(today)
    return {
        "answer": data, "tree": why.tree(data), "monthly": found.period == "month",
        "lacking": form.lacking(data["missing"]), "others": form.others(household, on) if refused else [],
    }  # fmt: skip
