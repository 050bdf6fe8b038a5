"""Releases holds by a finding: a person with a reason, above the threshold a second one; never to the card of the dead."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from huimin_platform.base import audit
from huimin_platform.base.models import User
from huimin_platform.funds import paying
from huimin_platform.funds.hold_models import HoldRelease
from huimin_platform.funds.limits import limits
from huimin_platform.funds.models import Hold
from huimin_platform.funds.refusals import NotNow, insist_on_reason, permitted

LONGEST_DAYS = 366


@transaction.atomic
def propose(*, hold: int, reason: str, until_on: date | None = None, at: datetime, by: User) -> HoldRelease:
    """The release of a hold, in force at once up to the threshold, else waiting for a second person. Twice changes nothing.

    `until_on`: for all payments of the grant that fall due until that day; none, for the held payment alone.
    """
    permitted(by, "releases", "hold")
    insist_on_reason(reason)
    found = Hold.objects.select_for_update(of=("self",)).select_related("order__grant").get(pk=hold)
    known = found.releases.filter(state__in=("proposed", "released")).first()
    if known is not None:
        return known
    kinds = _insist_on_releasable(found)
    order = found.order
    _insist_on_day(until_on, order.due_on)
    amount_fen = order.amount_fen * (_months(order.due_on, until_on) if order.grant.per == "month" else 1)
    needed, _rule = limits().approvals(amount_fen)
    needed = max(1, needed)
    release = HoldRelease.objects.create(
        hold=found, order=order, grant=order.grant, kinds=kinds, until_on=until_on, amount_fen=amount_fen,
        approvals_needed=needed, reason=reason.strip(), state="proposed" if needed == 2 else "released",
        proposed_at=at, proposed_by=by,
    )  # fmt: skip
    details = {"release": release.pk, "reason": release.reason, "kinds": kinds, "amount_fen": amount_fen,
               "until_on": str(until_on or "")}  # fmt: skip
    act = "proposes" if needed == 2 else "releases"
    audit.write(by=by, action=act, kind="hold", object_id=found.pk, details=details, at=at)
    return release


@transaction.atomic
def agree(*, release: int, at: datetime, by: User) -> HoldRelease:
    """The release, in force by a second person's word. Twice changes nothing."""
    permitted(by, "signs", "hold")
    found = _waiting(release, by)
    if found.state != HoldRelease.State.PROPOSED:
        return found
    _insist_on_releasable(found.hold, found.kinds)
    return _decide(found, "released", "", at, by)


@transaction.atomic
def refuse(*, release: int, reason: str, at: datetime, by: User) -> HoldRelease:
    """The proposal, refused with a reason. Twice changes nothing."""
    permitted(by, "signs", "hold")
    insist_on_reason(reason)
    found = _waiting(release, by)
    return _decide(found, "refused", reason.strip(), at, by) if found.state == "proposed" else found


def _waiting(release: int, by: User) -> HoldRelease:
    found = HoldRelease.objects.select_for_update(of=("self",)).select_related("hold__order").get(pk=release)
    if found.proposed_by_id == by.pk:
        raise NotNow(_("You proposed this release. Somebody else has to decide it."))
    return found


def _decide(found: HoldRelease, state: str, decision: str, at: datetime, by: User) -> HoldRelease:
    found.state, found.decision, found.decided_at, found.decided_by = state, decision, at, by
    found.save(update_fields=["state", "decision", "decided_at", "decided_by"])
    details = {"release": found.pk, "reason": decision}
    act = "releases" if state == "released" else "refuses"
    audit.write(by=by, action=act, kind="hold", object_id=found.hold_id, details=details, at=at)
    return found


def _insist_on_releasable(hold: Hold, answered: list[str] | None = None) -> list[str]:
    """The kinds of findings that hold the payment now. `answered`: those that the proposal knew."""
    if hold.lifted_at is not None:
        raise NotNow(_("This payment is not held any more; nothing is left to release."))
    [due] = paying.known_of([hold.order_id])
    if not due.payee_alive or due.dead_by_a_finding:
        raise NotNow(
            _(
                "The payee has died, or a finding says so. Money never goes to the card of the dead:"
                " name another payee, or decide the finding first."
            )
        )
    kinds = due.blocking
    if due.reason_to_wait() != "finding":
        raise NotNow(_("Only a hold by a finding can be released. What else is missing has to be supplied."))
    if answered is not None and not set(kinds) <= set(answered):
        raise NotNow(
            _("Another finding has come since this was proposed. Refuse it; it can be proposed anew.")
        )
    return kinds


def _insist_on_day(until_on: date | None, due_on: date) -> None:
    if until_on is not None and not due_on <= until_on <= due_on + timedelta(days=LONGEST_DAYS):
        raise NotNow(
            _("Choose a day from %(first)s on, at most a year later.") % {"first": due_on.isoformat()}
        )


def _months(first: date, last: date | None) -> int:
    """How many months' payments fall due from one day to the other."""
    return 1 if last is None else (last.year - first.year) * 12 + last.month - first.month + 1
