"""Writes about projects: planned with their running costs, approved by another, spent on by voucher; and verdicts on what goes badly."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huimin.funds import ledger, levels, projects
from huimin.funds.sources import PROJECT
from huimin_platform.base import audit
from huimin_platform.base.models import User
from huimin_platform.funds import posting, reach
from huimin_platform.funds.models import Account
from huimin_platform.funds.project_models import Project, Verdict, Voucher
from huimin_platform.funds.refusals import NotNow, insist_on_reason, permitted
from huimin_platform.funds.sourcing import insist_on_open_year, insist_on_purpose


def plan_of(project: Project) -> projects.Plan:
    """The costs of a project as the library reads them."""
    return projects.Plan(project.build_fen, project.running_fen, project.life_years, project.promised_fen)


@transaction.atomic
def plan(
    *,
    code: str,
    title: str,
    division: str,
    build_fen: int,
    running_fen: int,
    life_years: int,
    opens_year: int,
    promises: Sequence[tuple[str, int]],
    at: datetime,
    by: User,
) -> Project:
    """The project in the register, waiting for approval. The same again changes nothing; one without upkeep is refused."""
    permitted(by, "manages", "project")
    promised = sum(fen for _, fen in promises)
    _sound(projects.Plan(build_fen, running_fen, life_years, promised))
    values = {
        "title": title, "division": division, "build_fen": build_fen, "running_fen": running_fen,
        "life_years": life_years, "opens_year": opens_year, "promises": [list(each) for each in promises],
        "promised_fen": promised,
    }  # fmt: skip
    found, new = Project.objects.get_or_create(
        code=code, defaults=values | {"planned_at": at, "planned_by": by}
    )
    if not new and not reach.decides(by, reach.place_at(found.division)):
        raise NotNow(_("The code %(code)s is taken elsewhere. Take another code.") % {"code": code})
    if not new and any(getattr(found, name) != value for name, value in values.items()):
        raise NotNow(
            _(
                "The code %(code)s stands for %(title)s already. Take another code; what is registered never changes."
            )
            % {"code": code, "title": found.title}
        )
    if new:
        details = {"build_fen": build_fen, "running_fen": running_fen, "life_years": life_years}
        audit.write(by=by, action="adds", kind="project", object_id=code, details=details, at=at)
    return found


@transaction.atomic
def approve(*, code: str, at: datetime, by: User) -> Project:
    """The project approved by another person than planned it. A repeat changes nothing."""
    permitted(by, "approves", "project")
    found = reach.within(by, Project.objects.select_for_update(), "division").get(pk=code)
    if found.state == Project.State.APPROVED:
        return found
    if found.planned_by_id == by.pk:
        raise NotNow(_("You planned this project. Somebody else has to approve it."))
    _sound(plan_of(found))
    found.state, found.approved_at, found.approved_by = Project.State.APPROVED, at, by
    found.save(update_fields=["state", "approved_at", "approved_by"])
    audit.write(by=by, action="approves", kind="project", object_id=code, at=at)
    return found


@transaction.atomic
def prepare_voucher(
    *, key: UUID, code: str, year: int, source: str, kind: str, document: str, payee: str, amount_fen: int,
    at: datetime, by: User,
) -> Voucher:  # fmt: skip
    """The voucher, waiting for a second person. The same key again changes nothing."""
    permitted(by, "manages", "project")
    known = Voucher.objects.filter(pk=key).first()
    if known is not None:
        return known
    project = reach.within(by, Project.objects.all(), "division").get(pk=code)
    if project.state != Project.State.APPROVED:
        raise NotNow(_("The project is not approved yet; nothing is spent on it before."))
    fund = _fund(project, year, source, amount_fen)
    insist_on_open_year(year, fund.place)
    insist_on_purpose(source, PROJECT + code, reach.place_at(project.division))
    _left(fund, amount_fen)
    if Voucher.objects.filter(project=project, document=document).exists():
        raise NotNow(
            _("The document %(number)s was taken in before. Check its number.") % {"number": document}
        )
    found = Voucher.objects.create(
        key=key, project=project, year=year, source=source, kind=kind, document=document, payee=payee,
        amount_fen=amount_fen, prepared_at=at, prepared_by=by,
    )  # fmt: skip
    details = {"amount_fen": amount_fen, "document": document, "kind": kind}
    audit.write(by=by, action="prepares", kind="project", object_id=code, details=details, at=at)
    return found


@transaction.atomic
def approve_voucher(*, key: UUID, at: datetime, by: User) -> Voucher:
    """The voucher approved by a second person, and its money in the ledger. A repeat changes nothing."""
    permitted(by, "approves", "project")
    vouchers = Voucher.objects.select_for_update(of=("self",)).select_related("project")
    found = reach.within(by, vouchers, "project__division").get(pk=key)
    if found.approved_by_id is not None:
        return found
    if found.prepared_by_id == by.pk:
        raise NotNow(_("You prepared this voucher. Somebody else has to approve it."))
    fund = _fund(found.project, found.year, found.source, found.amount_fen)
    insist_on_open_year(found.year, fund.place)
    posting.open_accounts(fund)
    _left(fund, found.amount_fen)
    details = {"amount_fen": found.amount_fen, "document": found.document}
    line = audit.write(
        by=by, action="approves", kind="project", object_id=found.project_id, details=details, at=at
    )
    spent = ledger.Transfer(
        f"spend:{found.pk}", "spend", fund.account("budget"), fund.account("paid"), found.amount_fen
    )
    found.approved_at, found.approved_by = at, by
    found.save(update_fields=["approved_at", "approved_by"])
    posting.post([posting.Posting(spent, document=found.document)], audit=line, at=at)
    return found


@transaction.atomic
def judge(
    *, purpose: str, last_year: int, evidence: Sequence[tuple[int, int, int]], ends: bool, reason: str,
    at: datetime, by: User,
) -> Verdict:  # fmt: skip
    """A person's verdict on what was put up for ending, with the evidence. The first one stands; nothing ends by itself."""
    permitted(by, "signs", "project")
    insist_on_reason(reason)
    found, new = Verdict.objects.get_or_create(
        place=reach.place_of(by), purpose=purpose, last_year=last_year,
        defaults={
            "evidence": [list(row) for row in evidence], "ends": ends, "reason": reason, "at": at, "by": by,
        },
    )  # fmt: skip
    if new:
        details = {"last_year": last_year, "ends": ends, "reason": reason}
        audit.write(by=by, action="decides", kind="project", object_id=purpose, details=details, at=at)
    return found


def _fund(project: Project, year: int, source: str, wanted_fen: int) -> ledger.Fund:
    """The project's fund, of its place or of one around it that has paid in: the nearest that holds enough."""
    places = reach.around_it(reach.place_at(project.division))
    found = Account.objects.filter(
        purpose=PROJECT + project.pk, year=year, source=source, leg="budget", place__in=places
    )
    left = dict(found.values_list("place", "balance_fen"))
    place = next((each for each in places if left.get(each, 0) >= wanted_fen), places[0])
    return levels.programme(PROJECT + project.pk, year, source, place)


def _left(fund: ledger.Fund, fen: int) -> None:
    if not 0 < fen <= ledger.LARGEST_APPROPRIATION_FEN:
        raise ledger.ImpossibleAmount(fen, ledger.LARGEST_APPROPRIATION_FEN)
    left = posting.budget_left(fund)
    if left < fen:
        raise NotNow(
            _(
                "Only %(left)s yuan are left there, not %(wanted)s. Appropriate more, or take a smaller amount."
            )
            % {"left": f"{left / 100:,.2f}", "wanted": f"{fen / 100:,.2f}"}
        )


def _sound(plan: projects.Plan) -> None:
    try:
        plan.check()
    except projects.NotSound as problem:
        raise NotNow(problem.words().say(get_language() or "zh")) from None
