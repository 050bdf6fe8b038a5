"""The loop in one picture: for every stage today's number, and where it is red."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from huimin.units.money import format_yuan
from huimin_platform.base import access
from huimin_platform.cases import queries as cases
from huimin_platform.delivery import queries as delivery
from huimin_platform.design.templatetags.design import say
from huimin_platform.evaluation.queries import figures
from huimin_platform.evaluation.templatetags.evaluation import in_unit
from huimin_platform.feedback import queries as feedback
from huimin_platform.funds import queries as funds
from huimin_platform.intake import queries as intake
from huimin_platform.matching import queries as matching
from huimin_platform.needs import queries as needs
from huimin_platform.portal.board import Task
from huimin_platform.registry import queries as registry

UNDECIDED = ("opened", "reviewing", "returned")


@dataclass(frozen=True)
class Stage:
    """One stage of the loop: its number today, what it counts, a second thought, and its page if it may be seen."""

    title: str
    icon: str
    value: str
    counts: str
    note: str
    tone: str
    url: str


def stages(actor: Any, today: date) -> list[Stage]:
    """The nine stages as they stand in the actor's division."""
    found = (
        _intake(),
        _registry(actor),
        _needs(actor),
        _matching(actor),
        _cases(actor, today),
        _delivery(actor, today),
        _funds(actor, today),
        _feedback(actor),
        _evaluation(actor, today),
    )
    return [replace(stage, url=access.address(actor, stage.url)) for stage in found]


def _intake() -> Stage:
    totals = intake.totals()
    note = _("%(count)s rows were refused") % {"count": f"{totals['refused']:,}"} if totals["refused"] else ""
    tone = "warning" if totals["refused"] else "good"
    return _stage(
        _("Intake"), "data-base", totals["files"], _("files in use"), note, tone, "intake:deliveries"
    )


def _registry(actor: Any) -> Stage:
    people = access.scope(actor, registry.persons()).filter(merged_into=None, died_on=None).count()
    pairs = registry.open_pairs(actor).order_by().count()
    note = _("%(count)s pairs wait for a clerk") % {"count": f"{pairs:,}"} if pairs else ""
    return _stage(
        _("Registry"),
        "usergroup",
        people,
        _("people living here"),
        note,
        "warning" if pairs else "good",
        "registry:review",
    )


def _needs(actor: Any) -> Stage:
    count = needs.needs_for(actor, state="open").order_by().count()
    return _stage(_("Needs"), "heart", count, _("needs open"), "", "info", "portal:needs")


def _matching(actor: Any) -> Stage:
    found = matching.entitlements_for(actor, status="entitled").order_by().count()
    doubt = matching.entitlements_for(actor, status="unknown").order_by().count()
    note = _("%(count)s answers are still to be verified") % {"count": f"{doubt:,}"} if doubt else ""
    return _stage(_("Matching"), "fork", found, _("entitlements"), note, "info", "matching:findings")


def _cases(actor: Any, today: date) -> Stage:
    found = access.scope(actor, cases.cases()).filter(state__in=UNDECIDED)
    late, count = found.filter(due_on__lt=today).count(), found.count()
    note = _("%(count)s are late") % {"count": f"{late:,}"} if late else _("none is late")
    return _stage(
        _("Cases"), "folder-open", count, _("cases under way"), note, "bad" if late else "good", "cases:cases"
    )


def _delivery(actor: Any, today: date) -> Stage:
    found = access.scope(actor, delivery.orders()).filter(~Q(state="paid"), due_on__lte=today).count()
    return _stage(
        _("Delivery"),
        "undertake",
        found,
        _("orders due, not paid yet"),
        "",
        "warning" if found else "good",
        "delivery:orders",
    )


def _funds(actor: Any, today: date) -> Stage:
    month = access.scope(actor, funds.payments()).filter(
        state="settled", answered_at__date__gte=today.replace(day=1)
    )
    paid_fen = month.aggregate(fen=Sum("amount_fen"))["fen"] or 0
    returned = access.scope(actor, funds.payments()).filter(state="returned").count()
    note = _("%(count)s payments came back") % {"count": f"{returned:,}"} if returned else ""
    return _stage(
        _("Funds"), "wallet", format_yuan(paid_fen), _("yuan arrived this month"), note,
        "warning" if returned else "good", "funds:payments",
    )  # fmt: skip


def _feedback(actor: Any) -> Stage:
    found = feedback.satisfaction(actor)
    value = f"{found.share * 100:.0f} %" if found.share is not None else "—"
    note = _("of %(count)s answers") % {"count": f"{found.answered:,}"}
    tone = "neutral" if found.share is None else "good" if found.share >= 0.85 else "bad"
    return _stage(_("Feedback"), "chat", value, _("satisfied"), note, tone, "feedback:questions")


def _evaluation(actor: Any, today: date) -> Stage:
    judged = [
        one for one in _standings(actor, today) if one.judgement.status in ("reached", "near", "missed")
    ]
    reached = sum(one.judgement.status == "reached" for one in judged)
    missed = sum(one.judgement.status == "missed" for one in judged)
    value = f"{reached} / {len(judged)}"
    note = _("%(count)s missed") % {"count": missed} if missed else ""
    return _stage(
        _("Evaluation"),
        "chart-bar",
        value,
        _("targets reached"),
        note,
        "bad" if missed else "good",
        "evaluation:indicators",
    )


def missed(actor: Any, today: date) -> list[Task]:
    """The targets that are missed now, so that a leader sees where and goes on from there."""
    return [_task(one) for one in _standings(actor, today) if one.judgement.status == "missed"]


def _task(one: figures.Standing) -> Task:
    asked, unit = one.judgement, one.indicator.unit
    words = _("%(value)s, target %(target)s") % {
        "value": in_unit(asked.value, unit), "target": in_unit(asked.target, unit),
    }  # fmt: skip
    url = reverse("evaluation:indicator", args=[one.indicator.name])
    return Task(url, say(one.indicator.title), say(one.indicator.meaning), words, "bad")


def _standings(actor: Any, today: date) -> list[figures.Standing]:
    on = figures.latest_on(today)
    known = figures.counties(on) if on else {}
    return figures.standings(on, figures.division_of(actor, "", known), 1)


def _stage(title: str, icon: str, value: Any, counts: str, note: str, tone: str, url: str) -> Stage:
    shown = f"{value:,}" if isinstance(value, int) else str(value)
    return Stage(title, icon, shown, counts, note, tone, url)
