"""Short messages 短信提醒 that a notice is there: what they say, and the file in which they go to a gateway."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

COLUMNS = ("message", "phone", "text")
# A message names neither the person nor the benefit, since phones are shared; it holds no link, since frauds do.
TEXT = (
    "【{office}】您有一份新的告知书{reply}。请在“惠民”我的办件中查看，或凭身份证到村（社区）、乡镇窗口领取。核对码 {code}。"
    "本短信不含链接，不会索要密码、验证码，也不会要求转账。"
)
# As the notice itself says it.
REPLY = "，请在 {on.year}年{on.month}月{on.day}日前（含当日）陈述意见"


@dataclass(frozen=True)
class Reminder:
    """One message: its number, which never changes, where it goes and what it says."""

    number: int
    phone: str
    text: str


def text(office: str, code: str, reply_by: date | None) -> str:
    """What a message says; `reply_by` is the last day on which the person may reply, where there still is one.

    >>> text("清川县民政局", "E2CF", date(2026, 7, 8))[:41]
    '【清川县民政局】您有一份新的告知书，请在 2026年7月8日前（含当日）陈述意见。'
    """
    reply = REPLY.format(on=reply_by) if reply_by else ""
    return TEXT.format(office=office, code=code, reply=reply)


def write(reminders: Sequence[Reminder]) -> bytes:
    """The messages as CSV in UTF-8 with a mark, one a line. The same messages give the same bytes."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows((each.number, each.phone, each.text) for each in reminders)
    return file.getvalue().encode("utf-8-sig")
