"""Questions about cards to a bank and its answers: ISO 20022 (acmt.023 out, acmt.024 in), and CSV for banks without it."""

import csv
import io
from xml.etree import ElementTree

from huimin.funds import csv_rows, elements
from huimin.funds.bank import CURRENCY, MalformedFile, plain
from huimin.funds.cards import CardAnswer, CardReport, Inquiry, without_contradiction
from huimin.funds.elements import Element
from huimin.units.words import Words

ACMT_023 = "urn:iso:std:iso:20022:tech:xsd:acmt.023.001.04"
OUT_COLUMNS = ("check", "card", "name", "national_id")
IN_COLUMNS = ("check", "outcome", "reason")
OUTCOMES = {"confirmed": True, "refused": False}
# An identity card 居民身份证, as the code set of ISO 20022 names a national identity number.
IDENTITY_NUMBER = "NIDN"


def write_acmt023(inquiry: Inquiry) -> bytes:
    """The questions as an identification verification request, each on a line of its own."""
    root = Element("Document", {"xmlns": ACMT_023})
    message = elements.add(root, "IdVrfctnReq")
    assignment = elements.add(message, "Assgnmt")
    elements.fill(assignment, MsgId=inquiry.id, CreDtTm=inquiry.created_at.isoformat(timespec="seconds"))
    elements.fill(elements.add(assignment, "Assgnr", "Pty"), Nm=inquiry.asker)
    elements.fill(elements.add(assignment, "Assgne", "Agt", "FinInstnId", "Othr"), Id="NOTPROVIDED")
    elements.ends_line(assignment)
    for question in inquiry.questions:
        assert elements.ID.fullmatch(question.id), f"{question.id!r} cannot be an id"
        line = elements.add(message, "Vrfctn")
        elements.fill(line, Id=question.id)
        about = elements.add(line, "PtyAndAcctId")
        party = elements.add(about, "Pty")
        elements.fill(party, Nm=question.name)
        if question.national_id:
            number = elements.add(party, "Id", "PrvtId", "Othr")
            elements.fill(number, Id=question.national_id)
            elements.fill(elements.add(number, "SchmeNm"), Cd=IDENTITY_NUMBER)
        elements.account(about, "Acct", question.card)
        elements.fill(elements.needed(about, "Acct"), Ccy=CURRENCY)
        elements.ends_line(line)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def read_acmt024(report: Element) -> CardReport:
    """The answers of an identification verification report; `MalformedFile` where it is none."""
    assignment = elements.needed(report, "Assgnmt")
    answers = elements.read_each(elements.children(report, "Rpt"), _answer, Words("核验结果", "answer"))
    if not answers:
        raise MalformedFile(Words("文件里没有任何核验结果。", "The report holds no answer about any card."))
    return CardReport(elements.needed_text(assignment, "MsgId"), without_contradiction(answers))


def write_csv(inquiry: Inquiry) -> bytes:
    """The questions as CSV in UTF-8 with a mark, one line each; no cell starts like a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(OUT_COLUMNS)
    for question in inquiry.questions:
        writer.writerow([question.id, question.card, csv_rows.as_text(question.name), question.national_id])
    return text.getvalue().encode("utf-8-sig")


def is_csv_report(data: bytes) -> bool:
    """Whether a CSV file of the bank answers about cards, told by its first line."""
    return csv_rows.first_line(data) == list(IN_COLUMNS)


def read_csv(data: bytes, about: str) -> CardReport:
    """The bank's answers about cards; any line that does not fit makes the whole file malformed."""
    answers = [
        CardAnswer(row.id("check"), OUTCOMES[row.choice("outcome", list(OUTCOMES))], row.words("reason"))
        for row in csv_rows.rows(data, IN_COLUMNS)
    ]
    return CardReport(about, without_contradiction(answers))


def _answer(line: Element) -> CardAnswer:
    said = elements.needed_text(line, "Vrfctn")
    if said not in ("true", "false", "1", "0"):
        raise MalformedFile(
            Words(
                f"元素 Vrfctn 为“{plain(said)}”，应为 true 或 false。",
                f"“{plain(said)}” in Vrfctn should be true or false.",
            )
        )
    reason = elements.child(line, "Rsn")
    code = "" if reason is None else (elements.text(reason, "Cd") or elements.text(reason, "Prtry") or "")
    return CardAnswer(elements.needed_id(line, "OrgnlId"), said in ("true", "1"), code[:35])
