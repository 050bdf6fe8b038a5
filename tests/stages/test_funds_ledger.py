"""What the database holds of money: each rule is broken on purpose here, and refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from tests.stages.funds_world import (
    AT,
    COUNTY,
    make_finance,
    make_grant,
    make_household,
    make_order,
    make_person,
    make_world,
)

from huimin.funds import ledger
from huimin.funds.payment import MOVES, STATES, payment_id
from huimin_platform.base import access, audit
from huimin_platform.funds import actions, books, posting
from huimin_platform.funds.models import Account, Entry, Payment, Transfer

pytestmark = pytest.mark.django_db
FUND = ledger.fund_of("medical_aid", 2026, COUNTY[:6])


@pytest.fixture
def finance():
    return make_finance("finance-a")


@pytest.fixture
def budget(finance):
    return actions.appropriate(
        year=2026, purpose="medical_aid", amount_fen=1_000_000, key="letter-1", at=AT, by=finance
    )


@pytest.fixture
def paid_once(budget):
    """One order that has become an approved payment."""
    from huimin_platform.funds import paying

    world = make_world()
    make_order(make_grant(world, make_household(world, make_person(world, 1))))
    assert paying.take_up(today=AT.date(), at=AT) == {"payments": 1, "held": 0}
    return Payment.objects.get()


def balances() -> dict[str, int]:
    return dict(Account.objects.values_list("leg", "balance_fen"))


def immediate() -> None:
    """Checks now what is else checked at commit, as a commit does."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set constraints all deferred")


@contextmanager
def refused(words: str) -> Iterator[None]:
    """What is done in the block is refused with these words, at the latest at commit."""
    with pytest.raises(IntegrityError, match=words), transaction.atomic():  # noqa: PT012
        yield
        immediate()


def test_an_appropriation_puts_money_on_its_fund_once(budget, finance) -> None:
    again = actions.appropriate(
        year=2026, purpose="medical_aid", amount_fen=1_000_000, key="letter-1", at=AT, by=finance
    )
    assert again == budget
    assert balances() == {"treasury": -1_000_000, "budget": 1_000_000, "commit": 0, "transit": 0, "paid": 0}
    assert budget.audit.by == "finance-a"


def test_money_is_appropriated_by_finance_only(make_user) -> None:
    with pytest.raises(access.NotAllowed):
        actions.appropriate(year=2026, purpose="medical_aid", amount_fen=1, at=AT, by=make_user("county"))


def test_money_of_another_line_does_not_pay_a_policy(finance) -> None:
    with pytest.raises(actions.NotNow, match="21013"):
        actions.appropriate(line="20819", year=2026, purpose="medical_aid", amount_fen=100, at=AT, by=finance)


def test_an_impossible_amount_is_refused(finance) -> None:
    for amount_fen in (0, -5, 10**18):
        with pytest.raises(ledger.ImpossibleAmount):
            actions.appropriate(year=2026, purpose="medical_aid", amount_fen=amount_fen, at=AT, by=finance)


@pytest.mark.parametrize(
    "table", ["funds_entry", "funds_transfer", "funds_paymentmove", "funds_batchapproval"]
)
@pytest.mark.parametrize("act", ["update {} set id = id", "delete from {}", "truncate {} cascade"])
def test_money_rows_are_never_changed(table: str, act: str, paid_once) -> None:
    immediate()
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(act.format(table))


def test_a_transfer_that_does_not_sum_to_zero_is_refused(budget) -> None:
    with refused("sums to 1 fen"):
        transfer = Transfer.objects.create(key="bent", reason="appropriate", audit=budget.audit, at=AT)
        for leg, amount_fen in (("treasury", -100), ("budget", 101)):
            account = Account.objects.get(code=FUND.account(leg))
            Entry.objects.create(transfer=transfer, account=account, amount_fen=amount_fen)


def test_a_transfer_without_entries_and_one_added_to_later_are_refused(budget) -> None:
    with refused("0 entries"):
        Transfer.objects.create(key="empty", reason="appropriate", audit=budget.audit, at=AT)
    with refused("4 entries, not 2"):
        for leg, amount_fen in (("commit", 5), ("paid", 5)):
            account = Account.objects.get(code=FUND.account(leg))
            Entry.objects.create(transfer=budget, account=account, amount_fen=amount_fen)


def test_no_fund_goes_below_zero(budget, paid_once) -> None:
    transfer = ledger.posting("commit", FUND, "X", 990_001)
    with pytest.raises(IntegrityError, match="account_not_below_zero"), transaction.atomic():
        posting.post([posting.Posting(transfer, paid_once.pk, "T-1", "v")], audit=budget.audit, at=AT)


def test_a_repeated_posting_is_refused_by_its_key(paid_once, budget) -> None:
    transfer = ledger.posting("commit", FUND, paid_once.pk, 10_000)
    with pytest.raises(IntegrityError, match="funds_transfer_key"), transaction.atomic():
        posting.post([posting.Posting(transfer, paid_once.pk, "T-1", "v")], audit=budget.audit, at=AT)


def test_balances_change_by_entries_only(budget) -> None:
    with pytest.raises(DatabaseError, match="entries only"), transaction.atomic():
        Account.objects.filter(leg="budget").update(balance_fen=5)
    with pytest.raises(DatabaseError, match="only entries bring money"), transaction.atomic():
        Account.objects.create(code="x", line="1", year=1, purpose="x", leg="budget", balance_fen=5)
    with pytest.raises(DatabaseError, match="cannot be removed"), transaction.atomic():
        Account.objects.filter(leg="paid").delete()


def test_a_payment_keeps_its_amount_and_payee(paid_once) -> None:
    """Its card too, once it is sent: see test_funds_cards."""
    for change in ({"amount_fen": 1}, {"policy": "x"}, {"year": 1}):
        with pytest.raises(DatabaseError, match="keeps its amount"), transaction.atomic():
            Payment.objects.filter(pk=paid_once.pk).update(**change)
    with pytest.raises(DatabaseError, match="cannot be removed"), transaction.atomic():
        Payment.objects.filter(pk=paid_once.pk)._raw_delete("default")


def test_a_payment_does_not_move_without_the_ledger(paid_once) -> None:
    from huimin_platform.funds import batches

    [batch] = batches.prepare(at=AT)
    with refused("without a send"):
        Payment.objects.filter(pk=paid_once.pk).update(state="sending", sent_at=AT, batch=batch)


def test_the_database_allows_just_the_moves_of_the_library(paid_once) -> None:
    """Every pair of states is tried; row triggers are tested, the ledger's own check is deferred and not
    reached.
    """
    from huimin_platform.funds import batches

    [batch] = batches.prepare(at=AT)
    allowed = {(state, after) for (state, _), after in MOVES.items()}
    for before in STATES:
        for after in set(STATES) - {before}:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("set local session_replication_role = replica")
                Payment.objects.update(state=before, sent_at=AT, batch=batch)
                cursor.execute("set local session_replication_role = origin")
                try:
                    with transaction.atomic():
                        Payment.objects.update(state=after)
                    went = True
                except DatabaseError:
                    went = False
                assert went == ((before, after) in allowed), (before, after)
                transaction.set_rollback(True)


def another_payment(paid_once: Payment, id_: str) -> None:
    with transaction.atomic():
        Payment.objects.create(
            id=id_, order=paid_once.order, component="2", line="21013", year=2026, policy="medical_aid",
            policy_version="v", case_number="c", household=paid_once.household, payee=paid_once.payee,
            division="1", amount_fen=1, card_sealed=b"x", approved_at=AT,
        )  # fmt: skip


def test_an_order_has_one_live_payment(paid_once) -> None:
    order = paid_once.order
    with pytest.raises(IntegrityError, match="payment_one_live_an_order"):
        another_payment(paid_once, payment_id(str(order.grant_id), order.period, "2"))


def test_a_payment_has_the_id_of_its_order(paid_once) -> None:
    with pytest.raises(IntegrityError, match="has not the id of its order"):
        another_payment(paid_once, "Z" * 32)


@pytest.mark.parametrize(
    ("move", "amount_fen", "wrong"),
    [("settle", 10_000, "does not go"), ("send", 9_999, "the amount")],
)
def test_a_transfer_of_a_payment_goes_where_it_must_and_moves_its_amount(
    paid_once, budget, move, amount_fen, wrong
) -> None:
    right = ledger.posting("send", FUND, paid_once.pk, amount_fen)
    transfer = replace(right, key=f"{paid_once.pk}:{move}", reason=move)
    with connection.cursor() as cursor:
        cursor.execute("set constraints transfer_within immediate")
    with pytest.raises(IntegrityError, match=wrong), transaction.atomic():
        posting.post([posting.Posting(transfer, paid_once.pk, "T-1", "v")], audit=budget.audit, at=AT)


def test_the_books_agree_and_a_bent_book_is_noticed(paid_once) -> None:
    assert books.disagreements() == {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute("update funds_account set balance_fen = balance_fen + 7 where leg = 'commit'")
        found = books.disagreements()
        with pytest.raises(books.BooksDisagree):
            books.insist()
        transaction.set_rollback(True)
    assert set(found) == {
        "balances_follow_entries",
        "sources_sum_to_zero",
        "payments_stand_on_their_accounts",
    }


def test_every_entry_names_a_case_a_policy_version_and_an_audit_line(paid_once) -> None:
    transfer = paid_once.transfers.get()
    assert (transfer.case_number, transfer.policy_version) == (paid_once.case_number, "2014-05-01-abcd")
    assert transfer.audit.action == "approves"
    with pytest.raises(IntegrityError, match="transfer_names_its_case"), transaction.atomic():
        Transfer.objects.create(key="k", reason="send", payment=paid_once, audit=transfer.audit, at=AT)


def test_appropriation_audit_is_written_in_the_same_transaction(finance) -> None:
    with transaction.atomic():
        actions.appropriate(year=2026, purpose="medical_aid", amount_fen=100, at=AT, by=finance)
        transaction.set_rollback(True)
    assert not audit.looks("fund", FUND.account("budget")).exists()
    assert not Account.objects.exists()
