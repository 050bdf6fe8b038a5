"""Where public money comes from 资金来源, and what the law lets each kind be spent on.

A source is one pot with a purpose of its own: a letter of the ministry, a bond issue, a donor's gift. Its money is spent
on nothing else; the database refuses it, and these rules say in words why.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from huimin.units.words import Words

PROJECT = "project:"
# M23: the part of all money that society brings.
SOCIAL_TARGET = 0.30


@dataclass(frozen=True)
class Kind:
    """A kind of source: whether society brings it, whether it may go to people as allowances, and the rule that says so."""

    title: Words
    social: bool
    to_people: bool
    rule: Words


# fmt: off
KINDS: Mapping[str, Kind] = {
    "budget": Kind(Words("本级预算", "Own budget"), False, True, Words(
        "《预算法》第十三条：未列入预算的不得支出", "Budget Law, article 13: nothing outside the budget is spent")),
    "transfer": Kind(Words("上级转移支付", "Transfer from above"), False, True, Words(
        "《预算法》第十六条：专项转移支付用于规定的特定事项", "Budget Law, article 16: an earmarked transfer is for the matter it names")),
    "bond": Kind(Words("地方政府债券", "Government bond"), False, False, Words(
        "《预算法》第三十五条：债务只能用于公益性资本支出，不得用于经常性支出",
        "Budget Law, article 35: debt is for public capital works only, never for running expenses")),
    "livelihood_fund": Kind(Words("民生基金", "Livelihood fund"), False, True, Words(
        "基金章程：只用于章程载明的用途", "The fund's charter: only for the purposes it states")),
    "donation": Kind(Words("社会捐赠", "Donation"), True, True, Words(
        "《公益事业捐赠法》第十八条：按捐赠协议约定的用途使用，不得擅自改变",
        "Law on Donations for Public Welfare, article 18: used as agreed with the donor, never otherwise")),
    "partnership": Kind(Words("政府和社会资本合作", "Public-private project"), True, False, Words(
        "合作合同：只用于合同约定的项目", "The contract: only for the project it is about")),
}
# fmt: on


class OffPurpose(ValueError):
    """Money asked for something that its source is not for; says the rule."""

    def __init__(self, kind: str, source: str, purpose: str) -> None:
        super().__init__(source, purpose)
        self.kind, self.source, self.purpose = kind, source, purpose

    def words(self) -> Words:
        """What is refused, by which rule, and what to do."""
        rule = KINDS[self.kind].rule
        return Words(
            f"来源“{self.source}”的资金不能用于“{self.purpose}”。依据：{rule.zh}。请改用用途相符的来源。",
            f"Money of {self.source} cannot be spent on {self.purpose}. {rule.en}. Take a source that is for it.",
        )

    def __str__(self) -> str:
        return self.words().en


def is_project(purpose: str) -> bool:
    """Whether a purpose is a project of the register; else it is a policy that pays people."""
    return purpose.startswith(PROJECT)


def check(kind: str, source: str, purposes: Collection[str], wanted: str) -> None:
    """Raises `OffPurpose` where a source of this kind, bound to these purposes, is not for what is wanted."""
    if wanted not in purposes or not (KINDS[kind].to_people or is_project(wanted)):
        raise OffPurpose(kind, source, wanted)


def social_share(received_fen: Mapping[str, int]) -> float:
    """Which part of the money society brought, 0 to 1; `received_fen` by kind."""
    whole = sum(received_fen.values())
    return sum(fen for kind, fen in received_fen.items() if KINDS[kind].social) / whole if whole else 0.0
