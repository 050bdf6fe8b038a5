"""A payee dies while the outcome is unknown: the bank's word that it did not pay gives the money back."""

# ruff: noqa: F401, F811 - fixtures are imported by name

from datetime import timedelta

import pytest
from tests.stages.funds_world import AT, TODAY, make_finance
from tests.stages.test_funds_payments import (
    advance,
    bank,
    finance,
    legs,
    money,
    order,
    release_all,
    rules,
    sent,
    world,
)

from huimin_platform.base import access
from huimin_platform.funds import actions, books
from huimin_platform.funds.models import Difference, Payment
from huimin_platform.registry.models import Person

pytestmark = pytest.mark.django_db

LATER = AT + timedelta(days=4)


def unknown(world, finance, bank, *, dead=True):
    """A payment whose outcome is unknown; its payee has died since."""
    [payment] = sent(world, finance, bank)
    if dead:
        Person.objects.filter(pk=Payment.objects.get().payee_id).update(died_on=TODAY)
    advance(LATER)
    assert Payment.objects.get().state == "unknown"
    return payment


def said(payment, by, **options):
    given = {"document": "工行复函〔2026〕8号", "reason": "银行书面确认未付", **options}
    return actions.say_not_paid(payment=payment, at=LATER, by=by, **given)


def test_up_to_the_threshold_one_person_gives_it_back(world, finance, money, bank) -> None:
    payment = unknown(world, finance, bank)
    made = said(payment, finance)
    assert made.state == "confirmed"
    assert said(payment, finance) == made
    assert legs() == {"treasury": -1_000_000, "budget": 1_000_000, "commit": 0, "transit": 0, "paid": 0}
    found = Payment.objects.get()
    assert (found.state, found.order.state, found.return_code) == ("returned", "returned", "NPAY")
    assert dict(Difference.objects.values_list("kind", "state")) == {
        "no_answer": "closed",
        "returned": "open",
    }
    assert books.disagreements() == {}
    assert not any(value for name, value in advance(LATER).items() if name != "closed")


def test_above_the_threshold_another_person_has_to_agree(
    world, finance, money, bank, rules, make_user
) -> None:
    payment = unknown(world, finance, bank)
    rules(two_persons_yuan=50)
    made = said(payment, finance)
    assert (made.state, Payment.objects.get().state) == ("proposed", "unknown")
    with pytest.raises(actions.NotNow):
        actions.agree_not_paid(number=made.pk, at=LATER, by=finance)
    with pytest.raises(access.NotAllowed):
        actions.agree_not_paid(number=made.pk, at=LATER, by=make_user("auditor"))
    second = make_finance("finance-b")
    assert actions.agree_not_paid(number=made.pk, at=LATER, by=second).state == "confirmed"
    assert actions.agree_not_paid(number=made.pk, at=LATER, by=second).state == "confirmed"
    assert legs()["budget"] == 1_000_000


def test_refused_it_stays_unknown_and_can_be_brought_in_again(world, finance, money, bank, rules) -> None:
    payment = unknown(world, finance, bank)
    rules(two_persons_yuan=50)
    made, second = said(payment, finance), make_finance("finance-b")
    actions.refuse_not_paid(number=made.pk, reason="复函未盖章", at=LATER, by=second)
    assert Payment.objects.get().state == "unknown"
    assert said(payment, second).state == "proposed"


def test_where_the_bank_can_be_asked_again_it_is_asked(world, finance, money, bank) -> None:
    payment = unknown(world, finance, bank, dead=False)
    with pytest.raises(actions.NotNow, match="再次询问"):
        said(payment, finance)


@pytest.mark.parametrize("missing", ["document", "reason"])
def test_without_a_document_or_a_reason_nothing_happens(world, finance, money, bank, missing) -> None:
    payment = unknown(world, finance, bank)
    with pytest.raises(actions.NotNow):
        said(payment, finance, **{missing: " "})


def test_what_the_statement_shows_is_not_given_back(world, finance, money, bank) -> None:
    payment = unknown(world, finance, bank)
    bank.pay(payment)
    # Another amount, so that the line does not settle it.
    bank.statement([(payment, bank.debited[payment] + 1, False, "")])
    advance(LATER)
    assert Payment.objects.get().state == "unknown"
    with pytest.raises(actions.NotNow, match="对账单"):
        said(payment, finance)


def test_a_bank_that_paid_all_the_same_is_on_the_desk(world, finance, money, bank) -> None:
    payment = unknown(world, finance, bank)
    said(payment, finance)
    bank.pay(payment)
    bank.report({payment: ("ACSC", "")})
    advance(LATER)
    assert Difference.objects.filter(kind="contradiction", state="open").exists()
