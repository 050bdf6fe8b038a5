"""Takes up the bank's word, brought in by a person, that it did not pay: with its document, above the threshold by two.

For a payment of unknown outcome that nobody may ask for again, because its payee has died since: the money goes back to
the budget. Where the bank can still be asked, it is asked.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from huimin_platform.base import audit
from huimin_platform.base.models import AuditLine, User
from huimin_platform.funds import differences, paying
from huimin_platform.funds.limits import limits
from huimin_platform.funds.models import Payment
from huimin_platform.funds.moving import move
from huimin_platform.funds.not_paid_models import NotPaid
from huimin_platform.funds.refusals import NotNow, insist_on_reason, permitted
from huimin_platform.funds.statement_models import StatementLine

# The reason of the return, in place of a code of the bank.
CODE = "NPAY"


@transaction.atomic
def propose(*, payment: str, document: str, reason: str, at: datetime, by: User) -> NotPaid:
    """That the bank did not pay, in force at once up to the threshold, else waiting for a second person. Twice changes nothing."""
    permitted(by, "decides", "payment")
    insist_on_reason(reason)
    if not document.strip():
        raise NotNow(_("Name the bank’s document: its number, or who confirmed it and when."))
    found = Payment.objects.select_for_update(of=("self",)).select_related("order").get(pk=payment)
    known = found.not_paid.exclude(state="refused").first()
    if known is not None:
        return known
    _insist_on_unknown(found)
    needed = max(1, limits().approvals(found.amount_fen)[0])
    made = NotPaid.objects.create(
        payment=found, document=document.strip(), reason=reason.strip(), approvals_needed=needed,
        state="proposed" if needed == 2 else "confirmed", proposed_at=at, proposed_by=by,
    )  # fmt: skip
    line = audit.write(
        by=by, action="proposes" if needed == 2 else "confirms", kind="not_paid", object_id=made.pk, at=at,
        details={"payment": found.pk, "document": made.document, "reason": made.reason, "amount_fen": found.amount_fen},
    )  # fmt: skip
    if needed == 1:
        _give_back(found, line, at)
    return made


@transaction.atomic
def agree(*, number: int, at: datetime, by: User) -> NotPaid:
    """The bank's word, in force by a second person's. Twice changes nothing."""
    permitted(by, "signs", "payment")
    found, payment = _waiting(number, by)
    if found.state != "proposed":
        return found
    _insist_on_unknown(payment)
    line = _decide(found, "confirmed", "", at, by)
    _give_back(payment, line, at)
    return found


@transaction.atomic
def refuse(*, number: int, reason: str, at: datetime, by: User) -> NotPaid:
    """The proposal, refused with a reason. Twice changes nothing."""
    permitted(by, "signs", "payment")
    insist_on_reason(reason)
    found, _payment = _waiting(number, by)
    if found.state == "proposed":
        _decide(found, "refused", reason.strip(), at, by)
    return found


def may_be_said(payment: Payment) -> bool:
    """Whether nothing but the bank's word can end it: nobody may ask for the payment again, or asking could pay it twice."""
    return not limits().bank_removes_repeats or bool(paying.stopped([payment]))


def _waiting(number: int, by: User) -> tuple[NotPaid, Payment]:
    # The payment first, as everywhere: two who lock in another order would wait for each other.
    subject = NotPaid.objects.filter(pk=number).values("payment_id")
    payment = Payment.objects.select_for_update(of=("self",)).select_related("order").get(pk__in=subject)
    found = NotPaid.objects.select_for_update().get(pk=number)
    if found.proposed_by_id == by.pk:
        raise NotNow(_("You brought this in. Somebody else has to decide it."))
    return found, payment


def _decide(found: NotPaid, state: str, decision: str, at: datetime, by: User) -> AuditLine:
    found.state, found.decision, found.decided_at, found.decided_by = state, decision, at, by
    found.save(update_fields=["state", "decision", "decided_at", "decided_by"])
    act = "confirms" if state == "confirmed" else "refuses"
    details = {"payment": found.payment_id, "reason": decision}
    return audit.write(by=by, action=act, kind="not_paid", object_id=found.pk, details=details, at=at)


def _insist_on_unknown(payment: Payment) -> None:
    if payment.state != Payment.State.UNKNOWN:
        raise NotNow(_("The outcome of this payment is known by now; nothing has to be confirmed."))
    if not may_be_said(payment):
        raise NotNow(
            _("The bank can be asked again under the same id, which cannot pay twice. Send it again instead.")
        )
    if StatementLine.objects.filter(payment=payment, credit=False).exists():
        raise NotNow(_("The bank’s own statement shows this payment as debited. Ask the bank what is right."))


def _give_back(payment: Payment, line: AuditLine, at: datetime) -> None:
    """The money in the budget again, by the bank's word; whether it is paid anew somebody decides as after any return."""
    move([payment], "return", at=at, line=line, reasons={payment.pk: CODE})
    differences.explain("no_answer", [payment.pk], at=at, reason="not_paid")
    differences.open_many("returned", [payment], at=at, details={payment.pk: {"code": CODE}})
