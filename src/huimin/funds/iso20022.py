"""ISO 20022 bank files: customer credit transfers out (pain.001.001.09), status reports and statements in.

Incoming files are read with defusedxml: entities and document types are refused, and a file that breaks any
rule is refused whole, because half a reply is worse than none.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from xml.etree import ElementTree

from huimin.funds import card_files, elements
from huimin.funds.bank import (
    CURRENCY,
    LARGEST_FEN,
    Answer,
    Line,
    MalformedFile,
    Order,
    Reply,
    plain,
    told_apart,
    without_contradiction,
)
from huimin.funds.cards import CardReport
from huimin.units.words import Words

PAIN_001 = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"

# Transaction statuses of pain.002 and what they mean for us.
STATUSES = {
    "ACSC": "settled",
    "ACCC": "settled",
    "RJCT": "returned",
    "CANC": "returned",
    "PDNG": "pending",
    "RCVD": "pending",
    "ACTC": "pending",
    "ACCP": "pending",
    "ACSP": "pending",
    "ACWC": "pending",
}

Element = ElementTree.Element


def write_pain001(order: Order) -> bytes:
    """The batch as a customer credit transfer initiation, one payment information block, amounts in yuan."""
    root = Element("Document", {"xmlns": PAIN_001})
    message = elements.add(root, "CstmrCdtTrfInitn")
    count, total = str(len(order.instructions)), _yuan(order.total_fen())
    header = elements.add(message, "GrpHdr")
    elements.fill(
        header,
        MsgId=order.id,
        CreDtTm=order.created_at.isoformat(timespec="seconds"),
        NbOfTxs=count,
        CtrlSum=total,
    )
    elements.fill(elements.add(header, "InitgPty"), Nm=order.payer)
    block = elements.add(message, "PmtInf")
    elements.fill(block, PmtInfId=order.id, PmtMtd="TRF", NbOfTxs=count, CtrlSum=total)
    elements.fill(elements.add(block, "ReqdExctnDt"), Dt=order.execute_on.isoformat())
    elements.fill(elements.add(block, "Dbtr"), Nm=order.payer)
    elements.account(block, "DbtrAcct", order.payer_account)
    agent = elements.add(block, "DbtrAgt")
    elements.fill(elements.add(agent, "FinInstnId", "Othr"), Id="NOTPROVIDED")
    # A payment stands on a line of its own.
    elements.ends_line(agent)
    for item in order.instructions:
        assert elements.ID.fullmatch(item.id), f"{item.id!r} cannot be an EndToEndId"
        line = elements.add(block, "CdtTrfTxInf")
        elements.fill(elements.add(line, "PmtId"), EndToEndId=item.id)
        amount = elements.add(line, "Amt", "InstdAmt")
        amount.set("Ccy", CURRENCY)
        amount.text = _yuan(item.amount_fen)
        elements.fill(elements.add(line, "Cdtr"), Nm=item.name)
        elements.account(line, "CdtrAcct", item.card)
        elements.fill(elements.add(line, "RmtInf"), Ustrd=item.purpose)
        elements.ends_line(line)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def read(data: bytes) -> Reply | CardReport:
    """What a file from the bank says: a status report (pain.002), a statement (camt.053), or a report about
    cards (acmt.024); `MalformedFile` else.
    """
    root = elements.parsed(data)
    kind = elements.namespace(root)
    if kind.startswith("urn:iso:std:iso:20022:tech:xsd:pain.002."):
        return _status_report(elements.needed(root, "CstmrPmtStsRpt"))
    if kind.startswith("urn:iso:std:iso:20022:tech:xsd:camt.053."):
        return _statement(elements.needed(root, "BkToCstmrStmt"))
    if kind.startswith("urn:iso:std:iso:20022:tech:xsd:acmt.024."):
        return card_files.read_acmt024(elements.needed(root, "IdVrfctnRpt"))
    raise MalformedFile(
        Words(
            "文件不是 pain.002 回单，也不是 camt.053 对账单或 acmt.024 账户核验结果。",
            "The file is neither a pain.002 report, a camt.053 statement nor an acmt.024 report about cards.",
        )
    )


def _status_report(report: Element) -> Reply:
    header = elements.needed(report, "GrpHdr")
    group = elements.needed(report, "OrgnlGrpInfAndSts")
    lines = [
        line
        for block in elements.children(report, "OrgnlPmtInfAndSts")
        for line in elements.children(block, "TxInfAndSts")
    ]
    answers = elements.read_each(lines, _answer, Words("付款结果", "result"))
    said = _outcome(status) if (status := elements.text(group, "GrpSts")) and not answers else ""
    if not answers and not said:
        raise MalformedFile(Words("回单里没有任何付款结果。", "The report holds no result of any payment."))
    return Reply(
        id=elements.needed_text(header, "MsgId"),
        batch=elements.needed_text(group, "OrgnlMsgId"),
        answers=without_contradiction(answers),
        group=said,
        group_reason=_reason(group, "StsRsnInf"),
    )


def _answer(line: Element) -> Answer:
    reference = elements.child(line, "OrgnlTxRef")
    amount = None if reference is None else elements.child(reference, "Amt")
    instructed = None if amount is None else elements.child(amount, "InstdAmt")
    return Answer(
        id=elements.needed_id(line, "OrgnlEndToEndId"),
        outcome=_outcome(elements.needed_text(line, "TxSts")),
        reason=_reason(line, "StsRsnInf"),
        amount_fen=None if instructed is None else _fen(instructed),
    )


def _statement(message: Element) -> Reply:
    header = elements.needed(message, "GrpHdr")
    answers: list[Answer] = []
    lines: list[Line] = []
    days: list[tuple[date, date]] = []
    for statement in elements.children(message, "Stmt"):
        entries = [entry for entry in elements.children(statement, "Ntry") if _is_booked(entry)]
        _check_balance(statement, entries)
        for booked, entry in zip(
            elements.read_each(entries, _booked, Words("对账明细", "entry")), entries, strict=True
        ):
            answers += booked
            lines += _lines(entry, booked)
        days += _days(statement)
    return Reply(
        id=elements.needed_text(header, "MsgId"),
        batch="",
        answers=without_contradiction(answers, of_a_period=True),
        lines=told_apart(lines),
        # Statements of several accounts or periods in one file close only the days that all of them close.
        days=(max(first for first, _ in days), min(last for _, last in days)) if days else None,
    )


def _booked(entry: Element) -> list[Answer]:
    """The payments a statement's entry is about; an entry without details is one line about no known
    payment.
    """
    outcome, on = "returned" if _direction(entry) > 0 else "settled", _day(entry)
    details = [
        line for block in elements.children(entry, "NtryDtls") for line in elements.children(block, "TxDtls")
    ]
    if not details:
        return [Answer("", outcome, "", _fen(elements.needed(entry, "Amt")), on)]
    found = []
    for line in details:
        references = elements.child(line, "Refs")
        amount = elements.child(line, "Amt")
        named = (elements.text(references, "EndToEndId") or "") if references is not None else ""
        fen = _fen(amount if amount is not None else elements.needed(entry, "Amt"))
        found.append(Answer(plain(named, 35), outcome, _reason(line, "RtrInf"), fen, on))
    return found


def _lines(entry: Element, booked: Iterable[Answer]) -> Iterable[Line]:
    """The lines of an entry, told from every other by the bank's reference and what they say."""
    reference = elements.text(entry, "AcctSvcrRef") or elements.text(entry, "NtryRef") or ""
    for answer in booked:
        credit, fen = answer.outcome == "returned", answer.amount_fen or 0
        key = "|".join([reference[:35], answer.id, "C" if credit else "D", str(answer.on or ""), str(fen)])
        yield Line(key, answer.id, fen, credit, answer.on)


def _days(statement: Element) -> Iterable[tuple[date, date]]:
    """The first and last day a statement covers, where it names them."""
    span = elements.child(statement, "FrToDt")
    if span is not None:
        first, last = (elements.needed_text(span, name)[:10] for name in ("FrDtTm", "ToDtTm"))
        try:
            yield date.fromisoformat(first), date.fromisoformat(last)
        except ValueError:
            raise MalformedFile(
                Words(
                    f"对账期间为“{plain(first)}”至“{plain(last)}”，应为如 2026-07-01 的日期。",
                    f"The period “{plain(first)}” to “{plain(last)}” should be of days like 2026-07-01.",
                )
            ) from None


def _check_balance(statement: Element, entries: list[Element]) -> None:
    """The entries lead from the opening to the closing balance, where the statement gives both."""
    balances: dict[str, int] = {}
    for balance in elements.children(statement, "Bal"):
        kind = elements.text(elements.needed(elements.needed(balance, "Tp"), "CdOrPrtry"), "Cd")
        balances[kind or ""] = _fen(elements.needed(balance, "Amt")) * _direction(balance)
    if "OPBD" not in balances or "CLBD" not in balances:
        return
    moved = sum(_fen(elements.needed(entry, "Amt")) * _direction(entry) for entry in entries)
    if balances["OPBD"] + moved != balances["CLBD"]:
        raise MalformedFile(
            Words(
                "对账单的期初余额加发生额不等于期末余额。",
                "The statement's entries do not lead from its opening to its closing balance.",
            )
        )


def _is_booked(entry: Element) -> bool:
    status = elements.needed(entry, "Sts")
    return (elements.text(status, "Cd") or (status.text or "").strip()) == "BOOK"


def _direction(element: Element) -> int:
    said = elements.needed_text(element, "CdtDbtInd")
    if said not in ("CRDT", "DBIT"):
        raise MalformedFile(
            Words(
                f"元素 CdtDbtInd 为“{plain(said)}”，应为 CRDT 或 DBIT。",
                f"“{plain(said)}” in CdtDbtInd should be CRDT or DBIT.",
            )
        )
    return 1 if said == "CRDT" else -1


def _day(entry: Element) -> date | None:
    booked = elements.child(entry, "BookgDt")
    text = "" if booked is None else (elements.text(booked, "Dt") or elements.text(booked, "DtTm") or "")
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        raise MalformedFile(
            Words(
                f"元素 BookgDt 为“{plain(text)}”，应为如 2026-07-01 的日期。",
                f"“{plain(text)}” in BookgDt should be a day like 2026-07-01.",
            )
        ) from None


def _outcome(status: str) -> str:
    if status not in STATUSES:
        raise MalformedFile(
            Words(
                f"付款状态为“{plain(status)}”，应为 {'、'.join(STATUSES)} 之一。",
                f"The status “{plain(status)}” should be one of {', '.join(STATUSES)}.",
            )
        )
    return STATUSES[status]


def _reason(element: Element, name: str) -> str:
    information = elements.child(element, name)
    reason = None if information is None else elements.child(information, "Rsn")
    return (
        "" if reason is None else (elements.text(reason, "Cd") or elements.text(reason, "Prtry") or "")[:35]
    )


def _fen(element: Element) -> int:
    """An amount element in whole fen; another currency or a part of a fen is malformed."""
    text, currency = (element.text or "").strip(), element.get("Ccy")
    try:
        amount = Decimal(text) * 100
    except InvalidOperation:
        amount = Decimal("NaN")
    if currency == CURRENCY and amount.is_finite() and amount == int(amount) and 0 <= amount < LARGEST_FEN:
        return int(amount)
    name, value = elements.local(element), plain(f"{text} {currency or ''}")
    raise MalformedFile(
        Words(
            f"元素 {name} 为“{value}”，应为如 1250.00 的人民币（{CURRENCY}）金额，精确到分。",
            f"“{value}” in {name} should be an amount like 1250.00 in {CURRENCY}, to the fen.",
        )
    )


def _yuan(amount_fen: int) -> str:
    return f"{amount_fen // 100}.{amount_fen % 100:02d}"
