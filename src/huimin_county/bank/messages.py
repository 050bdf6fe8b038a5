"""What the bank writes: status reports (pain.002), statements (camt.053), and answers as CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

PAIN_002 = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"
ACMT_024 = "urn:iso:std:iso:20022:tech:xsd:acmt.024.001.04"
CAMT_053 = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
CURRENCY = "CNY"
STATUS = {"settled": "ACSC", "returned": "RJCT", "pending": "PDNG"}
CSV_COLUMNS = ("payment", "outcome", "reason", "amount_yuan", "on")
CARD_COLUMNS = ("check", "outcome", "reason")
STATEMENT_COLUMNS = ("reference", "payment", "direction", "amount_yuan", "booked_on", "reason")


@dataclass(frozen=True)
class Result:
    """What became of one payment: settled, returned (with a reason code) or pending."""

    end_to_end_id: str
    outcome: str
    reason: str
    amount_fen: int
    on: date


@dataclass(frozen=True)
class Entry:
    """A booked line of the payer's account: a debit for a payment, or a credit for one that came back."""

    number: int
    end_to_end_id: str
    amount_fen: int
    credit: bool
    reason: str
    booked_on: date


@dataclass(frozen=True)
class Original:
    """The file an answer is about."""

    message_id: str
    block_id: str
    count: int
    sum_fen: int


def message_id(*about: object) -> str:
    """An id of 26 characters that the same answer always gets."""
    return "BK" + blake2b("|".join(map(str, about)).encode(), digest_size=12).hexdigest()


def status_report(id_: str, on: date, original: Original, results: Sequence[Result]) -> bytes:
    """A pain.002 that says of each payment what became of it."""
    root, report = _report(id_, on)
    group = _group(report, original)
    outcomes = {each.outcome for each in results}
    _say(group, "GrpSts", STATUS[outcomes.pop()] if len(outcomes) == 1 else "PART")
    block = _put(report, "OrgnlPmtInfAndSts")
    _say(block, "OrgnlPmtInfId", original.block_id)
    for each in results:
        line = _put(block, "TxInfAndSts")
        _say(line, "OrgnlEndToEndId", each.end_to_end_id)
        _say(line, "TxSts", STATUS[each.outcome])
        if each.reason:
            _put(line, "StsRsnInf", "Rsn", "Cd", text=each.reason)
        if each.amount_fen:
            _amount(_put(line, "OrgnlTxRef", "Amt"), "InstdAmt", each.amount_fen)
    return _bytes(root)


def rejection(id_: str, on: date, stem: str, why: str) -> bytes:
    """A pain.002 that refuses a file as a whole."""
    root, report = _report(id_, on)
    group = _put(report, "OrgnlGrpInfAndSts")
    _say(group, "OrgnlMsgId", stem[:35])
    _say(group, "OrgnlMsgNmId", "pain.001.001.09")
    _say(group, "GrpSts", "RJCT")
    reason = _put(group, "StsRsnInf")
    _put(reason, "Rsn", "Cd", text="FF01")
    _say(reason, "AddtlInf", why[:105])
    return _bytes(root)


def statement(
    id_: str, account: str, days: tuple[date, date], opening_fen: int, entries: Sequence[Entry]
) -> bytes:
    """A camt.053 of the payer's account over closed days, first and last included."""
    root = Element("Document", {"xmlns": CAMT_053})
    message = _put(root, "BkToCstmrStmt")
    header = _put(message, "GrpHdr")
    _say(header, "MsgId", id_)
    _say(header, "CreDtTm", _moment(days[1], "23:59:59"))
    body = _put(message, "Stmt")
    _say(body, "Id", id_)
    _say(body, "CreDtTm", _moment(days[1], "23:59:59"))
    span = _put(body, "FrToDt")
    _say(span, "FrDtTm", _moment(days[0], "00:00:00"))
    _say(span, "ToDtTm", _moment(days[1], "23:59:59"))
    holder = _put(body, "Acct")
    _put(holder, "Id", "Othr", "Id", text=account or "-")
    _say(holder, "Ccy", CURRENCY)
    closing_fen = opening_fen + sum(each.amount_fen if each.credit else -each.amount_fen for each in entries)
    _balance(body, "OPBD", opening_fen, days[0])
    _balance(body, "CLBD", closing_fen, days[1])
    for each in entries:
        _entry(body, each)
    return _bytes(root)


def answers_as_csv(results: Sequence[Result]) -> bytes:
    """The answers as lines of `payment,outcome,reason,amount_yuan,on`."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(CSV_COLUMNS)
    for each in results:
        amount = _yuan(each.amount_fen) if each.amount_fen else ""
        writer.writerow([each.end_to_end_id, each.outcome, each.reason, amount, each.on.isoformat()])
    return text.getvalue().encode("utf-8-sig")


def statement_as_csv(days: tuple[date, date], opening_fen: int, entries: Sequence[Entry]) -> bytes:
    """The statement for a payer who speaks CSV: its days and balances, then a line an entry."""
    closing_fen = opening_fen + sum(each.amount_fen if each.credit else -each.amount_fen for each in entries)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["statement", *days, _yuan(opening_fen), _yuan(closing_fen)])
    writer.writerow(STATEMENT_COLUMNS)
    for each in entries:
        direction = "credit" if each.credit else "debit"
        amount, reason = _yuan(each.amount_fen), each.reason if each.credit else ""
        writer.writerow([each.number, each.end_to_end_id, direction, amount, each.booked_on, reason])
    return text.getvalue().encode("utf-8-sig")


def card_report(id_: str, on: date, original: str, answers: Sequence[tuple[str, str]]) -> bytes:
    """An acmt.024 that confirms each card or says why not: its check, and a code that is empty for yes."""
    root = Element("Document", {"xmlns": ACMT_024})
    report = _put(root, "IdVrfctnRpt")
    header = _put(report, "Assgnmt")
    _say(header, "MsgId", id_)
    _say(header, "CreDtTm", _moment(on, "12:00:00"))
    for name in ("Assgnr", "Assgne"):
        _put(header, name, "Agt", "FinInstnId", "Othr", "Id", text="NOTPROVIDED")
    _put(report, "OrgnlAssgnmt", "MsgId", text=original)
    for check, code in answers:
        line = _put(report, "Rpt")
        _say(line, "OrgnlId", check)
        _say(line, "Vrfctn", "false" if code else "true")
        if code:
            _put(line, "Rsn", "Cd", text=code)
    return _bytes(root)


def card_answers_as_csv(answers: Sequence[tuple[str, str]]) -> bytes:
    """The answers about cards as lines of `check,outcome,reason`."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(CARD_COLUMNS)
    writer.writerows((check, "refused" if code else "confirmed", code) for check, code in answers)
    return text.getvalue().encode("utf-8-sig")


def _report(id_: str, on: date) -> tuple[Element, Element]:
    root = Element("Document", {"xmlns": PAIN_002})
    report = _put(root, "CstmrPmtStsRpt")
    header = _put(report, "GrpHdr")
    _say(header, "MsgId", id_)
    _say(header, "CreDtTm", _moment(on, "12:00:00"))
    return root, report


def _group(report: Element, original: Original) -> Element:
    group = _put(report, "OrgnlGrpInfAndSts")
    _say(group, "OrgnlMsgId", original.message_id)
    _say(group, "OrgnlMsgNmId", "pain.001.001.09")
    _say(group, "OrgnlNbOfTxs", str(original.count))
    _say(group, "OrgnlCtrlSum", _yuan(original.sum_fen))
    return group


def _entry(body: Element, each: Entry) -> None:
    entry = _put(body, "Ntry")
    _say(entry, "NtryRef", str(each.number))
    _amount(entry, "Amt", each.amount_fen)
    _say(entry, "CdtDbtInd", "CRDT" if each.credit else "DBIT")
    _put(entry, "Sts", "Cd", text="BOOK")
    _put(entry, "BookgDt", "Dt", text=each.booked_on.isoformat())
    _put(entry, "ValDt", "Dt", text=each.booked_on.isoformat())
    _put(entry, "BkTxCd", "Prtry", "Cd", text="RRTN" if each.credit else "ESCT")
    line = _put(entry, "NtryDtls", "TxDtls")
    _put(line, "Refs", "EndToEndId", text=each.end_to_end_id)
    _amount(line, "Amt", each.amount_fen)
    _say(line, "CdtDbtInd", "CRDT" if each.credit else "DBIT")
    if each.credit:
        _put(line, "RtrInf", "Rsn", "Cd", text=each.reason)


def _balance(body: Element, kind: str, fen: int, on: date) -> None:
    balance = _put(body, "Bal")
    _put(balance, "Tp", "CdOrPrtry", "Cd", text=kind)
    _amount(balance, "Amt", abs(fen))
    _say(balance, "CdtDbtInd", "CRDT" if fen >= 0 else "DBIT")
    _put(balance, "Dt", "Dt", text=on.isoformat())


def _amount(parent: Element, name: str, fen: int) -> None:
    _put(parent, name, text=_yuan(fen)).set("Ccy", CURRENCY)


def _say(parent: Element, name: str, text: str) -> None:
    _put(parent, name, text=text)


def _put(parent: Element, *path: str, text: str | None = None) -> Element:
    """The innermost of nested new elements."""
    for name in path:
        parent = ElementTree.SubElement(parent, name)
    parent.text = text
    return parent


def _moment(on: date, time: str) -> str:
    return f"{on.isoformat()}T{time}+08:00"


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _bytes(root: Element) -> bytes:
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
