"""Pages about cards: the desk, one card, the person's file, the resident's own page; and the bank's word that it did not pay."""

# ruff: noqa: F401, F811 - fixtures are imported by name

import pytest
from tests.stages.funds_world import AT, COUNTY, TODAY, make_finance
from tests.stages.test_funds_cards import answer, unverified
from tests.stages.test_funds_not_paid import LATER, unknown
from tests.stages.test_funds_pages import queries_of, signed_in, text_of
from tests.stages.test_funds_payments import advance, bank, finance, money, order, release_all, rules, world

from huimin_platform.base import audit
from huimin_platform.funds.card_models import CardCheck
from huimin_platform.funds.limits import Limits
from huimin_platform.funds.models import Hold, Payment
from huimin_platform.funds.pages import cards, payments

pytestmark = pytest.mark.django_db


@pytest.fixture
def refused(world, finance, money, bank):
    """An order that waits for a card which is in another's name."""
    made = unverified(world)
    advance()
    answer(bank, "BE01")
    advance()
    return made


def test_the_desk_shows_owner_day_reason_and_next_step(signed_in, refused, finance) -> None:
    desk = text_of(signed_in, "/payments/")
    for words in (
        "did not confirm the payee",
        "does not belong to the account (BE01)",
        "looked after by finance-a",
        "due 2026-07-08",
        "What to do next",
    ):
        assert words in desk, words
    listed = text_of(signed_in, "/cards/")
    for words in ("Not confirmed by the bank", "100.00", "finance-a", "2026-07-08"):
        assert words in listed, words
    check = CardCheck.objects.get()
    page = text_of(signed_in, f"/cards/{check.pk}/")
    for words in ("Ask the person for another card", "name", "Ask the bank anew", "Held"):
        assert words in page, words
    assert audit.looks("person", refused.payee_id)
    held = text_of(signed_in, f"/holds/{Hold.objects.get(lifted_at=None).pk}/")
    assert f"/cards/{check.pk}/" in held


def test_the_bank_is_asked_anew_by_form_and_not_without_a_reason(signed_in, refused) -> None:
    check = CardCheck.objects.get()
    assert signed_in.post(f"/cards/{check.pk}/again/", {"reason": ""}).status_code == 422
    assert signed_in.post(f"/cards/{check.pk}/again/", {"reason": "户名已更正"}).status_code == 302
    assert CardCheck.objects.count() == 2
    assert "This is not the last word" in text_of(signed_in, f"/cards/{check.pk}/")


def test_a_village_officer_sees_the_cards_of_the_village_and_cannot_ask_the_bank(
    client, refused, make_user
) -> None:
    client.cookies["huimin_language"] = "en"
    client.force_login(make_user("village", division=refused.division))
    assert "Not confirmed by the bank" in text_of(client, "/cards/")
    check = CardCheck.objects.get()
    assert "Ask the bank anew" not in text_of(client, f"/cards/{check.pk}/")
    assert client.post(f"/cards/{check.pk}/again/", {"reason": "x"}).status_code == 403
    client.force_login(make_user("village", division="330128100001"))
    text_of(client, f"/cards/{check.pk}/", 404)


def test_the_person_reads_what_is_wrong_and_what_to_do(client, refused, make_user, settings) -> None:
    settings.HUIMIN_TODAY = TODAY
    client.force_login(make_user("resident", division=refused.division, person_id=refused.payee_id))
    text = text_of(client, "/mine/")
    for words in (
        "这张卡登记的姓名不是您本人",
        "请带身份证",
        "先为您留着",
        f"**** {refused.payee_id:09d}"[-4:],
    ):
        assert words in text, words


def test_lists_take_a_fixed_number_of_queries(signed_in, world, finance, money, bank, refused) -> None:
    few = queries_of(signed_in, "/cards/")
    for number in range(2, 6):
        unverified(world, number)
    advance()
    bank.questions.clear()
    answer(bank, "AC04")
    advance()
    assert queries_of(signed_in, "/cards/") == few
    assert CardCheck.objects.filter(state="refused").count() == 5


def test_a_house_that_does_not_check_cards_says_so(signed_in, world, monkeypatch) -> None:
    for page in (cards, payments):
        monkeypatch.setattr(page, "limits", lambda: Limits(card_check=False))
    for address in ("/payments/", "/cards/"):
        assert "no service that checks cards" in text_of(signed_in, address)


def test_the_banks_word_is_brought_in_and_agreed_on_the_payments_page(
    signed_in, client, world, finance, money, bank, rules
) -> None:
    payment = unknown(world, finance, bank)
    rules(two_persons_yuan=50)
    address = f"/payments/{payment}/"
    assert "The bank confirms that it did not pay" in text_of(signed_in, address)
    given = {"document": "工行复函8号", "reason": "银行确认未付"}
    assert signed_in.post(f"{address}not-paid/", given | {"document": ""}).status_code == 422
    assert signed_in.post(f"{address}not-paid/", given).status_code == 302
    assert "Another person has to agree" in text_of(signed_in, address)
    assert signed_in.post(f"{address}not-paid/decision/", {"act": "agree"}).status_code == 302
    assert Payment.objects.get().state == "unknown"
    client.force_login(make_finance("finance-b"))
    assert "Agree: 100.00 yuan go back" in text_of(client, address)
    assert client.post(f"{address}not-paid/decision/", {"act": "agree"}).status_code == 302
    assert Payment.objects.get().state == "returned"
    assert "工行复函8号" in text_of(client, address)
    assert client.post(f"{address}not-paid/decision/", {"act": "agree"}).status_code == 404
