"""Before the first payment to a card the bank is asked about it: waiting, refusal, silence, another card, another name."""

# ruff: noqa: F401, F811 - fixtures are imported by name

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from tests.generative.funds_crashes import Crash, CrashPoints
from tests.stages.funds_world import (
    AT,
    give_card,
    make_finance,
    make_grant,
    make_household,
    make_order,
    make_person,
    verify,
)
from tests.stages.test_funds_payments import advance, bank, finance, money, release_all, rules, world

from huimin_county import bank as county_bank
from huimin_platform.base import access
from huimin_platform.cases.models import Notice
from huimin_platform.funds import actions, queries
from huimin_platform.funds.card_models import CardCheck, CardMove
from huimin_platform.funds.models import BankMessage, Difference, Hold, Payment

pytestmark = pytest.mark.django_db


def unverified(world, number=1):
    """An order to somebody about whose card the bank was never asked."""
    person = make_person(world, number, verified=False)
    return make_order(make_grant(world, make_household(world, person)))


def holds():
    return list(Hold.objects.filter(lifted_at=None).values_list("reason", flat=True))


def answer(bank, code=""):
    """The bank answers every question it has, with this code."""
    bank.collect()
    bank.answer_cards(dict.fromkeys(bank.questions, code))


def test_the_first_payment_waits_for_the_bank_and_the_second_does_not(world, finance, money, bank) -> None:
    order = unverified(world)
    counts = advance()
    assert (counts["cards_asked"], counts["payments"], counts["held"]) == (1, 0, 1)
    assert holds() == ["card_unverified"]
    assert not any(advance().values()), "a rerun asks nothing"
    answer(bank)
    card = f"6217000000{order.payee_id:09d}"
    assert list(bank.questions.values()) == [(card, order.payee.name, "")]
    counts = advance()
    assert (counts["cards_answered"], counts["payments"]) == (1, 1)
    assert holds() == []
    make_order(order.grant, "2026-08")
    counts = advance()
    assert (counts["cards_asked"], counts["payments"]) == (0, 1)
    assert [move.state_after for move in CardMove.objects.order_by("pk")] == ["asked", "verified"]


def test_a_refused_card_is_told_to_finance_and_to_the_person_and_another_card_is_asked_about(
    world, finance, money, bank
) -> None:
    order = unverified(world)
    advance()
    answer(bank, "BE01")
    advance()
    assert holds() == ["card_refused"]
    assert not Payment.objects.exists()
    difference = Difference.objects.get()
    assert (difference.kind, difference.owner, difference.details) == (
        "card_refused",
        finance,
        {"code": "BE01"},
    )
    notice = Notice.objects.get()
    assert (notice.person_id, notice.kind) == (order.payee_id, "money")
    assert "不是您本人" in "".join(notice.text["zh"])
    assert not any(advance().values())

    give_card(order.payee, "6217999900001111222")
    bank.questions.clear()
    assert advance()["cards_asked"] == 1
    assert holds() == ["card_unverified"]
    answer(bank)
    assert advance()["payments"] == 1
    difference.refresh_from_db()
    assert (difference.state, difference.reason) == ("closed", "card_verified")
    assert [one.state for one in CardCheck.objects.order_by("asked_at", "turn", "state")] == [
        "refused",
        "verified",
    ]
    assert len(queries.cards_for(finance)) == 0, "a card that the person no longer has is nobody's work"


@pytest.mark.parametrize("change", ["name", "number"])
def test_another_name_or_number_is_another_question(world, finance, money, bank, change) -> None:
    order = unverified(world)
    advance()
    answer(bank)
    person = order.payee
    if change == "name":
        person.name = "测试改名"
    else:
        person.national_id_index = b"0123456789abcdef"
        person.national_id_sealed = None
    person.save()
    advance()
    assert CardCheck.objects.count() == 2
    assert holds() == ["card_unverified"]


def test_no_answer_is_unknown_and_asked_again_and_then_on_the_desk(world, finance, money, bank) -> None:
    order = unverified(world)
    for turn in range(3):
        advance(AT + timedelta(days=4 * turn))
        files = BankMessage.objects.filter(kind="card_check").count()
        assert files == turn + 1
        bank.collect()
    advance(AT + timedelta(days=12))
    check = CardCheck.objects.get()
    assert (check.state, check.times) == ("unknown", 3)
    assert Difference.objects.get().kind == "card_no_answer"
    assert holds() == ["card_unverified"]
    assert not Notice.objects.exists(), "silence is no refusal"
    # The answer that comes at last is taken all the same.
    answer(bank)
    assert advance(AT + timedelta(days=13))["payments"] == 1
    assert Difference.objects.get().state == "closed"
    assert order.payee_id == check.person_id


def test_an_answer_that_comes_twice_changes_nothing_and_another_one_is_a_contradiction(
    world, finance, money, bank
) -> None:
    unverified(world)
    advance()
    answer(bank)
    advance()
    before = CardMove.objects.count()
    answer(bank)
    advance()
    assert CardMove.objects.count() == before
    answer(bank, "AC04")
    advance()
    assert CardCheck.objects.get().state == "refused", "what is refused at last is not paid"
    kinds = sorted(Difference.objects.values_list("kind", flat=True))
    assert kinds == ["card_contradiction", "card_refused"]
    # An older yes does not undo it.
    answer(bank)
    advance()
    assert CardCheck.objects.get().state == "refused"


def test_what_is_refused_after_the_release_is_not_sent(world, finance, money, bank) -> None:
    unverified(world)
    advance()
    answer(bank)
    advance()
    release_all(finance)
    answer(bank, "BE01")
    assert advance()["sent"] == 0
    assert holds() == ["card_refused"]
    # With another card the same payment goes on, and to that card.
    give_card(Payment.objects.get().payee, "6217999900001111222")
    advance()
    bank.questions.clear()
    answer(bank)
    advance()
    release_all(finance)
    assert advance()["sent"] == 1
    [path] = bank.out.iterdir()
    assert b"6217999900001111222" in path.read_bytes()
    assert Payment.objects.count() == 1


def test_what_was_sent_to_a_card_that_is_no_longer_the_payees_is_not_asked_for_again(
    world, finance, money, bank
) -> None:
    unverified(world)
    advance()
    answer(bank)
    advance()
    release_all(finance)
    advance()
    bank.collect()
    with pytest.raises(DatabaseError, match="keeps its amount"), transaction.atomic():
        Payment.objects.update(card_sealed=b"x")
    give_card(Payment.objects.get().payee, "6217999900001111222")
    later = AT + timedelta(days=4)
    advance(later)
    bank.questions.clear()
    answer(bank)
    advance(later)
    assert (Payment.objects.get().state, CardCheck.objects.filter(state="verified").count()) == ("unknown", 2)
    with pytest.raises(actions.NotNow):
        actions.resend(batch=Payment.objects.get().batch.number, reason="银行未答复", at=later, by=finance)


@pytest.mark.parametrize("cut", [1, 40, 200])
def test_half_a_report_is_refused_whole(world, finance, money, bank, cut) -> None:
    unverified(world)
    advance()
    bank.collect()
    name = bank.answer_cards(dict.fromkeys(bank.questions, ""))
    (bank.into / name).write_bytes(bank.said[name][:-cut])
    advance()
    assert CardCheck.objects.get().state == "asked"
    assert Difference.objects.get().kind == "malformed"
    (bank.into / name).write_bytes(bank.said[name])
    assert advance()["payments"] == 1


def test_an_answer_about_a_card_we_did_not_ask_about_is_on_the_desk(world, finance, money, bank) -> None:
    bank.answer_cards({"F" * 32: ""})
    advance()
    assert Difference.objects.get().kind == "card_not_asked"


def test_a_person_has_the_bank_asked_anew_with_a_reason(world, finance, money, bank) -> None:
    unverified(world)
    advance()
    answer(bank, "AC06")
    advance()
    check = CardCheck.objects.get()
    with pytest.raises(actions.NotNow):
        actions.ask_card_anew(check=check.pk, reason=" ", at=AT, by=finance)
    made = actions.ask_card_anew(check=check.pk, reason="银行已解除冻结", at=AT, by=finance)
    assert actions.ask_card_anew(check=check.pk, reason="银行已解除冻结", at=AT, by=finance) == made
    assert (made.turn, made.state, made.asked_by) == (2, "asked", finance)
    assert Difference.objects.get().state == "closed"
    advance()
    assert holds() == ["card_unverified"]
    bank.questions.clear()
    answer(bank)
    assert advance()["payments"] == 1
    with pytest.raises(actions.NotNow):
        actions.ask_card_anew(check=made.pk, reason="再核一次", at=AT, by=finance)


def test_only_finance_has_the_bank_asked_anew(world, finance, money, bank, make_user) -> None:
    unverified(world)
    advance()
    answer(bank, "AC06")
    advance()
    with pytest.raises(access.NotAllowed):
        actions.ask_card_anew(check=CardCheck.objects.get().pk, reason="x", at=AT, by=make_user("auditor"))


def test_a_house_whose_bank_has_no_such_service_does_not_wait(world, finance, money, rules, client) -> None:
    rules(two_persons_yuan=10**9, card_check=False)
    unverified(world)
    counts = advance()
    assert (counts["cards_asked"], counts["payments"]) == (0, 1)


@pytest.mark.parametrize("file_format", ["iso20022", "csv"])
def test_the_bank_process_confirms_and_refuses(world, finance, money, settings, rules, file_format) -> None:
    rules(two_persons_yuan=10**9, bank_format=file_format)
    orders = [unverified(world, number) for number in range(40)]
    profile, kinds = county_bank.PROFILES["refuses_cards"], {"", "AC01", "AC04", "BE01"}

    def verdicts(seed: int) -> dict[int, str]:
        return {
            order.payee_id: county_bank.wrong_with(f"6217000000{order.payee_id:09d}", profile, seed)
            for order in orders
        }

    # Which numbers the people have hangs on the tests before; a bank is chosen that finds everything wrong among them.
    seed = next(each for each in range(1_000) if set(verdicts(each).values()) == kinds)
    wrong = verdicts(seed)
    advance()
    county_bank.run(settings.HUIMIN_EXCHANGE, profile=profile, seed=seed, once=True, today=lambda: AT.date())
    advance()
    assert dict(CardCheck.objects.values_list("person_id", "reason")) == wrong
    assert Payment.objects.count() == sum(not code for code in wrong.values())


@pytest.mark.parametrize("profile", ["slow", "loses_answers", "repeats", "garbles", "silent"])
def test_whatever_the_bank_does_with_its_answers(world, finance, money, settings, profile) -> None:
    for number in range(3):
        unverified(world, number)
    for day in range(16):
        advance(AT + timedelta(days=day))
        county_bank.run(
            settings.HUIMIN_EXCHANGE, profile=county_bank.PROFILES[profile], seed=2, once=True,
            today=lambda day=day: (AT + timedelta(days=day)).date(),
        )  # fmt: skip
    advance(AT + timedelta(days=16))
    states = set(CardCheck.objects.values_list("state", flat=True))
    if profile == "silent":
        assert states == {"unknown"}
        assert set(Difference.objects.values_list("kind", flat=True)) == {"card_no_answer"}
        assert not Payment.objects.exists()
    else:
        assert states == {"verified"}
        assert Payment.objects.count() == 3


@pytest.mark.parametrize(
    "point",
    [(kind, nth) for kind in ("before commit", "after commit") for nth in range(6)]
    + [("before file", 0), ("after file", 0)],
)
@pytest.mark.django_db(transaction=True)
def test_a_death_between_any_two_steps_asks_once_and_loses_nothing(
    world, finance, money, bank, point
) -> None:
    unverified(world)
    points = CrashPoints()
    with points.planted(), points.dying_at(point):
        advance()
    advance()
    bank.collect()
    assert len(bank.questions) == CardCheck.objects.count() == 1
    bank.answer_cards(dict.fromkeys(bank.questions, ""))
    with points.planted(), points.dying_at(point):
        advance()
    advance()
    assert CardCheck.objects.get().state == "verified"
    assert Payment.objects.count() == 1
    assert CardMove.objects.count() == 2


def test_the_database_keeps_what_was_asked_and_answered(world) -> None:
    person = make_person(world, 1)
    check = CardCheck.objects.get(person=person)
    for values in ({"name": "别人"}, {"state": "asked"}, {"card_index": b"0" * 16}):
        with pytest.raises(DatabaseError), transaction.atomic():
            CardCheck.objects.filter(pk=check.pk).update(**values)
    with pytest.raises(DatabaseError), transaction.atomic():
        check.delete()
