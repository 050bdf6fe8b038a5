"""What of the budget waits for somebody: allocations to sign, projects and vouchers to approve, endings to decide, funds to look at."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from huimin_platform.base import access
from huimin_platform.funds import appraisals, queries, reach, watching
from huimin_platform.funds.appraisal_models import Appraisal
from huimin_platform.funds.budget_models import Proposal
from huimin_platform.funds.project_models import Project


@dataclass(frozen=True)
class Waiting:
    """How many of each wait for the actor; None where the actor's role has nothing to do with it."""

    allocations: int | None = None
    projects: int | None = None
    vouchers: int | None = None
    endings: int | None = None
    appraisals: int | None = None
    shortcomings: int | None = None
    warnings: int | None = None


def for_actor(actor: Any, today: date) -> Waiting:
    """What waits for the actor; what one has made oneself waits for somebody else."""

    def may(action: str, kind: str) -> bool:
        return bool(access.allow(actor, action, kind))

    proposed = reach.within(actor, Proposal.objects.filter(state=Proposal.State.PROPOSED))
    planned = watching.projects(actor).filter(state=Project.State.PLANNED).exclude(planned_by=actor)
    closed = reach.within(actor, Appraisal.objects.filter(state=Appraisal.State.CLOSED))
    flows = queries.flows(actor) if may("signs", "project") or may("lists", "ledger") else []
    return Waiting(
        allocations=proposed.exclude(proposed_by=actor).count() if may("signs", "allocation") else None,
        projects=planned.count() if may("approves", "project") else None,
        vouchers=watching.vouchers(actor).filter(approved_by=None).exclude(prepared_by=actor).count()
        if may("approves", "project") else None,
        endings=sum(each.verdict is None for each in watching.endings(actor, flows, today))
        if may("signs", "project") else None,
        appraisals=closed.count() if may("publishes", "appraisal") else None,
        shortcomings=appraisals.shortcomings_for(actor).count() if may("answers", "appraisal") else None,
        warnings=sum(bool(use.warnings) for use in watching.uses(actor, flows, today.year, today))
        if may("lists", "ledger") else None,
    )  # fmt: skip
