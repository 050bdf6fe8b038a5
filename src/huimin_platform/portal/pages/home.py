"""Where each role lands: the loop in one row of figures, and what waits for the reader."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huimin_platform.base import access, clock
from huimin_platform.cases import queries as cases
from huimin_platform.feedback import queries as feedback
from huimin_platform.funds import queries as funds
from huimin_platform.intake import queries as intake
from huimin_platform.matching import queries as matching
from huimin_platform.needs import queries as needs
from huimin_platform.registry import queries as registry

CASEWORK = ("village", "township", "county")
TITLES = {"leader": gettext_lazy("The loop today"), "auditor": gettext_lazy("What to look at")}


@dataclass(frozen=True)
class Task:
    """Something that waits: how much, in which words, where."""

    url: str
    label: str
    count: int
    kind: str


@access.page("lists", "work")
def staff(request: HttpRequest) -> HttpResponse:
    """The start page of somebody at work."""
    context = {
        "heading": TITLES.get(request.user.role, _("My work")),
        "figures": loop_figures(request.user),
        "tasks": [task for task in tasks(request.user) if task.count],
    }
    return render(request, "portal/home.html", context)


def home(request: HttpRequest) -> HttpResponse:
    """Leads residents to their own page, everybody else to the start page of their role."""
    if request.user.is_authenticated and request.user.role == "resident":
        return redirect("portal:mine")
    return staff(request)


home.access = staff.access  # type: ignore[attr-defined]


def loop_figures(actor: Any) -> list[tuple[str, str, str]]:
    """The stages of the loop with today's number each: words, number, address."""
    people = access.scope(actor, registry.persons().filter(merged_into=None, died_on=None)).count()
    open_needs = needs.needs_for(actor).order_by().count()
    entitled = matching.entitlements_for(actor, status="entitled").order_by().count()
    open_cases = (
        cases.cases_for(actor).exclude(state__in=["closed", "approved", "refused"]).order_by().count()
    )
    settled = funds.payments_for(actor, state="settled").order_by().count()
    asked = feedback.questions_for(actor).order_by().count()
    return [
        (
            _("Rows accepted"),
            f"{intake.totals()['accepted']:,}",
            _page(actor, "delivery", "intake:deliveries"),
        ),
        (_("People"), f"{people:,}", _page(actor, "person", "portal:people")),
        (_("Open needs"), f"{open_needs:,}", _page(actor, "need", "needs:needs")),
        (_("Entitled"), f"{entitled:,}", ""),
        (_("Cases under way"), f"{open_cases:,}", _page(actor, "case", "cases:cases")),
        (_("Paid to the card"), f"{settled:,}", _page(actor, "payment", "funds:payments")),
        (_("Questions asked"), f"{asked:,}", _page(actor, "question", "feedback:questions")),
    ]


def tasks(actor: Any) -> list[Task]:
    """What waits for the reader, the most pressing first."""
    found = []
    if actor.role in CASEWORK:
        work = cases.work(actor, clock.today())
        url = reverse("cases:work")
        found += [
            Task(url, _("Steps past their day"), work.late, "bad"),
            Task(url, _("Steps to do"), work.due, "info"),
            Task(url, _("Cases to decide"), work.decide, "warning"),
            Task(url, _("Cases sent back"), work.returned, "warning"),
            Task(url, _("Waiting on others"), work.waiting, "neutral"),
        ]
    if access.allow(actor, "decides", "finding") or actor.role == "auditor":
        count = matching.findings_for(actor, state="open").order_by().count()
        found.append(Task(reverse("matching:findings"), _("Findings to check"), count, "warning"))
    if access.allow(actor, "lists", "pair"):
        found.append(
            Task(
                reverse("registry:review"),
                _("Pairs on the review desk"),
                registry.open_pairs(actor).order_by().count(),
                "info",
            )
        )
    if access.allow(actor, "sends", "delivery"):
        found.append(
            Task(reverse("intake:deliveries"), _("Files with refused rows"), intake.work(actor), "warning")
        )
    if access.allow(actor, "approves", "batch"):
        waiting = funds.batches().filter(state="prepared").order_by().count()
        found.append(Task(reverse("funds:payments"), _("Batches to release"), waiting, "warning"))
        found += [
            Task(
                reverse("funds:payments"),
                _("Orders that wait for money or a card"),
                sum(each.count for each in funds.waiting()),
                "warning",
            )
        ]
    return found


def _page(actor: Any, kind: str, name: str) -> str:
    return reverse(name) if access.allow(actor, "lists", kind) else ""
