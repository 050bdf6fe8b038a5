"""Posting rules: which entries belong to a move of public money.

A fund is one budget line 预算科目, year and purpose, of a place and a source. Its money stands on four
accounts, `budget -> commit -> transit -> paid`, and comes from one outside, `treasury`, which alone may be
below zero, or from the fund of a place around it (see `levels`). A return posts back to the budget. Everything is whole fen, every transfer sums to zero, and every transfer has the key
that makes a repeat harmless.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from huimin.units.words import Words

LEGS: Mapping[str, Words] = {
    "treasury": Words("财政拨入", "Received from the treasury"),
    "budget": Words("可用预算", "Budget left"),
    "commit": Words("已批待付", "Committed"),
    "transit": Words("银行在途", "With the bank"),
    "paid": Words("已到账", "Paid"),
}

# Where money of a fund stands once it has come.
OWN_LEGS = tuple(leg for leg in LEGS if leg != "treasury")

# What people owe back 应收退款: `claim`, which alone besides the treasury may be below zero, says how much was demanded,
# `owed` how much of it stands. No money of the fund moves by a demand.
CLAIM_LEGS: Mapping[str, Words] = {
    "claim": Words("追回决定", "Demanded back"),
    "owed": Words("应收退款", "Owed back"),
}
CLAIMS: Mapping[str, tuple[str, str]] = {"recover": ("claim", "owed"), "annul": ("owed", "claim")}

# move of a payment -> (from account, to account). `unknown` moves no money: it stays with the bank until we
# know.
POSTINGS: Mapping[str, tuple[str, str]] = {
    "commit": ("budget", "commit"),
    "send": ("commit", "transit"),
    "settle": ("transit", "paid"),
    "return": ("transit", "budget"),
    "return_late": ("paid", "budget"),
}

# The greatest amount one transfer may move: ten million yuan. More is a slip of the hand or an overflow.
LARGEST_FEN = 10**9
LARGEST_APPROPRIATION_FEN = 10**15


@dataclass(frozen=True)
class Line:
    """A budget line of the government's income and expenditure classification 政府收支分类科目."""

    code: str
    title: Words


# What a policy is paid from. A policy that is not here is paid from the general line of social security.
LINES: Mapping[str, Line] = {
    "subsistence_allowance": Line("20819", Words("最低生活保障", "Subsistence allowance")),
    "medical_aid": Line("21013", Words("医疗救助", "Medical aid")),
}
OTHER_LINE = Line("20899", Words("其他社会保障和就业支出", "Other social security"))

# Whose a fund is: leading digits of a province, a city, a county or a township; empty for everybody's.
PLACE = r"^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9})?$"


@dataclass(frozen=True)
class Fund:
    """Money of one budget line, for one year and one purpose; it is spent on nothing else.

    `place` is whose money it is: the leading digits of a county, a township or what lies around them, empty where it is
    everybody's; `source` is the code of where it came from, empty for the place's own budget.
    """

    line: str
    year: int
    purpose: str
    place: str = ""
    source: str = ""

    def account(self, leg: str) -> str:
        """The code of one of the fund's accounts.

        >>> Fund("21013", 2026, "medical_aid").account("budget")
        '21013/2026/medical_aid/budget'
        >>> Fund("21013", 2026, "medical_aid", "330127", "S1").account("budget")
        '21013/2026/medical_aid@330127+S1/budget'
        """
        assert leg in LEGS or leg in CLAIM_LEGS, leg
        place = f"@{self.place}" if self.place else ""
        source = f"+{self.source}" if self.source else ""
        return f"{self.line}/{self.year}/{self.purpose}{place}{source}/{leg}"


@dataclass(frozen=True)
class Transfer:
    """One move of money: two entries that sum to zero, under a key that can stand once in the ledger."""

    key: str
    reason: str
    debit: str
    credit: str
    amount_fen: int

    def __post_init__(self) -> None:
        assert self.amount_fen > 0, f"{self.key} moves {self.amount_fen} fen; an amount is above zero"
        assert self.debit != self.credit, f"{self.key} moves money from {self.debit} to itself"

    def entries(self) -> tuple[tuple[str, int], tuple[str, int]]:
        """(account, amount) of both entries; money leaves the first and reaches the second."""
        return (self.debit, -self.amount_fen), (self.credit, self.amount_fen)


class ImpossibleAmount(Exception):
    """An amount that no transfer of its kind may have."""

    def __init__(self, amount_fen: int, largest_fen: int) -> None:
        super().__init__(amount_fen, largest_fen)
        self.amount_fen = amount_fen
        self.largest_fen = largest_fen

    def words(self) -> Words:
        """What happened and what to do."""
        largest, given = f"{self.largest_fen // 100:,}", f"{self.amount_fen / 100:,.2f}"
        return Words(
            f"金额须大于 0，且不超过 {largest} 元；写的是 {given} 元。请核对金额和单位。",
            f"An amount is above 0 and at most {largest} yuan, not {given} yuan. Check it and its unit.",
        )

    def __str__(self) -> str:
        return self.words().en


def fund_of(policy: str, year: int, place: str = "") -> Fund:
    """The fund that pays a policy in a year; the policy's name is the purpose."""
    return Fund(line_of(policy).code, year, policy, place)


def line_of(policy: str) -> Line:
    """The budget line that a policy is paid from; one of a place, named after the general one, from the same.

    >>> line_of("medical_aid_330127").code, line_of("chongqing_subsistence_allowance").code, line_of("other").code
    ('21013', '20819', '20899')
    """
    return next((line for name, line in LINES.items() if name in policy), OTHER_LINE)


def appropriation(fund: Fund, amount_fen: int, key: str) -> Transfer:
    """Money put on a fund 拨款; the only transfer that brings money in."""
    if not 0 < amount_fen <= LARGEST_APPROPRIATION_FEN:
        raise ImpossibleAmount(amount_fen, LARGEST_APPROPRIATION_FEN)
    return Transfer(
        f"appropriation:{key}", "appropriate", fund.account("treasury"), fund.account("budget"), amount_fen
    )


def posting(move: str, fund: Fund, payment: str, amount_fen: int) -> Transfer:
    """The transfer that belongs to a move of a payment; a payment makes each move once, so its key names
    both.
    """
    if not 0 < amount_fen <= LARGEST_FEN:
        raise ImpossibleAmount(amount_fen, LARGEST_FEN)
    source, target = POSTINGS[move]
    return Transfer(f"{payment}:{move}", move, fund.account(source), fund.account(target), amount_fen)


def claim(move: str, fund: Fund, recovery: str, amount_fen: int) -> Transfer:
    """The transfer of a decided recovery: `recover` has it owed, `annul` takes that back once it was reversed.

    >>> claim("recover", Fund("20819", 2026, "subsistence_allowance"), "recovery:7", 68_000).entries()[1]
    ('20819/2026/subsistence_allowance/owed', 68000)
    """
    if not 0 < amount_fen <= LARGEST_FEN:
        raise ImpossibleAmount(amount_fen, LARGEST_FEN)
    source, target = CLAIMS[move]
    return Transfer(f"{recovery}:{move}", move, fund.account(source), fund.account(target), amount_fen)
