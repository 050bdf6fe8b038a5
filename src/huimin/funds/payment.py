"""States of a payment and the moves between them; the id that stays the same however often it is sent.

`unknown` means that we do not know whether the bank has paid: a time-out is not a failure, and money in
doubt is neither sent again under another id nor given back until the bank or its statement has spoken.
"""

import hashlib
from collections.abc import Mapping

from huimin.units.words import Words

STATES: Mapping[str, Words] = {
    "approved": Words("待发送", "Approved"),
    "sending": Words("银行处理中", "With the bank"),
    "settled": Words("已到账", "Settled"),
    "returned": Words("已退回", "Returned"),
    "unknown": Words("结果不明", "Outcome unknown"),
}

# (state, move) -> state.
MOVES: Mapping[tuple[str, str], str] = {
    ("approved", "send"): "sending",
    ("sending", "settle"): "settled",
    ("sending", "return"): "returned",
    ("sending", "lose"): "unknown",
    ("unknown", "settle"): "settled",
    ("unknown", "return"): "returned",
    ("unknown", "resend"): "sending",
    ("settled", "return"): "returned",
}

# (state, move) -> posting of `ledger.POSTINGS`; a move that is not here moves no money.
POSTING_OF: Mapping[tuple[str, str], str] = {
    ("approved", "send"): "send",
    ("sending", "settle"): "settle",
    ("unknown", "settle"): "settle",
    ("sending", "return"): "return",
    ("unknown", "return"): "return",
    ("settled", "return"): "return_late",
}

# Which account holds the money of the payments in a state (invariant I4); returned money is back in the
# budget.
ACCOUNT_OF: Mapping[str, str] = {
    "approved": "commit",
    "sending": "transit",
    "unknown": "transit",
    "settled": "paid",
}

LIVE = ("approved", "sending", "unknown", "settled")
OPEN = ("approved", "sending", "unknown")
FIRST = "1"


def payment_id(grant: str, period: str, component: str) -> str:
    """The id of a payment, 32 characters; the bank's EndToEndId. A retry has the same id, because it is the
    same payment.

    >>> payment_id("7", "2026-08", "1") == payment_id("7", "2026-08", "1")
    True
    >>> len(payment_id("7", "2026-08", "1"))
    32
    """
    assert "|" not in grant + period + component
    return hashlib.sha256(f"{grant}|{period}|{component}".encode()).hexdigest()[:32].upper()


def moved(state: str, move: str) -> str | None:
    """The state after the move; None where the state does not allow it, which for a bank's answer is an
    exception.
    """
    return MOVES.get((state, move))
