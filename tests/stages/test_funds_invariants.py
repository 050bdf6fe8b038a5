"""Each invariant of public money is broken on purpose, behind the guards' backs, and `verify` names the row."""

# ruff: noqa: F811 - fixtures are imported by name

import pytest
from django.db import connection
from tests.stages.test_funds_payments import (  # noqa: F401
    advance,
    bank,
    finance,
    money,
    rules,
    sent,
    world,
)

from huimin_platform.funds import invariants
from huimin_platform.funds.models import Batch, Payment

pytestmark = pytest.mark.django_db

BREAKS = {
    "I1": "update funds_entry set amount_fen = amount_fen + 1 where id = (select min(id) from funds_entry)",
    "I2": "alter table funds_entry disable trigger append_only",
    "I3": "update funds_payment set year = 2025",
    "I4": "update funds_account set balance_fen = balance_fen + 7 where leg = 'paid'",
    "I5": "insert into funds_statementline (key, message_id, payment_id, named, amount_fen, credit)"
    " select key || '!', message_id, payment_id, named, amount_fen, credit from funds_statementline",
    "I6": "update delivery_order set period = 'other'",
    "I7": "delete from funds_batchapproval",
    "I8": "delete from funds_paymentmove where state_after = 'settled'",
    "I9": "update funds_account set balance_fen = balance_fen + 7 where leg = 'budget'",
    "I10": "alter table funds_transfer drop constraint transfer_names_its_case; update funds_transfer set case_number = ''",
}


@pytest.fixture
def settled(world, finance, money, bank):
    """One payment that the bank reported and stated."""
    [payment] = sent(world, finance, bank)
    bank.statement([(payment, 10_000, False, "")], numbers=[1])
    advance()
    assert Payment.objects.get().state == "settled"
    assert Batch.objects.get().approvals.count() == 1


def test_all_hold(settled) -> None:
    verdicts = list(invariants.verify())
    assert [each for each in verdicts if each.row is not None] == []
    assert [each.name.split()[0] for each in verdicts] == [f"I{number}" for number in range(1, 11)]


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_invariant_is_named_with_its_row(settled, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(BREAKS[name])
        cursor.execute("set local session_replication_role = origin")
    broken = {each.name.split()[0]: each.row for each in invariants.verify() if each.row is not None}
    assert name in broken
    assert broken[name]
