"""What each role sees first: the work of the day, or the loop in one picture."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from huimin_platform.base import access, clock
from huimin_platform.cases import queries as cases
from huimin_platform.delivery import queries as delivery
from huimin_platform.design.templatetags.design import day, say, yuan_words
from huimin_platform.feedback import queries as feedback
from huimin_platform.funds import queries as funds
from huimin_platform.funds import waiting
from huimin_platform.intake import queries as intake
from huimin_platform.matching import queries as matching
from huimin_platform.needs import queries as needs
from huimin_platform.registry import queries as registry

STEPS_SHOWN = 8


@dataclass(frozen=True)
class Card:
    """A number that leads to its list; its tone says whether somebody has to act."""

    label: str
    value: int
    url: str
    tone: str
    note: str = ""


def cards(actor: Any, today: date) -> list[Card]:
    """The cards of a role, in the order of what presses."""
    found = [card for make in BY_ROLE.get(actor.role, ()) for card in make(actor, today)]
    return [card for card in found if card.url]


@dataclass(frozen=True)
class Task:
    """A line that leads to something to do or to look into."""

    url: str
    label: str
    hint: str
    status: str
    tone: str


def steps(actor: Any, today: date) -> list[Task]:
    """The next steps of somebody at work, those that press first."""
    found = cases.steps_for(actor).order_by("due_on", "pk")[:STEPS_SHOWN]
    return [_step(step, today) for step in found]


def _step(step: Any, today: date) -> Task:
    late = step.due_on < today
    words = _("Overdue since %(day)s") if late else _("Due by %(day)s")
    tone = "bad" if late else "warning" if step.due_on == today else "neutral"
    number = step.case.number
    return Task(
        reverse("cases:case", args=[number]), say(step.name), number, words % {"day": day(step.due_on)}, tone
    )


def _work(actor: Any, today: date) -> list[Card]:
    work, list_of_work = cases.work(actor, today), access.address(actor, "cases:work")
    late = Card(_("Overdue steps"), work.late, list_of_work, _pressing(work.late, "bad"))
    due = Card(_("Steps to do"), work.due, list_of_work, "info")
    rest = [Card(_("Waiting on others"), work.waiting, list_of_work, "neutral")]
    if cases.may_decide(actor):
        rest.insert(0, Card(_("To decide"), work.decide, list_of_work, _pressing(work.decide)))
    if work.returned:
        rest.append(Card(_("Sent back"), work.returned, list_of_work, "warning"))
    return [late, due, *rest]


def _findings(actor: Any, today: date) -> list[Card]:
    count = matching.findings_for(actor, state="open").order_by().count()
    address = access.address(actor, "matching:findings")
    return [Card(_("Findings to check"), count, address, _pressing(count))]


def _pairs(actor: Any, today: date) -> list[Card]:
    count = registry.open_pairs(actor).order_by().count()
    return [
        Card(
            _("Pairs to review"),
            count,
            access.address(actor, "registry:review"),
            _pressing(count),
        )
    ]


def _files(actor: Any, today: date) -> list[Card]:
    address, count = access.address(actor, "intake:deliveries"), intake.work(actor)
    return [Card(_("Files with refused rows"), count, address, _pressing(count))]


def _needs(actor: Any, today: date) -> list[Card]:
    counts = needs.alert_counts(actor, clock.now())
    open_alerts = sum(counts[name] for name in ("late", "today", "soon", "later"))
    address = access.address(actor, "needs:alerts")
    return [
        Card(_("Late alerts"), counts["late"], address, _pressing(counts["late"], "bad")),
        Card(_("Alerts to answer"), open_alerts, address, "info"),
    ]


def _answers(actor: Any, today: date) -> list[Card]:
    low = feedback.questions_for(actor, low=True).order_by().count()
    address = access.address(actor, "feedback:questions") + "?state=low"
    return [Card(_("Low scores"), low, address, _pressing(low))]


def _services(actor: Any, today: date) -> list[Card]:
    stuck = delivery.services_for(actor, state="stuck").order_by().count()
    address = access.address(actor, "delivery:services") + "?state=stuck"
    return [Card(_("Services nobody can be asked for"), stuck, address, "bad")] if stuck else []


def _batches(actor: Any, today: date) -> list[Card]:
    prepared = funds.batches(actor).filter(state="prepared").order_by().count()
    held = sum(each.count for each in funds.waiting(actor))
    differences = funds.differences(actor).order_by().count()
    address = access.address(actor, "funds:payments")
    return [
        Card(_("Batches to release"), prepared, address, _pressing(prepared)),
        Card(
            _("Differences with the bank"),
            differences,
            access.address(actor, "funds:exceptions"),
            _pressing(differences, "bad"),
        ),
        Card(_("Orders that wait"), held, address, _pressing(held)),
    ]


def _releases(actor: Any, today: date) -> list[Card]:
    found, address = funds.releases_to_decide(actor), access.address(actor, "funds:holds")
    note = ""
    if found.since is not None:
        note = _("%(amount)s, the oldest since %(day)s") % {
            "amount": yuan_words(found.fen), "day": day(timezone.localdate(found.since)),
        }  # fmt: skip
    return [
        Card(
            _("Releases to decide"),
            found.count,
            address and f"{address}#waiting",
            _pressing(found.count),
            note,
        )
    ]


def _budget(actor: Any, today: date) -> list[Card]:
    found = waiting.for_actor(actor, today)
    allocations, projects, appraised = (
        access.address(actor, f"funds:{name}") for name in ("allocations", "projects", "appraisals")
    )
    cards = [
        (_("Allocations to sign"), found.allocations, allocations),
        (_("Projects to approve"), found.projects, projects),
        (_("Vouchers to approve"), found.vouchers, projects),
        (_("Put up for ending"), found.endings, projects and f"{projects}#endings"),
        (_("Appraisals to publish"), found.appraisals, appraised),
        (_("Shortcomings to answer"), found.shortcomings, appraised and f"{appraised}#waiting"),
        (_("Funds to look at"), found.warnings, f"{access.address(actor, 'funds:flow')}#uses"),
    ]
    return [Card(label, count, url, _pressing(count)) for label, count, url in cards if count is not None]


def _pressing(count: int, tone: str = "warning") -> str:
    return tone if count else "good"


Make = Callable[[Any, date], list[Card]]
CASEWORK: tuple[Make, ...] = (_work, _findings, _needs, _services, _answers)
BY_ROLE: dict[str, tuple[Make, ...]] = {
    "village": (_work, _needs, _services, _answers),
    "township": CASEWORK,
    "county": (*CASEWORK, _budget),
    "steward": (_files, _pairs),
    "finance": (_batches, _releases, _budget),
    "auditor": (_budget, _findings, _pairs, _batches, _answers),
    "operator": (_files,),
    "leader": (_releases, _budget, _findings, _answers),
}
