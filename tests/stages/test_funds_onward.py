"""Where the fen of a letter went: the query against a book kept fen by fen; the letter's page, and the page of checks."""

# ruff: noqa: F401, F811 - fixtures are imported by name

import random
from collections import defaultdict

import pytest
from django.db import connection
from django.urls import reverse
from tests.stages.funds_world import AT, TODAY
from tests.stages.test_funds_allocating import OTHER, TOWN, english, finance, proposed, second, source
from tests.stages.test_funds_origins import book_by_fen, bounce, pay, shown

from huimin.funds import levels
from huimin_platform.funds import actions, allocating, onward, waiting
from huimin_platform.funds.models import Payment

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(4))
def test_every_letter_leads_to_the_payments_that_a_book_kept_fen_by_fen_gives_it(
    seed: int, source, finance, second
) -> None:
    chance = random.Random(100 + seed)
    for letter in range(3):
        actions.appropriate(
            year=2026, purpose=levels.POOL, source="T1", amount_fen=chance.randint(500, 5_000), key=f"more-{letter}",
            at=AT, by=finance,
        )  # fmt: skip
        parts = {TOWN: chance.randint(10_000, 20_000), OTHER: chance.randint(1_000, 9_000)}
        allocating.sign(number=proposed(finance, amounts=parts).number, at=AT, by=second)
    payments = pay(6, fen=[chance.randint(1_000, 6_000) for _ in range(6)])
    for payment in payments[:3]:
        bounce(payment)
    pay(8, fen=[chance.randint(1_000, 9_000) for _ in range(8)])
    live = set(Payment.objects.exclude(state="returned").values_list("pk", flat=True))
    wanted: dict[str, dict[str, int]] = defaultdict(dict)
    for payment, by_letter in book_by_fen().items():
        for letter, fen in by_letter.items():
            if payment in live:
                wanted[letter][payment] = fen
    for entry in onward.letters(None, 2026):
        steps = onward.of(entry.transfer_id)
        given: dict[str, int] = defaultdict(int)
        for step in steps:
            if step.payment and step.ends:
                given[step.payment] += step.fen
        assert given == wanted.get(entry.transfer.key, {}), entry.transfer.key
        assert 0 <= onward.ended_fen(steps) <= entry.amount_fen
        handed = sum(step.fen for step in steps if step.reason == "allocate")
        assert handed <= entry.amount_fen


def test_the_letters_page_leads_down_to_the_payment_and_the_payments_page_back(
    shown, source, finance, second
) -> None:
    number = allocating.sign(number=proposed(finance).number, at=AT, by=second).number
    [payment] = pay(1, fen=[10_000])
    [entry] = onward.letters(None, 2026)
    address = reverse("funds:letter", args=[entry.transfer_id])
    assert address in shown("/letters/", finance)
    assert address in shown(reverse("funds:payment", args=[payment.pk]), finance)
    page = shown(address, finance)
    for words in (number, reverse("funds:payment", args=[payment.pk]), "汾口镇", "900.00", "To a person"):
        assert words in page, words
    shown(reverse("funds:letter", args=[1 + entry.transfer_id]), finance, 404)


def test_the_page_of_checks_asks_the_database_and_names_the_row(
    shown, client, source, finance, make_user
) -> None:
    assert "Every transfer sums to zero." in shown("/checks/", finance)
    assert "All of it holds" in client.post("/checks/").content.decode()
    with connection.cursor() as cursor:
        cursor.execute("alter table funds_account disable trigger user")
        cursor.execute(
            "update funds_account set balance_fen = balance_fen + 1 where leg = 'budget' and source = 'T1'"
        )
        cursor.execute("alter table funds_account enable trigger user")
    page = client.post("/checks/").content.decode()
    assert "Something does not hold" in page
    assert "shows a balance of 1,000.01 yuan, and its entries come to 1,000.00 yuan" in page


def test_the_first_page_shows_who_has_to_sign_and_not_who_proposed(
    shown, source, finance, second, make_user
) -> None:
    proposed(finance)
    assert waiting.for_actor(finance, TODAY).allocations == 0
    assert waiting.for_actor(second, TODAY).allocations == 1
    assert waiting.for_actor(make_user("auditor"), TODAY).allocations is None
    page = shown("/", second)
    for words in ("Allocations to sign", "Vouchers to approve", "Funds to look at", "/allocations/"):
        assert words in page, words
    assert "Put up for ending" in shown("/", make_user("leader"))
    assert "Funds to look at" in shown("/", make_user("auditor"))
