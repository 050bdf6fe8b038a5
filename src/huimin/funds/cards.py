"""Whether a card is the person's own and can take money 账户核验: the question to the bank, its answer, and what follows.

A question is about one card and one person as they are: another card, another name or another number is another question.
No answer in time is `unknown`, never a refusal; and a refusal is never undone by an older answer that comes late.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from huimin.funds.bank import MalformedFile
from huimin.units.words import Words

STATES: Mapping[str, Words] = {
    "asked": Words("银行核验中", "The bank is being asked"),
    "verified": Words("银行已确认", "Confirmed by the bank"),
    "refused": Words("银行未通过", "Not confirmed by the bank"),
    "unknown": Words("银行逾期未答复", "The bank has not answered"),
}

# (state, move) -> state. What the bank has confirmed it can still refuse; the other way round a person has to ask anew.
MOVES: Mapping[tuple[str, str], str] = {
    ("asked", "confirm"): "verified",
    ("asked", "refuse"): "refused",
    ("asked", "lose"): "unknown",
    ("unknown", "ask"): "asked",
    ("unknown", "confirm"): "verified",
    ("unknown", "refuse"): "refused",
    ("verified", "refuse"): "refused",
}

# What a refusal means to the person, by the bank's reason code.
TO_PERSON: Mapping[str, Words] = {
    "AC01": Words("银行查不到这个卡号，可能登记错了。", "The bank does not know this card number; it may be written down wrongly."),
    "AC04": Words("这张卡已经销户。", "This card's account is closed."),
    "AC06": Words("这张卡已被冻结或者挂失。", "This card is blocked or reported lost."),
    "AC13": Words("这类账户不能收补助款。", "An account of this kind cannot take benefits."),
    "AG01": Words("这类账户不能收补助款。", "An account of this kind cannot take benefits."),
    "AGNT": Words("这张卡不是发放银行的卡。", "This card is with another bank than the one that pays."),
    "BE01": Words("这张卡登记的姓名不是您本人。", "This card is in another person's name."),
    "BE17": Words("这张卡登记的证件号码与您的不一致。", "This card is registered under another id number than yours."),
}  # fmt: skip
NO_REASON = Words("银行没有确认这张卡。", "The bank did not confirm this card.")
WHAT_TO_DO = Words(
    "请带身份证和一张本人名下能正常使用的银行卡，到村委会、社区或者乡镇便民服务窗口登记。登记后会自动核验、自动补发，"
    "不用重新申请，也不要向任何人转账或者告诉密码。",
    "Take your id card and a working bank card in your own name to the village, community or township office. It is then"
    " checked and what you are owed is paid by itself; you need not apply again. Send nobody money and tell nobody a"
    " password.",
)


@dataclass(frozen=True)
class Question:
    """Is this card the account of a person of this name and id number? The id number may be unknown."""

    id: str
    name: str
    national_id: str
    card: str


@dataclass(frozen=True)
class Inquiry:
    """Questions that go to the bank in one file."""

    id: str
    created_at: datetime
    asker: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class CardAnswer:
    """What the bank says of one question: confirmed, or not and why."""

    id: str
    confirmed: bool
    reason: str = ""


@dataclass(frozen=True)
class CardReport:
    """A file of the bank with its answers about cards, each question once."""

    id: str
    answers: tuple[CardAnswer, ...]


def check_id(person: int, card: str, name: str, number: str, turn: int) -> str:
    """The id of a question, 32 characters, the same however often it is sent. Card and number stand for themselves as digests.

    >>> check_id(7, "ab", "张三", "cd", 1) == check_id(7, "ab", "张三", "cd", 1) != check_id(7, "ab", "张三", "cd", 2)
    True
    """
    words = "|".join([str(person), card, name, number, str(turn)])
    return hashlib.sha256(words.encode()).hexdigest()[:32].upper()


def moved(state: str, move: str) -> str | None:
    """The state after the move; None where the state does not allow it."""
    return MOVES.get((state, move))


def to_person(code: str) -> Words:
    """What a refusal with this code means, in words for the person whose card it is."""
    return TO_PERSON.get(code, NO_REASON)


def without_contradiction(answers: list[CardAnswer]) -> tuple[CardAnswer, ...]:
    """The answers with repeats left out; a file that both confirms and refuses a card is malformed."""
    seen: dict[str, CardAnswer] = {}
    for answer in answers:
        if seen.setdefault(answer.id, answer).confirmed != answer.confirmed:
            raise MalformedFile(
                Words(
                    f"文件对账户核验 {answer.id} 的说法前后矛盾。",
                    f"The file both confirms and refuses the card of check {answer.id}.",
                )
            )
    return tuple(seen.values())
