"""Writes of the funds stage that a person makes: money put on a fund, batches approved, differences
settled.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from huimin.funds import ledger, levels
from huimin.funds.sources import PROJECT, is_project
from huimin_platform.base import access, audit
from huimin_platform.base.models import User
from huimin_platform.base.prepared import add, prepared
from huimin_platform.delivery import actions as delivery
from huimin_platform.funds import (
    asking,
    batches,
    confirming,
    differences,
    posting,
    reach,
    statements,
    verifying,
)
from huimin_platform.funds.limits import limits
from huimin_platform.funds.models import Batch, BatchApproval, Difference, Payment, Transfer
from huimin_platform.funds.project_models import Project
from huimin_platform.funds.refusals import NotNow, insist_on_reason, permitted
from huimin_platform.funds.sourcing import insist_on_open_year, insist_on_purpose

ask_card_anew = verifying.ask_anew
say_not_paid = confirming.propose
agree_not_paid = confirming.agree
refuse_not_paid = confirming.refuse


@transaction.atomic
def appropriate(
    *,
    line: str = "",
    year: int,
    purpose: str,
    amount_fen: int,
    source: str = "",
    document: str = "",
    key: str = "",
    at: datetime,
    by: User,
) -> Transfer:
    """The transfer that puts money on a fund 拨款 of the place the officer works for; a project's money is the project's
    place's. The same key again changes nothing.

    `line` is the purpose's own budget line where it is left out; `document` is the letter that brings the money, else
    that of its source. Raises `ledger.ImpossibleAmount`.
    """
    permitted(by, "approves", "payment")
    own = _fund(purpose, year, source, _place(purpose, by))
    if line and line != own.line:
        raise NotNow(
            _("%(purpose)s is paid from budget line %(line)s; money for another line cannot be used for it.")
            % {"purpose": purpose, "line": own.line}
        )
    transfer = ledger.appropriation(own, amount_fen, key or at.isoformat())
    found = insist_on_purpose(source, purpose, reach.place_of(by))
    posting.open_accounts(own)
    known = _keyed.first(transfer.key)
    if known is not None:
        return known
    insist_on_open_year(year, own.place)
    details = {
        "line": own.line, "year": year, "purpose": purpose, "place": own.place, "amount_fen": amount_fen,
        "source": source,
    }  # fmt: skip
    written = audit.write(
        by=by,
        action="appropriates",
        kind="fund",
        object_id=own.account("budget")[:64],
        details=details,
        at=at,
    )
    letter = document or (found.document if found else "")
    posting.post([posting.Posting(transfer, document=letter)], audit=written, at=at)
    [made] = _keyed.rows(transfer.key)
    return made


@prepared
def _keyed(key: Any) -> QuerySet[Transfer]:
    return Transfer.objects.filter(key=key)


@prepared
def _approvers(batch: Any) -> QuerySet[BatchApproval, int]:
    return BatchApproval.objects.filter(batch=batch).values_list("by_id", flat=True)


def _fund(purpose: str, year: int, source: str, place: str) -> ledger.Fund:
    """The place's fund of a purpose, or its pool."""
    if purpose == levels.POOL:
        return levels.pool(year, source, place)
    return levels.programme(purpose, year, source, place)


def _place(purpose: str, by: User) -> str:
    """Whose money it will be."""
    project = (
        Project.objects.filter(pk=purpose.removeprefix(PROJECT)).first() if is_project(purpose) else None
    )
    return reach.place_of(by) if project is None else reach.place_at(project.division)


@transaction.atomic
def approve_batch(*, batch: str, at: datetime, by: User) -> Batch:
    """The batch with this person's approval, released when it has as many as it needs. A repeat changes
    nothing.
    """
    found = asking.insist_on_batch(batch)
    permitted(by, "approves", "batch")
    given = set(_approvers.rows(found.pk))
    if by.pk in given:
        return found
    if found.state != Batch.State.PREPARED:
        raise NotNow(
            _("Batch %(number)s is released already; nothing is left to approve.") % {"number": found.number}
        )
    if found.prepared_by_id == by.pk:
        raise NotNow(_("You prepared this batch. Somebody else has to approve it."))
    _insist_on_whole(found, by)
    add(BatchApproval(batch=found, by=by, at=at))
    details = {"total_fen": found.total_fen, "payments": found.count}
    audit.write(by=by, action="approves", kind="batch", object_id=found.number, details=details, at=at)
    if len(given) + 1 >= found.approvals_needed:
        batches.release(found, at=at)
    return found


def _insist_on_whole(batch: Batch, by: User) -> None:
    """Raises `NotNow` where a batch pays somebody whom the officer does not see."""
    if not reach.whole_batch(by, batch):
        raise NotNow(
            _(
                "This batch pays in other places too. Who decides on it works for all of them and sees all it pays."
            )
        )


@transaction.atomic
def resend(*, batch: str, reason: str, at: datetime, by: User) -> int:
    """The number of payments of unknown outcome that are sent again under their own ids, in a new file.

    A bank that would pay an id twice is asked again only for what its own statement of the day has closed
    without; and nobody who must not be paid any more is paid by asking again.
    """
    permitted(by, "sends", "batch")
    insist_on_reason(reason)
    found = asking.insist_on_batch(batch)
    _insist_on_whole(found, by)
    unknown = asking.unknown_of(found)
    payments = asking.that_may_go(unknown)
    if unknown and not payments:
        raise NotNow(
            _(
                "Each of these payees has died, has another card by now or none that the bank has confirmed, or has an"
                " open finding. Settle that first; where the bank confirms that it did not pay, bring that in on the"
                " payment’s page."
            )
        )
    if not limits().bank_removes_repeats:
        asked, payments = len(payments), statements.closed_without(payments)
        if asked and not payments:
            raise NotNow(_("This bank may pay the same id twice. Wait for the statement of the day."))
    if payments:
        details = {"payments": len(payments), "reason": reason}
        line = audit.write(by=by, action="resends", kind="batch", object_id=batch, details=details, at=at)
        asking.send(found, payments, at=at, line=line, reason=reason)
    return len(payments)


@transaction.atomic
def reissue(*, payment: str, reason: str, at: datetime, by: User) -> None:
    """Makes the order of a returned payment due again, to be paid under a new component. Twice changes
    nothing.
    """
    permitted(by, "decides", "payment")
    insist_on_reason(reason)
    found = access.scope(by, Payment.objects.select_for_update()).get(pk=payment)
    if found.state != Payment.State.RETURNED:
        raise NotNow(_("Only a payment that came back can be paid anew."))
    live = Payment.objects.filter(order=found.order_id).exclude(state=Payment.State.RETURNED).exists()
    if live or not delivery.mark([found.order_id], "due"):
        return
    audit.write(
        by=by, action="reissues", kind="payment", object_id=payment, details={"reason": reason}, at=at
    )
    differences.explain("returned", [found.pk], at=at, reason=reason)


@transaction.atomic
def own_difference(*, difference: int, at: datetime, by: User) -> Difference:
    """The difference, looked after by this person from now on."""
    permitted(by, "decides", "payment")
    found = reach.differences(by, Difference.objects.select_for_update(of=("self",))).get(pk=difference)
    if found.owner_id != by.pk:
        found.owner = by
        found.save(update_fields=["owner"])
        audit.write(by=by, action="takes", kind="difference", object_id=found.pk, at=at)
    return found


@transaction.atomic
def close_difference(*, difference: int, reason: str, at: datetime, by: User) -> Difference:
    """The difference closed with the reason; one about an unknown outcome closes by the bank's answer
    alone.
    """
    permitted(by, "decides", "payment")
    insist_on_reason(reason)
    locked = Difference.objects.select_for_update(of=("self",)).select_related("payment")
    found = reach.differences(by, locked).get(pk=difference)
    if found.state == Difference.State.CLOSED:
        return found
    if found.kind == "no_answer" and found.payment is not None and found.payment.state == "unknown":
        raise NotNow(
            _("The bank has not said what became of this payment. The difference closes when it does.")
        )
    found.state, found.closed_at, found.closed_by, found.reason = Difference.State.CLOSED, at, by, reason
    found.owner = found.owner or by
    found.save(update_fields=["state", "closed_at", "closed_by", "reason", "owner"])
    audit.write(
        by=by, action="closes", kind="difference", object_id=found.pk, details={"reason": reason}, at=at
    )
    return found
