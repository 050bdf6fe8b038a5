"""Pages of money: the flow, batches and their release, one payment's trail, funds, the exception desk."""

# ruff: noqa: F401, F811 - fixtures are imported by name

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.stages.funds_world import AT, COUNTY, TODAY, make_finance
from tests.stages.test_funds_payments import (
    advance,
    bank,
    finance,
    money,
    order,
    release_all,
    rules,
    sent,
    world,
)

from huimin_platform.base import audit
from huimin_platform.funds.models import Batch, Difference, Payment, Transfer
from huimin_platform.portal.export_tables import TABLES

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client, finance, settings):
    settings.HUIMIN_TODAY = TODAY
    client.force_login(finance)
    client.cookies["huimin_language"] = "en"
    return client


def text_of(client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return response.content.decode()


def queries_of(client, address: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        text_of(client, address)
    return len(seen)


def test_the_overview_shows_flow_batches_waiting_and_exceptions(
    signed_in, world, finance, money, bank
) -> None:
    [first, second] = sent(world, finance, bank, 2)
    order(world, 7, card=False)
    bank.report({first: ("ACSC", ""), second: ("RJCT", "AC04")})
    advance()
    text = text_of(signed_in, "/payments/")
    for words in (
        "1.0 % of the money",
        "The account is closed (AC04)",
        "looked after by finance-a · due 2026-07-08",
        "no bank card",
    ):
        assert words in text, words
    assert Batch.objects.get().number in text


def test_without_money_the_page_says_what_is_missing(signed_in, world) -> None:
    order(world)
    advance()
    assert "100.00 yuan are missing" in text_of(signed_in, "/payments/")


def test_lists_take_a_fixed_number_of_queries(signed_in, world, finance, money, bank) -> None:
    sent(world, finance, bank, 2)
    number = Batch.objects.get().number
    addresses = [
        "/payments/",
        "/accounts/",
        f"/batches/{number}/",
        "/orders/",
        "/payments/?state=sending&period=once",
    ]
    before = [queries_of(signed_in, address) for address in addresses]
    for count in range(10, 18):
        order(world, count)
    advance()
    release_all(finance)
    advance()
    assert [queries_of(signed_in, address) for address in addresses] == before
    assert max(before) <= 20


def test_a_payment_shows_its_whole_trail(signed_in, world, finance, money, bank) -> None:
    [payment] = sent(world, finance, bank)
    bank.report({payment: ("ACSC", "")})
    advance()
    text = text_of(signed_in, f"/payments/{payment}/")
    found = Payment.objects.select_related("payee").get()
    for words in (
        payment,
        found.case_number,
        found.policy_version,
        "Settled",
        "21013/2026/medical_aid@330127/paid",
        "pain002",
    ):
        assert words in text, words
    assert found.payee.name not in text
    assert "6217000000" not in text
    assert audit.looks("person", found.payee_id).get(action="opens").purpose == f"payment:{payment[:8]}"
    assert queries_of(signed_in, f"/payments/{payment}/") <= 22


def test_two_people_release_by_form(signed_in, world, finance, money, rules) -> None:
    rules(two_persons_yuan=50)
    order(world)
    advance()
    address = f"/batches/{Batch.objects.get().number}/"
    assert "Approve 100.00 yuan" in text_of(signed_in, address)
    for _ in range(2):
        assert signed_in.post(f"{address}approval/").status_code == 302
    text = text_of(signed_in, address)
    assert "Another person has to approve it too" in text
    assert "Approved by 1 of 2" in text
    signed_in.force_login(make_finance("finance-b"))
    signed_in.post(f"{address}approval/")
    assert Batch.objects.get().state == "released"


def test_money_is_put_on_a_fund_once_a_form(signed_in) -> None:
    text = text_of(signed_in, "/accounts/")
    [key] = re.findall(r'name="key" value="([^"]+)"', text)
    given = {"key": key, "purpose": "medical_aid", "year": "2026", "amount_fen": "1,250.00"}
    for _ in range(2):
        assert signed_in.post("/accounts/appropriation/", given).status_code == 302
    assert Transfer.objects.count() == 1
    assert "1,250.00" in text_of(signed_in, "/accounts/")
    wrong = signed_in.post("/accounts/appropriation/", {**given, "amount_fen": "-5"})
    assert wrong.status_code == 422


def test_a_difference_is_taken_and_closed_by_form(signed_in, world, finance, money, bank) -> None:
    [payment] = sent(world, finance, bank)
    bank.report({payment: ("RJCT", "AC01")})
    advance()
    found = Difference.objects.get()
    signed_in.post(f"/differences/{found.pk}/", {"act": "own"})
    assert f"looked after by {finance}" in text_of(signed_in, "/payments/")
    signed_in.post(f"/differences/{found.pk}/", {"act": "close", "reason": ""})
    found.refresh_from_db()
    assert found.state == "open"
    signed_in.post(f"/differences/{found.pk}/", {"act": "close", "reason": "不再发放"})
    found.refresh_from_db()
    assert (found.state, found.owner) == ("closed", finance)


def test_a_returned_payment_is_paid_anew_by_form(signed_in, world, finance, money, bank) -> None:
    [payment] = sent(world, finance, bank)
    bank.report({payment: ("RJCT", "AC01")})
    advance()
    assert signed_in.post(f"/payments/{payment}/again/", {"reason": ""}).status_code == 422
    assert signed_in.post(f"/payments/{payment}/again/", {"reason": "账号已更正"}).status_code == 302
    assert advance()["payments"] == 1


def test_a_batch_of_unknown_outcome_is_sent_again_by_form(signed_in, world, finance, money, bank) -> None:
    from datetime import timedelta

    sent(world, finance, bank)
    advance(AT + timedelta(days=5))
    address = f"/batches/{Batch.objects.get().number}/"
    assert "The outcome of 1 payment is unknown" in text_of(signed_in, address)
    assert signed_in.post(f"{address}again/", {"reason": "银行未收到"}).status_code == 302
    assert Payment.objects.get().state == "sending"


@pytest.mark.parametrize("role", ["county", "auditor", "leader"])
def test_others_look_and_do_not_touch(client, world, finance, money, bank, make_user, settings, role) -> None:
    settings.HUIMIN_TODAY = TODAY
    [payment] = sent(world, finance, bank)
    client.force_login(make_user(role, division=COUNTY))
    assert client.get("/payments/").status_code == 200
    assert client.get(f"/payments/{payment}/").status_code == 200
    for address in (
        "/accounts/appropriation/",
        f"/batches/{Batch.objects.get().number}/approval/",
        f"/payments/{payment}/again/",
    ):
        assert client.post(address).status_code == 403


def test_orders_are_listed_with_their_sums(signed_in, world) -> None:
    made = order(world)
    text = text_of(signed_in, "/orders/?state=due")
    assert made.grant.case_number in text
    assert "100.00" in text


def test_the_flow_leads_from_the_treasury_down_to_payments(signed_in, world, finance, money, bank) -> None:
    [first, _second] = sent(world, finance, bank, 2)
    bank.report({first: ("ACSC", "")})
    advance()
    text = text_of(signed_in, "/flow/")
    links = [
        each.replace("&amp;", "&") for each in re.findall(r'<td class="number"[^>]*><a href="([^"]+)"', text)
    ]
    settled = [each for each in links if "state=settled" in each]
    assert len(settled) == 1
    found = text_of(signed_in, settled[0].split("#")[0])
    assert first[:8] in found
    assert found.count('data-label="Payee"') == 1
    assert 'class="sankey"' in text


def test_the_flow_of_a_year_asks_as_often_for_many_payments_as_for_few(
    signed_in, world, finance, money, bank
) -> None:
    sent(world, finance, bank, 1)
    few = queries_of(signed_in, "/flow/")
    for number in range(10, 16):
        order(world, number)
    advance()
    assert queries_of(signed_in, "/flow/") == few


def test_before_any_money_came_the_flow_says_so(signed_in) -> None:
    assert "No fund has money yet" in text_of(signed_in, "/flow/?year=x")


def test_the_desk_has_every_exception_open_and_closed_and_who_looks_after_it(
    signed_in, client, world, finance, money, bank, make_user, settings
) -> None:
    payments = sent(world, finance, bank, 25)
    bank.report(dict.fromkeys(payments, ("RJCT", "AC04")))
    advance()
    # The page of payments shows the first; the desk has all.
    assert "All 25 open exceptions" in text_of(signed_in, "/payments/")
    assert "25 exceptions" in text_of(signed_in, "/exceptions/")
    few = queries_of(signed_in, "/exceptions/")
    first, second = Difference.objects.order_by("pk")[:2]
    Difference.objects.filter(pk=second.pk).update(owner=None)
    assert "1 exception<" in text_of(signed_in, "/exceptions/?owner=nobody")
    assert "24 exceptions" in text_of(signed_in, "/exceptions/?owner=mine")
    for act in ({"act": "own"}, {"act": "close", "reason": "本人另报新卡"}):
        answer = signed_in.post(f"/differences/{first.pk}/", {**act, "back": "exceptions"})
        assert answer.url == "/exceptions/"
    assert "24 exceptions" in text_of(signed_in, "/exceptions/?state=open")
    assert "25 exceptions" in text_of(signed_in, "/exceptions/")
    closed = text_of(signed_in, "/exceptions/?state=closed")
    assert "本人另报新卡" in closed
    assert "finance-a" in closed
    # A return should be settled within five working days.
    assert "No exception fits" in text_of(signed_in, "/exceptions/?late=1")
    settings.HUIMIN_TODAY = date(2026, 7, 8)
    assert "No exception fits" in text_of(signed_in, "/exceptions/?late=1")
    settings.HUIMIN_TODAY = date(2026, 7, 9)
    assert "24 exceptions" in text_of(signed_in, "/exceptions/?late=1")
    assert queries_of(signed_in, "/exceptions/") == few <= 20
    client.force_login(make_user("auditor", division=COUNTY))
    read = text_of(client, "/exceptions/")
    assert "25 exceptions" in read
    assert "/differences/" not in read
    for strange in ("state=x", "kind=%20", "owner=9", "late=2", "page=99"):
        text_of(client, f"/exceptions/?{strange}")
    # What is exported is what is shown.
    shown = {
        "owner=nobody": 1,
        "late=1": 24,
        "owner=mine&late=1": 23,
        "state=closed": 1,
        "kind=returned": 25,
        "": 25,
    }
    for query, count in shown.items():
        asked = dict(part.split("=") for part in query.split("&") if part)
        assert TABLES["exceptions"].rows(finance, asked, None).count() == count, query
        assert set(asked) <= set(TABLES["exceptions"].filters)
    assert TABLES["exceptions"].rows(None, {}, None).count() == 25


def test_every_batch_can_be_found(signed_in, world, finance, money, bank) -> None:
    sent(world, finance, bank)
    number = Batch.objects.get().number
    assert number in text_of(signed_in, "/batches/")
    few = queries_of(signed_in, "/batches/")
    for count in range(10, 14):
        order(world, count)
        advance()
        release_all(finance)
    assert "5 batches" in text_of(signed_in, "/batches/?sort=number")
    assert queries_of(signed_in, "/batches/") == few <= 15
    assert number in text_of(signed_in, f"/batches/?number={number}")
    assert "No batch fits" in text_of(signed_in, "/batches/?state=closed")
