"""The CSV profile for banks that do not take ISO 20022 files.

Out, one line a payment: `payment,card,name,amount_yuan,execute_on,purpose`. In, one line an answer:
`payment,outcome,reason,amount_yuan,on` with an outcome of settled, returned or pending.
"""

import csv
import io

from huimin.funds import csv_rows
from huimin.funds.bank import OUTCOMES, Answer, Order, Reply, without_contradiction

OUT_COLUMNS = ("payment", "card", "name", "amount_yuan", "execute_on", "purpose")
IN_COLUMNS = ("payment", "outcome", "reason", "amount_yuan", "on")


def write(order: Order) -> bytes:
    """The batch as CSV in UTF-8 with a mark, one line a payment; no cell starts like a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(OUT_COLUMNS)
    for item in order.instructions:
        amount = f"{item.amount_fen // 100}.{item.amount_fen % 100:02d}"
        name, purpose = csv_rows.as_text(item.name), csv_rows.as_text(item.purpose)
        writer.writerow([item.id, item.card, name, amount, order.execute_on, purpose])
    return text.getvalue().encode("utf-8-sig")


def read(data: bytes, batch: str) -> Reply:
    """The bank's answers about a batch; any line that does not fit makes the whole file malformed."""
    answers = [_answer(row) for row in csv_rows.rows(data, IN_COLUMNS)]
    return Reply(id=batch, batch=batch, answers=without_contradiction(answers))


def _answer(row: csv_rows.Row) -> Answer:
    return Answer(
        row.id("payment"),
        row.choice("outcome", OUTCOMES),
        row.words("reason"),
        row.fen("amount_yuan"),
        row.day("on"),
    )
