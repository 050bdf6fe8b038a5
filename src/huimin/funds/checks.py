"""Checks before money moves: whom we do not pay, and why. A held order waits; it is not lost."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from huimin.units.words import Words

# kind of finding -> policies it stops; None stops every payment to the person or household it is about.
BLOCKING: Mapping[str, Collection[str] | None] = {
    "paid_after_death": None,
    "same_benefit_twice": None,
    "granted_twice": None,
    "on_roll_not_entitled": ("subsistence_allowance",),
}
BLOCKING_STATES = ("open", "confirmed")

HOLDS: Mapping[str, Words] = {
    "no_payee": Words(
        "家庭中没有可领款的在世成员。请核对家庭成员。",
        "No living member of the household can receive the money. Check the household's members.",
    ),
    "payee_dead": Words(
        "领款人已死亡。请为该家庭另定领款人。",
        "The payee has died. Name another payee for the household.",
    ),
    "no_card": Words(
        "领款人没有经部门核实的银行卡。请补充一卡通账号。",
        "The payee has no bank card that a department has confirmed. Have the card number delivered.",
    ),
    "card_unverified": Words(
        "正在请银行核验领款人的银行卡。银行确认后自动发放，无需操作。",
        "The bank is being asked about the payee's card. The payment goes by itself once the bank has confirmed it.",
    ),
    "card_refused": Words(
        "银行核验未通过领款人的银行卡。请让本人另报一张本人名下的银行卡。",
        "The bank did not confirm the payee's card. Ask the person for another card in the person's own name.",
    ),
    "finding": Words(
        "有未排除的疑点。请先核实疑点，再发放。",
        "A finding about this household or payee is not dismissed. Decide the finding first.",
    ),
    "no_budget": Words(
        "该科目当年可用预算不足。请先拨款。",
        "The fund has no budget left for this year. An appropriation is needed first.",
    ),
    "year_closed": Words(
        "该预算年度已决算关闭，不再支付。请改由本年度预算安排。",
        "The budget year of this order is closed. Have the money provided in the current year.",
    ),
    "amount": Words(
        "金额超出单笔上限。请核对金额。",
        "The amount is above the limit of one payment. Check the amount.",
    ),
}


@dataclass(frozen=True)
class Facts:
    """What is known about an order on the day it would be paid."""

    policy: str
    amount_fen: int
    has_payee: bool
    payee_alive: bool
    has_card: bool
    card: (
        str  # what the bank has said of the card: a state of `cards.STATES`, or empty where it was not asked
    )
    findings: Collection[tuple[str, str]]  # (kind, state) of findings about the payee or the household


def hold(facts: Facts, largest_fen: int) -> str | None:
    """The first reason to hold an order, or None when it may be paid. The budget is checked when money is
    committed.

    >>> hold(Facts("medical_aid", 100, True, True, False, "", ()), 10**9)
    'no_card'
    >>> hold(Facts("medical_aid", 100, True, True, True, "asked", ()), 10**9)
    'card_unverified'
    """
    if not facts.has_payee:
        return "no_payee"
    if not facts.payee_alive:
        return "payee_dead"
    if not facts.has_card:
        return "no_card"
    if any(blocks(kind, state, facts.policy) for kind, state in facts.findings):
        return "finding"
    if facts.amount_fen > largest_fen:
        return "amount"
    # Last, so that what a person has to settle is seen while the bank is still being asked.
    if facts.card == "refused":
        return "card_refused"
    if facts.card != "verified":
        return "card_unverified"
    return None


def says_payee_is_dead(kind: str, *, of_payee: bool) -> bool:
    """Whether a finding says that the payee has died: no person's word releases money to the card of the dead."""
    return of_payee and kind == "paid_after_death"


def blocks(kind: str, state: str, policy: str) -> bool:
    """Whether a finding of this kind and state stops a payment of the policy."""
    if kind not in BLOCKING or state not in BLOCKING_STATES:
        return False
    policies = BLOCKING[kind]
    return policies is None or policy in policies
