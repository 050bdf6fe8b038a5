"""A decided recovery stands in the ledger once, and is taken back when an appeal reverses it."""

# ruff: noqa: F401, F811 - fixtures are imported by name

import pytest
from django.db import DatabaseError, transaction
from tests.stages.funds_world import AT, COUNTY
from tests.stages.test_cases_decisions import in_english, world
from tests.stages.test_cases_paths import boss, days, go, paid, resident, second, third

from huimin_platform.cases import actions
from huimin_platform.funds import books, recovering
from huimin_platform.funds.models import Account, Transfer

pytestmark = pytest.mark.django_db


@pytest.fixture
def owed(paid, boss, second, resident):
    path = actions.begin_path(case=paid, name="recovery", cause="重复发放", amount_fen=68_000, at=AT, by=boss)
    go(path, "reply", resident)
    return go(path, "recover", second)


def standing() -> dict[str, int]:
    return dict(Account.objects.filter(leg__in=["claim", "owed"]).values_list("leg", "balance_fen"))


def test_nothing_is_posted_before_the_decision(paid, boss) -> None:
    actions.begin_path(case=paid, name="recovery", cause="重复发放", amount_fen=68_000, at=AT, by=boss)
    assert recovering.take_up(at=AT) == 0
    assert standing() == {}


def test_a_decided_recovery_is_posted_once(owed, paid) -> None:
    assert [recovering.take_up(at=AT) for _ in range(2)] == [1, 0]
    assert standing() == {"claim": -68_000, "owed": 68_000}
    [transfer] = Transfer.objects.filter(reason="recover")
    assert (transfer.case_number, transfer.payment, transfer.audit.action) == (paid.number, None, "posts")
    books.insist(thorough=True)


def test_a_recovery_reversed_on_appeal_is_taken_back_and_nothing_else_is_lifted(
    owed, paid, third, resident
) -> None:
    recovering.take_up(at=AT)
    appeal = actions.begin_path(case=paid, name="appeal", cause="已退回", at=days(3), by=resident)
    go(appeal, "reverse", third, days(4))
    assert [recovering.take_up(at=days(5)) for _ in range(2)] == [1, 0]
    assert standing() == {"claim": 0, "owed": 0}
    books.insist(thorough=True)


def test_a_recovery_reversed_before_it_was_posted_is_never_posted(owed, paid, third, resident) -> None:
    appeal = actions.begin_path(case=paid, name="appeal", cause="已退回", at=days(3), by=resident)
    go(appeal, "reverse", third, days(4))
    assert recovering.take_up(at=days(5)) == 0


def test_what_nobody_decided_is_found_in_the_books(owed, paid) -> None:
    recovering.take_up(at=AT)
    with pytest.raises(DatabaseError), transaction.atomic():
        Transfer.objects.filter(reason="recover").update(case_number="")
    assert not books.disagreements()
    type(owed).objects.filter(pk=owed.pk).update(amount_fen=1)
    assert "what_is_owed_was_decided" in books.disagreements()
