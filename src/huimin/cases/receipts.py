"""Receipts 状态报告 of a gateway of short messages: which message arrived, which did not, of which nobody knows.

One CSV file: `message` is the number that stood in our file, `state` a state of a delivery receipt by SMPP 3.4 (5.2.28, the
same words as in CMPP and SGIP) or a plain word, `at` the time of the telephone network, `reason` what the network said.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from huimin.units.words import Words

COLUMNS = ("message", "state", "at")
LONGEST_REASON = 40
# What a receipt says -> what became of the message; none while it is still on its way.
STATES: Mapping[str, str] = {
    **dict.fromkeys(("DELIVRD", "DELIVERED"), "delivered"),
    **dict.fromkeys(("UNDELIV", "EXPIRED", "DELETED", "REJECTD", "FAILED"), "failed"),
    "UNKNOWN": "unknown",
    **dict.fromkeys(("ENROUTE", "ACCEPTD"), ""),
}
# What is known of a message can only become surer: an arrival is never undone, a failure only by an arrival.
BETTER: Mapping[str, tuple[str, ...]] = {
    "handed": ("unknown", "failed", "delivered"),
    "unknown": ("failed", "delivered"),
    "failed": ("delivered",),
}


class MalformedReceipts(Exception):
    """The file cannot be used, and none of it is; `words` says where and why."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.en)
        self.words = words


@dataclass(frozen=True)
class Receipt:
    """What became of one message: delivered, failed, unknown; empty while it is on its way. `code` is the gateway's own word."""

    message: int
    state: str
    code: str
    at: datetime
    reason: str = ""


def read(data: bytes) -> list[Receipt]:
    """The receipts of a file, UTF-8 or GB18030. Raises `MalformedReceipts` naming the first line that is wrong.

    >>> [each.state for each in read(b"message,state,at\\r\\n7,DELIVRD,2026-07-02T09:00:00+08:00\\r\\n")]
    ['delivered']
    """
    rows = csv.DictReader(io.StringIO(_text(data), newline=""))
    missing = [each for each in COLUMNS if each not in (rows.fieldnames or ())]
    if missing:
        raise MalformedReceipts(
            Words(
                f"首行缺少列：{'、'.join(missing)}。",
                f"The first line lacks the columns {', '.join(missing)}.",
            )
        )
    return [_receipt(row, number) for number, row in enumerate(rows, start=2)]


def follows(before: str, after: str) -> bool:
    """Whether a receipt makes what is known of a message surer.

    >>> follows("failed", "delivered"), follows("delivered", "failed")
    (True, False)
    """
    return after in BETTER.get(before, ())


def _receipt(row: Mapping[str, str | None], line: int) -> Receipt:
    message, code = (row["message"] or "").strip(), (row["state"] or "").strip().upper()
    if not message.isascii() or not message.isdigit() or len(message) > 18:
        raise _wrong(line, "message", message)
    if code not in STATES:
        raise _wrong(line, "state", code)
    try:
        at = datetime.fromisoformat((row["at"] or "").strip())
    except ValueError:
        raise _wrong(line, "at", row["at"] or "") from None
    if at.tzinfo is None:
        raise _wrong(line, "at", row["at"] or "")
    reason = (row.get("reason") or "").strip().replace("\0", "")[:LONGEST_REASON]
    return Receipt(int(message), STATES[code], code, at, reason)


def _wrong(line: int, column: str, value: str) -> MalformedReceipts:
    shown = value[:40]
    return MalformedReceipts(
        Words(
            f"第 {line} 行“{column}”列的“{shown}”无法识别。",
            f"Line {line}, column {column}: “{shown}” is not known here.",
        )
    )


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise MalformedReceipts(
        Words("文件既不是 UTF-8 也不是 GB18030。", "The file is neither UTF-8 nor GB18030.")
    )
