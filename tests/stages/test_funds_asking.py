"""What the bank never answered: asked again by the house where nothing can be paid twice, else a person's matter."""

from datetime import timedelta

import pytest
from tests.stages.funds_world import (
    AT,
    TODAY,
    Bank,
    make_finance,
    make_grant,
    make_household,
    make_order,
    make_person,
    make_world,
    set_house_rules,
)

from huimin_platform.funds import actions, differences, queries, steps
from huimin_platform.funds.models import Batch, Difference, Payment, PaymentMove
from huimin_platform.registry.models import Person

pytestmark = pytest.mark.django_db

LATER, LATER_STILL = AT + timedelta(days=4), AT + timedelta(days=8)


@pytest.fixture
def finance():
    return make_finance("finance-a")


@pytest.fixture
def bank(settings):
    return Bank(settings.HUIMIN_EXCHANGE)


@pytest.fixture
def sent(finance, bank, monkeypatch):
    """The ids of two payments that are with a bank that says nothing."""
    set_house_rules(monkeypatch, two_persons_yuan=10**9, times_asked=2)
    world = make_world()
    for number in range(2):
        make_order(make_grant(world, make_household(world, make_person(world, number))))
    actions.appropriate(year=2026, purpose="medical_aid", amount_fen=1_000_000, key="1", at=AT, by=finance)
    advance()
    actions.approve_batch(batch=Batch.objects.get().number, at=AT, by=finance)
    advance()
    return bank.collect()


def advance(at=AT):
    return steps.advance(today=at.date(), at=at, progress=lambda text: None)


def closes(bank, days_after=0):
    """The bank states a day on which it paid nothing."""
    day = TODAY + timedelta(days=days_after)
    bank.statement([], days=(day, day))


def test_a_payment_on_no_statement_is_asked_for_again_and_its_refusal_heard(sent, bank) -> None:
    closes(bank)
    counts = advance(LATER)
    assert (counts["unknown"], counts["asked_again"], counts["files_written"]) == (2, 2, 1)
    assert not Difference.objects.filter(state="open").exists()
    again = {each.stem for each in bank.out.glob("*.xml")}
    assert again == {f"{Batch.objects.get().number}-2"}
    assert bank.collect() == []  # The ids are those of before.
    bank.report({sent[0]: ("RJCT", "AC06"), sent[1]: ("ACSC", "")})
    advance(LATER)
    assert dict(Payment.objects.values_list("pk", "state")) == {sent[0]: "returned", sent[1]: "settled"}


def test_what_is_due_first_stands_first_and_a_file_of_nobody_has_an_owner_too(sent, bank, finance) -> None:
    bank.report({sent[0]: ("RJCT", "AC06")})
    (bank.into / "half.xml").write_bytes(b"<Document>")
    advance(LATER)
    found = [(each.kind, differences.due_on(each), each.owner) for each in queries.differences(None)]
    due = LATER.date()
    assert [kind for kind, *_ in found] == ["malformed", "no_answer", "returned"]
    assert [on for _, on, _ in found] == sorted(on for _, on, _ in found)
    assert all(on > due and owner == finance for _, on, owner in found)


def test_without_a_statement_nobody_is_asked(sent) -> None:
    assert advance(LATER)["asked_again"] == 0
    assert Difference.objects.filter(kind="no_answer", state="open").count() == 2


def test_a_bank_that_may_pay_an_id_twice_is_left_to_a_person(sent, bank, monkeypatch) -> None:
    set_house_rules(monkeypatch, bank_removes_repeats=False)
    closes(bank)
    assert advance(LATER)["asked_again"] == 0
    assert Difference.objects.filter(kind="no_answer", state="open").count() == 2


def test_who_died_meanwhile_is_not_paid_by_asking_again(sent, bank, finance) -> None:
    Person.objects.update(died_on=TODAY)
    closes(bank)
    assert advance(LATER)["asked_again"] == 0
    with pytest.raises(actions.NotNow, match="死亡"):
        actions.resend(batch=Batch.objects.get().number, reason="银行未收到", at=LATER, by=finance)
    Person.objects.filter(name="测试0").update(died_on=None)
    assert advance(LATER)["asked_again"] == 1


def test_after_so_many_times_a_person_looks(sent, bank, finance) -> None:
    closes(bank)
    assert advance(LATER)["asked_again"] == 2
    closes(bank, 4)
    assert advance(LATER_STILL)["unknown"] == 2
    assert PaymentMove.objects.filter(move="resend").count() == 2
    assert advance(LATER_STILL)["asked_again"] == 0
    assert Difference.objects.filter(kind="no_answer", state="open").count() == 2
    assert (
        actions.resend(batch=Batch.objects.get().number, reason="电话核实", at=LATER_STILL, by=finance) == 2
    )
