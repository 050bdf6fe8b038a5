"""What goes to a bank and what comes back, whatever the format of the file."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from huimin.units.words import Words

CURRENCY = "CNY"
OUTCOMES = ("settled", "returned", "pending")
# More than the whole country spends; an amount beyond is a mistake of the file.
LARGEST_FEN = 10**18
LARGEST_FILE_BYTES = 256 * 1024 * 1024
TOO_LARGE = Words(
    "文件超过 256 MB。请让银行分成几个文件。",
    "The file is larger than 256 MB. Have the bank send several smaller ones.",
)
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True)
class Instruction:
    """One payment the bank is asked to make; `id` is the EndToEndId and is never given to another payment."""

    id: str
    amount_fen: int
    name: str
    card: str
    purpose: str


@dataclass(frozen=True)
class Order:
    """A batch as it goes to the bank: from which account, on which day, which payments."""

    id: str
    created_at: datetime
    execute_on: date
    payer: str
    payer_account: str
    instructions: tuple[Instruction, ...]

    def total_fen(self) -> int:
        """The sum of all instructions."""
        return sum(item.amount_fen for item in self.instructions)


@dataclass(frozen=True)
class Answer:
    """What the bank says of one payment: settled, returned with a reason, or pending. The amount where it
    says one.
    """

    id: str
    outcome: str
    reason: str = ""
    amount_fen: int | None = None
    on: date | None = None

    def __post_init__(self) -> None:
        assert self.outcome in OUTCOMES, self.outcome


@dataclass(frozen=True)
class Line:
    """A booked line of a statement 对账单: a debit for a payment, or a credit for one that came back.

    `key` tells lines apart, so that a statement that is sent again adds none: the bank's own reference where
    it gives one, else everything the line says and which of several alike it is.
    """

    key: str
    payment: str
    amount_fen: int
    credit: bool
    on: date | None


@dataclass(frozen=True)
class Reply:
    """A file from the bank: about which batch (empty for a statement), and its answers, each payment once a
    kind.

    `group` is set when the bank answers for the batch as a whole and names no payment. A statement has its
    lines, and the days it covers, first and last, where it names them.
    """

    id: str
    batch: str
    answers: tuple[Answer, ...]
    group: str = ""
    group_reason: str = ""
    lines: tuple[Line, ...] = ()
    days: tuple[date, date] | None = None


class MalformedFile(Exception):
    """A file from the bank that is not what it should be; nothing of it is used."""

    def __init__(self, what: Words) -> None:
        super().__init__(what)
        self.what = what

    def at(self, place: Words) -> "MalformedFile":
        """The same, with the place in the file where it stands."""
        return MalformedFile(Words(f"{place.zh}：{self.what.zh}", f"{place.en}: {self.what.en}"))

    def words(self) -> Words:
        """What is wrong with the file and what to do."""
        return Words(
            f"{self.what.zh}整个文件未采用，请让银行改正后重新发送。",
            f"{self.what.en} Nothing of the file was used; ask the bank to correct it and send it again.",
        )

    def __str__(self) -> str:
        return self.words().en


def plain(text: str, most: int = 40) -> str:
    """What a file says, fit to be shown and kept: on one line, without signs that nobody sees, cut to a length.

    >>> plain(" a\\0b\\n", 3), plain("x" * 50, 3)
    ('ab', 'xxx')
    """
    return _UNPRINTABLE.sub("", text).strip()[:most]


# Reason codes of ISO 20022 external code sets that banks use for a payment that did not arrive.
REASONS: Mapping[str, Words] = {
    "AC01": Words("账号不存在或有误", "The account number does not exist or is wrong"),
    "AC04": Words("账户已销户", "The account is closed"),
    "AC06": Words("账户已冻结", "The account is blocked"),
    "AC13": Words("账户类型不符", "The account is of the wrong kind"),
    "AG01": Words("该账户不允许此类交易", "The account does not allow this kind of payment"),
    "AM05": Words("重复付款", "The payment was sent twice"),
    "AM09": Words("金额有误", "The amount is wrong"),
    "AGNT": Words("该账号不是这家银行的账户", "The account is with another bank"),
    "BE01": Words("户名与账号不符", "The name does not belong to the account"),
    "BE17": Words("证件号码与账户不符", "The id number does not belong to the account"),
    "BE04": Words("收款人地址缺失", "The payee's address is missing"),
    "MD07": Words("收款人已死亡", "The payee has died"),
    "MS02": Words("收款人拒收", "The payee has refused the money"),
    "MS03": Words("银行未说明原因", "The bank gave no reason"),
    "NPAY": Words("银行书面确认未付", "The bank confirmed that it did not pay"),
    "NARR": Words("见银行附言", "See the bank's note"),
    "FF01": Words("文件格式有误", "The file's format is wrong"),
    "DUPL": Words("重复报文", "The message was sent twice"),
}


def reason_words(code: str) -> Words:
    """A reason code in words; the code itself stays in the text so that the bank can be asked."""
    if not code:
        return REASONS["MS03"]
    known = REASONS.get(code)
    if known is None:
        return Words(f"银行原因代码 {code}", f"The bank's reason code {code}")
    return Words(f"{known.zh}（{code}）", f"{known.en} ({code})")


def told_apart(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The lines with keys of their own: of several alike in one file each counts."""
    seen: Counter[str] = Counter()
    found = []
    for line in lines:
        seen[line.key] += 1
        found.append(line if seen[line.key] == 1 else replace(line, key=f"{line.key}#{seen[line.key]}"))
    return tuple(found)


def without_contradiction(answers: list[Answer], *, of_a_period: bool = False) -> tuple[Answer, ...]:
    """The answers with repeats left out; a file that says two different things of one payment is malformed.

    A statement covers a period, in which a payment can be settled and then returned: two facts, no
    contradiction.
    """
    seen: dict[tuple[str, str], Answer] = {}
    outcomes: dict[str, set[str]] = {}
    for answer in answers:
        seen.setdefault((answer.id, answer.outcome), answer)
        if answer.id:
            outcomes.setdefault(answer.id, set()).add(answer.outcome)
    for payment, said in outcomes.items():
        if len(said) > 1 and not of_a_period:
            raise MalformedFile(
                Words(
                    f"文件对付款 {payment} 的说法前后矛盾。",
                    f"The file says two different things of payment {payment}.",
                )
            )
    return tuple(seen.values())
