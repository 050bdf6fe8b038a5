"""What has to be watched: programmes put up for ending with their evidence, and projects whose upkeep is not provided for."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet, Sum

from huimin.funds import monitoring
from huimin.funds import projects as plans
from huimin.funds.ledger import OWN_LEGS
from huimin.funds.levels import POOL
from huimin.funds.sources import PROJECT
from huimin.units.words import Words
from huimin_platform.funds import queries, reach
from huimin_platform.funds.models import Account
from huimin_platform.funds.project_models import Project, Verdict, Voucher
from huimin_platform.funds.projecting import plan_of


@dataclass(frozen=True)
class Ending:
    """A programme or project put up for ending: why, what it got and used each year, and what a person decided."""

    purpose: str
    last_year: int
    why: Words
    evidence: list[tuple[int, int, int]]
    verdict: Verdict | None


@dataclass(frozen=True)
class Watched:
    """A project with what its building and this year's running got and cost."""

    project: Project
    built_fen: int
    given_fen: int
    spent_fen: int
    running_share: float
    warnings: Sequence[Words]


@dataclass(frozen=True)
class Watch:
    """A fund of a year, how it is used, and what speaks for looking at it."""

    flow: queries.Flow
    use: monitoring.Use
    warnings: Sequence[Words]


def uses(actor: Any, flows: Sequence[queries.Flow], year: int, today: date) -> list[Watch]:
    """How each fund of a year is used in the actor's division; `flows` are the actor's."""
    moved = queries.movements(actor)
    shares: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for each in flows:
        shares[each.fund.purpose].append((each.fund.year, each.used_share))
    found = []
    for each in (flow for flow in flows if flow.fund.year == year and flow.fund in moved):
        received_on, last_paid_on = moved[each.fund]
        use = monitoring.use(
            received_fen=each.received_fen, paid_fen=each.paid_fen, left_fen=each.budget_fen, year=year,
            received_on=received_on, last_paid_on=last_paid_on, today=today,
        )  # fmt: skip
        ending = monitoring.to_end(shares[each.fund.purpose], today)
        found.append(Watch(each, use, [*use.warnings, *([ending] if ending else [])]))
    return found


def endings(actor: Any, flows: Sequence[queries.Flow], today: date) -> list[Ending]:
    """What is put up for ending in the actor's division, undecided first; `flows` are the actor's."""
    by_purpose: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for flow in flows:
        if flow.fund.purpose != POOL:
            by_purpose[flow.fund.purpose].append((flow.fund.year, flow.received_fen, flow.paid_fen))
    here = reach.around_it(reach.place_of(actor))
    decided = Verdict.objects.filter(place__in=here).select_related("by")
    verdicts = {
        (each.purpose, each.last_year): each for each in sorted(decided, key=lambda each: len(each.place))
    }
    found = []
    for purpose, rows in by_purpose.items():
        shares = [(year, paid / received) for year, received, paid in rows if received]
        why = monitoring.to_end(shares, today)
        if why is not None:
            last = max(year for year, _share in shares if year < today.year)
            evidence = sorted(row for row in rows if row[0] < today.year)
            found.append(Ending(purpose, last, why, evidence, verdicts.get((purpose, last))))
    return sorted(found, key=lambda each: (each.verdict is not None, each.purpose))


def watched(actor: Any, year: int) -> list[Watched]:
    """The register of the actor's division with this year's upkeep beside what was planned."""
    accounts = Account.objects.filter(purpose__startswith=PROJECT, leg__in=OWN_LEGS).order_by()
    given = dict(accounts.filter(year=year).values_list("purpose").annotate(fen=Sum("balance_fen")))
    spent = {
        code: (built, ran)
        for code, built, ran in Voucher.objects.filter(approved_by__isnull=False)
        .order_by()
        .values_list("project")
        .annotate(
            built=Sum("amount_fen", filter=Q(kind="build"), default=0),
            ran=Sum("amount_fen", filter=Q(kind="running", year=year), default=0),
        )
    }
    return [
        _watched(each, year, given.get(PROJECT + each.pk, 0), *spent.get(each.pk, (0, 0)))
        for each in register(actor)
    ]


def register(actor: Any) -> list[Project]:
    """The projects of the actor's division, the latest first."""
    return list(projects(actor).select_related("planned_by", "approved_by").order_by("-planned_at", "pk"))


def projects(actor: Any) -> QuerySet[Project]:
    """The projects of the actor's division."""
    return reach.within(actor, Project.objects.all(), "division")


def vouchers(actor: Any) -> QuerySet[Voucher]:
    """The vouchers of those projects."""
    return reach.within(actor, Voucher.objects.all(), "project__division")


def purposes(actor: Any) -> list[str]:
    """What the actor can put money on for projects: those that are approved."""
    codes = projects(actor).filter(state=Project.State.APPROVED).order_by("pk").values_list("pk", flat=True)
    return [PROJECT + code for code in codes]


def _watched(project: Project, year: int, given_fen: int, built_fen: int, ran_fen: int) -> Watched:
    warnings = list(plan_of(project).warnings())
    if (
        project.state == Project.State.APPROVED
        and project.opens_year <= year < project.opens_year + project.life_years
    ):
        late = plans.year_warning(year=year, needed_fen=project.running_fen, given_fen=given_fen)
        warnings += [late] if late else []
    return Watched(project, built_fen, given_fen, ran_fen, plan_of(project).running_share, warnings)
