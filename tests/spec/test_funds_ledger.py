"""Posting rules, payment states, payment ids and the checks before money moves."""

import pytest

from huimin.funds import checks, ledger, payment

FUND = ledger.fund_of("medical_aid", 2026)


def test_every_posting_sums_to_zero_and_stays_in_its_fund() -> None:
    for move in ledger.POSTINGS:
        entries = ledger.posting(move, FUND, "P", 12345).entries()
        assert sum(amount for _, amount in entries) == 0
        assert all(account.startswith("21013/2026/medical_aid/") for account, _ in entries)


def test_money_comes_in_by_appropriation_only() -> None:
    assert not any("treasury" in accounts for accounts in ledger.POSTINGS.values())
    transfer = ledger.appropriation(FUND, 100, "letter 7")
    assert transfer.entries() == (
        ("21013/2026/medical_aid/treasury", -100),
        ("21013/2026/medical_aid/budget", 100),
    )


@pytest.mark.parametrize("amount_fen", [0, -1, 10**18, ledger.LARGEST_APPROPRIATION_FEN + 1])
def test_an_impossible_appropriation_is_refused_in_words(amount_fen: int) -> None:
    with pytest.raises(ledger.ImpossibleAmount) as caught:
        ledger.appropriation(FUND, amount_fen, "k")
    assert "元" in caught.value.words().zh


@pytest.mark.parametrize("amount_fen", [0, -100, 10**18])
def test_an_impossible_payment_is_refused(amount_fen: int) -> None:
    with pytest.raises(ledger.ImpossibleAmount):
        ledger.posting("commit", FUND, "P", amount_fen)


def test_a_payment_makes_each_move_under_one_key() -> None:
    assert ledger.posting("send", FUND, "P", 1).key == ledger.posting("send", FUND, "P", 1).key
    assert ledger.posting("send", FUND, "P", 1).key != ledger.posting("settle", FUND, "P", 1).key


def test_a_policy_without_a_line_of_its_own_is_paid_from_the_general_line() -> None:
    assert ledger.fund_of("school_meals", 2026) == ledger.Fund("20899", 2026, "school_meals")


def test_a_payment_moves_as_the_table_says() -> None:
    assert set(payment.STATES) == {state for state, _ in payment.MOVES} | set(payment.MOVES.values())
    assert payment.moved("unknown", "resend") == "sending"
    assert payment.moved("settled", "return") == "returned"
    assert payment.moved("returned", "send") is None
    assert payment.moved("settled", "settle") is None


def test_postings_lead_from_the_account_of_one_state_to_that_of_the_next() -> None:
    for (state, move), name in payment.POSTING_OF.items():
        after = payment.MOVES[state, move]
        assert ledger.POSTINGS[name] == (payment.ACCOUNT_OF[state], payment.ACCOUNT_OF.get(after, "budget"))
    silent = set(payment.MOVES) - set(payment.POSTING_OF)
    assert all(
        payment.ACCOUNT_OF[state] == payment.ACCOUNT_OF[payment.MOVES[state, move]] for state, move in silent
    )


def test_the_payment_id_is_the_same_for_a_retry_and_another_for_anything_else() -> None:
    base = payment.payment_id("7", "2026-08", "1")
    others = [
        payment.payment_id(*parts)
        for parts in [("8", "2026-08", "1"), ("7", "2026-09", "1"), ("7", "2026-08", "2")]
    ]
    assert payment.payment_id("7", "2026-08", "1") == base
    assert len({base, *others}) == 4
    assert len(base) <= 35
    assert base.isalnum()


def facts(**changes) -> checks.Facts:
    given = {
        "policy": "medical_aid",
        "amount_fen": 100,
        "has_payee": True,
        "payee_alive": True,
        "has_card": True,
        "card": "verified",
        "findings": (),
    }
    return checks.Facts(**{**given, **changes})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"has_payee": False}, "no_payee"),
        ({"payee_alive": False}, "payee_dead"),
        ({"has_card": False}, "no_card"),
        ({"findings": [("paid_after_death", "open")]}, "finding"),
        ({"findings": [("same_benefit_twice", "confirmed")]}, "finding"),
        ({"findings": [("paid_after_death", "dismissed")]}, None),
        ({"findings": [("on_roll_not_entitled", "open")]}, None),
        ({"findings": [("on_roll_not_entitled", "open")], "policy": "subsistence_allowance"}, "finding"),
        ({"findings": [("of_another_kind", "open")]}, None),
        ({"amount_fen": 10**18}, "amount"),
        ({"card": ""}, "card_unverified"),
        ({"card": "asked"}, "card_unverified"),
        ({"card": "unknown"}, "card_unverified"),
        ({"card": "refused"}, "card_refused"),
        ({"card": "refused", "findings": [("paid_after_death", "open")]}, "finding"),
    ],
)
def test_whom_we_do_not_pay(changes: dict, expected: str | None) -> None:
    assert checks.hold(facts(**changes), ledger.LARGEST_FEN) == expected
    assert expected is None or expected in checks.HOLDS
