"""Each invariant of public money is broken on purpose, behind the guards' backs, and `verify` names the row."""

# ruff: noqa: F811 - fixtures are imported by name

import re

import pytest
from django.db import connection
from django.utils import translation
from tests.stages.test_funds_payments import (  # noqa: F401
    advance,
    bank,
    finance,
    money,
    rules,
    sent,
    world,
)

from huimin_platform.funds import invariant_checks, invariants
from huimin_platform.funds.models import Account, Batch, Payment

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
    broken = {each.code: each for each in invariants.verify() if each.row is not None}
    assert name in broken
    assert broken[name].row
    told = {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            told[language] = {each.code: each.told for each in invariants.verify()}[name]
    english, chinese = told["en"], told["zh-hans"]
    assert english is not None
    assert chinese is not None
    assert english.record == chinese.record
    assert english.record in {str(value) for value in broken[name].row.values()}
    # Names of tables, accounts and programmes are what they are; every sentence is Chinese.
    for one, other in ((english.broken, chinese.broken), (english.cure, chinese.cure)):
        assert one != other
        assert re.search("[\u4e00-\u9fff]", other)
        assert "%(" not in one + other


def checks() -> list[tuple[str, int]]:
    return [(name, place) for name, each in invariant_checks.INVARIANTS.items() for place in range(len(each))]


@pytest.mark.parametrize(("name", "place"), checks())
def test_each_check_says_of_its_own_columns_what_is_broken(name: str, place: int) -> None:
    check = invariant_checks.INVARIANTS[name][place]
    with connection.cursor() as cursor:
        cursor.execute(f"select * from ({check.statement()}) broken limit 0")
        columns = {column.name for column in cursor.description}
    row = dict.fromkeys(columns, 7) | ({"table": "funds_entry"} if "table" in columns else {})
    told = {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            told[language] = invariant_checks.told(check, row)
    assert told["en"].record == "7"
    assert "7" in told["en"].broken
    assert told["en"].broken != told["zh-hans"].broken
    assert told["en"].cure != told["zh-hans"].cure
    if check.table:
        assert check.table in told["zh-hans"].table
        assert re.search("[\u4e00-\u9fff]", told["zh-hans"].table)


def test_the_page_of_checks_says_it_in_the_readers_language(settled, client, make_user) -> None:
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(BREAKS["I4"])
        cursor.execute("set local session_replication_role = origin")
    code = Account.objects.get(leg="paid").code
    for language, words in (
        ("zh-hans", (f"账户 {code} 的余额为 100.07 元", "任何批次都不要批准或发送", "总账账户")),
        (
            "en",
            (
                f"Account {code} stands at 100.07 yuan",
                "Let no batch be approved or sent",
                "accounts of the ledger",
            ),
        ),
    ):
        client.force_login(make_user("auditor", division="", language=language))
        page = client.post("/checks/").content.decode()
        assert all(each in page for each in words), page
