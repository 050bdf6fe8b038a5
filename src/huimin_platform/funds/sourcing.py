"""Sources of money: registered once, spent on their purposes only; and budget years that are closed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huimin.funds import sources
from huimin.funds.levels import POOL
from huimin_platform.base import audit
from huimin_platform.base.models import User
from huimin_platform.base.prepared import is_any, prepared
from huimin_platform.funds import reach
from huimin_platform.funds.budget_models import ClosedYear, Source
from huimin_platform.funds.models import Account
from huimin_platform.funds.project_models import Project, Verdict
from huimin_platform.funds.refusals import NotNow, permitted


@transaction.atomic
def register(
    *,
    code: str,
    kind: str,
    title: str,
    document: str,
    giver: str = "",
    purposes: Sequence[str],
    at: datetime,
    by: User,
) -> Source:
    """The source, registered. The same again changes nothing; a code that stands for another source is refused."""
    permitted(by, "manages", "source")
    _check(kind, code, purposes)
    known = Source.objects.select_for_update().filter(code=code).first()
    if known is not None and not reach.decides(by, known.place):
        raise NotNow(_("The code %(code)s is taken elsewhere. Take another code.") % {"code": code})
    wanted = (kind, title, document, giver, sorted(set(purposes)))
    if known is not None:
        if (known.kind, known.title, known.document, known.giver, known.purposes) == wanted:
            return known
        raise NotNow(
            _(
                "The code %(code)s stands for %(title)s already. Take another code; what is registered never changes."
            )
            % {"code": code, "title": known.title}
        )
    found = Source.objects.create(
        code=code, place=reach.place_of(by), kind=kind, title=title, document=document, giver=giver, purposes=wanted[-1],
        registered_at=at, registered_by=by,
    )  # fmt: skip
    details = {"kind": kind, "document": document, "purposes": found.purposes}
    audit.write(by=by, action="adds", kind="source", object_id=code, details=details, at=at)
    return found


@transaction.atomic
def close_year(*, year: int, at: datetime, by: User) -> ClosedYear:
    """The year, closed for good for the place the officer works for; twice changes nothing. A year that still runs stays
    open.
    """
    permitted(by, "approves", "payment")
    if year >= at.year:
        raise NotNow(_("%(year)s is not over. A budget year is closed when it has passed.") % {"year": year})
    place = reach.place_of(by)
    budgets = reach.accounts(by, Account.objects.filter(year=year, leg="budget"))
    left = budgets.aggregate(fen=Sum("balance_fen"))["fen"] or 0
    found, new = ClosedYear.objects.get_or_create(
        year=year, place=place, defaults={"closed_at": at, "closed_by": by, "left_fen": left}
    )
    if new:
        details = {"left_fen": left, "place": place}
        audit.write(by=by, action="closes", kind="fund", object_id=f"year:{year}", details=details, at=at)
    return found


def insist_on_purpose(code: str, purpose: str, place: str) -> Source | None:
    """The source, once it is sure that it is for the purpose and the place; None for the place's own budget. Raises `NotNow`
    with the rule that refuses.
    """
    here = reach.around_it(place)
    if _ended.exists(purpose, here):
        raise NotNow(
            _("This was ended after two bad years; it gets no more money. See the decision under Projects.")
        )
    if sources.is_project(purpose) and not _approved(purpose.removeprefix(sources.PROJECT), place):
        raise NotNow(_("There is no approved project for this. Register it with its running costs first."))
    if not code:
        if purpose == POOL:
            raise NotNow(
                _("Money without a programme needs a source. Choose the source, or the programme it is for.")
            )
        return None
    found = Source.objects.filter(code=code, place__in=here).first()
    if found is None:
        raise NotNow(_("There is no source %(code)s. Register it first.") % {"code": code})
    if purpose != POOL:
        _check(found.kind, code, [purpose], found.purposes)
    return found


def insist_on_open_year(year: int, place: str) -> None:
    """Raises `NotNow` where the place, or one around it, has closed the budget year."""
    if _closed.exists(year, reach.around_it(place)):
        raise NotNow(
            _("The budget year %(year)s is closed. Use the current year, or correct it there.")
            % {"year": year}
        )


@prepared
def _ended(purpose: Any, places: Any) -> QuerySet[Verdict]:
    return Verdict.objects.filter(is_any("place", places), purpose=purpose, ends=True)


@prepared
def _closed(year: Any, places: Any) -> QuerySet[ClosedYear]:
    return ClosedYear.objects.filter(is_any("place", places), year=year)


def _approved(code: str, place: str) -> bool:
    """Whether a project is approved, and lies in the place or around it."""
    found = Project.objects.filter(pk=code, state=Project.State.APPROVED).first()
    at = "" if found is None else reach.place_at(found.division)
    return found is not None and (at.startswith(place) or place.startswith(at))


def _check(kind: str, code: str, wanted: Sequence[str], purposes: Sequence[str] | None = None) -> None:
    if not wanted:
        raise NotNow(_("A source has a purpose. Choose at least one."))
    try:
        for each in wanted:
            sources.check(kind, code, wanted if purposes is None else purposes, each)
    except sources.OffPurpose as problem:
        raise NotNow(problem.words().say(get_language() or "zh")) from None
