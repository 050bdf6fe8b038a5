"""Takes up what the bank says: each file once, whole or not at all, each payment by compare and set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import DataError, transaction
from django.db.models import QuerySet

from huimin.funds import card_files, csv_profile, csv_statement, iso20022
from huimin.funds.bank import Answer, MalformedFile, Reply
from huimin.funds.cards import CardReport
from huimin.funds.payment import moved
from huimin.units.words import Words
from huimin_platform.base import audit, secrets
from huimin_platform.base.prepared import add, is_any, prepared
from huimin_platform.funds import agenda, batches, card_answers, differences, exchange, statements
from huimin_platform.funds.exchange import keyed
from huimin_platform.funds.models import BankMessage, Batch, Payment
from huimin_platform.funds.moving import move

MOVE = {"settled": "settle", "returned": "return"}

NOT_KEPT = Words(
    "文件中有无法保存的内容，如过长的编号或日期。",
    "The file holds what cannot be kept, such as an id or a day beyond all measure.",
)
# With these the bank says that it has seen the payment or file before: nothing new about the money.
REPEATED = ("AM05", "DUPL")


@dataclass(frozen=True)
class _File:
    """A file from the bank as it came."""

    name: str
    data: bytes
    digest: str


@dataclass
class _Sorted:
    """The answers of a file by what they mean for us."""

    settle: list[Payment] = field(default_factory=list)
    back: list[Payment] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    differences: dict[str, list[tuple[Payment, Answer]]] = field(default_factory=dict)
    unknown: list[Answer] = field(default_factory=list)
    repeats: int = 0


def read_all(*, at: datetime) -> dict[str, int]:
    """How many files were taken up, and what they moved; a file seen before is laid aside."""
    counts = {"files": 0, "refused": 0, "settled": 0, "returned": 0, "cards": 0}
    there = [(path, path.read_bytes()) for path in exchange.arrived()]
    digests = [sha256(data).hexdigest() for _, data in there]
    known = {message.sha256: message for message in _seen.rows(digests)} if there else {}
    for (path, data), digest in zip(there, digests, strict=True):
        if digest not in known:
            message = known[digest] = _take_up(path, data, digest, at)
            counts["files"] += 1
            for name in ("settled", "returned"):
                counts[name] += message.counts.get(name, 0)
            counts["cards"] += message.counts.get("cards", 0)
        # A file that is not whole may still be growing; its full form has another digest and is taken up
        # then.
        if known[digest].state == BankMessage.State.APPLIED:
            exchange.lay_aside(path)
        else:
            counts["refused"] += 1
    return counts


@transaction.atomic
def give_up(*, at: datetime) -> int:
    """The number of payments whose outcome is unknown from now on, because the bank has been silent too
    long.
    """
    since = agenda.silent_since(at)
    payments = _silent.rows(since)
    if payments:
        line = audit.write(
            by=audit.SYSTEM, action="loses", kind="payment", object_id=payments[0].pk,
            details={"payments": len(payments)}, at=at,
        )  # fmt: skip
        move(payments, "lose", at=at, line=line)
        differences.open_many("no_answer", payments, at=at)
    return len(payments)


@transaction.atomic
def close_batches(*, at: datetime) -> int:
    """The number of sent batches that are closed, because every payment of theirs has its answer."""
    return _answered.update(state="closed")


def _take_up(path: Path, data: bytes, digest: str, at: datetime) -> BankMessage:
    file = _File(exchange.name_of(path), data, digest)
    try:
        reply = _parse(file)
        return (
            _take_up_cards(reply, file, at)
            if isinstance(reply, CardReport)
            else _take_up_reply(reply, file, at)
        )
    except MalformedFile as wrong:
        return _refuse(file, wrong.words(), at)
    except DataError:
        # Nothing of it was kept; one file that cannot be never stops the others.
        return _refuse(file, MalformedFile(NOT_KEPT).words(), at)


@transaction.atomic
def _take_up_reply(reply: Reply, file: _File, at: datetime) -> BankMessage:
    batch = _batch_of(reply)
    return _apply(_for_each(reply, batch) if reply.group else reply, batch, file, at)


@transaction.atomic
def _take_up_cards(report: CardReport, file: _File, at: datetime) -> BankMessage:
    message = _message(file, "card_report", None, at)
    message.counts = card_answers.apply(report, message, at=at)
    keyed.update(message.pk, counts=message.counts)
    return message


def _batch_of(reply: Reply) -> Batch | None:
    """The batch that a report is about; it may name a later file of the batch."""
    if not reply.batch:
        return None
    return _numbered.first(reply.batch) or (
        Batch.objects.filter(messages__outgoing=True, messages__name__startswith=f"{reply.batch}.").first()
    )


def _parse(file: _File) -> Reply | CardReport:
    about, ending = file.name.partition(".")[0], file.name.rpartition(".")[2].lower()
    if ending == "csv" and card_files.is_csv_report(file.data):
        return card_files.read_csv(file.data, about)
    if ending == "csv" and csv_statement.is_statement(file.data):
        return csv_statement.read(file.data, about)
    if ending == "csv":
        return csv_profile.read(file.data, about)
    if ending == "xml":
        return iso20022.read(file.data)
    raise MalformedFile(
        Words("文件名应以 .xml 或 .csv 结尾。", "The name of the file should end with .xml or .csv.")
    )


@transaction.atomic
def _refuse(file: _File, words: Words, at: datetime) -> BankMessage:
    message = _message(file, "unread", None, at, problem={"zh": words.zh, "en": words.en})
    kind = "file_refused" if file.name.endswith(".refused.txt") else "malformed"
    differences.open_one(kind, file.digest, at=at, message=message, details={"file": file.name})
    return message


def _message(file: _File, kind: str, batch: Batch | None, at: datetime, **said: Any) -> BankMessage:
    return add(
        BankMessage(
            outgoing=False,
            kind=kind,
            name=file.name,
            sha256=file.digest,
            batch=batch,
            content_sealed=secrets.seal_bytes(file.data, batches.CONTENT, file.digest),
            state=BankMessage.State.REFUSED if "problem" in said else BankMessage.State.APPLIED,
            at=at,
            **said,
        )
    )


@prepared
def _seen(digests: Any) -> QuerySet[BankMessage]:
    return BankMessage.objects.filter(is_any("sha256", digests), outgoing=False).defer("content_sealed")


@prepared
def _numbered(number: Any) -> QuerySet[Batch]:
    return Batch.objects.filter(number=number)


@prepared
def _silent(since: Any) -> QuerySet[Payment]:
    return Payment.objects.select_for_update().filter(state="sending", sent_at__lt=since).order_by("pk")


@prepared
def _asked(ids: Any) -> QuerySet[Payment]:
    return Payment.objects.select_for_update().filter(is_any("pk", ids)).order_by("pk")


@prepared
def _answered() -> QuerySet[Batch]:
    waiting = Payment.objects.filter(state__in=["approved", "sending", "unknown"]).exclude(batch=None)
    return Batch.objects.filter(state=Batch.State.SENT).exclude(pk__in=waiting.values("batch_id"))


def _for_each(reply: Reply, batch: Batch | None) -> Reply:
    """The answer about a batch as a whole, said of each of its payments that has none yet."""
    if batch is None:
        return Reply(reply.id, reply.batch, (Answer("", reply.group, reply.group_reason),))
    open_ids = (
        batch.payments.filter(state__in=["sending", "unknown"]).order_by("pk").values_list("pk", flat=True)
    )
    answers = tuple(Answer(payment, reply.group, reply.group_reason) for payment in open_ids)
    return Reply(reply.id, reply.batch, answers)


def _apply(reply: Reply, batch: Batch | None, file: _File, at: datetime) -> BankMessage:
    asked = sorted({answer.id for answer in reply.answers})
    payments = {payment.pk: payment for payment in _asked.rows(asked)} if asked else {}
    states = {payment.pk: payment.state for payment in payments.values()}
    unknown = [payment for payment in payments.values() if payment.state == "unknown"]
    settled = _sorted([answer for answer in reply.answers if answer.outcome != "returned"], payments, states)
    # A statement can tell of a payment and of its return; the return is judged after the payment.
    states |= dict.fromkeys((payment.pk for payment in settled.settle), "settled")
    back = _sorted([answer for answer in reply.answers if answer.outcome == "returned"], payments, states)
    first, last = reply.days or (None, None)
    message = _message(
        file, "status" if reply.batch else "statement", batch, at, counts=_counts(settled, back, reply),
        from_on=first, until_on=last,
    )  # fmt: skip
    line = audit.write(
        by="bank", action="answers", kind="bank_message", object_id=message.name[:64],
        details={"answers": len(reply.answers)}, at=at,
    )  # fmt: skip
    move(settled.settle, "settle", at=at, line=line, message=message)
    move(back.back, "return", at=at, line=line, message=message, reasons=back.reasons)
    differences.open_many(
        "returned", back.back, at=at, message=message,
        details={payment: {"code": code} for payment, code in back.reasons.items()},
    )  # fmt: skip
    answered = [payment.pk for payment in unknown if payment.state != "unknown"]
    differences.explain("no_answer", answered, at=at, reason="answered")
    for found in (settled, back):
        _open_differences(found, message, at)
    if reply.lines or reply.days:
        statements.record(reply, message, at)
    return message


def _counts(settled: _Sorted, back: _Sorted, reply: Reply) -> dict[str, int]:
    return {
        "settled": len(settled.settle),
        "returned": len(back.back),
        "repeats": settled.repeats + back.repeats,
        "lines": len(reply.lines),
        "differences": sum(
            len(rows) for found in (settled, back) for rows in (*found.differences.values(), found.unknown)
        ),
    }


def _sorted(answers: Sequence[Answer], payments: dict[str, Payment], states: Mapping[str, str]) -> _Sorted:
    found = _Sorted()
    for answer in answers:
        payment = payments.get(answer.id)
        if payment is None:
            found.unknown.append(answer)
        elif (kind := _difference(answer, payment, states[payment.pk])) is not None:
            found.differences.setdefault(kind, []).append((payment, answer))
        elif answer.outcome == "pending" or moved(states[payment.pk], MOVE[answer.outcome]) is None:
            found.repeats += 1
        else:
            (found.settle if answer.outcome == "settled" else found.back).append(payment)
            if answer.reason:
                found.reasons[payment.pk] = answer.reason
    return found


def _difference(answer: Answer, payment: Payment, state: str) -> str | None:
    """What does not fit between an answer and the payment it is about; None when it fits or repeats what is
    known.
    """
    if answer.reason in REPEATED:
        return "duplicate"
    if answer.amount_fen is not None and answer.amount_fen != payment.amount_fen:
        return "amount"
    if state == "approved":
        return "not_sent"
    if answer.outcome == "settled" and state == "returned" and not _paid_before_return(payment):
        return "contradiction"
    return None


def _paid_before_return(payment: Payment) -> bool:
    """Whether the return that we know of was of money that had arrived, so that an older answer may still
    say so.

    A statement books a return after the payment, and so a late "settled" tells nothing new; a status report
    that rejected the payment and a later one that settles it contradict each other.
    """
    last = payment.moves.filter(move="return").select_related("message").order_by("-pk").first()
    if last is None or last.state_before == "settled":
        return True
    return last.message is not None and last.message.kind == "statement"


def _open_differences(found: _Sorted, message: BankMessage, at: datetime) -> None:
    for kind, rows in found.differences.items():
        details = {payment.pk: _said(answer) for payment, answer in rows}
        differences.open_many(kind, [payment for payment, _ in rows], at=at, message=message, details=details)
    for number, answer in enumerate(found.unknown):
        key = f"{answer.id or number}:{message.sha256[:32]}"
        differences.open_one("unknown_payment", key, at=at, message=message, details=_said(answer))


def _said(answer: Answer) -> dict[str, object]:
    return {
        "payment": answer.id,
        "outcome": answer.outcome,
        "code": answer.reason,
        "amount_fen": answer.amount_fen,
        "on": answer.on.isoformat() if answer.on else None,
    }
