"""Statements of the bank's account 对账单 as CSV, for banks that send no camt.053.

The first line says which days the statement closes and, where the bank gives them, the balances before and after:
`statement,2026-07-01,2026-07-02,1000.00,900.00`. The second names the columns
`reference,payment,direction,amount_yuan,booked_on,reason`; each further line is a booked entry, a `debit` for a payment or a
`credit` for one that came back.
"""

from datetime import date

from huimin.funds import csv_rows
from huimin.funds.bank import Answer, Line, MalformedFile, Reply, told_apart, without_contradiction
from huimin.units.money import format_yuan
from huimin.units.words import Words

HEAD = "statement"
COLUMNS = ("reference", "payment", "direction", "amount_yuan", "booked_on", "reason")
OUTCOMES = {"debit": "settled", "credit": "returned"}
_DAYS = ("from", "until")
_BALANCES = ("opening_yuan", "closing_yuan")


def is_statement(data: bytes) -> bool:
    """Whether a CSV file of the bank is a statement, told by its first cell."""
    return csv_rows.first_line(data)[0] == HEAD


def read(data: bytes, id_: str) -> Reply:
    """What a statement says; any line that does not fit makes the whole file malformed."""
    days, balances = _head(data)
    booked = [(row, _answer(row)) for row in csv_rows.rows(data, COLUMNS, skip=1)]
    answers = [answer for _, answer in booked]
    if balances is not None:
        _check(balances, answers)
    return Reply(
        id=id_,
        batch="",
        answers=without_contradiction(answers, of_a_period=True),
        lines=told_apart(_line(row, answer) for row, answer in booked),
        days=days,
    )


def _head(data: bytes) -> tuple[tuple[date, date], tuple[int, int] | None]:
    """The days that the statement closes, first and last, and the balances where there are any."""
    names = (HEAD, *_DAYS, *_BALANCES)
    head = csv_rows.Row(1, dict(zip(names, [*csv_rows.first_line(data), "", "", "", ""], strict=False)))
    days = head.day("from"), head.day("until")
    if days[0] is None or days[1] is None or days[0] > days[1]:
        wanted = "statement,2026-07-01,2026-07-02"
        raise MalformedFile(
            Words(
                f"第 1 行应写明对账单的起止日期，如 {wanted}。",
                f"Line 1 should name the first and last day of the statement, like {wanted}.",
            )
        )
    opening, closing = (head.fen(name) for name in _BALANCES)
    return (days[0], days[1]), None if opening is None or closing is None else (opening, closing)


def _answer(row: csv_rows.Row) -> Answer:
    outcome = OUTCOMES[row.choice("direction", list(OUTCOMES))]
    fen = row.fen("amount_yuan")
    if fen is None:
        raise row.wrong("amount_yuan", Words("如 1250.00 的金额", "an amount like 1250.00"))
    # A line about no payment of ours names none.
    payment = row.id("payment") if row.cells["payment"].strip() else ""
    return Answer(payment, outcome, row.words("reason"), fen, row.day("booked_on"))


def _line(row: csv_rows.Row, answer: Answer) -> Line:
    credit, fen = answer.outcome == "returned", answer.amount_fen or 0
    key = "|".join(
        [row.words("reference"), answer.id, "C" if credit else "D", str(answer.on or ""), str(fen)]
    )
    return Line(key, answer.id, fen, credit, answer.on)


def _check(balances: tuple[int, int], answers: list[Answer]) -> None:
    opening, closing = balances
    found = opening + sum(
        (answer.amount_fen or 0) * (1 if answer.outcome == "returned" else -1) for answer in answers
    )
    if found != closing:
        raise MalformedFile(
            Words(
                f"第 1 行的期末余额为 {format_yuan(closing)} 元，按明细应为 {format_yuan(found)} 元。",
                f"Line 1 closes with {format_yuan(closing)} yuan; the entries lead to {format_yuan(found)} yuan.",
            )
        )
