"""The exception desk: what finance has to look at, opened once for somebody, and closed when it is explained."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from huimin.units.words import Words
from huimin.units.workdays import add_working_days
from huimin_platform.base import access
from huimin_platform.base.models import User
from huimin_platform.base.prepared import add_many, is_any, prepared
from huimin_platform.funds.card_models import CardCheck
from huimin_platform.funds.models import BankMessage, BatchApproval, Difference, Payment

KINDS: Mapping[str, Words] = {
    "no_answer": Words(
        "银行逾期未答复，结果不明。请查对账单或询问银行，不要另行付款。",
        "The bank has not answered in time, so the outcome is unknown. Look at the statement or ask the bank;"
        " do not pay in another way.",
    ),
    "returned": Words(
        "款项被退回，已退回预算。请更正账户后重新发放，或说明不再发放。",
        "The money came back and is in the budget again. Have the account corrected and pay anew, or say"
        " why not.",
    ),
    "unknown_payment": Words(
        "银行的答复所说的付款不是我们发出的。请询问银行。",
        "The bank answers about a payment that is not ours. Ask the bank.",
    ),
    "not_sent": Words(
        "银行答复了一笔我们尚未发送的付款。请立即询问银行。",
        "The bank answers about a payment that we have not sent. Ask the bank at once.",
    ),
    "contradiction": Words(
        "银行先说未付，后又说已付。请询问银行款项在哪里。",
        "The bank first said that it did not pay, then that it did. Ask the bank where the money is.",
    ),
    "amount": Words(
        "银行答复的金额与付款金额不同，未采用。请询问银行。",
        "The bank names another amount than the payment's; its answer was not used. Ask the bank.",
    ),
    "duplicate": Words(
        "银行称该付款重复，未再付。第一次的结果待银行答复。",
        "The bank says the payment was sent before and did not pay again. Its first answer is still to come.",
    ),
    "debited_twice": Words(
        "银行对账单两次列支同一笔付款。请立即要求银行退回一笔。",
        "The bank's statements show the same payment debited twice. Ask the bank at once to give one back.",
    ),
    "not_on_statement": Words(
        "银行已答复付讫，对账单上却没有这笔支出。请询问银行。",
        "The bank said that it paid, but its statements do not show the debit. Ask the bank.",
    ),
    "malformed": Words(
        "银行的文件不合格式，整个文件未采用。请让银行重新发送。",
        "A file from the bank is malformed; nothing of it was used. Ask the bank to send it again.",
    ),
    "file_refused": Words(
        "银行拒收了付款文件。请查看原因。",
        "The bank refused a payment file. See its reason.",
    ),
    "file_altered": Words(
        "待发银行的文件写出后被改动。已取出并留存，原文件按规定重新写出。请查明是谁改的，并请银行核对是否已取走。",
        "A file for the bank was altered after it was written. It was taken out and kept, and the right one goes by the"
        " rules. Find out who altered it, and ask the bank whether it had taken it.",
    ),
    "file_not_ours": Words(
        "待发银行的文件夹里有不是本系统写出的文件，已取出并留存。请查明来源，并请银行核对是否已取走。",
        "The folder for the bank held a file that this house did not write; it was taken out and kept. Find out where it"
        " came from, and ask the bank whether it had taken it.",
    ),
    "card_refused": Words(
        "银行核验未通过领款人的银行卡，钱先留着。请让本人另报一张本人名下的银行卡；已向本人发出告知书。",
        "The bank did not confirm the payee's card, and the money waits. Ask the person for another card in the person's"
        " own name; a notice was sent.",
    ),
    "card_no_answer": Words(
        "银行多次未答复账户核验。请询问银行，或再次核验。",
        "The bank was asked about a card several times and has not answered. Ask the bank, or have it asked anew.",
    ),
    "card_contradiction": Words(
        "银行对同一张卡先后说法不同，在弄清之前不向该卡付款。请询问银行，再次核验。",
        "The bank said yes and no about the same card; nothing is paid to it until that is settled. Ask the bank, then"
        " have it asked anew.",
    ),
    "card_not_asked": Words(
        "银行答复了一张我们没有询问过的银行卡。请询问银行。",
        "The bank answers about a card that we did not ask about. Ask the bank.",
    ),
}

# Working days in which a difference of a kind should be settled: first where money may be in the wrong place.
TERMS: Mapping[str, int] = {
    "debited_twice": 1,
    "contradiction": 1,
    "not_sent": 1,
    "file_refused": 1,
    "file_altered": 1,
    "file_not_ours": 1,
    "amount": 2,
    "unknown_payment": 2,
    "malformed": 2,
    "card_contradiction": 2,
    "card_not_asked": 2,
    "no_answer": 3,
    "card_no_answer": 3,
    "duplicate": 3,
    "not_on_statement": 3,
    "returned": 5,
    "card_refused": 5,
}
# What is about a card.
ABOUT_CARDS = ("card_refused", "card_no_answer", "card_contradiction")

# Why a difference was closed, where the bank's word closed it and no person wrote a reason.
EXPLAINED: Mapping[str, Words] = {
    "answered": Words("银行已答复。", "The bank has answered."),
    "stated": Words("对账单上已有这笔支出。", "A statement shows the debit now."),
    "asked_again": Words("已按原编号再次询问银行。", "The bank was asked again, under the same id."),
    "not_paid": Words(
        "银行书面确认未付，款项已退回预算。",
        "The bank confirmed that it did not pay; the money is in the budget again.",
    ),
    "card_verified": Words("银行已确认本人的银行卡。", "The bank has confirmed a card of the person."),
    "card_asked_anew": Words("已再次请银行核验。", "The bank is asked about the card anew."),
}


def due_on(difference: Difference) -> date:
    """The working day by which a difference should be settled."""
    return add_working_days(timezone.localdate(difference.opened_at), TERMS[difference.kind])


def late_before(kind: str, today: date) -> datetime:
    """The moment before which a difference of this kind was opened, where its day has passed."""
    opened = today
    while add_working_days(opened, TERMS[kind]) >= today:
        opened -= timedelta(days=1)
    return timezone.make_aware(datetime.combine(opened + timedelta(days=1), time.min))


def open_many(
    kind: str,
    payments: Sequence[Payment],
    *,
    at: datetime,
    message: BankMessage | None = None,
    details: Mapping[str, Mapping[str, Any]] | None = None,
    once: bool = False,
) -> None:
    """Opens one difference a payment; the same again changes nothing. `once`: whatever file shows it again."""
    assert kind in KINDS, kind
    if not payments:
        return
    owners = _approvers({payment.batch_id for payment in payments if payment.batch_id})
    anybody = None if all(payment.batch_id in owners for payment in payments) else _on_duty.first()
    rows = [
        Difference(
            owner_id=owners.get(payment.batch_id or 0, anybody),
            key=f"{kind}:{payment.pk}:{_which(kind, payment, None if once else message)}",
            kind=kind,
            payment=payment,
            message=message,
            details=dict((details or {}).get(payment.pk, {})),
            opened_at=at,
        )
        for payment in payments
    ]
    add_many(rows, unless_known=True)


def _which(kind: str, payment: Payment, message: BankMessage | None) -> object:
    """What tells two differences of a kind about one payment apart: the file, or which sending had no answer."""
    if kind == "no_answer":
        return payment.sent_at.isoformat() if payment.sent_at else ""
    return message.pk if message and kind != "returned" else ""


def open_one(
    kind: str,
    key: str,
    *,
    at: datetime,
    message: BankMessage | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Opens a difference about no payment of ours."""
    assert kind in KINDS, kind
    batch = message.batch_id if message else None
    row = Difference(
        owner_id=(_approvers({batch}).get(batch) if batch else None) or _on_duty.first(),
        key=f"{kind}:{key}"[:160],
        kind=kind,
        message=message,
        details=dict(details or {}),
        opened_at=at,
    )
    add_many([row], unless_known=True)


def open_checks(
    kind: str,
    checks: Sequence[CardCheck],
    *,
    at: datetime,
    message: BankMessage | None = None,
    details: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Opens one difference a question about a card, for a finance officer of its place; the same again changes nothing."""
    assert kind in ABOUT_CARDS, kind
    if not checks:
        return
    places = [(access.prefix_of(officer), officer.pk) for officer in _officers.rows()]
    rows = [
        Difference(
            owner_id=next(
                (pk for place, pk in places if place is not None and check.division.startswith(place)), None
            ),
            key=f"{kind}:{check.pk}:{message.pk if message else check.times}",
            kind=kind,
            card_check=check,
            message=message,
            details=dict((details or {}).get(check.pk, {})),
            opened_at=at,
        )
        for check in checks
    ]
    add_many(rows, unless_known=True)


def _approvers(batches: Collection[int]) -> dict[int, int]:
    """batch -> who approved it last: the first to look after what its payments bring."""
    return dict(_approvals.rows(sorted(batches))) if batches else {}


def explain(kind: str, payments: Sequence[str], *, at: datetime, reason: str) -> None:
    """Closes the open differences of a kind about payments, by their ids, that have been explained since."""
    if payments:
        closed = Difference.State.CLOSED
        _open.update(kind, list(payments), state=closed, closed_at=at, reason=reason)


def explain_checks(
    people: Sequence[int], *, at: datetime, reason: str, kinds: Sequence[str] = ABOUT_CARDS
) -> None:
    """Closes the open differences about the cards of people, because the bank has confirmed one, or is asked anew."""
    if people:
        closed = Difference.State.CLOSED
        _open_of_people.update(list(kinds), list(people), state=closed, closed_at=at, reason=reason)


@prepared
def _approvals(batches: Any) -> QuerySet[BatchApproval, tuple[int, int]]:
    given = BatchApproval.objects.filter(is_any("batch_id", batches), by__is_active=True).order_by("pk")
    return given.values_list("batch_id", "by_id")


@prepared
def _officers() -> QuerySet[User]:
    return User.objects.filter(role="finance", is_active=True).order_by("pk")


@prepared
def _on_duty() -> QuerySet[User, int]:
    """Who looks after what belongs to no batch: the finance officer who has been here longest."""
    officers = User.objects.filter(role="finance", is_active=True).order_by("pk")
    return officers.values_list("pk", flat=True)


@prepared
def _open(kind: Any, payments: Any) -> QuerySet[Difference]:
    found = Difference.objects.filter(kind=kind, state=Difference.State.OPEN)
    return found.filter(is_any("payment_id", payments))


@prepared
def _open_of_people(kinds: Any, people: Any) -> QuerySet[Difference]:
    found = Difference.objects.filter(is_any("kind", kinds), state=Difference.State.OPEN)
    return found.filter(is_any("card_check__person_id", people))
