"""Bank files as plain CSV, for banks that do not speak ISO 20022. The columns are ours, the ids and answers
the same.
"""

import csv
import io
from datetime import date

from huimin.funds.bank import OUTCOMES, Answer, MalformedFile, Order, Reply, without_contradiction
from huimin.units.words import Words

OUT_COLUMNS = ("payment", "card", "name", "amount_yuan", "execute_on", "purpose")
IN_COLUMNS = ("payment", "outcome", "reason", "amount_yuan", "on")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝")


def write(order: Order) -> bytes:
    """The batch as CSV in UTF-8 with a mark, one line a payment; no cell starts like a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(OUT_COLUMNS)
    for item in order.instructions:
        amount = f"{item.amount_fen // 100}.{item.amount_fen % 100:02d}"
        writer.writerow(
            [item.id, item.card, _plain(item.name), amount, order.execute_on, _plain(item.purpose)]
        )
    return text.getvalue().encode("utf-8-sig")


def read(data: bytes, batch: str) -> Reply:
    """The bank's answers about a batch; any line that does not fit makes the whole file malformed."""
    try:
        lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise MalformedFile(Words("文件不是 UTF-8 编码的 CSV。", "The file is not CSV in UTF-8.")) from None
    if not lines or tuple(lines[0]) != IN_COLUMNS:
        raise MalformedFile(
            Words(f"首行须为：{','.join(IN_COLUMNS)}。", f"The first line must be: {','.join(IN_COLUMNS)}.")
        )
    answers = [_answer(number, cells) for number, cells in enumerate(lines[1:], start=2)]
    return Reply(id=batch, batch=batch, answers=without_contradiction(answers))


def _answer(number: int, cells: list[str]) -> Answer:
    try:
        payment, outcome, reason, amount, on = cells
        if outcome not in OUTCOMES or not payment:
            raise ValueError(outcome)
        return Answer(payment, outcome, reason, _fen(amount), date.fromisoformat(on) if on else None)
    except ValueError:
        raise MalformedFile(
            Words(f"第 {number} 行不合格式。", f"Line {number} does not fit the columns.")
        ) from None


def _fen(text: str) -> int | None:
    if not text:
        return None
    whole, point, rest = text.partition(".")
    if not (whole.isascii() and whole.isdigit() and (not point or (len(rest) == 2 and rest.isdigit()))):
        raise ValueError(text)
    return int(whole) * 100 + int(rest or 0)


def _plain(text: str) -> str:
    """Text that a spreadsheet takes as text."""
    return f"'{text}" if text.startswith(_FORMULA) else text
